import Glibc
import Paths

/// Where the log lies and how large it grows.
public struct LogLimits: Hashable, Sendable {
  /// A file of that many bytes is followed by a new one.
  public var size: Int64 = 16 << 20
  /// How many rotated files are kept beside the present one.
  public var keep = 4

  public init() {}
}

/// The names of the log's files in a state directory.
enum LogNames {
  static let present: [UInt8] = Array("invalidations.ndjson".utf8)

  static func file(_ directory: Path, _ index: Int) -> Path {
    directory.appending(index == 0 ? present : present + Array(".\(index)".utf8))
  }

  /// Goes through those that exist, the newest first, until `body` says that it is enough. Each name is looked at only
  /// when its turn comes, so that a rotation meanwhile shows a file twice rather than not at all.
  static func newestFirst(
    _ directory: Path, _ body: (Path) throws(SystemError) -> Bool
  ) throws(SystemError) {
    var misses = 0
    var index = 0
    // A crash amid a rotation leaves one number out.
    while misses < 2 {
      let path = file(directory, index)
      if FileSystem.exists(path) {
        misses = 0
        if try body(path) { return }
      } else if index > 0 {
        misses += 1
      }
      index += 1
    }
  }
}

/// The log's present file, open for appending.
///
/// Whole lines only: after a failed write the part that arrived is cut off again, and at opening what a crash left.
/// It decides nothing about what must be in the log: that is `LogKeeper`.
struct LogFile {
  /// `write(2)`; tests put failures here.
  typealias Write = @Sendable (Int32, UnsafeRawBufferPointer) -> Int

  let directory: Path
  let limits: LogLimits
  private let write: Write
  private var file: File?
  /// What the file must measure if nobody else writes to it.
  private var size: Int64 = 0
  /// The last number in the files that are there.
  private(set) var last: UInt64?

  private static let chunk = 256 << 10

  init(directory: Path, limits: LogLimits, write: @escaping Write = { Glibc.write($0, $1.baseAddress, $1.count) }) {
    self.directory = directory
    self.limits = limits
    self.write = write
  }

  var isOpen: Bool { file != nil }

  private var path: Path { LogNames.file(directory, 0) }

  /// Whether its name still leads to the file, and the file is as long as it was made.
  func isIntact() throws(SystemError) -> Bool {
    guard let file else { return false }
    let size = try file.size()
    return size == self.size && FileSystem.identity(path) == file.identity
  }

  /// Opens or creates the file, mends its end and finds the last record. Returns how many bytes were cut off.
  ///
  /// From the record `suspect` on, the file was not known to be on the disk: where its numbers do not rise by one from
  /// there, it is cut (a power cut may leave any of its blocks empty).
  mutating func open(suspect: UInt64?) throws(SystemError) -> Int {
    file = nil
    let known = FileSystem.exists(path)
    let opened = try File(path, O_RDWR | O_APPEND | O_CREAT)
    try opened.makePrivate()
    let whole = try opened.size()
    var end = try Self.endOfLastLine(opened, size: whole)
    last = nil
    if let suspect, let gap = try Self.firstGap(opened, from: suspect) { end = min(end, gap) }
    if end < whole { try opened.truncate(to: end) }
    last = try Self.lastSeq(opened, size: end)
    if last == nil {
      var rotatedLast: UInt64?
      try LogNames.newestFirst(directory) { rotated throws(SystemError) in
        guard rotated != path, let file = try? File(rotated, O_RDONLY) else { return false }
        rotatedLast = try Self.lastSeq(file, size: try file.size())
        return rotatedLast != nil
      }
      last = rotatedLast
    }
    if !known { try FileSystem.syncDirectory(directory) }
    size = end
    file = opened
    return Int(whole - end)
  }

