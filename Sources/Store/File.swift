import Glibc
import Paths

/// A system call that failed.
struct SystemError: Error {
  let code: Int32
  let doing: String
  let path: Path

  /// Read at once after the call: `errno` does not last.
  init(_ doing: String, _ path: Path, code: Int32 = errno) {
    self.code = code
    self.doing = doing
    self.path = path
  }

  var storeError: StoreError {
    let detail = "\(doing): \(String(cString: strerror(code)))"
    return switch code {
    case ENOSPC, EDQUOT, EFBIG: .diskFull(path: path, detail: detail)
    case EROFS, EACCES, EPERM: .readOnly(path: path, detail: detail)
    default: .io(path: path, detail: detail)
    }
  }
}

/// Which file a name leads to.
struct FileIdentity: Hashable {
  let device: UInt64
  let inode: UInt64
}

/// An open file, closed with the last reference. It has no position of its own: reading says where.
final class File: Sendable {
  let descriptor: Int32
  let path: Path
  let identity: FileIdentity

  /// A regular file, or it throws. `flags` get `O_CLOEXEC` and `O_NONBLOCK`, so that a FIFO in its place blocks nobody.
  init(_ path: Path, _ flags: Int32, mode: mode_t = 0o600) throws(SystemError) {
    let descriptor = path.withCString { open($0, flags | O_CLOEXEC | O_NONBLOCK, mode) }
    if descriptor < 0 { throw SystemError("open", path) }
    var status = stat()
    if fstat(descriptor, &status) != 0 {
      let error = SystemError("fstat", path)
      close(descriptor)
      throw error
    }
    if status.st_mode & S_IFMT != S_IFREG {
      close(descriptor)
      throw SystemError("it is no regular file", path, code: EINVAL)
    }
    self.descriptor = descriptor
    self.path = path
    identity = FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }

  deinit { close(descriptor) }

  func size() throws(SystemError) -> Int64 {
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw SystemError("fstat", path) }
    return Int64(status.st_size)
  }

  /// Takes the file away from everybody but its owner.
  func makePrivate() throws(SystemError) {
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw SystemError("fstat", path) }
    if status.st_mode & 0o777 != 0o600, fchmod(descriptor, 0o600) != 0 { throw SystemError("chmod", path) }
  }

  /// Up to `count` bytes from `offset`; fewer only at the end.
  func read(at offset: Int64, count: Int) throws(SystemError) -> [UInt8] {
    var failure: SystemError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = 0
      while filled < count {
        // Within the buffer: `filled` grows by what was read, and at most `count - filled` is asked for.
        let got = pread(
          descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset) + off_t(filled))
        if got > 0 {
          filled += got
        } else if got == 0 {
          return
        } else if errno != EINTR {
          failure = SystemError("read", path)
          return
        }
      }
    }
    if let failure { throw failure }
    return bytes
  }

  func truncate(to size: Int64) throws(SystemError) {
    while ftruncate(descriptor, off_t(size)) != 0 { if errno != EINTR { throw SystemError("truncate", path) } }
  }

  /// When it returns, the bytes are on the disk.
  func sync() throws(SystemError) {
    while fdatasync(descriptor) != 0 { if errno != EINTR { throw SystemError("fdatasync", path) } }
  }
}

/// An open directory, closed with the last reference.
final class DirectoryHandle: Sendable {
  private let descriptor: Int32

  init(_ path: Path) throws(SystemError) {
    descriptor = path.withCString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    if descriptor < 0 { throw SystemError("open", path) }
  }

  deinit { close(descriptor) }

  /// A name in plain ASCII that leads to the directory while this value lives.
  var link: String { "/proc/self/fd/\(descriptor)" }
}

/// What is done with names.
enum FileSystem {
  /// Which file `path` leads to now; nil if there is none, or it cannot be reached.
  static func identity(_ path: Path) -> FileIdentity? {
    var status = stat()
    guard path.withCString({ stat($0, &status) }) == 0 else { return nil }
    return FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }

  static func size(_ path: Path) -> Int64? {
    var status = stat()
    guard path.withCString({ stat($0, &status) }) == 0 else { return nil }
    return Int64(status.st_size)
  }

  static func isWritable(_ path: Path) -> Bool { path.withCString { access($0, W_OK) } == 0 }

  /// Whether nothing is left for who is not root.
  static func isFull(_ path: Path) -> Bool {
    var status = statvfs()
    return path.withCString { statvfs($0, &status) } == 0 && status.f_bavail == 0
  }

  static func exists(_ path: Path) -> Bool {
    var status = stat()
    return path.withCString { lstat($0, &status) } == 0
  }

  static func rename(_ path: Path, to other: Path) throws(SystemError) {
    let result = path.withCString { from in other.withCString { Glibc.rename(from, $0) } }
    if result != 0 { throw SystemError("rename", path) }
  }

  /// One that is not there is passed over.
  static func remove(_ path: Path) throws(SystemError) {
    if path.withCString({ unlink($0) }) != 0, errno != ENOENT { throw SystemError("remove", path) }
  }

  /// Makes names durable: created, renamed and removed ones.
  static func syncDirectory(_ path: Path) throws(SystemError) {
    let descriptor = path.withCString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    if descriptor < 0 { throw SystemError("open", path) }
    defer { close(descriptor) }
    // Some file systems cannot (EINVAL); theirs is what they promise for directories.
    if fsync(descriptor) != 0, errno != EINVAL { throw SystemError("fsync", path) }
  }
}

extension Path {
  /// A path holds no NUL, so the C string is the whole name. The pointer is valid during `body`.
  func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    (bytes + [0]).withUnsafeBufferPointer { buffer in
      // CChar is Int8: the same size and stride as UInt8. The buffer has at least the NUL, so it has an address.
      buffer.withMemoryRebound(to: CChar.self) { body($0.baseAddress!) }
    }
  }

  /// This file's name with `suffix` after it.
  func withSuffix(_ suffix: String) -> Path {
    guard let parent else { return Path(bytes + Array(suffix.utf8)) }
    return parent.appending(Array(name) + Array(suffix.utf8))
  }
}
