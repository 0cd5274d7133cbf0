import StaledAPI
import Testing

@testable import Freshness
@testable import StaledAgent

@Suite struct CountersTests {
  @Test func whatACallNamesByTagAndWhatACascadeReachesAreCountedApart() throws {
    func outcome(_ kind: Batch.Outcome.Kind, cause: String, depth: Int) throws -> Batch.Outcome {
      let name = try EntryName("t/a")
      return Batch.Outcome(
        kind: kind, name: name, state: .stale, was: .fresh, cause: cause, via: .entry(name), depth: depth, from: nil,
        to: nil)
    }
    var batch = Batch()
    batch.outcomes = [
      try outcome(.invalidated, cause: "tag:x", depth: 0), try outcome(.invalidated, cause: "tag:x", depth: 1),
      try outcome(.invalidated, cause: "call:invalidate", depth: 0),
      try outcome(.invalidated, cause: "file:a", depth: 2),
      try outcome(.revalidated, cause: "file:a", depth: 1), try outcome(.reached, cause: "file:a", depth: 1),
    ]
    var counters = Counters()
    counters.count(batch)
    (counters.hits, counters.misses) = (1, 3)
    let counts = Counts(
      entries: [:], resources: 2, edges: 5, tags: 2, taggedEntries: 2, taggings: 3, dependentEntries: 4)
    let stats = counters.stats(uptime: 2, counts)
    #expect(stats.invalidations == 4 && stats.tagInvalidations == 1 && stats.dependencyInvalidations == 2)
    #expect(stats.revalidations == 1 && stats.hitRate == 0.25 && stats.tags.avgTagsPerEntry == 1.5)
    #expect(stats.dependencies.dependentEntries == 4 && stats.dependencies.totalDependencies == 5)
  }
}