  /// Appends `lines`, which are in order, and rotates where it is time to. If it throws, `last` tells how far it came.
  mutating func append(_ lines: [StoredLine]) throws(SystemError) {
    var next = 0
    while next < lines.count {
      var bytes: [UInt8] = []
      var end = next
      while end < lines.count, bytes.isEmpty || bytes.count + lines[end].line.count < Self.chunk {
        bytes.append(contentsOf: lines[end].line)
        bytes.append(UInt8(ascii: "\n"))
        end += 1
      }
      if size > 0, size + Int64(bytes.count) > limits.size { try rotate() }
      try append(bytes, of: lines[next..<end])
      next = end
    }
  }

  /// When it returns, everything appended so far is on the disk.
  func sync() throws(SystemError) { try file?.sync() }

  private mutating func append(_ bytes: [UInt8], of lines: ArraySlice<StoredLine>) throws(SystemError) {
    guard let file else { throw SystemError("it is not open", path, code: EBADF) }
    var written = 0
    var failure: SystemError?
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { write(file.descriptor, UnsafeRawBufferPointer(rebasing: $0[written...])) }
      if count > 0 {
        written += count
      } else if count == 0 || errno != EINTR {
        failure = SystemError("write", path, code: count == 0 ? EIO : errno)
        break
      }
    }
    guard let failure else {
      size += Int64(bytes.count)
      last = lines.last?.seq ?? last
      return
    }
    // What arrived whole stays; readers take no line without its line feed, so the torn one was seen by none of them.
    for line in lines where written > line.line.count {
      written -= line.line.count + 1
      size += Int64(line.line.count + 1)
      last = line.seq
    }
    // A file that cannot even be cut is opened, and so mended, again before the next line.
    do { try file.truncate(to: size) } catch { self.file = nil }
    throw failure
  }

  /// Renames the files by one and begins a new one. The present one is on the disk before it gets its new name, so that
  /// only the present file can miss something after a power cut.
  private mutating func rotate() throws(SystemError) {
    try file?.sync()
    // A crash amid the renames leaves a number out: those beyond it stay where they are.
    var free = 1
    while free < limits.keep, FileSystem.exists(LogNames.file(directory, free)) { free += 1 }
    for index in stride(from: free, to: 0, by: -1) {
      try FileSystem.rename(LogNames.file(directory, index - 1), to: LogNames.file(directory, index))
    }
    file = nil
    size = 0
    file = try File(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL)
    try FileSystem.syncDirectory(directory)
  }
}

// MARK: - Looking at what is there

extension LogFile {
  /// Behind the last line feed; 0 if there is none.
  private static func endOfLastLine(_ file: File, size: Int64) throws(SystemError) -> Int64 {
    var end = size
    while end > 0 {
      let start = max(0, end - Int64(chunk))
      let bytes = try file.read(at: start, count: Int(end - start))
      if let feed = bytes.lastIndex(of: UInt8(ascii: "\n")) { return start + Int64(feed) + 1 }
      end = start
    }
    return 0
  }

  /// The number of the last record before `size`, lines that are none passed over.
  private static func lastSeq(_ file: File, size: Int64) throws(SystemError) -> UInt64? {
    // Each look is twice as long as the one before. One from inside the file begins amid a line: that is no record,
    // whatever it looks like.
    var length: Int64 = 64 << 10
    while true {
      let start = max(0, size - length)
      var cursor = LineCursor(file, at: start)
      var last: UInt64?
      if start > 0 { _ = try cursor.next() }
      while let (line, offset) = try cursor.next(), offset < size { last = LogFormat.seq(of: line) ?? last }
      if last != nil || start == 0 { return last }
      length *= 2
    }
  }

  /// Where the lines from the record `seq` on first stop to be records that rise by one; nil if they never do.
  private static func firstGap(_ file: File, from seq: UInt64) throws(SystemError) -> Int64? {
    var cursor = LineCursor(file)
    var last: UInt64?
    var end: Int64 = 0
    while let (line, offset) = try cursor.next() {
      let found = LogFormat.seq(of: line)
      // Where the cursor passed over a line that is too long to be a record, the next one does not begin at `end`.
      if let last, found != last + 1 || offset != end { return end }
      if let found, last != nil || found + 1 >= seq { last = found }
      end = cursor.offset
    }
    return nil
  }
}
