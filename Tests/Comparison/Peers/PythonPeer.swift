import Foundation
import Scenarios

/// A Python library, in a program that prints each event.
final class PythonPeer: StreamPeer {
  private let python: String
  private let program: String

  init(_ library: String, python: String, program: String) {
    self.python = python
    self.program = program
    super.init(library)
  }

  override var missing: String? {
    let found = try? Programs.run([python, "-c", "import \(name)"])
    return found == nil ? "pip install \(name), or --python with one that has it" : nil
  }

  override func command(_ place: Place) -> [String] { [python, "-c", program, place.root] }

  override func waitUntilReady() throws {
    guard let line = try process?.record(within: 30_000), line == Array("ready".utf8) else {
      throw PeerDied(description: "not ready: \(process?.complaint ?? "")")
    }
  }

  /// A sign (`+` here, `-` gone, `?` either) and the path.
  override func report(_ record: [UInt8]) -> Report? {
    guard let kind = record.first else { return nil }
    let says: Report.Says =
      switch kind {
      case UInt8(ascii: "-"): .gone
      case UInt8(ascii: "?"): .either
      default: .here
      }
    return Report(path: Array(record.dropFirst()), says: says)
  }
}

extension PythonPeer {
  static func watchdog(python: String) -> PythonPeer {
    PythonPeer(
      "watchdog", python: python,
      program: """
        import os, sys
        from watchdog.events import FileSystemEventHandler
        from watchdog.observers import Observer

        def say(sign, path):
            if path:
                sys.stdout.buffer.write(sign + os.fsencode(path) + b"\\0")
                sys.stdout.buffer.flush()

        class Handler(FileSystemEventHandler):
            def on_created(self, event): say(b"+", event.src_path)
            def on_modified(self, event): say(b"+", event.src_path)
            def on_closed(self, event): say(b"+", event.src_path)
            def on_deleted(self, event): say(b"-", event.src_path)
            def on_moved(self, event):
                say(b"-", event.src_path)
                say(b"+", event.dest_path)

        observer = Observer()
        observer.schedule(Handler(), sys.argv[1], recursive=True)
        observer.start()
        sys.stdout.buffer.write(b"ready\\0")
        sys.stdout.buffer.flush()
        observer.join()
        """)
  }

  static func watchfiles(python: String) -> PythonPeer {
    PythonPeer(
      "watchfiles", python: python,
      program: """
        import os, sys
        from watchfiles import Change, watch

        def say(text):
            sys.stdout.buffer.write(text + b"\\0")
            sys.stdout.buffer.flush()

        # Its first answer, empty after the time, comes when its watches are in place.
        ready = False
        for changes in watch(sys.argv[1], watch_filter=None, yield_on_timeout=True, rust_timeout=100,
                             force_polling=False, ignore_permission_denied=True):
            if not ready:
                ready = True
                say(b"ready")
            # A set, in no order: what is told to be there and to be gone may be either.
            gone = {path for change, path in changes if change == Change.deleted}
            here = {path for change, path in changes if change != Change.deleted}
            for path in gone | here:
                say((b"?" if path in gone & here else b"-" if path in gone else b"+") + os.fsencode(path))
        """)
  }
}
