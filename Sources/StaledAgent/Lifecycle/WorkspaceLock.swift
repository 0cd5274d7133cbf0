internal import Glibc
package import Paths

/// The lock of a workspace: one agent each (INTERFACES, 2).
///
/// The kernel gives it up with the process, however that ends, and programs started meanwhile do not inherit it. The file
/// itself is never removed: that would let two agents each hold a lock on a file of that name.
package final class WorkspaceLock: Sendable {
  private let descriptor: Int32

  private init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Takes the lock and writes this process's id into the file, for the message that others get.
  ///
  /// - Parameter path: `lock` in the state directory, which is there.
  /// - Throws: `StartupError`, naming the process that holds it.
  package static func acquire(at path: Path) throws(StartupError) -> WorkspaceLock {
    let descriptor = open(path.terminated, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if descriptor < 0 { throw StartupError(.current, "open the lock", path) }
    let lock = WorkspaceLock(descriptor: descriptor)
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let error = Errno.current
      if error.code == EINTR { continue }
      if error.code == EWOULDBLOCK { throw alreadyThere(path, holder(descriptor)) }
      throw StartupError(error, "lock", path)
    }
    // Only for messages, so it does not matter if it cannot be written (on a full disk).
    if ftruncate(descriptor, 0) == 0 { _ = FileAccess.write(Array("\(getpid())\n".utf8), to: descriptor) }
    return lock
  }

  /// Whether the file at `path` is the one that is locked here.
  package func isStill(at path: Path) -> Bool {
    var (mine, there) = (stat(), stat())
    return fstat(descriptor, &mine) == 0 && lstat(path.terminated, &there) == 0 && mine.st_ino == there.st_ino
      && mine.st_dev == there.st_dev
  }

  private static func holder(_ descriptor: Int32) -> Int32? {
    var bytes = [UInt8](repeating: 0, count: 32)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    if count <= 0 { return nil }
    return Int32(String(decoding: bytes[..<count].prefix { $0 != 0x0A }, as: UTF8.self))
  }

  private static func alreadyThere(_ path: Path, _ pid: Int32?) -> StartupError {
    StartupError(
      "an agent\(pid.map { " (process \($0))" } ?? "") already runs here: it holds \(path)",
      remedy: "use it, or end it first with `stale stop`")
  }
}
