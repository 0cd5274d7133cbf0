internal import Freshness
internal import StaledAPI

/// What happened since the agent started; what is asked for most survives a restart.
struct Statistics: Sendable {
  /// What is counted for all, and for each namespace.
  struct Tally: Sendable {
    var hits = 0
    var misses = 0
    var memoryHits = 0
    var storeHits = 0
    var invalidations = 0
    var expirations = 0
    /// Those of them by the time to live, and those of entries that rested on something unchanged.
    var livesOver = 0
    var unchangedExpirations = 0
    var evictions = 0
    var refreshes = 0
    var failedRefreshes = 0

    /// Nothing was ever found here, nor did anything end.
    var isOnlyMisses: Bool {
      hits == 0 && invalidations == 0 && expirations == 0 && evictions == 0 && refreshes == 0 && failedRefreshes == 0
    }

    var hitRate: Double { hits + misses == 0 ? 0 : Double(hits) / Double(hits + misses) }
  }

  private enum Rate: Int, CaseIterable { case hits, misses, invalidations, expirations, refreshes }

  var refused = 0
  var verified = 0
  var violations = 0
  private(set) var failedRefreshes = 0
  var hooks = 0
  var failedHooks = 0
  private(set) var total = Tally()
  private(set) var namespaces: [String: Tally] = [:]
  private(set) var hotKeys: HotKeys<EntryName>
  /// What ended entries.
  private(set) var causes = HotKeys<String>(capacity: 256)
  private var byTag = 0
  private var byCascade = 0
  private var revalidations = 0
  private var rates = [SlidingCount](repeating: SlidingCount(), count: Rate.allCases.count)

  /// What is asked for counts half as much after so long: a day.
  private static let halfLife: Int64 = 86_400_000_000_000
  /// So many namespaces are counted apart.
  private static let mostNamespaces = 1024

  /// - Parameter stored: what `encodedHotKeys` gave at an earlier time.
  init(stored: [UInt8] = []) { hotKeys = HotKeys(decoding: stored) ?? HotKeys() }

  var encodedHotKeys: [UInt8] { hotKeys.total == 0 ? [] : hotKeys.encode() }

  // MARK: Counting

  /// Where a value came from.
  enum Level { case memory, store }

  /// A value was asked for, and served as fresh; or it was not.
  mutating func noteHit(_ name: EntryName, at now: Int64) {
    count(.hits, in: name.namespace, at: now) { $0.hits += 1 }
    noteAccess(name, isHit: true, at: now)
  }

  mutating func noteMiss(_ name: EntryName, at now: Int64) {
    count(.misses, in: name.namespace, at: now) { $0.misses += 1 }
    noteAccess(name, isHit: false, at: now)
  }

  /// An entry was asked for, its value or its state.
  mutating func noteAccess(_ name: EntryName, isHit: Bool, at now: Int64) {
    _ = hotKeys.age(to: now, halfLife: Self.halfLife)
    hotKeys.note(name, isHit: isHit)
  }

  mutating func noteValue(of namespace: String, from level: Level) {
    tally(namespace) { if level == .memory { $0.memoryHits += 1 } else { $0.storeHits += 1 } }
  }

  mutating func noteRefresh(of name: EntryName, at now: Int64) {
    count(.refreshes, in: name.namespace, at: now) { $0.refreshes += 1 }
  }

  mutating func noteFailedRefresh(of name: EntryName) {
    failedRefreshes += 1
    tally(name.namespace) { $0.failedRefreshes += 1 }
  }

  mutating func forget(_ name: EntryName) { hotKeys.remove(name) }

