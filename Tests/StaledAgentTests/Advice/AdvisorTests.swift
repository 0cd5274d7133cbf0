import Freshness
import StaledAPI
import Testing

@testable import StaledAgent

/// What is said of which figures, word for word, and from where on.
@Suite struct AdvisorTests {
  @Test func ofNothingNothingIsSaid() { #expect(Advisor.advise(Figures()) == []) }

  @Test func ofAWorkspaceThatDoesWellNothingIsSaid() {
    var figures = Figures(uptime: 90_000)
    figures.namespaces = [
      namespace("tool", ttl: 3600, values: 400) {
        ($0.entries, $0.hits, $0.misses, $0.expirations, $0.unchangedExpirations) = (430, 900, 60, 100, 60)
        ($0.refreshes, $0.failedRefreshes, $0.evictions) = (80, 4, 3)
      }
    ]
    (figures.entries, figures.taggedEntries, figures.invalidations) = (430, 400, 900)
    figures.tags = [Figures.Tag(name: "object", entries: 380), Figures.Tag(name: "binary", entries: 20)]
    figures.causes = [Figures.Cause(cause: "file:src/a.c", invalidations: 200)]
    figures.neverHit = [Figures.Group(namespace: "tool", entries: 90)]
    figures.failingCommands = [Figures.FailingCommand(entry: "tool/a", program: "make", failures: 1)]
    figures.bounds = [Figures.Bound(level: .disk, evictionsPerHour: 3)]
    #expect(Advisor.advise(figures) == [])
  }

  // MARK: Times to live

  @Test(
    arguments: [
      (
        Strategy.hybrid, 3600.0, 412, 430,
        #"set namespaces.tool.ttl to "10h" in staled.json, or to "never" if all that its entries rest on is recorded: changes end them anyway"#
      ),
      (
        .hybrid, 90, 80, 100,
        #"set namespaces.tool.ttl to "7m30s" in staled.json, or to "never" if all that its entries rest on is recorded: changes end them anyway"#
      ),
      (
        .ttl, 3600, 412, 430,
        #"set namespaces.tool.strategy to "hybrid" and namespaces.tool.ttl to "10h" in staled.json: changes then end the entries, and time only what no change has reached"#
      ),
      (
        .predictive, 3600, 85, 100,
        #"set namespaces.tool.strategy to "hybrid" and namespaces.tool.ttl to "5h" in staled.json: changes then end the entries, and time only what no change has reached"#
      ),
      (
        .hybrid, nil, 20, 20,
        #"raise the "ttl" that entries and rules state in staled.json and that calls give (stale set --ttl), or leave it out: changes end these entries anyway"#
      ),
      (
        .ttl, nil, 20, 20,
        #"set namespaces.tool.strategy to "hybrid" in staled.json, so that changes end these entries; then raise the "ttl" that entries and rules state in staled.json and that calls give (stale set --ttl)"#
      ),
    ] as [(Strategy, Double?, Int, Int, String)])
  func aTimeToLiveThatEndsWhatIsUnchanged(
    strategy: Strategy, ttl: Double?, unchanged: Int, all: Int, remedy: String
  ) {
    var figures = Figures()
    figures.namespaces = [
      namespace("tool", strategy, ttl: ttl) { ($0.expirations, $0.unchangedExpirations) = (all, unchanged) }
    ]
    let now = [3600: " of 1h", 90: " of 1m30s"][ttl ?? 0] ?? ""
    #expect(
      Advisor.advise(figures) == [
        AdviceReply.Item(
          kind: .shortTTL, subject: "tool", figure: "\(unchanged) of \(all) expirations",
          message: "the time to live\(now) ends entries that nothing has changed: they are made again from the same",
          remedy: remedy)
      ])
  }

  @Test(arguments: [(19, 19, false), (20, 20, true), (80, 100, true), (79, 100, false), (0, 0, false), (16, 20, true)])
  func aTimeToLiveIsShortFromTwentyExpirationsOfWhichFourInFiveWereInVain(unchanged: Int, all: Int, isSaid: Bool) {
    var figures = Figures()
    figures.namespaces = [
      namespace("tool", ttl: 60) { ($0.expirations, $0.unchangedExpirations) = (all, unchanged) }
    ]
    #expect(!Advisor.advise(figures).isEmpty == isSaid)
  }

  @Test(arguments: [(89, "5m"), (90, "10m")]) func tenfoldWhereNineInTenWereInVain(unchanged: Int, ttl: String) {
    var figures = Figures()
    figures.namespaces = [
      namespace("tool", ttl: 60) { ($0.expirations, $0.unchangedExpirations) = (100, unchanged) }
    ]
    #expect(Advisor.advise(figures).first?.remedy.contains("namespaces.tool.ttl to \"\(ttl)\"") == true)
  }

  // MARK: No dependency

