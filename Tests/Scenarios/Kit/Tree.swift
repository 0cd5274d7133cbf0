import Glibc
import Synchronization

/// A system call that failed in a scenario.
public struct CallFailed: Error, CustomStringConvertible {
  public let call: String
  public let what: String
  public let number: Int32

  init(_ call: String, _ what: some CustomStringConvertible, _ number: Int32 = errno) {
    self.call = call
    self.what = what.description
    self.number = number
  }

  public var description: String { "\(call) \(what): \(String(cString: strerror(number)))" }
}

/// The folder of a scenario, and one beside it on the same file system that is not watched. All calls take names as
/// bytes.
public struct Tree: Sendable {
  /// Absolute paths, without a `/` at the end.
  public let folder: [UInt8]
  public let outside: [UInt8]
  let kept = OpenFiles()

  /// Both folders are made if they are not there.
  public init(folder: String, outside: String) throws {
    self.folder = Array(folder.utf8)
    self.outside = Array(outside.utf8)
    for path in [folder, outside] where Glibc.mkdir(path, 0o755) != 0 && errno != EEXIST {
      throw CallFailed("mkdir", path)
    }
  }

  /// The absolute path of a file.
  public func path(_ name: Name) -> [UInt8] {
    (name.isOutside ? outside : folder) + [UInt8(ascii: "/")] + name.bytes
  }

  /// A system call on a file; a negative result is thrown.
  @discardableResult
  func call(_ call: String, _ name: Name, _ body: (UnsafePointer<CChar>) -> Int32) throws -> Int32 {
    let result = withPath(name, body)
    if result < 0 { throw CallFailed(call, name) }
    return result
  }

  func withPath<Result>(_ name: Name, _ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
    // The buffer is the path's bytes and a NUL, and lives until `body` returns.
    try (path(name).map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { try body($0.baseAddress!) }
  }

  // MARK: contents

  /// Writes a file in place, as a shell's `>` does; the directories above are made.
  public func write(_ name: Name, _ text: String) throws { try write(name, Array(text.utf8)) }

  /// The same for bytes that are no text.
  public func write(_ name: Name, _ bytes: [UInt8]) throws {
    try makeParents(of: name)
    try open(name, O_WRONLY | O_CREAT | O_TRUNC) { try Self.write($0, bytes) }
  }

  /// Adds to the end of a file that is there.
  public func append(_ name: Name, _ text: String) throws {
    try open(name, O_WRONLY | O_APPEND) { try Self.write($0, text) }
  }

  /// Opens a file for the time of a closure.
  func open<Result>(_ name: Name, _ flags: Int32, _ body: (Int32) throws -> Result) throws -> Result {
    let descriptor = try open(name, flags)
    defer { close(descriptor) }
    return try body(descriptor)
  }

  func open(_ name: Name, _ flags: Int32) throws -> Int32 {
    try call("open", name) { Glibc.open($0, flags | O_CLOEXEC, 0o644) }
  }

  /// Keeps a descriptor open until the tree is gone: a writer that has not closed its file.
  func leaveOpen(_ descriptor: Int32) { kept.add(descriptor) }

  static func write(_ descriptor: Int32, _ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 { throw CallFailed("write", "\(rest.count) bytes") }
      rest = rest.dropFirst(count)
    }
  }

  static func write(_ descriptor: Int32, _ text: String) throws { try write(descriptor, Array(text.utf8)) }

  /// Writes beside the file, flushes, and renames over it: how careful programs save.
  public func replace(_ name: Name, _ text: String) throws {
    let temporary = name + ".tmp"
    try open(temporary, O_WRONLY | O_CREAT | O_TRUNC) {
      try Self.write($0, text)
      if fsync($0) != 0 { throw CallFailed("fsync", temporary) }
    }
    try rename(temporary, name)
  }

  // MARK: names

  public func makeDirectory(_ name: Name) throws {
    try makeParents(of: name)
    try call("mkdir", name) { Glibc.mkdir($0, 0o755) }
  }

  private func makeParents(of name: Name) throws {
    for (index, byte) in name.bytes.enumerated() where byte == UInt8(ascii: "/") {
      let parent = Name(bytes: Array(name.bytes[..<index]), isOutside: name.isOutside)
      if withPath(parent, { Glibc.mkdir($0, 0o755) }) != 0, errno != EEXIST { throw CallFailed("mkdir", parent) }
    }
  }

  public func rename(_ from: Name, _ to: Name) throws {
    try call("rename", from) { from in withPath(to) { Glibc.rename(from, $0) } }
  }

  public func removeFile(_ name: Name) throws { try call("unlink", name) { unlink($0) } }

  public func removeDirectory(_ name: Name) throws { try call("rmdir", name) { rmdir($0) } }

  /// Removes a directory and everything below it.
  public func removeTree(_ name: Name) throws {
    var directories = [name]
    var next = 0
    while next < directories.count {
      let directory = directories[next]
      next += 1
      for (entry, isDirectory) in try list(directory) {
        if isDirectory { directories.append(directory / entry) } else { try removeFile(directory / entry) }
      }
    }
    for directory in directories.reversed() { try removeDirectory(directory) }
  }

  /// Makes a symbolic link that holds `target` as it stands.
  public func link(_ name: Name, to target: String) throws {
    try makeParents(of: name)
    try call("symlink", name) { symlink(target, $0) }
  }

  /// Points a link elsewhere in one step, as `ln -sfn` does not and deployment tools do.
  public func relink(_ name: Name, to target: String) throws {
    try link(name + ".new", to: target)
    try rename(name + ".new", name)
  }

  /// Makes another name of a file.
  public func hardLink(_ name: Name, of file: Name) throws {
    try makeParents(of: name)
    try call("link", name) { name in withPath(file) { Glibc.link($0, name) } }
  }

  func setMode(_ name: Name, _ mode: mode_t) throws { try call("chmod", name) { chmod($0, mode) } }
}

/// Descriptors that are closed when nobody needs them any more.
final class OpenFiles: Sendable {
  private struct State {
    var descriptors: [Int32] = []
    /// The address of one mapping, as a number, and its size.
    var mapping: (address: UInt, size: Int)?
  }

  private let state = Mutex(State())

  func add(_ descriptor: Int32) { state.withLock { $0.descriptors.append(descriptor) } }

  func map(_ descriptor: Int32) -> Bool {
    let size = Int(lseek(descriptor, 0, SEEK_END))
    guard let map = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), map != MAP_FAILED else {
      return false
    }
    state.withLock { $0.mapping = (UInt(bitPattern: map), size) }
    return true
  }

  /// Changes what is mapped, if all of it lies within.
  func write(at offset: Int, _ bytes: [UInt8]) {
    state.withLock { state in
      guard let mapping = state.mapping, offset + bytes.count <= mapping.size,
        let map = UnsafeMutableRawPointer(bitPattern: mapping.address)
      else { preconditionFailure("nothing of that size is mapped") }
      // Within the mapping, which lasts as long as this object.
      UnsafeMutableRawBufferPointer(start: map + offset, count: bytes.count).copyBytes(from: bytes)
    }
  }

  deinit {
    state.withLock { state in
      for descriptor in state.descriptors { close(descriptor) }
      if let mapping = state.mapping { munmap(UnsafeMutableRawPointer(bitPattern: mapping.address), mapping.size) }
    }
  }
}
