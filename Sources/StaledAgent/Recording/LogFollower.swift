internal import Paths
internal import StaledAPI
internal import Store

/// Reads the log for a subscriber: what is there, then what comes, always from the file, so that a slow reader loses nothing
/// and costs nobody memory.
struct LogFollower: AsyncSequence, Sendable {
  typealias Element = LogChunk
  typealias Failure = Never

  let directory: Path
  let since: UInt64?
  /// The last record there is: a reader that is beyond it has seen another log.
  let last: UInt64
  let wanted: LogFilter
  /// Where further records are announced; nil for a reader that does not follow.
  let bus: EventBus?
  let looker: Looker

  /// Records are handed on in portions of at most so many bytes.
  private static let portion = 256 << 10

  func makeAsyncIterator() -> Iterator {
    Iterator(follower: self, notices: bus?.subscribe(to: wanted.names).makeAsyncIterator())
  }

  struct Iterator: AsyncIteratorProtocol {
    private let follower: LogFollower
    private var notices: AsyncStream<Notice>.Iterator?
    private var position: UInt64
    private var reader: LogReader?
    private var begun = false

    init(follower: LogFollower, notices: AsyncStream<Notice>.Iterator?) {
      self.follower = follower
      self.notices = notices
      position = follower.since ?? 0
    }

    mutating func next(isolation actor: isolated (any Actor)?) async -> LogChunk? {
      while !Task.isCancelled {
        if reader == nil { reader = try? LogReader(directory: follower.directory, since: position) }
        if !begun {
          begun = true
          let kept = reader?.oldest ?? follower.last + 1
          if let since = follower.since, since > follower.last || since + 1 < kept {
            position = 0
            reader = nil
            return .reset
          }
        }
        let (rest, lines) = await read(isolation: actor)
        reader = rest
        if !lines.isEmpty { return .lines(lines) }
        guard await notices?.next(isolation: actor) != nil else { return nil }
      }
      return nil
    }

    /// The next portion, read where blocking does not matter.
    private mutating func read(isolation: isolated (any Actor)?) async -> (LogReader?, [LogLine]) {
      guard let reader else { return (nil, []) }
      let wanted = follower.wanted
      let (rest, lines, seq) = await follower.looker.run { [position] in
        var reader = reader
        var lines: [LogLine] = []
        var (bytes, seq) = (0, position)
        while bytes < LogFollower.portion, let line = try? reader.next() {
          seq = line.seq
          if !wanted.admits(line.line) { continue }
          lines.append(LogLine(seq: line.seq, bytes: line.line))
          bytes += line.line.count
        }
        return (reader, lines, seq)
      }
      position = seq
      return (rest, lines)
    }
  }
}