  @Test func entriesThatRestOnNothing() {
    var figures = Figures()
    figures.namespaces = [namespace("build", .hybrid) { $0.entries = 9 }, namespace("ev", .event) { $0.entries = 1 }]
    figures.unfounded = [
      Figures.Group(namespace: "ev", entries: 1),
      Figures.Group(namespace: "build", entries: 2, examples: ["build/my docs", "build/x"]),
      Figures.Group(namespace: "gone", entries: 0),
    ]
    #expect(
      Advisor.advise(figures) == [
        AdviceReply.Item(
          kind: .noDependency, subject: "build", figure: "2 of 9 entries",
          message: "no dependency is recorded of these entries: no change ends them, whatever they were made from",
          remedy:
            #"name what was read, as "files", "entries" or "resources" in staled.json or with --dep (stale depend 'build/my docs' FILE); if only calls are to end entries here, set namespaces.build.strategy to "manual", if time is, set namespaces.build.ttl in staled.json"#,
          examples: ["build/my docs", "build/x"]),
        AdviceReply.Item(
          kind: .noDependency, subject: "ev", figure: "1 of 1 entry",
          message: "no dependency is recorded of this entry: no change ends it, whatever it was made from",
          remedy:
            #"name what was read, as "files", "entries" or "resources" in staled.json or with --dep (stale depend ev/KEY FILE); if only calls are to end entries here, set namespaces.ev.strategy to "manual" in staled.json"#
        ),
      ])
  }

  @Test(
    arguments: [
      (Strategy.hybrid, nil, true), (.event, nil, true), (.hybrid, 60, false), (.ttl, nil, false), (.ttl, 60, false),
      (.manual, nil, false), (.predictive, 60, false), (.predictive, nil, false),
    ] as [(Strategy, Double?, Bool)])
  func toRestOnNothingMattersOnlyWhereDependenciesAloneEndEntries(strategy: Strategy, ttl: Double?, isSaid: Bool) {
    var figures = Figures()
    figures.namespaces = [namespace("n", strategy, ttl: ttl) { $0.entries = 5 }]
    figures.unfounded = [Figures.Group(namespace: "n", entries: 5)]
    #expect(!Advisor.advise(figures).isEmpty == isSaid)
  }

  // MARK: Never hit

  @Test func valuesThatNobodyAsksFor() {
    var figures = Figures(uptime: 12_345)
    figures.namespaces = [
      namespace("a", values: 100) { ($0.hits, $0.misses, $0.evictions) = (10, 30, 1) },
      namespace("m", .manual, values: 100) { ($0.hits, $0.misses) = (30, 30) },
    ]
    figures.neverHit = [
      Figures.Group(namespace: "a", entries: 60, examples: (1...7).map { "a/\($0)" }),
      Figures.Group(namespace: "m", entries: 40), Figures.Group(namespace: "unknown", entries: 400),
    ]
    let mark =
      #"where only freshness matters, store none: stale mark instead of stale set, "value": "none" in a refresh; to let go of what is not used, "#
    #expect(
      Advisor.advise(figures) == [
        AdviceReply.Item(
          kind: .neverHit, subject: "a", figure: "60 of 100 values",
          message:
            "nobody asked for these values since the agent started 3h25m ago; 30 of 40 readers missed, so perhaps keys hold something that differs each time (a time, a random name); meanwhile 1 value had to go for want of room",
          remedy: mark + #"set namespaces.a.idle to "1d" in staled.json"#,
          examples: ["a/1", "a/2", "a/3", "a/4", "a/5"]),
        AdviceReply.Item(
          kind: .neverHit, subject: "m", figure: "40 of 100 values",
          message: "nobody asked for these values since the agent started 3h25m ago",
          remedy: mark + "set namespaces.m.disk.maxEntries to 60 in staled.json"),
      ])
  }

  @Test(arguments: [
    (3600.0, 20, 80, true), (3599.9, 20, 80, false), (3600, 19, 19, false), (3600, 20, 81, false),
    (3600, 25, 100, true),
    (3600, 24, 100, false),
  ])
  func valuesAreUnusedAfterAnHourFromTwentyOnThatAreAQuarter(uptime: Double, unused: Int, values: Int, isSaid: Bool) {
    var figures = Figures(uptime: uptime)
    figures.namespaces = [namespace("a", values: values)]
    figures.neverHit = [Figures.Group(namespace: "a", entries: unused)]
    #expect(!Advisor.advise(figures).isEmpty == isSaid)
  }

  @Test(arguments: [(19, 0, false), (20, 19, true), (20, 20, false)])
  func keysAreDoubtedFromTwentyMissesThatAreMoreThanTheHits(misses: Int, hits: Int, isDoubted: Bool) {
    var figures = Figures(uptime: 3600)
    figures.namespaces = [namespace("a", values: 20) { ($0.hits, $0.misses) = (hits, misses) }]
    figures.neverHit = [Figures.Group(namespace: "a", entries: 20)]
    #expect(Advisor.advise(figures).first?.message.contains("perhaps keys") == isDoubted)
  }

  // MARK: Commands

  @Test func commandsThatFailAreToldOnceAProgram() {
    var figures = Figures()
    figures.failingCommands = [
      Figures.FailingCommand(entry: "t/b", program: "./re fresh", failures: 5, lastLine: "sh: \u{1B}[31mno\u{1B}[0m"),
      Figures.FailingCommand(entry: "b/x", program: "make", failures: 6),
      Figures.FailingCommand(entry: "b/y", program: "make", failures: 9),
      Figures.FailingCommand(entry: "b/z", program: "make", failures: 4),
    ]
    let by =
      "run it by hand in the workspace root; commands get no standard input, and of the environment no more than PATH, HOME, LANG and the like; once it works, "
    #expect(
      Advisor.advise(figures) == [
        AdviceReply.Item(
          kind: .failingCommand, subject: "b/y", figure: "9 runs failed in a row, and those of 1 more entry",
          message: "the refresh command make fails, so that the entries are not made; it wrote nothing",
          remedy: by + "stale warm --namespace b makes what is not fresh", examples: ["b/y", "b/x"]),
        AdviceReply.Item(
          kind: .failingCommand, subject: "t/b", figure: "5 runs failed in a row",
          message:
            "the refresh command './re fresh' fails, so that the entry is not made; its last line was: sh: [31mno[0m",
          remedy: by + "stale warm --namespace t makes what is not fresh"),
      ])
  }

  @Test(arguments: [(4, false), (5, true)]) func aCommandFailsFromFiveRunsInARow(failures: Int, isSaid: Bool) {
    var figures = Figures()
    figures.failingCommands = [Figures.FailingCommand(entry: "a/b", program: "make", failures: failures)]
    #expect(!Advisor.advise(figures).isEmpty == isSaid)
  }

  @Test(arguments: [(10, 30, true), (9, 9, false), (10, 31, false), (250, 750, true), (249, 751, false)])
  func refreshesThatFailNowAndThen(failed: Int, succeeded: Int, isSaid: Bool) {
    var figures = Figures()
    figures.namespaces = [namespace("a") { ($0.failedRefreshes, $0.refreshes) = (failed, succeeded) }]
    let item = AdviceReply.Item(
      kind: .failingCommand, subject: "a", figure: "\(failed) of \(failed + succeeded) runs",
      message: "refresh commands fail now and then, and succeed later",
      remedy:
        "stale tail --type warning --type error shows when, and what they wrote; if they are stopped for taking too long, raise namespaces.a.refresh.timeout in staled.json"
    )
    #expect(Advisor.advise(figures) == (isSaid ? [item] : []))
    figures.failingCommands = [Figures.FailingCommand(entry: "a/b", program: "make", failures: 5)]
    #expect(Advisor.advise(figures).map(\.subject) == ["a/b"], "one thing is said once")
  }

  // MARK: Bounds

  @Test func boundsThatAreTight() {
    var figures = Figures(uptime: 7200)
    figures.namespaces = [namespace("a.b", values: 100), namespace("c", values: 50)]
    figures.bounds = [
      Figures.Bound(level: .memory, evictionsPerHour: 200, maxEntries: 10, maxBytes: 64 << 20),
      Figures.Bound(level: .disk, namespace: "a.b", evictionsPerHour: 60.5, maxBytes: 1 << 30),
      Figures.Bound(level: .disk, namespace: "c", evictionsPerHour: 70),
    ]
    let disk = "the store lets go of values for want of room: they have to be made again"
    #expect(
      Advisor.advise(figures) == [
        AdviceReply.Item(
          kind: .tightBounds, subject: "c", figure: "70 values an hour, of 50", message: disk,
          remedy: "raise namespaces.c.disk.maxBytes and namespaces.c.disk.maxEntries in staled.json"),
        AdviceReply.Item(
          kind: .tightBounds, subject: "a.b", figure: "60 values an hour, of 100", message: disk,
          remedy: #"set namespaces."a.b".disk.maxBytes to 2147483648, twice as much, in staled.json"#),
        AdviceReply.Item(
          kind: .tightBounds, subject: "all namespaces", figure: "200 values an hour, of 150",
          message: "memory lets go of values for want of room: they are read from the store again and again",
          remedy: "set memory.maxEntries to 20 and memory.maxBytes to 134217728, twice as much, in staled.json"),
      ])
  }

  @Test(arguments: [
    (Figures.Bound.Level.disk, 600.0, 60.0, 600, true), (.disk, 599, 60, 600, false), (.disk, 600, 59.9, 1, false),
    (.disk, 600, 60, 601, false), (.memory, 600, 60, 60, true), (.memory, 600, 60, 61, false),
    (.memory, 600, 59, 1, false),
    (.disk, 600, .infinity, 1, true), (.disk, 600, .nan, 1, false),
  ])
  func aBoundIsTightFromOneAMinuteThatIsAShareOfTheValues(
    level: Figures.Bound.Level, uptime: Double, rate: Double, values: Int, isSaid: Bool
  ) {
    var figures = Figures(uptime: uptime)
    figures.namespaces = [namespace("a", values: values)]
    figures.bounds = [Figures.Bound(level: level, namespace: "a", evictionsPerHour: rate)]
    #expect(!Advisor.advise(figures).isEmpty == isSaid)
  }

  // MARK: Degraded

  @Test func whatIsDegradedForOneReasonIsToldOnce() {
    var figures = Figures()
    let reason = "it may not be read: what rests on it is never fresh"
    figures.degradations = [
      Figures.Degradation(what: "store", reason: "the disk is full", remedy: "make room"),
      Figures.Degradation(what: "b", reason: reason, remedy: "chmod u+r 'b'"),
      Figures.Degradation(what: "a", reason: reason, remedy: "chmod u+r 'a'"),
    ]
    #expect(
      Advisor.advise(figures) == [
        AdviceReply.Item(
          kind: .degraded, subject: "a", figure: "2 problems", message: reason,
          remedy: "chmod u+r 'a' (and likewise for the others: stale status)", examples: ["a", "b"]),
        AdviceReply.Item(
          kind: .degraded, subject: "store", figure: "1 problem", message: "the disk is full", remedy: "make room"),
      ])
  }

  // MARK: The list

  @Test func whatIsWrongComesBeforeWhatCostsAndThenWhatCostsMost() {
    var figures = Figures(uptime: 7200)
    figures.degradations = [Figures.Degradation(what: "store", reason: "the disk is full", remedy: "make room")]
    figures.failingCommands = [Figures.FailingCommand(entry: "b/x", program: "make", failures: 5)]
    figures.unfounded = [Figures.Group(namespace: "b", entries: 1)]
    figures.namespaces = [
      namespace("long", ttl: 60) { ($0.expirations, $0.unchangedExpirations) = (500, 500) },
      namespace("same", ttl: 60) { ($0.expirations, $0.unchangedExpirations) = (300, 300) },
      namespace("c", values: 300),
    ]
    figures.neverHit = [Figures.Group(namespace: "c", entries: 300)]
    (figures.invalidations, figures.entries, figures.taggedEntries) = (1000, 20, 20)
    figures.causes = [Figures.Cause(cause: "file:a.h", invalidations: 400)]
    figures.tags = [Figures.Tag(name: "all", entries: 20), Figures.Tag(name: "one", entries: 1)]
    #expect(
      Advisor.advise(figures).map { "\($0.kind.rawValue) \($0.subject)" } == [
        "degraded store", "failing-command b/x", "no-dependency b", "short-ttl long", "noisy-cause file:a.h",
        "never-hit c", "short-ttl same", "broad-tag all",
      ])
  }

  @Test func noKindCrowdsOutTheOthersAndTheListIsShort() {
    var figures = Figures(uptime: 7200)
    let names = (0..<30).map { "n\($0)" }
    figures.namespaces = names.map {
      namespace($0, values: 100) { ($0.expirations, $0.unchangedExpirations) = (50, 50) }
    }
    figures.unfounded = names.enumerated().map { Figures.Group(namespace: $1, entries: 100 - $0) }
    #expect(
      Advisor.advise(figures).map { "\($0.kind.rawValue) \($0.subject)" }
        == (0..<5).map { "no-dependency n\($0)" } + ["n0", "n1", "n10", "n11", "n12"].map { "short-ttl \($0)" })
    figures.neverHit = names.map { Figures.Group(namespace: $0, entries: 100) }
    figures.bounds = names.map { Figures.Bound(level: .disk, namespace: $0, evictionsPerHour: 100) }
    figures.failingCommands = names.map { Figures.FailingCommand(entry: "\($0)/a", program: $0, failures: 5) }
    let kinds = Advisor.advise(figures).map(\.kind)
    #expect(kinds.count == 20)
    #expect(kinds.prefix(10).allSatisfy { $0 == .failingCommand || $0 == .noDependency })
  }

  private func namespace(
    _ name: String, _ strategy: Strategy = .hybrid, ttl: Double? = nil, values: Int = 0,
    _ fill: (inout Figures.Namespace) -> Void = { _ in }
  ) -> Figures.Namespace {
    var namespace = Figures.Namespace(name)
    (namespace.strategy, namespace.ttl, namespace.values) = (strategy, ttl, values)
    fill(&namespace)
    return namespace
  }
}