  /// What the log says of a batch.
  mutating func count(_ batch: Batch, at now: Int64) {
    for outcome in batch.outcomes {
      switch outcome.kind {
      case .invalidated:
        count(.invalidations, in: outcome.name.namespace, at: now) { $0.invalidations += 1 }
        causes.note(outcome.cause, isHit: true)
        if outcome.depth > 0 { byCascade += 1 } else if outcome.isTagged { byTag += 1 }
      case .revalidated: revalidations += 1
      case .expired:
        count(.expirations, in: outcome.name.namespace, at: now) {
          $0.expirations += 1
          if outcome.cause == "clock:ttl" { $0.livesOver += 1 }
          if outcome.isUnchanged { $0.unchangedExpirations += 1 }
        }
      // Once for each value that was let go of.
      case .evicted: if outcome.hadValue { tally(outcome.name.namespace) { $0.evictions += 1 } }
      case .reached: break
      }
    }
  }

  private mutating func count(_ rate: Rate, in namespace: String, at now: Int64, _ change: (inout Tally) -> Void) {
    rates[rate.rawValue].note(at: now)
    tally(namespace, change)
  }

  private mutating func tally(_ namespace: String, _ change: (inout Tally) -> Void) {
    change(&total)
    if namespaces[namespace] == nil, namespaces.count >= Self.mostNamespaces {
      // Names that somebody asked for in vain make room.
      namespaces = namespaces.filter { !$0.value.isOnlyMisses }
      if namespaces.count >= Self.mostNamespaces { return }
    }
    change(&namespaces[namespace, default: Tally()])
  }

  /// Lets go of what is counted of namespaces that hold nothing any more.
  mutating func forgetNamespaces(where isGone: (String) -> Bool) {
    if namespaces.count < Self.mostNamespaces { return }
    for name in namespaces.keys where isGone(name) { namespaces[name] = nil }
  }

  // MARK: Telling

  /// Fills in what is counted here. `now` and `begun` are of the engine's clock.
  func fill(_ stats: inout Stats, at now: Int64, since begun: Int64) {
    (stats.hits, stats.misses, stats.hitRate) = (total.hits, total.misses, total.hitRate)
    (stats.invalidations, stats.tagInvalidations, stats.dependencyInvalidations) = (
      total.invalidations, byTag, byCascade
    )
    (stats.expirations, stats.evictions) = (total.expirations, total.evictions)
    (stats.refreshes, stats.failedRefreshes) = (total.refreshes, failedRefreshes)
    (stats.hooks, stats.failedHooks) = (hooks, failedHooks)
    (stats.revalidations, stats.refusedLeases) = (revalidations, refused)
    (stats.verified, stats.violations) = (verified, violations)
    (stats.levels.l1.hits, stats.levels.l2.hits) = (total.memoryHits, total.storeHits)
    func perHour(_ rate: Rate) -> Double { rates[rate.rawValue].perHour(at: now, since: begun) }
    stats.rates.hitsPerHour = perHour(.hits)
    stats.rates.missesPerHour = perHour(.misses)
    stats.rates.invalidationsPerHour = perHour(.invalidations)
    stats.rates.expirationsPerHour = perHour(.expirations)
    stats.rates.refreshesPerHour = perHour(.refreshes)
    stats.hotKeys = hotKeys.top(Self.mostListed).map {
      Stats.HotKey(
        namespace: $0.key.namespace, key: $0.key.key, accesses: $0.accesses, error: $0.error, hitRate: $0.hitRate)
    }
    stats.causes = causes.top(Self.mostListed).map {
      Stats.Cause(cause: $0.key, invalidations: $0.accesses, error: $0.error)
    }
    for (name, tally) in namespaces where stats.namespaces[name] != nil {
      stats.namespaces[name]?.hits = tally.hits
      stats.namespaces[name]?.misses = tally.misses
      stats.namespaces[name]?.hitRate = tally.hitRate
      stats.namespaces[name]?.invalidations = tally.invalidations
      stats.namespaces[name]?.expirations = tally.expirations
      stats.namespaces[name]?.evictions = tally.evictions
      stats.namespaces[name]?.refreshes = tally.refreshes
      stats.namespaces[name]?.levels.l1.hits = tally.memoryHits
      stats.namespaces[name]?.levels.l2.hits = tally.storeHits
    }
  }

  /// So many hot keys and causes are told.
  private static let mostListed = 100
}
