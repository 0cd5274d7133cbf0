import FakeAgent
import FoundationEssentials
import Glibc
import Paths
import StaledAPI
import Synchronization
import Testing

@testable import StaleCommands

@Suite struct StatsTests {
  /// After `turns` further steps.
  static func stats(_ turns: Int = 0, uptime: Double = 61.5) -> Stats {
    var stats = Stats()
    stats.strategy = "hybrid"
    stats.uptime = uptime
    (stats.hits, stats.misses, stats.hitRate) = (30 + 20 * turns, 10, 0.75)
    (stats.invalidations, stats.tagInvalidations, stats.dependencyInvalidations) = (9 + turns, 2, 6)
    (stats.expirations, stats.evictions, stats.memoryEvictions) = (3, 1, 2)
    (stats.refreshes, stats.failedRefreshes, stats.hooks, stats.failedHooks) = (4, 1, 5, 0)
    (stats.revalidations, stats.refusedLeases, stats.verified, stats.violations) = (4, 1, 120, 1)
    (stats.tags.totalTags, stats.tags.taggedEntries, stats.tags.avgTagsPerEntry) = (2, 5, 1.2)
    stats.dependencies.resources = 7
    (stats.dependencies.dependentEntries, stats.dependencies.totalDependencies) = (5, 11)
    (stats.levels.l1.entries, stats.levels.l1.bytes, stats.levels.l1.hits) = (12, 3481, 28)
    (stats.levels.l2.entries, stats.levels.l2.bytes, stats.levels.l2.hits) = (13, 1 << 21, 2)
    stats.hotKeys = [
      Stats.HotKey(namespace: "build", key: "app", accesses: 40, error: 0, hitRate: 0.75),
      Stats.HotKey(namespace: "tool", key: "lint\u{7}", accesses: 7, error: 2, hitRate: 1),
    ]
    stats.causes = [Stats.Cause(cause: "file:src/util.c", invalidations: 6, error: 0)]
    (stats.rates.hitsPerHour, stats.rates.invalidationsPerHour) = (1800, 12.5)
    var build = Stats.Namespace()
    (build.strategy, build.entries, build.fresh) = ("hybrid", 4, 3)
    (build.hits, build.misses, build.hitRate, build.invalidations) = (29 + 20 * turns, 10, 0.74, 9)
    build.levels.l1.bytes = 3000
    var tool = Stats.Namespace()
    (tool.strategy, tool.entries) = ("ttl", 2)
    stats.namespaces = ["build": build, "tool": tool]
    return stats
  }

  static let status = Status(
    state: "watching", clock: "c", workspace: "/w", pid: 3, version: "0.1.0", started: "x", manifest: .init(ok: true),
    watches: 5, entries: ["fresh": 4, "stale": 2], resources: 7, degraded: [])

  static func json(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
  }

