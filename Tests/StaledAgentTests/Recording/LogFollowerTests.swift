import Freshness
import Paths
import StaledAPI
import Store
import Testing

@testable import StaledAgent

/// The log as subscribers read it: from a position on, over rotated files, and on as it grows.
@Suite(.timeLimit(.minutes(1))) struct LogFollowerTests {
  private let folder: TemporaryFolder
  private let store: Store
  private let looker: Looker

  init() throws {
    folder = try TemporaryFolder()
    looker = Looker(workspace: folder.root)
    var limits = LogLimits()
    (limits.size, limits.keep) = (400, 2)
    store = try Store.open(directory: folder.root, limits: limits).0
  }

  /// Commits the records `range`, one a transaction; every third is an error.
  private func commit(_ range: ClosedRange<UInt64>, message: String = "m") throws {
    for seq in range {
      var recorder = Recorder(seq: seq - 1, batch: 0)
      recorder.record(seq % 3 == 0 ? .error : .warning, at: 0) { $0.message = message }
      var meta = Meta()
      meta.seq = seq
      try store.commit(Transaction(lines: recorder.takeLines(), meta: meta), flush: false)
    }
  }

  private func follower(
    since: UInt64?, last: UInt64, types: Set<LogRecord.Kind> = [], bus: EventBus? = nil
  ) -> LogFollower {
    LogFollower(
      directory: folder.root, since: since, last: last, wanted: LogFilter(types: types), bus: bus, looker: looker)
  }

  /// The numbers of the records in a chunk; nil for a reset.
  private static func numbers(_ chunk: LogChunk) -> [UInt64]? {
    if case .lines(let lines) = chunk { lines.map(\.seq) } else { nil }
  }

  private static func read(_ follower: LogFollower) async -> [[UInt64]?] {
    var chunks: [[UInt64]?] = []
    for await chunk in follower { chunks.append(numbers(chunk)) }
    return chunks
  }

  @Test func sinceLeavesThatRecordOut() async throws {
    try commit(1...4)
    #expect(await Self.read(follower(since: nil, last: 4)) == [[1, 2, 3, 4]])
    #expect(await Self.read(follower(since: 0, last: 4)) == [[1, 2, 3, 4]])
    #expect(await Self.read(follower(since: 2, last: 4)) == [[3, 4]])
    #expect(await Self.read(follower(since: 4, last: 4)) == [])
  }

  @Test func aPositionThatIsNotReachedOrNotKeptBeginsAnew() async throws {
    try commit(1...4)
    #expect(await Self.read(follower(since: 5, last: 4)) == [nil, [1, 2, 3, 4]])
    #expect(await Self.read(follower(since: .max, last: 4)) == [nil, [1, 2, 3, 4]])
    try commit(5...60)
    let kept = try #require(try LogReader(directory: folder.root).oldest)
    #expect(kept > 10 && kept < 60)
    let all = Array(kept...60)
    #expect(await Self.read(follower(since: nil, last: 60)) == [all])
    #expect(await Self.read(follower(since: kept - 1, last: 60)) == [all])
    #expect(await Self.read(follower(since: kept - 2, last: 60)) == [nil, all])
    #expect(await Self.read(follower(since: 0, last: 60)) == [nil, all])
  }

  @Test func noLogAtAll() async throws {
    let nothing = try TemporaryFolder()
    func follower(_ since: UInt64?, last: UInt64) -> LogFollower {
      LogFollower(directory: nothing.root, since: since, last: last, wanted: LogFilter(), bus: nil, looker: looker)
    }
    #expect(await Self.read(follower(nil, last: 0)) == [])
    #expect(await Self.read(follower(0, last: 0)) == [])
    #expect(await Self.read(follower(3, last: 7)) == [nil])
    #expect(await Self.read(follower(7, last: 7)) == [])
  }

  @Test func typesAreFiltered() async throws {
    // A message that looks like a type is none.
    try commit(1...4, message: #"","type":"error"#)
    #expect(await Self.read(follower(since: nil, last: 4, types: [.error])) == [[3]])
    #expect(await Self.read(follower(since: nil, last: 4, types: [.error, .warning])) == [[1, 2, 3, 4]])
    #expect(await Self.read(follower(since: nil, last: 4, types: [.batch])) == [])
  }

  @Test func longLogsComeInPortions() async throws {
    try commit(1...9, message: String(repeating: "x", count: 60_000))
    let chunks = await Self.read(follower(since: nil, last: 9))
    let kept = try #require(try LogReader(directory: folder.root).oldest)
    #expect(chunks.compactMap { $0 }.flatMap { $0 } == Array(kept...9))
  }

  @Test func followsAcrossRotations() async throws {
    try commit(1...2)
    let bus = EventBus()
    var reader = follower(since: nil, last: 2, bus: bus).makeAsyncIterator()
    #expect(await reader.next(isolation: nil).flatMap(Self.numbers) == [1, 2])
    // The file is rotated while it is held open: two times, so that what was read last is the oldest that is kept.
    var last: UInt64 = 2
    for _ in 0..<4 {
      try commit(last + 1...last + 5)
      last += 5
      bus.notify(.recorded(seq: last))
      #expect(await reader.next(isolation: nil).flatMap(Self.numbers) == Array(last - 4...last))
    }
    // Whoever waits for more is told of it, and of the end.
    let waiting = Task { [reader] in
      var reader = reader
      var found: [[UInt64]?] = []
      while let chunk = await reader.next(isolation: nil) { found.append(Self.numbers(chunk)) }
      return found
    }
    try commit(last + 1...last + 1)
    bus.notify(.recorded(seq: last + 1))
    bus.notify(.stopping)
    #expect(await waiting.value == [[last + 1]])
  }

  @Test func aFollowerThatIsCancelledEnds() async throws {
    try commit(1...1)
    let bus = EventBus()
    let follower = follower(since: 1, last: 1, bus: bus)
    let waiting = Task { await Self.read(follower) }
    waiting.cancel()
    #expect(await waiting.value.isEmpty)
  }
}
