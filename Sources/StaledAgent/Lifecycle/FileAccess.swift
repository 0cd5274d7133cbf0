internal import Glibc
internal import Paths

/// System calls on paths, whose names are bytes.
enum FileAccess {
  /// `lstat`; nil with the error number if that fails.
  static func facts(_ path: Path) -> Result<stat, Errno> {
    var facts = stat()
    return lstat(path.terminated, &facts) == 0 ? .success(facts) : .failure(.current)
  }

  /// Writes a file whole or not at all: beside it, to the disk, and renamed into place.
  static func replace(_ path: Path, with bytes: [UInt8], mode: mode_t) -> Errno? {
    let beside = Path(path.bytes + Array(".new".utf8))
    let descriptor = open(beside.terminated, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)
    if descriptor < 0 { return .current }
    defer { close(descriptor) }
    if let error = write(bytes, to: descriptor) { return error }
    if fsync(descriptor) != 0 || rename(beside.terminated, path.terminated) != 0 { return .current }
    return nil
  }

  /// Writes all of `bytes`.
  static func write(_ bytes: [UInt8], to descriptor: Int32) -> Errno? {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count < 0 { return .current }
      rest = rest.dropFirst(count)
    }
    return nil
  }
}

/// An error number of the kernel.
struct Errno: Error, Hashable, Sendable, CustomStringConvertible {
  let code: Int32

  static var current: Errno { Errno(code: errno) }

  /// As `strerror` has it.
  var description: String { String(cString: strerror(code)) }
}

extension Path {
  /// For system calls: the bytes and a NUL; `.` for the empty path.
  var terminated: [CChar] { (isRoot ? [.dot] : bytes).map { CChar(bitPattern: $0) } + [0] }
}
