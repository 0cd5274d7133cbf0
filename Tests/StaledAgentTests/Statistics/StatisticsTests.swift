import StaledAPI
import Testing

@testable import Freshness
@testable import StaledAgent

@Suite struct StatisticsTests {
  @Test func whatACallNamesByTagAndWhatACascadeReachesAreCountedApart() throws {
    func outcome(
      _ kind: Batch.Outcome.Kind, cause: String, depth: Int, isTagged: Bool = false
    ) throws -> Batch.Outcome {
      let name = try EntryName("t/a")
      return Batch.Outcome(
        kind: kind, name: name, state: .stale, was: .fresh, cause: cause, via: .entry(name), depth: depth, from: nil,
        to: nil, isTagged: isTagged)
    }
    var batch = Batch()
    batch.outcomes = [
      // An event's handler, perhaps, that has the event for its cause.
      try outcome(.invalidated, cause: "event:x", depth: 0, isTagged: true),
      try outcome(.invalidated, cause: "tag:x", depth: 1),
      try outcome(.invalidated, cause: "call:invalidate", depth: 0),
      try outcome(.invalidated, cause: "file:a", depth: 2),
      try outcome(.revalidated, cause: "file:a", depth: 1), try outcome(.reached, cause: "file:a", depth: 1),
    ]
    var statistics = Statistics()
    statistics.count(batch, at: 1)
    statistics.noteHit(try EntryName("t/a"), at: 1)
    for _ in 0..<3 { statistics.noteMiss(try EntryName("u/b"), at: 1) }
    var stats = Stats()
    stats.namespaces["t"] = Stats.Namespace()
    statistics.fill(&stats, at: 3_600_000_000_000, since: 0)
    #expect(stats.invalidations == 4 && stats.tagInvalidations == 1 && stats.dependencyInvalidations == 2)
    #expect(stats.revalidations == 1 && stats.hitRate == 0.25)
    #expect(stats.namespaces["t"]?.hits == 1 && stats.namespaces["t"]?.invalidations == 4)
    #expect(stats.namespaces["u"] == nil, "it holds nothing")
    #expect(
      stats.hotKeys.map { "\($0.namespace)/\($0.key) \($0.accesses) \($0.hitRate)" } == ["u/b 3 0.0", "t/a 1 1.0"])
    #expect(
      stats.causes.map { "\($0.cause) \($0.invalidations)" } == [
        "call:invalidate 1", "event:x 1", "file:a 1", "tag:x 1",
      ])
  }

  /// Names that were asked for in vain do not keep others from being counted.
  @Test func namespacesThatNobodyKnowsMakeRoom() throws {
    var statistics = Statistics()
    for number in 0..<5000 { statistics.noteMiss(try EntryName("none\(number)/a"), at: 1) }
    statistics.noteHit(try EntryName("t/a"), at: 1)
    var stats = Stats()
    stats.namespaces["t"] = Stats.Namespace()
    statistics.fill(&stats, at: 1, since: 0)
    #expect(stats.namespaces["t"]?.hits == 1 && stats.misses == 5000)
  }

  @Test func whatIsAskedForMostSurvives() throws {
    var statistics = Statistics()
    for _ in 0..<3 { statistics.noteHit(try EntryName("t/a"), at: 1) }
    #expect(Statistics(stored: statistics.encodedHotKeys).hotKeys.top(1).first?.accesses == 3)
    #expect(Statistics(stored: [1, 2, 3]).hotKeys.total == 0 && Statistics().encodedHotKeys.isEmpty)
  }
}
