internal import StaledAPI

/// What `stats --watch` shows at one moment. A pure function of figures: nothing is asked for here.
struct StatsFrame: Sendable {
  /// What an agent said of itself.
  struct Sample: Hashable, Sendable {
    var status: Status
    var stats: Stats
  }

  let workspace: String
  /// Only this namespace, if it is given.
  let namespace: String?
  /// What was heard last, and before that.
  private(set) var sample: Sample?
  private(set) var former: Sample?
  /// Why nothing was heard just now.
  private(set) var silence: String?
  var causes = RecentCauses()
  /// `12:03:11`
  var time = ""

  init(workspace: String, namespace: String? = nil) {
    self.workspace = workspace
    self.namespace = namespace
  }

  /// The agent answered. Rates are since the answer before, also across a time without one.
  mutating func heard(_ sample: Sample) {
    (former, self.sample, silence) = (self.sample, sample, nil)
  }

  /// It did not. Returns whether that is news.
  @discardableResult mutating func heardNothing(_ reason: String) -> Bool {
    let isNews = silence != reason
    silence = reason
    return isNews
  }

  private var counts: StatsCounts? { sample.map { StatsCounts($0.stats, namespace: namespace) } }
  private var before: StatsCounts? { former.map { StatsCounts($0.stats, namespace: namespace) } }

  /// `3: 2 fresh, 1 stale`
  private func entries(_ sample: Sample, paint: Paint) -> String {
    if let namespace {
      let one = sample.stats.namespaces[namespace]
      return "\(one?.entries ?? 0): \(one?.fresh ?? 0) \(paint.state("fresh"))"
    }
    let states = ["fresh", "suspect", "stale", "expired", "missing"].compactMap { state in
      sample.status.entries[state].flatMap { $0 > 0 ? "\($0) \(paint.state(state))" : nil }
    }
    let total = sample.status.entries.values.reduce(0, +)
    return "\(total)" + (states.isEmpty ? "" : ": " + states.joined(separator: ", "))
  }

  // MARK: A screen

  /// The lines for a terminal of that size: no more than its rows, none wider than its columns.
  func lines(_ size: TerminalSize, paint: Paint, offset: (Int) -> Int) -> [String] {
    var lines = [title(paint), ""]
    if let sample, let counts {
      lines += overview(sample, counts, paint) + [""] + table(counts, paint)
      // What is left is shared out: two titles and an empty line before each.
      let room = size.rows - lines.count - 4
      let keys = sample.stats.hotKeys.filter { namespace == nil || $0.namespace == namespace }
      let wanted = (keys: min(max(keys.count, 1), 10), causes: max(causes.items.count, 1))
      let ofKeys = max(min(wanted.keys, max(room / 2, room - wanted.causes)), 1)
      lines.append("")
      lines += hotKeys(keys, most: ofKeys, size.columns, paint) + [""]
      lines += recent(most: max(room - ofKeys, 1), paint, offset)
    }
    return lines.prefix(max(size.rows, 1)).map { Display.cut($0, to: size.columns) }
  }

  private func title(_ paint: Paint) -> String {
    let name = namespace.map { "  namespace \(Display.safe($0))" } ?? ""
    let start = "\(paint.bold(Display.safe(workspace)))\(name)  "
    if let silence { return start + "\(paint.warning(silence))  \(paint.dim(time))" }
    guard let sample else { return start + paint.dim(time) }
    let up = "\(sample.status.state), up \(Display.span(seconds: sample.stats.uptime))"
    let health = sample.status.degraded.isEmpty ? "" : "  \(paint.warning("degraded"))"
    return start + up + health + "  \(paint.dim(time))"
  }

  private func overview(_ sample: Sample, _ counts: StatsCounts, _ paint: Paint) -> [String] {
    let levels = namespace.map { sample.stats.namespaces[$0]?.levels ?? Stats.Levels() } ?? sample.stats.levels
    let all = counts.hitRate.map(Display.percent) ?? "–"
    let now = counts.hitRate(since: before).map { ", now \(Display.percent($0))" } ?? ""
    return [
      "entries   \(entries(sample, paint: paint))", "hit rate  \(all)\(now)",
      "memory    \(StatsText.level(levels.l1))", "disk      \(StatsText.level(levels.l2))",
    ]
  }

  private func table(_ counts: StatsCounts, _ paint: Paint) -> [String] {
    let rows = StatsCounts.rated.map { name, count, hour in
      [
        name, counts.rate(count, since: before).map(Display.rate) ?? "–",
        counts.perHour.map { Display.rate($0[keyPath: hour]) } ?? "–", "\(counts[keyPath: count])",
      ]
    }
    let lines = Display.table([["", "per second", "per hour", "since start"]] + rows)
    return [paint.bold(lines[0])] + lines.dropFirst()
  }

  private func hotKeys(_ keys: [Stats.HotKey], most: Int, _ columns: Int, _ paint: Paint) -> [String] {
    // Two columns of figures stand beside them.
    let lines = StatsText.hotKeys(keys, most: most, widest: max(min(columns - 21, 60), 12))
    guard let title = lines.first else { return [paint.bold("hot keys"), "  none yet"] }
    return [paint.bold(title)] + lines.dropFirst()
  }

  private func recent(most: Int, _ paint: Paint, _ offset: (Int) -> Int) -> [String] {
    let title = paint.bold("what ended entries lately")
    if causes.items.isEmpty { return [title, "  nothing yet"] }
    return [title]
      + causes.items.suffix(most).reversed().map { item in
        let time = Timestamp(item.time).map { String($0.timeOfDay(offset: offset($0.seconds)).prefix(8)) } ?? item.time
        let rest = "\(item.isCut ? "at least " : "")\(item.entries - 1) more"
        let more = item.entries > 1 ? " and \(rest)" : item.isCut ? " and more" : ""
        return "  \(paint.dim(Display.safe(time)))  \(Display.cause(item.cause)): \(Display.safe(item.example))\(more)"
      }
  }

  // MARK: A line

  /// The same in one line, for what is no terminal.
  var line: String {
    let start = time.isEmpty ? "" : "\(time)  "
    if let silence { return start + silence }
    guard let sample, let counts else { return start }
    let rates = StatsCounts.rated.map { name, count, _ in
      "\(name) \(counts.rate(count, since: before).map(Display.rate) ?? "–")/s"
    }
    let share = (counts.hitRate(since: before) ?? counts.hitRate).map(Display.percent) ?? "–"
    return start + "entries \(entries(sample, paint: Paint(isOn: false)))  "
      + rates.joined(separator: "  ") + "  hit rate \(share)"
  }
}
