internal import FoundationEssentials
internal import Glibc
internal import Paths
internal import StaledAPI

/// A line of the log with what it says.
struct LoggedLine: Sendable {
  var bytes: [UInt8]
  var record: LogRecord

  /// Nil if it is no record: a torn line, or of a later version.
  init?(_ bytes: [UInt8]) {
    guard !bytes.isEmpty, let record = try? JSONDecoder().decode(LogRecord.self, from: Data(bytes)) else { return nil }
    self.bytes = bytes
    self.record = record
  }
}

/// The log on disk: `invalidations.ndjson` and the files it was rotated to, `.1` the youngest of them.
struct LogFiles: Sendable {
  /// How many rotated files the agent keeps.
  static let rotated = 4

  let current: Path

  init(stateDirectory: String) { current = Path(stateDirectory).appending("invalidations.ndjson".utf8) }

  /// All that may exist, the newest first.
  private var newestFirst: [Path] {
    [current] + (1...Self.rotated).map { Path(current.bytes + Array(".\($0)".utf8)) }
  }

  /// Which lines are wanted.
  struct Wanted: Sendable {
    /// Only records behind this one.
    var since: UInt64?
    /// The last so many of those that `types` and `names` let through.
    var last: Int?
    /// All if empty.
    var types: Set<LogRecord.Kind> = []

    /// Of events; all if empty.
    var names: Set<String> = []

    func includes(_ record: LogRecord) -> Bool {
      (types.isEmpty || types.contains(record.type)) && (names.isEmpty || record.name.map(names.contains) ?? false)
    }
  }

  /// The same, from the beginning of the batch that the first one belongs to: a tree needs its cause.
  func wholeBatches(_ wanted: Wanted) -> [LoggedLine] {
    let lines = lines(wanted)
    guard wanted.since == nil, let batch = lines.first?.record.batch, let last = wanted.last else { return lines }
    var longer = wanted
    var room = last
    while true {
      room *= 2
      longer.last = room
      let more = self.lines(longer)
      guard let first = more.firstIndex(where: { $0.record.batch == batch }) else { return lines }
      if first > 0 || more.count < room { return Array(more[first...]) }
    }
  }

  /// The wanted lines in order. Reads backwards, and no more than it needs.
  func lines(_ wanted: Wanted) -> [LoggedLine] {
    var result: [LoggedLine] = []
    if wanted.last == 0 { return [] }
    // A rotation while we read shows one file under two names; a record counts once.
    var oldest = UInt64.max
    for path in newestFirst {
      let descriptor = open(Files.terminated(path), O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      var reader = BackwardLines(descriptor)
      while let bytes = reader.next() {
        guard let line = LoggedLine(bytes), line.record.seq < oldest else { continue }
        if let since = wanted.since, line.record.seq <= since { return result.reversed() }
        oldest = line.record.seq
        guard wanted.includes(line.record) else { continue }
        result.append(line)
        if result.count == wanted.last { return result.reversed() }
      }
    }
    return result.reversed()
  }

  /// Whether there is a log at all.
  var exist: Bool { newestFirst.contains(where: Files.exists) }
}

/// The complete lines of a file, the last one first. What stands behind the last newline is still being written.
struct BackwardLines {
  private static let blockSize = 65536

  private let descriptor: CInt
  /// Where the unread part ends.
  private var position: off_t
  /// What was read and not returned, without the newline at its end.
  private var pending: [UInt8] = []
  private var isStarted = false

  init(_ descriptor: CInt) {
    self.descriptor = descriptor
    position = lseek(descriptor, 0, SEEK_END)
  }

  /// How long a file is up to the end of its last complete line.
  static func completeLength(_ descriptor: CInt) -> off_t {
    var reader = BackwardLines(descriptor)
    repeat {
      if let newline = reader.pending.lastIndex(of: UInt8(ascii: "\n")) {
        return reader.position + off_t(newline) + 1
      }
      reader.pending = []
    } while reader.readBlock()
    return 0
  }

  /// The line before the one that was returned last, without its newline.
  mutating func next() -> [UInt8]? {
    if !isStarted {
      isStarted = true
      // Skip what no newline ends yet.
      repeat {
        if let newline = pending.lastIndex(of: UInt8(ascii: "\n")) {
          pending.removeSubrange(newline...)
          return line()
        }
        pending = []
      } while readBlock()
      return nil
    }
    return line()
  }

  private mutating func line() -> [UInt8]? {
    // `pending` grows at its front until it holds a newline; what was searched already need not be searched again.
    var searchEnd = pending.count
    while true {
      if let newline = pending[..<searchEnd].lastIndex(of: UInt8(ascii: "\n")) {
        let line = Array(pending[(newline + 1)...])
        pending.removeSubrange(newline...)
        return line
      }
      let before = pending.count
      if readBlock() {
        searchEnd = pending.count - before
        continue
      }
      if pending.isEmpty { return nil }
      defer { pending = [] }
      return pending
    }
  }

  /// Puts the block before `position` in front of `pending`.
  private mutating func readBlock() -> Bool {
    let size = min(off_t(Self.blockSize), position)
    guard size > 0 else { return false }
    var block = [UInt8](repeating: 0, count: Int(size))
    var done = 0
    while done < block.count {
      let count = block.withUnsafeMutableBytes { buffer in
        // `done` bytes of the buffer are filled; the rest is.
        pread(descriptor, buffer.baseAddress! + done, buffer.count - done, position - size + off_t(done))
      }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return false }
      done += count
    }
    position -= size
    pending = block + pending
    return true
  }
}
