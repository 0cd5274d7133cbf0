import Glibc
import Paths
import Synchronization
import Testing

@testable import Watching

/// A directory of the test's own, removed at its end. Names are bytes throughout.
final class Scratch: Sendable {
  let path: Path

  init() {
    var template = Array("/tmp/watching-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil)
    let made = template.dropLast().map { UInt8(bitPattern: $0) }
    path = Path(LinuxKernel(inotify: -1).realPath(made) ?? made)
    mkdir("ws")
    mkdir("state")
  }

  deinit { Self.remove(path) }

  static func remove(_ path: Path) {
    let kernel = LinuxKernel(inotify: -1)
    var found: [Path] = [path]
    var at = 0
    while at < found.count {
      if let handle = try? kernel.openDirectory(found[at].bytes) {
        var listing = Listing()
        try? kernel.list(handle, into: &listing)
        kernel.close(handle)
        for index in 0..<listing.count { found.append(found[at].appending(listing.name(index))) }
      }
      at += 1
    }
    for path in found.reversed() { c(path) { Glibc.remove($0) } }
  }

  var workspace: Path { path.appending("ws".utf8) }
  func at(_ name: Path) -> Path { workspace.resolving(name) }

  @discardableResult static func c<R>(_ path: Path, _ body: (UnsafePointer<CChar>) -> R) -> R {
    (path.bytes + [0]).map { CChar(bitPattern: $0) }.withUnsafeBufferPointer { body($0.baseAddress!) }
  }

  func mkdir(_ name: Path) {
    var at = Path("/")
    for part in (name == "ws" || name == "state" ? path.resolving(name) : self.at(name)).components {
      at = at.appending(part)
      Self.c(at) { _ = Glibc.mkdir($0, 0o755) }
    }
  }
  func write(_ name: Path, _ text: String = "x") {
    Self.c(at(name)) { path in
      let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
      _ = text.withCString { Glibc.write(file, $0, strlen($0)) }
      close(file)
    }
  }
  func move(_ from: Path, _ to: Path) { Self.c(at(from)) { from in Self.c(at(to)) { _ = rename(from, $0) } } }
  func delete(_ name: Path) { Self.remove(at(name)) }
  func symlink(_ target: String, _ name: Path) { Self.c(at(name)) { _ = Glibc.symlink(target, $0) } }
  func link(_ old: Path, _ new: Path) { Self.c(at(old)) { old in Self.c(at(new)) { _ = Glibc.link(old, $0) } } }
  func chmod(_ name: Path, _ mode: mode_t) { Self.c(at(name)) { _ = Glibc.chmod($0, mode) } }

  func configuration(
    roots: [Path] = [.root], ignore: [String] = [], gitignore: Bool = true
  ) -> WatchConfiguration {
    WatchConfiguration(
      workspace: workspace, roots: roots, ignore: ignore, gitignore: gitignore,
      stateDirectory: path.appending("state".utf8))
  }
}

/// A tree on an inotify instance of its own, read in the test's thread: no library, no second thread, so that tests may
/// run side by side and each step is exact.
struct Bench<K: Kernel>: ~Copyable {
  let scratch: Scratch
  let inotify: Int32
  let kernel: K
  let desk: BarrierDesk<K>
  var tree: WatchTree<K>
  private var barriers: UInt64 = 1000

  init(_ scratch: Scratch, _ configuration: WatchConfiguration? = nil, kernel wrap: (LinuxKernel) -> K) {
    self.scratch = scratch
    inotify = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
    kernel = wrap(LinuxKernel(inotify: inotify))
    let configuration = configuration ?? scratch.configuration()
    desk = BarrierDesk(kernel: kernel, stateDirectory: configuration.stateDirectory, token: 7)
    tree = WatchTree(configuration, kernel: kernel, desk: desk)
    desk.open()
    tree.start()
  }

  deinit { close(inotify) }

  /// What is delivered up to a barrier asked for now, without it. Nil if the barrier does not come.
  mutating func events(chunk: Int = 65536) -> [WatchEvent]? {
    barriers += 1
    _ = desk.ask(barriers)
    let owed = desk.takeOwed()
    var all: [WatchEvent] = []
    for _ in 0..<100_000 {
      var batch = RawEvents()
      var buffer = [UInt8](repeating: 0, count: chunk)
      let size = read(inotify, &buffer, chunk)
      if size <= 0 {
        for id in owed { tree.deliver(id) }
        all += tree.drain()
        if all.last == .barrier(barriers) { return all.dropLast() }
        return nil
      }
      var at = 0
      while at < size {
        buffer.withUnsafeBytes { bytes in
          let length = Int(bytes.loadUnaligned(fromByteOffset: at + 12, as: UInt32.self))
          batch.append(
            descriptor: bytes.loadUnaligned(fromByteOffset: at, as: Int32.self),
            mask: WatchMask(rawValue: bytes.loadUnaligned(fromByteOffset: at + 4, as: UInt32.self)),
            cookie: bytes.loadUnaligned(fromByteOffset: at + 8, as: UInt32.self),
            name: bytes[(at + 16)..<(at + 16 + length)].prefix { $0 != 0 })
          at += 16 + length
        }
      }
      tree.take(batch)
      all += tree.drain()
      if all.last == .barrier(barriers) { return all.dropLast() }
    }
    return nil
  }

  mutating func set() -> Set<WatchEvent>? { events().map { Set($0) } }
}

extension Bench where K == LinuxKernel {
  init(_ scratch: Scratch, _ configuration: WatchConfiguration? = nil) { self.init(scratch, configuration) { $0 } }
}

/// Whether these events tell of a change at `path`.
func covers(_ events: [WatchEvent]?, _ path: Path) -> Bool {
  events?.contains { event in
    switch event {
    case .everything: true
    case .modified(let other), .renamed(let other): other == path
    case .tree(let top): path.isWithin(top)
    default: false
    }
  } ?? false
}
