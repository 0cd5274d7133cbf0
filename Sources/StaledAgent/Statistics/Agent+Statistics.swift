internal import Freshness
internal import Manifest
internal import StaledAPI

extension Agent {
  /// Under which name the hot keys are kept.
  static let hotKeyNote = "hotKeys"
  /// What is asked for most is written down with a transaction at most so often, in nanoseconds, and at the end.
  private static let keepEvery: Int64 = 60_000_000_000

  /// `GET /v1/stats`
  func stats() -> Stats {
    var stats = Stats()
    let counts = engine.counts()
    let manifest = manifest.manifest
    stats.strategy = (manifest.defaults.strategy ?? .hybrid).rawValue
    stats.uptime = Double(SystemTime.steady() - begun) / 1e9
    stats.memoryEvictions = memory.evictions
    stats.tags.totalTags = counts.tags
    stats.tags.taggedEntries = counts.taggedEntries
    stats.tags.avgTagsPerEntry = counts.taggedEntries == 0 ? 0 : Double(counts.taggings) / Double(counts.taggedEntries)
    stats.dependencies.resources = counts.resources
    stats.dependencies.dependentEntries = counts.dependentEntries
    stats.dependencies.totalDependencies = counts.edges
    stats.levels.l1.entries = memory.entries
    stats.levels.l1.bytes = memory.bytes
    for (name, count) in counts.namespaces {
      var namespace = Stats.Namespace()
      namespace.strategy = (manifest.options(namespace: name).strategy ?? .hybrid).rawValue
      namespace.entries = count.entries
      namespace.fresh = count.fresh
      namespace.levels.l1.entries = memory.count(name)
      namespace.levels.l1.bytes = memory.bytes(name)
      namespace.levels.l2.entries = count.values
      namespace.levels.l2.bytes = count.bytes
      stats.namespaces[name] = namespace
      stats.levels.l2.entries += count.values
      stats.levels.l2.bytes += count.bytes
    }
    statistics.fill(&stats, at: clockNow, since: engineClock.time(at: begun))
    return stats
  }

  /// Writes down what is asked for most, now and then.
  func keepHotKeys(isEnd: Bool = false) {
    let now = clockNow
    if !isEnd, now - hotKeysKept < Self.keepEvery { return }
    hotKeysKept = now
    notes[Self.hotKeyNote] = statistics.encodedHotKeys
    statistics.forgetNamespaces { engine.isEmpty(namespace: $0) }
  }
}
