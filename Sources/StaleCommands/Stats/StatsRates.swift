internal import StaledAPI

/// What is counted, of everything or of one namespace.
struct StatsCounts: Hashable, Sendable {
  /// The agent's, in seconds.
  var uptime: Double
  var hits: Int
  var misses: Int
  var invalidations: Int
  var expirations: Int
  var refreshes: Int
  /// Nil for one namespace: the agent keeps them for all together.
  var perHour: Stats.Rates?

  init(_ stats: Stats, namespace: String?) {
    uptime = stats.uptime
    if let namespace {
      let one = stats.namespaces[namespace] ?? Stats.Namespace()
      (hits, misses, invalidations) = (one.hits, one.misses, one.invalidations)
      (expirations, refreshes) = (one.expirations, one.refreshes)
    } else {
      (hits, misses, invalidations) = (stats.hits, stats.misses, stats.invalidations)
      (expirations, refreshes) = (stats.expirations, stats.refreshes)
      perHour = stats.rates
    }
  }

  /// What has a rate: its name, its count, and the same of the last hour.
  typealias Rated = (name: String, count: KeyPath<StatsCounts, Int>, hour: KeyPath<Stats.Rates, Double>)

  static var rated: [Rated] {
    [
      ("hits", \.hits, \.hitsPerHour), ("misses", \.misses, \.missesPerHour),
      ("invalidated", \.invalidations, \.invalidationsPerHour), ("expired", \.expirations, \.expirationsPerHour),
      ("refreshed", \.refreshes, \.refreshesPerHour),
    ]
  }

  var hitRate: Double? { hits + misses == 0 ? nil : Double(hits) / Double(hits + misses) }

  /// How often a second since `former`; nil if there is none, or if it is of an agent that ended.
  func rate(_ count: KeyPath<StatsCounts, Int>, since former: StatsCounts?) -> Double? {
    guard let former, uptime > former.uptime, self[keyPath: count] >= former[keyPath: count] else { return nil }
    return Double(self[keyPath: count] - former[keyPath: count]) / (uptime - former.uptime)
  }

  /// The share of hits since `former`; nil if nothing was asked for.
  func hitRate(since former: StatsCounts?) -> Double? {
    guard let hits = rate(\.hits, since: former), let misses = rate(\.misses, since: former), hits + misses > 0 else {
      return nil
    }
    return hits / (hits + misses)
  }
}
