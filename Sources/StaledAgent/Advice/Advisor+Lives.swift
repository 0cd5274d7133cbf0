internal import Freshness
internal import StaledAPI

/// Entries that end too early, too late, or for nobody.
extension Advisor {
  /// Times to live that end what nothing has changed.
  enum ShortLife {
    /// Fewer say more of the day than of the time to live.
    static let leastExpirations = 20
    /// A fifth of expirations that met a change is what a time to live may well be there for.
    static let leastShare = 0.8
    /// From here on changes are so rare that ten times the time to live still meets less than one on the average.
    static let rareShare = 0.9
  }

  static func shortLives(_ figures: Figures) -> [Advice] {
    figures.namespaces.compactMap { namespace in
      let (unchanged, all) = (namespace.unchangedExpirations, namespace.expirations)
      guard all >= ShortLife.leastExpirations, AdviceText.isShare(unchanged, of: all, atLeast: ShortLife.leastShare)
      else { return nil }
      let now = namespace.ttl.map { " of \(AdviceText.duration(seconds: $0))" } ?? ""
      return Advice(
        concern: .cost, cost: unchanged,
        item: AdviceReply.Item(
          kind: .shortTTL, subject: namespace.name, figure: "\(unchanged) of \(all) expirations",
          message: "the time to live\(now) ends entries that nothing has changed: they are made again from the same",
          remedy: longerLife(namespace)))
    }
  }

  private static func longerLife(_ namespace: Figures.Namespace) -> String {
    let followsChanges = namespace.strategy.followsDependencies
    let strategy = AdviceText.member("namespaces", namespace.name, "strategy")
    guard let ttl = namespace.ttl else {
      let own = "raise the \"ttl\" that entries and rules state in staled.json and that calls give (stale set --ttl)"
      return followsChanges
        ? "\(own), or leave it out: changes end these entries anyway"
        : "set \(strategy) to \"hybrid\" in staled.json, so that changes end these entries; then \(own)"
    }
    let isRare = AdviceText.isShare(
      namespace.unchangedExpirations, of: namespace.expirations, atLeast: ShortLife.rareShare)
    let longer = AdviceText.duration(seconds: ttl * (isRare ? 10 : 5))
    let member = AdviceText.member("namespaces", namespace.name, "ttl")
    return followsChanges
      ? "set \(member) to \"\(longer)\" in staled.json, or to \"never\" if all that its entries rest on is recorded: "
        + "changes end them anyway"
      : "set \(strategy) to \"hybrid\" and \(member) to \"\(longer)\" in staled.json: changes then end the entries, "
        + "and time only what no change has reached"
  }

  /// Made entries that rest on nothing where only dependencies end entries. A single one counts: it is served as fresh for
  /// good, which is hardly what its maker meant.
  static func unfounded(_ figures: Figures) -> [Advice] {
    figures.unfounded.compactMap { group in
      let namespace = figures.namespaces.first { $0.name == group.namespace } ?? Figures.Namespace(group.namespace)
      // Time ends the others, or calls alone are to.
      guard group.entries > 0, namespace.strategy.followsDependencies, namespace.ttl == nil else { return nil }
      let one = AdviceText.shell(group.examples.first ?? "\(group.namespace)/KEY")
      let strategy = AdviceText.member("namespaces", group.namespace, "strategy")
      let ttl = AdviceText.member("namespaces", group.namespace, "ttl")
      let time = namespace.strategy.hasTime ? ", if time is, set \(ttl)" : ""
      return Advice(
        concern: .unfounded, cost: group.entries,
        item: AdviceReply.Item(
          kind: .noDependency, subject: group.namespace,
          figure: "\(group.entries) of \(AdviceText.count(max(namespace.entries, group.entries), "entry", "entries"))",
          message: group.entries == 1
            ? "no dependency is recorded of this entry: no change ends it, whatever it was made from"
            : "no dependency is recorded of these entries: no change ends them, whatever they were made from",
          remedy:
            "name what was read, as \"files\", \"entries\" or \"resources\" in staled.json or with --dep (stale depend "
            + "\(one) FILE); if only calls are to end entries here, set \(strategy) to \"manual\"\(time) in "
            + "staled.json",
          examples: examples(group.examples)))
    }
  }

  /// Values that nobody asks for.
  enum NeverHit {
    /// In seconds. Before that a daily task may just not have come round; an hour of work shows what is used.
    static let leastUptime = 3600.0
    /// A few values left over are not worth a thought.
    static let leastValues = 20
    /// Where most are used, some that are not are the price of a cache.
    static let leastShare = 0.25
    /// What is not used for so long may go.
    static let idle = "1d"
  }

  static func neverHit(_ figures: Figures) -> [Advice] {
    guard figures.uptime >= NeverHit.leastUptime else { return [] }
    return figures.neverHit.compactMap { group in
      guard let namespace = figures.namespaces.first(where: { $0.name == group.namespace }),
        group.entries >= NeverHit.leastValues,
        AdviceText.isShare(group.entries, of: namespace.values, atLeast: NeverHit.leastShare)
      else { return nil }
      var message =
        "nobody asked for these values since the agent started \(AdviceText.span(seconds: figures.uptime)) ago"
      // Who stores and asks, and yet misses, asks for something else than was stored.
      if namespace.misses > namespace.hits, namespace.misses >= NeverHit.leastValues {
        message +=
          "; \(namespace.misses) of \(namespace.hits + namespace.misses) readers missed, so perhaps keys hold "
          + "something that differs each time (a time, a random name)"
      }
      if namespace.evictions > 0 {
        message += "; meanwhile \(AdviceText.count(namespace.evictions, "value", "values")) had to go for want of room"
      }
      let room =
        namespace.strategy.hasTime
        ? "set \(AdviceText.member("namespaces", group.namespace, "idle")) to \"\(NeverHit.idle)\""
        : "set \(AdviceText.member("namespaces", group.namespace, "disk", "maxEntries")) to "
          + "\(max(NeverHit.leastValues, namespace.values - group.entries))"
      return Advice(
        concern: .cost, cost: group.entries,
        item: AdviceReply.Item(
          kind: .neverHit, subject: group.namespace, figure: "\(group.entries) of \(namespace.values) values",
          message: message,
          remedy: "where only freshness matters, store none: stale mark instead of stale set, \"value\": \"none\" in a "
            + "refresh; to let go of what is not used, \(room) in staled.json",
          examples: examples(group.examples)))
    }
  }

  /// Some of them, or nil if there are none.
  static func examples(_ names: [String]) -> [String]? {
    names.isEmpty ? nil : Array(names.prefix(mostExamples))
  }
}
