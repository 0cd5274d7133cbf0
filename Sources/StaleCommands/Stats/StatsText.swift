internal import StaledAPI

/// Figures of the agent for people.
struct StatsText {
  let paint: Paint

  private static let mostKeys = 10
  private static let mostCauses = 5

  /// All of it.
  func text(of stats: Stats) -> String {
    var lines = [
      "\(paint.bold("staled")) is up \(Display.span(seconds: stats.uptime)), strategy \(stats.strategy)", "",
    ]
    lines += group("values", values(stats.hits, stats.misses, stats.hitRate) + levels(stats))
    lines += group("entries", entries(stats))
    lines += group("per hour", rates(stats.rates))
    lines += Self.section(Self.hotKeys(stats.hotKeys, most: Self.mostKeys), paint)
    lines += Self.section(causes(stats.causes), paint)
    if stats.namespaces.count > 1 { lines += Self.section(namespaces(stats.namespaces), paint) }
    return Self.joined(lines)
  }

  /// Of one namespace.
  func text(of name: String, _ figures: Stats.Namespace, in stats: Stats) -> String {
    var lines = ["\(paint.bold(Display.safe(name))), strategy \(figures.strategy)", ""]
    lines += group(
      "values",
      values(figures.hits, figures.misses, figures.hitRate) + [
        ("memory", Self.level(figures.levels.l1)), ("disk", Self.level(figures.levels.l2)),
      ])
    lines += group(
      "entries",
      [
        ("there are", "\(figures.entries), \(figures.fresh) of them fresh"),
        ("invalidated", "\(figures.invalidations)"), ("expired", "\(figures.expirations)"),
        ("evicted", "\(figures.evictions)"), ("refreshed", "\(figures.refreshes)"),
      ])
    lines += Self.section(
      Self.hotKeys(stats.hotKeys.filter { $0.namespace == name }, most: Self.mostKeys), paint)
    return Self.joined(lines)
  }

  // MARK: Groups

  private typealias Row = (name: String, text: String)

  private func values(_ hits: Int, _ misses: Int, _ rate: Double) -> [Row] {
    let asked = hits + misses
    let share = asked == 0 ? "" : "  (\(Display.percent(rate)) hits)"
    return [
      ("asked for", "\(asked): \(Display.count(hits, "hit")), \(Display.count(misses, "miss", "misses"))\(share)")
    ]
  }

  private func levels(_ stats: Stats) -> [Row] {
    [
      ("memory", "\(Self.level(stats.levels.l1)), \(stats.memoryEvictions) evicted"),
      ("disk", "\(Self.level(stats.levels.l2)), \(stats.evictions) evicted"),
    ]
  }

  static func level(_ level: Stats.Level) -> String {
    "\(Display.count(level.entries, "value")), \(Display.bytes(level.bytes)), \(Display.count(level.hits, "hit"))"
  }

  private func entries(_ stats: Stats) -> [Row] {
    let (cascade, tag) = (stats.dependencyInvalidations, stats.tagInvalidations)
    let other = max(stats.invalidations - cascade - tag, 0)
    let wrong = Display.count(stats.violations, "violation")
    let edges = stats.dependencies
    return [
      (
        "depend",
        Display.count(edges.dependentEntries, "entry", "entries")
          + " on \(Display.count(edges.resources, "resource")), \(Display.count(edges.totalDependencies, "edge"))"
      ),
      (
        "tagged",
        Display.count(stats.tags.taggedEntries, "entry", "entries")
          + " with \(Display.count(stats.tags.totalTags, "tag")), \(Display.decimal(stats.tags.avgTagsPerEntry)) each"
      ),
      ("invalidated", "\(stats.invalidations): \(cascade) by a cascade, \(tag) by tag, \(other) otherwise"),
      ("expired", "\(stats.expirations)"),
      ("refreshed", "\(stats.refreshes)\(failed(stats.failedRefreshes))"),
      ("revalidated", "\(stats.revalidations)"),
      ("refused", Display.count(stats.refusedLeases, "lease")),
      ("verified", "\(stats.verified), \(stats.violations == 0 ? wrong : paint.error(wrong))"),
      ("hooks", "\(stats.hooks) run\(failed(stats.failedHooks))"),
    ]
  }

  private func failed(_ count: Int) -> String { count == 0 ? "" : ", " + paint.error("\(count) failed") }

  private func rates(_ rates: Stats.Rates) -> [Row] {
    [
      ("hits", Display.rate(rates.hitsPerHour)), ("misses", Display.rate(rates.missesPerHour)),
      ("invalidated", Display.rate(rates.invalidationsPerHour)), ("expired", Display.rate(rates.expirationsPerHour)),
      ("refreshed", Display.rate(rates.refreshesPerHour)),
    ]
  }

  private func group(_ title: String, _ rows: [Row]) -> [String] {
    [paint.bold(title)] + rows.map { "  \(Display.padded($0.name, to: 12)) \($0.text)" }
  }

  // MARK: Tables

  /// The keys that are asked for most, with a title; nothing if there are none.
  static func hotKeys(_ keys: [Stats.HotKey], most: Int, widest: Int = 60) -> [String] {
    if keys.isEmpty { return [] }
    return Display.table(
      [["hot keys", "asked for", "hit rate"]]
        + keys.prefix(most).map { key in
          [
            "  " + Display.cut(Display.safe("\(key.namespace)/\(key.key)"), to: max(widest - 2, 1)),
            Self.estimate(key.accesses, key.error), Display.percent(key.hitRate),
          ]
        }, widest: widest)
  }

  private func causes(_ causes: [Stats.Cause]) -> [String] {
    if causes.isEmpty { return [] }
    return Display.table(
      [["what ends most entries", "entries"]]
        + causes.prefix(Self.mostCauses).map {
          ["  " + Display.cause($0.cause), Self.estimate($0.invalidations, $0.error)]
        })
  }

  private static func estimate(_ count: Int, _ error: Int) -> String { error > 0 ? "~\(count)" : "\(count)" }

  private func namespaces(_ namespaces: [String: Stats.Namespace]) -> [String] {
    let title = [
      "namespaces", "strategy", "entries", "fresh", "hits", "misses", "hit rate", "invalidated", "expired", "evicted",
      "refreshed", "memory", "disk",
    ]
    return Display.table(
      [title]
        + namespaces.sorted { $0.key < $1.key }.map { name, one in
          [
            "  " + Display.safe(name), one.strategy, "\(one.entries)", "\(one.fresh)", "\(one.hits)", "\(one.misses)",
            one.hits + one.misses == 0 ? "–" : Display.percent(one.hitRate), "\(one.invalidations)",
            "\(one.expirations)", "\(one.evictions)", "\(one.refreshes)", Display.bytes(one.levels.l1.bytes),
            Display.bytes(one.levels.l2.bytes),
          ]
        })
  }

  /// A table after an empty line, its first line in bold.
  private static func section(_ lines: [String], _ paint: Paint) -> [String] {
    guard let title = lines.first else { return [] }
    return ["", paint.bold(title)] + lines.dropFirst()
  }

  private static func joined(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }
}
