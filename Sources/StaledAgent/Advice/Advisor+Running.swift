internal import StaledAPI

/// What does not work, and what lacks room.
extension Advisor {
  /// What cannot be watched, read or written. What has the same reason is told once: a folder whose files may not be read
  /// is one thing to do.
  static func degradations(_ figures: Figures) -> [Advice] {
    Dictionary(grouping: figures.degradations, by: \.reason).values.compactMap { alike in
      let sorted = alike.sorted { $0.what < $1.what }
      guard let first = sorted.first else { return nil }
      let others = sorted.dropFirst().map(\.what)
      return Advice(
        concern: .degraded, cost: sorted.count,
        item: AdviceReply.Item(
          kind: .degraded, subject: first.what, figure: AdviceText.count(sorted.count, "problem", "problems"),
          message: first.reason,
          remedy: others.isEmpty ? first.remedy : "\(first.remedy) (and likewise for the others: stale status)",
          examples: others.isEmpty ? nil : examples(sorted.map(\.what))))
    }
  }

  /// Commands that fail.
  enum Failing {
    /// Runs in a row. A refresh that fails is tried three times more, so four may be a single edit that does not compile.
    static let leastFailures = 5
  }

  /// Commands that fail each time; those of the same program together, as it is the program that wants mending.
  static func failingCommands(_ figures: Figures) -> [Advice] {
    let failing = figures.failingCommands.filter { $0.failures >= Failing.leastFailures }
    return Dictionary(grouping: failing, by: \.program).values.compactMap { alike in
      let sorted = alike.sorted { $0.failures == $1.failures ? $0.entry < $1.entry : $0.failures > $1.failures }
      guard let worst = sorted.first else { return nil }
      let runs = "\(worst.failures) runs failed in a row"
      let others = sorted.count - 1
      let said = AdviceText.excerpt(worst.lastLine)
      return Advice(
        concern: .failing, cost: sorted.reduce(0) { $0 + $1.failures },
        item: AdviceReply.Item(
          kind: .failingCommand, subject: worst.entry,
          figure: others == 0
            ? runs : "\(runs), and those of \(AdviceText.count(others, "more entry", "more entries"))",
          message: "the refresh command \(AdviceText.shell(worst.program)) fails, so that "
            + (others == 0 ? "the entry is" : "the entries are") + " not made; "
            + (said.isEmpty ? "it wrote nothing" : "its last line was: \(said)"),
          remedy:
            "run it by hand in the workspace root; commands get no standard input, and of the environment no more than "
            + "PATH, HOME, LANG and the like; once it works, \(again(worst.entry)) makes what is not fresh",
          examples: others == 0 ? nil : examples(sorted.map(\.entry))))
    }
  }

  private static func again(_ entry: String) -> String {
    let namespace = entry.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
    return "stale warm --namespace \(AdviceText.shell(String(namespace)))"
  }

  /// Refreshes that fail now and then.
  enum UnstableRefresh {
    /// Failed runs. Up to eight may be two bad moments, each with its three further tries.
    static let leastFailures = 10
    /// Of all runs.
    static let leastShare = 0.25
  }

  /// Namespaces whose commands fail often although none fails each time: otherwise `failingCommands` says it.
  static func unstableRefreshes(_ figures: Figures) -> [Advice] {
    let told = figures.failingCommands.filter { $0.failures >= Failing.leastFailures }.map(\.entry)
    return figures.namespaces.compactMap { namespace in
      let (failed, runs) = (namespace.failedRefreshes, namespace.failedRefreshes + namespace.refreshes)
      guard failed >= UnstableRefresh.leastFailures,
        AdviceText.isShare(failed, of: runs, atLeast: UnstableRefresh.leastShare),
        !told.contains(where: { $0.utf8.starts(with: "\(namespace.name)/".utf8) })
      else { return nil }
      return Advice(
        concern: .failing, cost: failed,
        item: AdviceReply.Item(
          kind: .failingCommand, subject: namespace.name, figure: "\(failed) of \(runs) runs",
          message: "refresh commands fail now and then, and succeed later",
          remedy:
            "stale tail --type warning --type error shows when, and what they wrote; if they are stopped for taking "
            + "too long, raise \(AdviceText.member("namespaces", namespace.name, "refresh", "timeout")) in staled.json")
      )
    }
  }

  /// Bounds that are too tight.
  enum TightBound {
    /// In seconds. After a start rates are drawn from a few moments.
    static let leastUptime = 600.0
    /// One a minute: below that a bound does what it is there for.
    static let leastEvictionsPerHour = 60.0
    /// Of the values held, an hour: what the store lets go of is to be made again.
    static let leastDiskTurnover = 0.1
    /// What memory lets go of is read from the store again: cheap, unless nearly all of it goes round.
    static let leastMemoryTurnover = 1.0
    /// What a read from the store weighs against making a value.
    static let memoryWeight = 0.1
  }

  static func tightBounds(_ figures: Figures) -> [Advice] {
    guard figures.uptime >= TightBound.leastUptime else { return [] }
    return figures.bounds.compactMap { bound in
      let values = figures.namespaces.reduce(0) {
        bound.namespace == nil || bound.namespace == $1.name ? $0 + $1.values : $0
      }
      let turnover = bound.level == .disk ? TightBound.leastDiskTurnover : TightBound.leastMemoryTurnover
      let rate = min(bound.evictionsPerHour, 1e9)
      guard rate >= TightBound.leastEvictionsPerHour, rate >= turnover * Double(values) else { return nil }
      let weight = bound.level == .disk ? 1 : TightBound.memoryWeight
      return Advice(
        concern: .cost, cost: Int(rate * min(figures.uptime / 3600, 1e6) * weight),
        item: AdviceReply.Item(
          kind: .tightBounds, subject: bound.namespace ?? "all namespaces",
          figure: "\(Int(rate)) values an hour, of \(values)",
          message: bound.level == .disk
            ? "the store lets go of values for want of room: they have to be made again"
            : "memory lets go of values for want of room: they are read from the store again and again",
          remedy: "\(raise(bound)) in staled.json"))
    }
  }

  private static func raise(_ bound: Figures.Bound) -> String {
    func member(_ name: String) -> String {
      bound.namespace.map { AdviceText.member("namespaces", $0, bound.level.rawValue, name) }
        ?? AdviceText.member(bound.level.rawValue, name)
    }
    func twice(_ number: Int) -> Int { number > .max / 2 ? .max : max(1, number * 2) }
    let limits = [("maxEntries", bound.maxEntries), ("maxBytes", bound.maxBytes)].compactMap { name, limit in
      limit.map { "\(member(name)) to \(twice($0))" }
    }
    return limits.isEmpty
      ? "raise \(member("maxBytes")) and \(member("maxEntries"))"
      : "set \(limits.joined(separator: " and ")), twice as much,"
  }
}
