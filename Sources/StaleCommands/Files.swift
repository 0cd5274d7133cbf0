internal import Glibc
public import Paths

/// The few system calls on files that the commands need.
public enum Files {
  /// A variable of the environment, nil if it is unset or empty.
  public static func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }

  /// The absolute path of the current directory.
  public static var currentDirectory: Path {
    guard let text = getcwd(nil, 0) else { return "/" }
    defer { free(text) }
    return Path(bytes(of: text))
  }

  /// `path` for the kernel: NUL-terminated.
  static func terminated(_ path: Path) -> [CChar] {
    (path.isRoot ? [UInt8.dot] : path.bytes).map { CChar(bitPattern: $0) } + [0]
  }

  /// Whether there is anything of that name, a dangling link included.
  public static func exists(_ path: Path) -> Bool { status(path, following: false) != nil }

  /// Whether it is a directory, or a link to one.
  public static func isDirectory(_ path: Path) -> Bool {
    status(path, following: true).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
  }

  /// Whether it is a symbolic link itself.
  public static func isSymbolicLink(_ path: Path) -> Bool {
    status(path, following: false).map { $0.st_mode & S_IFMT == S_IFLNK } ?? false
  }

  static func status(_ path: Path, following: Bool) -> stat? {
    var result = stat()
    let failed = following ? stat(terminated(path), &result) : lstat(terminated(path), &result)
    return failed == 0 ? result : nil
  }

  /// Absolute, and free of symbolic links; nil if there is no such thing.
  public static func realPath(_ path: Path) -> Path? {
    guard let text = realpath(terminated(path), nil) else { return nil }
    defer { free(text) }
    return Path(bytes(of: text))
  }

  /// Where a symbolic link points, nil if it is none.
  static func linkTarget(_ path: Path) -> Path? {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink(terminated(path), &buffer, buffer.count)
    return count < 0 ? nil : Path(buffer[..<count].map { UInt8(bitPattern: $0) })
  }

  /// The whole content of a file, nil if it cannot be read.
  public static func read(_ path: Path) -> [UInt8]? {
    let descriptor = open(terminated(path), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return read(descriptor)
  }

  /// All that is left to read from a descriptor, nil on an error.
  static func read(_ descriptor: CInt) -> [UInt8]? {
    var content: [UInt8] = []
    while let chunk = readChunk(descriptor) {
      if chunk.isEmpty { return content }
      content += chunk
    }
    return nil
  }

  /// What can be read at once, nothing at the end, nil on an error.
  static func readChunk(_ descriptor: CInt, upTo size: Int = 65536) -> [UInt8]? {
    while true {
      var count = 0
      let chunk = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
        // The kernel wrote the first `count` bytes, and nothing if it is negative.
        count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        initialized = max(count, 0)
      }
      if count >= 0 { return chunk }
      if errno != EINTR { return nil }
    }
  }

  /// A pipe whose ends no child inherits, nil if there can be none.
  static func pipe() -> (read: CInt, write: CInt)? {
    var ends: [CInt] = [-1, -1]
    // pipe2 is only declared for GNU sources. Nobody starts a process between these calls: the tool does one thing at a time.
    guard Glibc.pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  /// Writes all of `bytes`; false on an error.
  static func write(_ bytes: some Collection<UInt8>, to descriptor: CInt) -> Bool {
    let bytes = Array(bytes)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, bytes.count - written) }
      if count < 0, errno != EINTR { return false }
      written += max(count, 0)
    }
    return true
  }

  /// The bytes of a C string.
  private static func bytes(of text: UnsafePointer<CChar>) -> [UInt8] {
    // `text` is NUL-terminated: `strlen` bytes of it may be read.
    UnsafeBufferPointer(start: text, count: strlen(text)).map { UInt8(bitPattern: $0) }
  }
}
