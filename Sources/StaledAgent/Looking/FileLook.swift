internal import Freshness
internal import Glibc
internal import Paths
internal import Watching

/// Looks at one file: what it holds, and what `stat` says of it.
///
/// Symbolic links are followed. Only regular files are opened, and never so that it could block; what was opened is
/// checked again, because another file may stand there by then.
struct FileLook {
  /// What `stat` said last time, and what the file held then: unchanged, it spares reading the file.
  struct Known {
    var fingerprint: Fingerprint
    var stat: StatFingerprint
    var lookedAt: WallClock
  }

  /// What a file holds, and what `stat` said of it before it was read.
  typealias Seen = (fingerprint: Fingerprint, stat: StatFingerprint?)

  /// How much younger than the look a ctime may be and still be trusted: the kernel stamps with the last clock tick,
  /// and a write within the same tick as the look would leave no trace (git's racy-timestamp rule).
  ///
  /// File systems that keep whole seconds are given two of them.
  static func racyWindow(_ stat: StatFingerprint) -> WallClock {
    stat.changed % 1_000_000_000 == 0 ? 2_000_000_000 : 20_000_000
  }

  /// So much longer than `stat` said, in bytes, a file may turn out to be: some say nothing of their size.
  private let mostGrowth: Int64

  private var buffer = [UInt8](repeating: 0, count: 128 << 10)
  private let progress: Progress?

  /// `progress`: is told of each part that was read.
  init(progress: Progress? = nil, mostGrowth: Int64 = 64 << 20) {
    self.progress = progress
    self.mostGrowth = mostGrowth
  }

  /// Looks at the file at `path`, an absolute path; nil if that failed for a reason that is not the file's.
  mutating func look(at path: Path, known: Known?) -> Seen? {
    guard let before = Self.status(of: path, following: true) else { return Self.absence(errno).map { ($0, nil) } }
    switch before.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: return (.directory, nil)
    default: return (.special, nil)
    }
    let stat = StatFingerprint(before)
    if let known, known.stat == stat, known.fingerprint.isProof, stat.changed + Self.racyWindow(stat) <= known.lookedAt
    {
      return (known.fingerprint, stat)
    }
    return read(path)
  }

  private mutating func read(_ path: Path) -> Seen? {
    let descriptor = Self.withCString(path) { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY) }
    guard descriptor >= 0 else { return Self.absence(errno).map { ($0, nil) } }
    defer { close(descriptor) }
    var opened = Glibc.stat()
    guard fstat(descriptor, &opened) == 0 else { return (.unreadable, nil) }
    guard opened.st_mode & S_IFMT == S_IFREG else {
      return (opened.st_mode & S_IFMT == S_IFDIR ? .directory : .special, nil)
    }
    var hash = ContentHash()
    var size = Int64(0)
    while true {
      let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        return Self.absence(errno).map { _ in (.unreadable, nil) }
      }
      progress?.step()
      size += Int64(count)
      // Somebody appends faster than it is read. What it held it held no more when it was over: it is looked at again.
      if size > Int64(opened.st_size) + mostGrowth { return nil }
      buffer.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
    // The stat from before reading: a write meanwhile leaves a newer one behind.
    return (.digest(hash.digest), StatFingerprint(opened))
  }

  /// What a failed system call says of a file; nil if it says nothing, because it is this process, this machine or the
  /// way to another that lacks something for a while: it is looked at again then.
  static func absence(_ error: Int32) -> Fingerprint? {
    switch error {
    case EMFILE, ENFILE, ENOMEM, EIO, EREMOTEIO, EINTR, EAGAIN: nil
    case ESTALE, ETIMEDOUT, EHOSTDOWN, EHOSTUNREACH, ENETDOWN, ENETUNREACH, ENOTCONN, ECONNABORTED, ECONNREFUSED,
      ECONNRESET:
      nil
    case ENOENT, ENOTDIR: .absent
    // A loop of links, or a name too long to exist, stands for nothing.
    case ELOOP, ENAMETOOLONG: .absent
    default: .unreadable
    }
  }

  /// `stat` or `lstat` of an absolute path.
  static func status(of path: Path, following: Bool) -> Glibc.stat? {
    var status = Glibc.stat()
    let result = withCString(path) { fstatat(AT_FDCWD, $0, &status, following ? 0 : AT_SYMLINK_NOFOLLOW) }
    return result == 0 ? status : nil
  }

  /// Whether `stat` found a directory.
  static func isDirectory(_ status: Glibc.stat) -> Bool { status.st_mode & S_IFMT == S_IFDIR }

  /// Whether `lstat` found a symbolic link.
  static func isLink(_ status: Glibc.stat) -> Bool { status.st_mode & S_IFMT == S_IFLNK }

  /// The path without symbolic links; nil if nothing is there, or the way may not be gone.
  static func realPath(_ path: Path) -> Path? {
    guard let real = withCString(path, { realpath($0, nil) }) else { return nil }
    defer { free(real) }
    return Path(UnsafeBufferPointer(start: real, count: strlen(real)).map { UInt8(bitPattern: $0) })
  }

  /// Calls `body` with the path's bytes and a NUL.
  static func withCString<Result>(_ path: Path, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    (path.bytes + [0]).withUnsafeBufferPointer { bytes in
      bytes.withMemoryRebound(to: CChar.self) { body($0.baseAddress!) }
    }
  }
}

extension StatFingerprint {
  init(_ status: Glibc.stat) {
    self.init(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
      modified: status.st_mtim.nanoseconds, changed: status.st_ctim.nanoseconds)
  }
}

extension timespec {
  /// Nanoseconds since the clock's start.
  var nanoseconds: Int64 { Int64(tv_sec) * 1_000_000_000 + Int64(tv_nsec) }
}
