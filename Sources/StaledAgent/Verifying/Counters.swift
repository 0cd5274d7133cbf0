internal import Freshness
internal import StaledAPI

/// What happened since the agent started.
struct Counters {
  var hits = 0
  var misses = 0
  var refused = 0
  var verified = 0
  var violations = 0
  private var invalidations = 0
  private var byTag = 0
  private var byCascade = 0
  private var revalidations = 0
  private var expirations = 0

  /// What the log says of a batch.
  mutating func count(_ batch: Batch) {
    for outcome in batch.outcomes {
      switch outcome.kind {
      case .invalidated:
        invalidations += 1
        if outcome.depth > 0 { byCascade += 1 } else if outcome.cause.hasPrefix("tag:") { byTag += 1 }
      case .revalidated: revalidations += 1
      case .expired: expirations += 1
      case .reached: break
      }
    }
  }

  func stats(uptime: Double, _ counts: Counts) -> Stats {
    Stats(
      uptime: uptime, hits: hits, misses: misses,
      hitRate: hits + misses == 0 ? 0 : Double(hits) / Double(hits + misses), invalidations: invalidations,
      tagInvalidations: byTag, dependencyInvalidations: byCascade, expirations: expirations,
      revalidations: revalidations,
      refusedLeases: refused, verified: verified, violations: violations,
      tags: Stats.Tags(
        totalTags: counts.tags, taggedEntries: counts.taggedEntries,
        avgTagsPerEntry: counts.taggedEntries == 0 ? 0 : Double(counts.taggings) / Double(counts.taggedEntries)),
      dependencies: Stats.Dependencies(
        resources: counts.resources, dependentEntries: counts.dependentEntries, totalDependencies: counts.edges))
  }
}
