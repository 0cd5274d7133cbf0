internal import ArgumentParser
internal import Freshness
internal import StaledAPI
internal import StaledClient

/// `stale stats`
struct StatsCommand: StaleCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Prints counters since the agent started, and what there is.",
    discussion: """
      Examples:
        stale stats
        stale stats --json | jq .violations
      """)

  @OptionGroup var global: GlobalOptions

  func execute(_ session: Session) async throws -> Int32 {
    let stats = try await session.client().stats()
    if global.json {
      try session.output.json(stats)
    } else {
      try session.output.write(Self.text(of: stats, paint: session.paint))
    }
    return 0
  }

  static func text(of stats: Stats, paint: Paint) -> String {
    let asked = stats.hits + stats.misses
    let share = asked == 0 ? "" : "  (\(Int((stats.hitRate * 100).rounded())) % hits)"
    let found = Display.count(stats.violations, "violation")
    let rows = [
      ("since", Display.duration(micros: Int(stats.uptime * 1_000_000))),
      ("values", "\(Display.count(stats.hits, "hit")), \(Display.count(stats.misses, "miss", "misses"))\(share)"),
      (
        "invalidated",
        "\(stats.invalidations): \(stats.dependencyInvalidations) by a cascade, \(stats.tagInvalidations) by tag"
      ),
      ("expired", "\(stats.expirations)"),
      ("revalidated", "\(stats.revalidations)"),
      ("refused", Display.count(stats.refusedLeases, "lease")),
      ("verified", "\(stats.verified), \(stats.violations == 0 ? found : paint.error(found))"),
      (
        "tags",
        "\(stats.tags.totalTags) on \(Display.count(stats.tags.taggedEntries, "entry", "entries"))"
      ),
      (
        "depends",
        Display.count(stats.dependencies.dependentEntries, "entry", "entries")
          + " on \(Display.count(stats.dependencies.resources, "resource")), "
          + Display.count(stats.dependencies.totalDependencies, "edge")
      ),
    ]
    return rows.map { "  \($0.0)\(String(repeating: " ", count: 13 - $0.0.count))\($0.1)\n" }.joined()
  }
}
