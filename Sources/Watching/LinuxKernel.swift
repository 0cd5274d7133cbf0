import CInotifyTools
import Glibc
import Paths

/// The system calls, on one inotify descriptor.
package struct LinuxKernel: Kernel {
  /// The inotify instance.
  package let inotify: Int32
  /// `/proc/self/mountinfo`, open; -1 if there is none.
  package let mountInfo: Int32

  package init(inotify: Int32, mountInfo: Int32 = -1) {
    self.inotify = inotify
    self.mountInfo = mountInfo
  }

  package func openDirectory(_ path: [UInt8]) throws(Errno) -> Int32 {
    guard path.count >= Int(PATH_MAX) else { return try open(path[...], in: AT_FDCWD) }
    // Longer than the kernel takes at once: in pieces, each through the one before.
    var handle = try open([.slash], in: AT_FDCWD)
    for name in path.split(separator: .slash) {
      let above = handle
      defer { Glibc.close(above) }
      handle = try open(name, in: above)
    }
    return handle
  }

  package func openDirectory(_ name: ArraySlice<UInt8>, in directory: Int32) throws(Errno) -> Int32 {
    try open(name, in: directory)
  }

  private func open(_ path: ArraySlice<UInt8>, in directory: Int32) throws(Errno) -> Int32 {
    let handle = withCString(path) { staled_open_nofollow(directory, $0, O_RDONLY | O_DIRECTORY | O_NONBLOCK) }
    if handle < 0 { throw Errno(errno) }
    return handle
  }

  package func close(_ directory: Int32) { _ = Glibc.close(directory) }

  package func watch(_ directory: Int32, mask: WatchMask) throws(Errno) -> Int32 {
    try add("/proc/self/fd/\(directory)", mask.rawValue | UInt32(IN_ONLYDIR))
  }

  package func watchFile(_ path: [UInt8], mask: WatchMask) throws(Errno) -> Int32 {
    let handle = withCString(path[...]) { staled_open_path($0) }
    if handle < 0 { throw Errno(errno) }
    defer { Glibc.close(handle) }
    return try add("/proc/self/fd/\(handle)", mask.rawValue)
  }

  private func add(_ path: String, _ mask: UInt32) throws(Errno) -> Int32 {
    let descriptor = inotify_add_watch(inotify, path, mask | UInt32(IN_MASK_ADD))
    if descriptor < 0 { throw Errno(errno) }
    return descriptor
  }

  package func removeWatch(_ descriptor: Int32) { _ = inotify_rm_watch(inotify, descriptor) }

  package func list(_ directory: Int32, into listing: inout Listing) throws(Errno) {
    try list(directory, into: &listing, telling: nil)
  }

  package func list(_ directory: Int32, into listing: inout Listing, progress: Progress) throws(Errno) {
    try list(directory, into: &listing, telling: progress)
  }

  private func list(_ directory: Int32, into listing: inout Listing, telling progress: Progress?) throws(Errno) {
    let failure = withUnsafeTemporaryAllocation(byteCount: 32768, alignment: 8) { buffer -> Int32 in
      while true {
        let size = staled_list(directory, buffer.baseAddress, UInt(buffer.count))
        if size < 0 { return errno }
        if size == 0 { return 0 }
        var at = 0
        while at < size {
          // struct linux_dirent64: inode 8, offset 8, record length 2, type 1, then the name up to a NUL.
          let length = Int(buffer.loadUnaligned(fromByteOffset: at + 16, as: UInt16.self))
          let type = Int32(buffer[at + 18])
          let room = UnsafeRawBufferPointer(rebasing: buffer[(at + 19)..<(at + length)])
          let name = room.prefix { $0 != 0 }
          if !(name.elementsEqual([.dot]) || name.elementsEqual([.dot, .dot])) {
            progress?.step()
            listing.append(name, Self.kind(type: type) ?? kind(of: name, in: directory))
          }
          at += length
        }
      }
    }
    if failure != 0 { throw Errno(failure) }
  }

  private static func kind(type: Int32) -> FileKind? {
    switch type {
    case Int32(DT_DIR): .directory
    case Int32(DT_LNK): .link
    case Int32(DT_REG): .file
    case Int32(DT_UNKNOWN): nil
    default: .special
    }
  }

  /// For file systems that do not tell kinds in listings.
  private func kind(of name: some Collection<UInt8>, in directory: Int32) -> FileKind {
    (try? status(ArraySlice(name), in: directory))?.kind ?? .unknown
  }

  package func status(_ path: [UInt8]) throws(Errno) -> FileStatus { try status(path[...], in: AT_FDCWD) }

  package func status(of directory: Int32) throws(Errno) -> FileStatus { try status([], in: directory) }

  private func status(_ path: ArraySlice<UInt8>, in directory: Int32) throws(Errno) -> FileStatus {
    var found = staled_status()
    if withCString(path, { staled_status(directory, $0, &found) }) != 0 {
      let code = errno
      if code == ENOENT || code == ENOTDIR { return .absent }
      throw Errno(code)
    }
    let kind: FileKind =
      switch found.mode & S_IFMT {
      case S_IFDIR: .directory
      case S_IFLNK: .link
      case S_IFREG: .file
      default: .special
      }
    return FileStatus(
      kind: kind, links: Int(found.links), identity: found.inode ^ (found.device &* 0x9E37_79B9_7F4A_7C15),
      device: found.device, size: found.size, modified: found.modified, changed: found.changed)
  }

  package func readLink(_ path: [UInt8]) -> [UInt8]? {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    let size = withCString(path[...]) { readlink($0, &target, target.count) }
    return size < 0 ? nil : target[..<size].map { UInt8(bitPattern: $0) }
  }

  package func read(_ path: [UInt8]) throws(Errno) -> [UInt8]? {
    let limit = 16 << 20
    let file = withCString(path[...]) { Glibc.open($0, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK) }
    guard file >= 0 else { return try nothing(Errno(errno)) }
    defer { Glibc.close(file) }
    var found = stat()
    guard fstat(file, &found) == 0, found.st_mode & S_IFMT == S_IFREG, found.st_size <= limit else { return nil }
    var content: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 16384)
    while content.count <= limit {
      let size = Glibc.read(file, &part, part.count)
      if size < 0, errno == EINTR { continue }
      if size < 0 { return try nothing(Errno(errno)) }
      if size == 0 { return content }
      content.append(contentsOf: part[..<size])
    }
    return nil
  }

  private func nothing(_ error: Errno) throws(Errno) -> [UInt8]? {
    if error.isPassing { throw error }
    return nil
  }

  package func realPath(_ path: [UInt8]) -> [UInt8]? {
    guard let real = withCString(path[...], { realpath($0, nil) }) else { return nil }
    defer { free(real) }
    return Array(UnsafeRawBufferPointer(start: real, count: strlen(real)))
  }

  package func makeDirectory(_ path: [UInt8]) throws(Errno) {
    if withCString(path[...], { mkdir($0, 0o700) }) != 0, errno != EEXIST { throw Errno(errno) }
  }

  package func flash(_ path: [UInt8]) throws(Errno) {
    let file = withCString(path[...]) { Glibc.open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600) }
    if file < 0 { throw Errno(errno) }
    Glibc.close(file)
    _ = withCString(path[...]) { unlink($0) }
  }

  package var watchLimit: Int { min(machineLimit, namespaceLimit ?? .max) }

  package var watchLimitName: String {
    (namespaceLimit ?? .max) < machineLimit ? "user.max_inotify_watches" : "fs.inotify.max_user_watches"
  }

  private var machineLimit: Int { max(0, Int(inotifytools_get_max_user_watches())) }

  /// A user namespace (a container) may have a lower one of its own.
  private var namespaceLimit: Int? {
    (try? read(Array("/proc/sys/user/max_inotify_watches".utf8))).flatMap {
      Int(String(decoding: $0.filter { $0 > 0x20 }, as: UTF8.self))
    }
  }

  package func mounts() -> [Mount] {
    guard mountInfo >= 0 else { return [] }
    // The kernel writes the text anew for each reader, at most a page at a time, without tearing a line.
    var text: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 16384)
    while true {
      let size = pread(mountInfo, &part, part.count, off_t(text.count))
      if size < 0, errno == EINTR { continue }
      if size <= 0 { break }
      text.append(contentsOf: part[..<size])
    }
    return text.split(separator: UInt8(ascii: "\n")).compactMap { Mount($0) }
  }

  package func mountsChanged() -> Bool {
    var wait = pollfd(fd: mountInfo, events: Int16(POLLPRI), revents: 0)
    return mountInfo >= 0 && poll(&wait, 1, 0) > 0 && Self.tellsOfMounts(wait.revents)
  }

  /// What `poll` answers once for each change.
  static func tellsOfMounts(_ answer: Int16) -> Bool { answer & Int16(POLLPRI | POLLERR) != 0 }

  package var time: (stamp: Int64, steady: Int64) {
    (Self.now(CLOCK_REALTIME), Self.steadyNow)
  }

  static var steadyNow: Int64 { now(CLOCK_MONOTONIC) }

  private static func now(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  func withCString<Result>(_ bytes: ArraySlice<UInt8>, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: bytes.count + 1) { buffer in
      for (index, byte) in bytes.enumerated() { buffer[index] = CChar(bitPattern: byte) }
      buffer[bytes.count] = 0
      // The buffer has at least the NUL, so it has an address.
      return body(UnsafePointer(buffer.baseAddress!))
    }
  }
}

extension LinuxKernel {
  /// Whether a regular file stands there, links followed.
  func leadsToFile(_ path: [UInt8]) -> Bool {
    var found = stat()
    return withCString(path[...]) { fstatat(AT_FDCWD, $0, &found, 0) } == 0 && found.st_mode & S_IFMT == S_IFREG
  }
}