  @Test func allFiguresForPeople() {
    #expect(
      StatsText(paint: Paint(isOn: false)).text(of: Self.stats()) == """
        staled is up 1 min 1 s, strategy hybrid

        values
          asked for    40: 30 hits, 10 misses  (75 % hits)
          memory       12 values, 3.4 KiB, 28 hits, 2 evicted
          disk         13 values, 2.0 MiB, 2 hits, 1 evicted
        entries
          depend       5 entries on 7 resources, 11 edges
          tagged       5 entries with 2 tags, 1.2 each
          invalidated  9: 6 by a cascade, 2 by tag, 1 otherwise
          expired      3
          refreshed    4, 1 failed
          revalidated  4
          refused      1 lease
          verified     120, 1 violation
          hooks        5 run
        per hour
          hits         1800
          misses       0
          invalidated  12.5
          expired      0
          refreshed    0

        hot keys          asked for  hit rate
          build/app              40      75 %
          tool/lint\\u{7}         ~7     100 %

        what ends most entries  entries
          src/util.c                  6

        namespaces  strategy  entries  fresh  hits  misses  hit rate  invalidated  expired  evicted  refreshed   memory  disk
          build       hybrid        4      3    29      10      74 %            9        0        0          0  2.9 KiB   0 B
          tool           ttl        2      0     0       0         –            0        0        0          0      0 B   0 B

        """)
  }

  @Test func oneNamespace() async throws {
    try await Scratch.withAgent(["GET /v1/stats": .reply(200, try Self.json(Self.stats()))]) {
      (scratch, _) async throws in
      #expect(
        try await scratch.stale("stats", "--namespace", "build").output == """
          build, strategy hybrid

          values
            asked for    39: 29 hits, 10 misses  (74 % hits)
            memory       0 values, 2.9 KiB, 0 hits
            disk         0 values, 0 B, 0 hits
          entries
            there are    4, 3 of them fresh
            invalidated  9
            expired      0
            evicted      0
            refreshed    0

          hot keys     asked for  hit rate
            build/app         40      75 %

          """)
      #expect(
        try await scratch.stale("stats", "-n", "none")
          == Ended(1, "", "stale: There is no namespace none.\n  There are build, tool.\n"))
      #expect(try await scratch.stale("stats", "-n", "tool", "--json").output.contains(#""strategy":"ttl""#))
      let all = try await scratch.stale("stats", "--json").output
      #expect(try JSONDecoder().decode(Stats.self, from: Data(all.utf8)) == Self.stats())
      #expect(try await scratch.stale("stats", "--interval", "1").status == 2)
      #expect(try await scratch.stale("stats", "--watch", "--interval", "0").status == 2)
    }
  }

  @Test func ratesAreBetweenTwoAnswersOfOneAgent() {
    func counts(_ turns: Int, _ uptime: Double) -> StatsCounts {
      StatsCounts(Self.stats(turns, uptime: uptime), namespace: nil)
    }
    let cases: [(before: StatsCounts?, now: StatsCounts, rate: Double?, share: Double?)] = [
      (nil, counts(0, 10), nil, nil),
      (counts(0, 10), counts(1, 12), 10, 1),
      (counts(0, 10), counts(0, 12), 0, nil),
      // Another agent.
      (counts(5, 100), counts(0, 1), nil, nil),
      (counts(5, 1), counts(0, 2), nil, nil),
    ]
    for (before, now, rate, share) in cases {
      #expect(now.rate(\.hits, since: before) == rate)
      #expect(now.hitRate(since: before) == share)
    }
  }

  static func record(
    _ seq: UInt64, batch: UInt64?, cause: String, _ key: String, type: LogRecord.Kind = .invalidated
  ) -> LogRecord {
    var record = LogRecord(seq: seq, time: "2026-11-22T12:03:1\(seq).482113Z", type: type)
    (record.batch, record.cause, record.namespace, record.key) = (batch, cause, "build", key)
    return record
  }

  @Test func causesAreCountedBatchByBatch() {
    var causes = RecentCauses()
    causes.add([
      Self.record(1, batch: 1, cause: "file:a", "x"), Self.record(2, batch: 1, cause: "file:b", "y"),
      Self.record(3, batch: 1, cause: "file:a", "z"), Self.record(4, batch: 1, cause: "file:a", "z", type: .reached),
    ])
    causes.add([Self.record(5, batch: 2, cause: "file:a", "x")])
    causes.add([Self.record(6, batch: 2, cause: "file:c", "x")], namespace: "other")
    #expect(causes.items.map(\.cause) == ["file:a", "file:b", "file:a"])
    #expect(causes.items.map(\.entries) == [2, 1, 1])
    #expect(causes.items[0].example == "build/x")
    #expect(causes.items.allSatisfy { !$0.isCut })
    causes.add(
      [Self.record(7, batch: 3, cause: "file:a", "x"), Self.record(8, batch: 4, cause: "file:a", "x")], isCut: true)
    #expect(causes.items.suffix(2).map(\.isCut) == [true, false])
    causes.add((10..<500).map { Self.record(UInt64($0), batch: UInt64($0), cause: "file:a", "x") })
    #expect(causes.items.count == 200)
    #expect(causes.items.last?.batch == 499)
  }

  static func frame() -> StatsFrame {
    var frame = StatsFrame(workspace: "/w")
    frame.time = "12:03:11"
    frame.heard(.init(status: status, stats: stats(0, uptime: 59.5)))
    frame.heard(.init(status: status, stats: stats(1)))
    frame.causes.add([
      record(1, batch: 1, cause: "file:src/util.c", "obj/util.o"), record(2, batch: 1, cause: "file:src/util.c", "app"),
      record(3, batch: 2, cause: "tag:object", "obj/a-very-long-name-of-an-object-file-somewhere.o"),
    ])
    return frame
  }

  static func lines(_ frame: StatsFrame, _ columns: Int, _ rows: Int, color: Bool = false) -> [String] {
    frame.lines(TerminalSize(columns: columns, rows: rows), paint: Paint(isOn: color)) { _ in 3600 }
  }

  @Test func aFrame() {
    #expect(
      Self.lines(Self.frame(), 60, 24).joined(separator: "\n") == """
        /w  watching, up 1 min 1 s  12:03:11

        entries   6: 4 fresh, 2 stale
        hit rate  83 %, now 100 %
        memory    12 values, 3.4 KiB, 28 hits
        disk      13 values, 2.0 MiB, 2 hits

                     per second  per hour  since start
        hits               10.0      1800           50
        misses                0         0           10
        invalidated         0.5      12.5           10
        expired               0         0            3
        refreshed             0         0            4

        hot keys          asked for  hit rate
          build/app              40      75 %
          tool/lint\\u{7}         ~7     100 %

        what ended entries lately
          13:03:13  tag object invalidated: build/obj/a-very-long-n…
          13:03:11  src/util.c: build/obj/util.o and 1 more
        """)
  }

  @Test func aFrameOfANamespace() {
    var frame = StatsFrame(workspace: "/w", namespace: "build")
    frame.heard(.init(status: Self.status, stats: Self.stats()))
    #expect(
      Self.lines(frame, 50, 30).joined(separator: "\n") == """
        /w  namespace build  watching, up 1 min 1 s  \("")

        entries   4: 3 fresh
        hit rate  74 %
        memory    0 values, 2.9 KiB, 0 hits
        disk      0 values, 0 B, 0 hits

                     per second  per hour  since start
        hits                  –         –           29
        misses                –         –           10
        invalidated           –         –            9
        expired               –         –            0
        refreshed             –         –            0

        hot keys     asked for  hit rate
          build/app         40      75 %

        what ended entries lately
          nothing yet
        """)
  }

  @Test func aFrameNeverOutgrowsTheTerminal() {
    var frame = Self.frame()
    var stats = Self.stats()
    stats.hotKeys = (0..<30).map { .init(namespace: "漢字", key: "key\($0)", accesses: 9, error: 0, hitRate: 1) }
    frame.heard(.init(status: Self.status, stats: stats))
    frame.causes.add((10..<60).map { Self.record($0, batch: $0, cause: "file:漢字/\($0)", "k") })
    for rows in [1, 2, 5, 14, 18, 19, 24, 60] {
      for columns in [1, 10, 30, 79, 200] {
        let lines = Self.lines(frame, columns, rows, color: true)
        #expect(lines.count <= rows, "\(columns)x\(rows)")
        #expect(lines.allSatisfy { Display.width($0) <= columns }, "\(columns)x\(rows)")
        if rows >= 19 { #expect(lines.count == min(rows, 17 + 10 + 53)) }
      }
    }
  }

  @Test func anAgentThatWentAwayIsSaidToBeAway() {
    var frame = Self.frame()
    let news = (1...2).map { _ in frame.heardNothing("no agent is running; waiting for one") }
    #expect(news == [true, false])
    #expect(Self.lines(frame, 80, 3).first == "/w  no agent is running; waiting for one  12:03:11")
    #expect(Self.lines(frame, 80, 24)[2] == "entries   6: 4 fresh, 2 stale")
    #expect(frame.line == "12:03:11  no agent is running; waiting for one")
    frame.heard(.init(status: Self.status, stats: Self.stats(2, uptime: 63.5)))
    #expect(frame.line.contains("hits 10.0/s"))
  }

  @Test func whatIsDrawnReplacesWhatWas() async throws {
    #expect(LiveScreen.frame(["a", "b"]) == "\u{1B}[Ha\u{1B}[K\r\nb\u{1B}[K\u{1B}[J")
  }

  /// Errors in the middle too leave the terminal as it was.
  @Test func theFirstScreenComesBack() async throws {
    struct Broken: Error {}
    try await Scratch.with(["out": ""]) { (scratch) async throws in
      let descriptor = open(scratch("out"), O_WRONLY | O_APPEND | O_CLOEXEC)
      defer { close(descriptor) }
      let output = Output(descriptor: descriptor)
      await #expect(throws: Broken.self) {
        try await LiveScreen.whileShown(on: output) {
          try LiveScreen.draw(["x"], on: output)
          throw Broken()
        }
      }
      try LiveScreen.draw(["after the end"], on: output)
      #expect(
        scratch.read("out") == "\u{1B}[?1049h\u{1B}[?25l\u{1B}[Hx\u{1B}[K\u{1B}[J\u{1B}[?25h\u{1B}[?1049l")
    }
  }

  @Test func watchingGoesOnWhenTheAgentIsBack() async throws {
    let looks = Mutex(0)
    let status = try Self.json(Self.status)
    let stats = try (0..<4).map { try Self.json(Self.stats($0, uptime: Double($0) * 2)) }
    let log = #"{"seq":1,"time":"2026-01-01T00:00:00Z","type":"started"}"# + "\n"
    try await Scratch.with(["staled.json": "{}", "out": "", ".staled/invalidations.ndjson": log]) {
      (scratch) async throws in
      let descriptor = open(scratch("out"), O_WRONLY | O_APPEND | O_CLOEXEC)
      defer { close(descriptor) }
      try await FakeAgent.listening(on: scratch(".staled/agent.sock")) { request in
        let look = looks.withLock { $0 }
        if look == 1 || look == 2 { return .hangUp }
        return .reply(200, request.target == "/v1/status" ? status : stats[look])
      } _: { _ in
        var watch = StatsWatch(
          workspace: try Workspace.find(named: scratch.path, from: "/", stateDirectory: nil),
          output: Output(descriptor: descriptor), paint: Paint(isOn: false), interval: 2)
        watch.timeOfDay = { "12:00:0\(looks.withLock { $0 })" }
        watch.pause = { seconds in
          #expect(seconds == 2)
          let next = looks.withLock { looks in
            looks += 1
            return looks
          }
          if next == 4 { throw CancellationError() }
        }
        await #expect(throws: CancellationError.self) { try await watch.run() }
      }
      let silent = "expired –/s  refreshed –/s"
      #expect(
        scratch.read("out") == """
          12:00:00  entries 6: 4 fresh, 2 stale  hits –/s  misses –/s  invalidated –/s  \(silent)  hit rate 75 %
          12:00:01  no agent is running; waiting for one
          12:00:03  entries 6: 4 fresh, 2 stale  hits 10.0/s  misses 0/s  invalidated 0.5/s  expired 0/s  refreshed 0/s  hit rate 100 %

          """)
    }
  }

  @Test func watchingNeedsAnAgentToBeginWith() async throws {
    try await Scratch.with(["staled.json": "{}"]) { (scratch) async throws in
      #expect(try await scratch.stale("stats", "--watch").status == 3)
    }
    let answers = [
      "GET /v1/stats": FakeAgent.Answer.reply(200, try Self.json(Self.stats())),
      "GET /v1/status": .reply(200, try Self.json(Self.status)),
    ]
    try await Scratch.withAgent(answers) { (scratch, _) async throws in
      #expect(try await scratch.stale("stats", "--watch", "-n", "none").status == 1)
    }
  }
}
