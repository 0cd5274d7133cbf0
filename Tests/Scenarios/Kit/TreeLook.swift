import Glibc

/// What is at a path, links followed: all that counts as content.
public enum Content: Hashable, Sendable {
  case absent, directory, special
  case file([UInt8])

  /// How `after` differs from this.
  public func change(to after: Content) -> Scenario.Change? {
    if self == after { return nil }
    return after == .absent ? .deleted : self == .absent ? .created : .modified
  }
}

extension Tree {
  /// What is at a path. Pipes and devices are not opened.
  public func content(_ name: Name) throws -> Content {
    var status = stat()
    if withPath(name, { stat($0, &status) }) != 0 {
      if [ENOENT, ENOTDIR, ELOOP].contains(errno) { return .absent }
      throw CallFailed("stat", name)
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .directory
    case S_IFREG: return .file(try read(name))
    default: return .special
    }
  }

  /// The bytes of a file.
  public func read(_ name: Name) throws -> [UInt8] {
    try open(name, O_RDONLY) { descriptor in
      var bytes: [UInt8] = []
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        if count < 0 { throw CallFailed("read", name) }
        if count == 0 { return bytes }
        bytes += chunk[..<count]
      }
    }
  }

  /// Whether there is such a name, be it a link that leads nowhere.
  public func exists(_ name: Name) -> Bool {
    var status = stat()
    return withPath(name) { lstat($0, &status) } == 0
  }

  /// The names of the folder, or of the one outside, that are no directories; git's own files are left out.
  public func files(outside: Bool = false) throws -> [Name] {
    let top = Name(bytes: [UInt8(ascii: ".")], isOutside: outside)
    var files: [Name] = []
    var directories = [top]
    while let directory = directories.popLast() {
      for (entry, isDirectory) in try list(directory) {
        let name = directory == top ? Name(bytes: entry.bytes, isOutside: outside) : directory / entry
        if entry == ".git" { continue }
        if isDirectory { directories.append(name) } else { files.append(name) }
      }
    }
    return files
  }

  /// The contents of these paths.
  public func contents(_ names: [Name]) throws -> [Name: Content] {
    var contents: [Name: Content] = [:]
    for name in names { contents[name] = try content(name) }
    return contents
  }

  /// The names in a directory, and which of them are directories themselves.
  func list(_ directory: Name) throws -> [(Name, isDirectory: Bool)] {
    guard let stream = withPath(directory, { opendir($0) }) else { throw CallFailed("opendir", directory) }
    defer { closedir(stream) }
    var entries: [(Name, isDirectory: Bool)] = []
    while let entry = readdir(stream) {
      // `d_name` is the last member and ends with a NUL; the entry is valid until the next readdir.
      let bytes = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: UInt8.self, capacity: 256) { Array(UnsafeBufferPointer(start: $0, count: strlen($0))) }
      }
      if bytes == Array(".".utf8) || bytes == Array("..".utf8) { continue }
      let name = Name(bytes: bytes)
      var status = stat()
      let path = directory / name
      guard withPath(path, { lstat($0, &status) }) == 0 else { continue }
      entries.append((name, status.st_mode & S_IFMT == S_IFDIR))
    }
    return entries
  }
}
