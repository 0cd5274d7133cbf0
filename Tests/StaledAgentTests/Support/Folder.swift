import Freshness
import Glibc
import Paths

@testable import StaledAgent

extension TemporaryFolder {
  var root: Path { Path(path) }

  func at(_ name: String) -> Path { root.resolving(Path(name)) }

  /// Writes a file, and makes the folders above it.
  func write(_ name: String, _ text: String = "") throws { try write(name, Array(text.utf8)) }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    if let above = Path(name).parent, !above.isRoot { try folder(above.description) }
    let descriptor = open(at(name).terminated, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    defer { close(descriptor) }
    if descriptor < 0 || FileAccess.write(bytes, to: descriptor) != nil { throw ConnectionError(what: "write \(name)") }
  }

  func folder(_ name: String) throws {
    var place = root
    for part in Path(name).components {
      place = place.appending(part)
      if mkdir(place.terminated, 0o755) != 0, errno != EEXIST { throw ConnectionError(what: "mkdir \(name)") }
    }
  }

  func link(_ name: String, to target: String) throws {
    if symlink(target, at(name).terminated) != 0 { throw ConnectionError(what: "symlink \(name)") }
  }

  func rename(_ from: String, to: String) throws {
    if Glibc.rename(at(from).terminated, at(to).terminated) != 0 { throw ConnectionError(what: "rename \(from)") }
  }
}

func digest(_ text: String) -> Digest { Digest(of: text.utf8) }
