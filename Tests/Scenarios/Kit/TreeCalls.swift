import Glibc
import ScenarioCalls

/// System calls that only some scenarios make.
extension Tree {
  /// Two names change places in one step: renameat2 with RENAME_EXCHANGE.
  public func exchange(_ one: Name, _ other: Name) throws {
    try call("renameat2", one) { one in withPath(other) { scenario_exchange(one, $0) } }
  }

  /// Writes through a mapping of the file: no `write` call, hence no IN_MODIFY.
  func writeMapped(_ name: Name, at offset: Int, _ text: String) throws {
    try open(name, O_RDWR) { descriptor in
      let size = Int(lseek(descriptor, 0, SEEK_END))
      precondition(offset + text.utf8.count <= size)
      guard let map = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), map != MAP_FAILED else {
        throw CallFailed("mmap", name)
      }
      // Within the mapping: checked above.
      UnsafeMutableRawBufferPointer(start: map + offset, count: text.utf8.count).copyBytes(from: text.utf8)
      if msync(map, size, MS_SYNC) != 0 { throw CallFailed("msync", name) }
      munmap(map, size)
    }
  }

  /// Maps the file until this tree is gone.
  func keepMapping(of name: Name) throws {
    try open(name, O_RDWR) { if !kept.map($0) { throw CallFailed("mmap", name) } }
  }

  /// Writes through the mapping that is kept, without telling the kernel.
  func writeKept(at offset: Int, _ text: String) { kept.write(at: offset, Array(text.utf8)) }

  /// What `fallocate` is to do, by its flags.
  enum Allocation: Int32 {
    /// Makes the file longer, with zeros.
    case grow = 0
    /// Takes space on the disk and leaves the size: no change of content.
    case beyondTheEnd = 1
    /// Turns a part into zeros without writing.
    case hole = 3
  }

  func allocate(_ name: Name, _ allocation: Allocation, at offset: Int, length: Int) throws {
    try open(name, O_RDWR) { descriptor in
      if scenario_allocate(descriptor, allocation.rawValue, off_t(offset), off_t(length)) != 0 {
        throw CallFailed("fallocate", name)
      }
    }
  }

  /// Copies `source` over `name` within the kernel, from the start on.
  func copyRange(_ source: Name, over name: Name) throws {
    try open(source, O_RDONLY) { from in
      try open(name, O_WRONLY) { to in
        while true {
          let count = scenario_copy_range(from, to, 1 << 20)
          if count < 0 { throw CallFailed("copy_file_range", name) }
          if count == 0 { return }
        }
      }
    }
  }

  /// Makes a file that has no name until it is complete: O_TMPFILE and linkat. Its only event is IN_CREATE.
  func createComplete(_ name: Name, _ text: String) throws {
    let directory = Name(bytes: Array(name.bytes[..<(name.bytes.lastIndex(of: UInt8(ascii: "/")) ?? 0)]))
    let descriptor = try call("open with O_TMPFILE", directory) { scenario_open_nameless($0) }
    defer { close(descriptor) }
    try Self.write(descriptor, text)
    try call("linkat", name) { linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, $0, AT_SYMLINK_FOLLOW) }
  }

  func makePipe(_ name: Name) throws { try call("mkfifo", name) { mkfifo($0, 0o644) } }

  func truncate(_ name: Name, to size: Int) throws { try call("truncate", name) { Glibc.truncate($0, off_t(size)) } }

  /// Sets the time stamps to the seconds since 1970.
  public func setTimes(_ name: Name, to seconds: Int) throws {
    let time = timespec(tv_sec: seconds, tv_nsec: 0)
    try call("utimensat", name) { utimensat(AT_FDCWD, $0, [time, time], 0) }
  }

  /// Sets the time stamps to now.
  public func touch(_ name: Name) throws { try call("utimensat", name) { utimensat(AT_FDCWD, $0, nil, 0) } }

  /// Runs an edit and gives the file its former time stamps back, to the nanosecond.
  func keepingTimes(of name: Name, _ edit: () throws -> Void) throws {
    var status = stat()
    try call("stat", name) { stat($0, &status) }
    try edit()
    try call("utimensat", name) { utimensat(AT_FDCWD, $0, [status.st_atim, status.st_mtim], 0) }
  }
}
