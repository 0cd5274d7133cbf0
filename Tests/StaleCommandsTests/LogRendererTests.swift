import FoundationEssentials
import StaledAPI
import Testing

@testable import StaleCommands

@Suite struct LogRendererTests {
  func render(_ json: String, color: Bool = false, offset: Int = 0) throws -> String {
    let records = try json.split(separator: "\n").map {
      try JSONDecoder().decode(LogRecord.self, from: Data($0.utf8))
    }
    return LogRenderer(paint: Paint(isOn: color), offset: { _ in offset }).text(of: records)
  }

  static let batch = """
    {"seq":41,"time":"2026-11-22T12:03:11.482113Z","type":"change","batch":9,"resource":"file:src/util.c","kind":"modified","from":"sha256:a1b2c3d4ff","to":"sha256:e5f6a7b8ff"}
    {"seq":42,"time":"2026-11-22T12:03:11.482113Z","type":"invalidated","batch":9,"namespace":"build","key":"obj/util.o","state":"stale","was":"fresh","cause":"file:src/util.c","via":"file:src/util.c","depth":1}
    {"seq":43,"time":"2026-11-22T12:03:11.482113Z","type":"invalidated","batch":9,"namespace":"build","key":"bin/app","state":"suspect","was":"fresh","cause":"file:src/util.c","via":"entry:build/obj/util.o","depth":2}
    {"seq":44,"time":"2026-11-22T12:03:11.482113Z","type":"batch","batch":9,"changes":1,"unchanged":0,"matched":2,"invalidated":2,"micros":812}
    """

  @Test func aChangeAndItsCascade() throws {
    #expect(
      try render(Self.batch) == """
        12:03:11.482  src/util.c modified  a1b2c3d4 → e5f6a7b8   (batch 9, 0.8 ms)
          └─ build/obj/util.o  stale
             └─ build/bin/app  suspect
          1 change, 2 matched, 2 invalidated

        """)
  }

  @Test func localTime() throws {
    #expect(try render(Self.batch, offset: 3600).hasPrefix("13:03:11.482  src/util.c"))
    #expect(try render(Self.batch, offset: -13 * 3600).hasPrefix("23:03:11.482  src/util.c"))
  }

  @Test func colour() throws {
    let first = try render(Self.batch, color: true).split(separator: "\n")
    #expect(
      first.prefix(2) == [
        "\u{1B}[2m12:03:11.482\u{1B}[0m  \u{1B}[1msrc/util.c\u{1B}[0m modified  a1b2c3d4 → e5f6a7b8\u{1B}[2m   (batch 9, 0.8 ms)\u{1B}[0m",
        "  └─ build/obj/util.o  \u{1B}[31mstale\u{1B}[0m",
      ])
  }

  @Test func twoCausesAndAllThatCanBecomeOfEntries() throws {
    let text = """
      {"seq":1,"time":"2026-01-01T00:00:00Z","type":"change","batch":1,"resource":"file:a.c","kind":"created","from":"absent","to":"sha256:0011223344"}
      {"seq":2,"time":"2026-01-01T00:00:00Z","type":"change","batch":1,"resource":"env:CC","kind":"modified"}
      {"seq":3,"time":"2026-01-01T00:00:00Z","type":"reached","batch":1,"namespace":"b","key":"new","cause":"file:a.c","via":"glob:*.c","depth":1}
      {"seq":4,"time":"2026-01-01T00:00:00Z","type":"invalidated","batch":1,"namespace":"b","key":"x","state":"stale","was":"suspect","cause":"env:CC","via":"env:CC","depth":1}
      {"seq":5,"time":"2026-01-01T00:00:00Z","type":"invalidated","batch":1,"namespace":"b","key":"y","state":"suspect","was":"fresh","cause":"file:a.c","via":"entry:b/new","depth":2}
      {"seq":6,"time":"2026-01-01T00:00:00Z","type":"revalidated","batch":1,"namespace":"b","key":"z","state":"fresh","cause":"env:CC","via":"env:CC","depth":1}
      {"seq":7,"time":"2026-01-01T00:00:00Z","type":"invalidated","batch":1,"namespace":"b","key":"far","state":"suspect","was":"fresh","cause":"file:a.c","via":"entry:b/elsewhere","depth":3}
      {"seq":8,"time":"2026-01-01T00:00:00Z","type":"batch","batch":1,"changes":2,"unchanged":3,"matched":5,"invalidated":3,"micros":1250000}
      """
    #expect(
      try render(text) == """
        00:00:00.000  a.c created  absent → 00112233   (batch 1, 1.3 s)
          ├─ b/new  not yet made  via glob:*.c
          │  └─ b/y  suspect
          └─ b/far  suspect  via b/elsewhere
        00:00:00.000  env:CC modified   (batch 1, 1.3 s)
          ├─ b/x  stale (was suspect)
          └─ ✓ b/z  fresh
          2 changes, 3 unchanged, 5 matched, 3 invalidated

        """)
  }

  @Test func callsAndBatchesWithoutABeginning() throws {
    let text = """
      {"seq":5,"time":"2026-01-01T00:00:01.5Z","type":"invalidated","namespace":"b","key":"x","state":"stale","was":"fresh","cause":"call:invalidate","via":"entry:b/x","depth":0}
      {"seq":6,"time":"2026-01-01T00:00:01.5Z","type":"invalidated","namespace":"b","key":"y","state":"suspect","was":"fresh","cause":"call:invalidate","via":"entry:b/x","depth":1}
      {"seq":7,"time":"2026-01-01T00:00:02.25Z","type":"invalidated","batch":3,"namespace":"b","key":"q","state":"stale","was":"fresh","cause":"tag:cfg","via":"entry:b/q","depth":0}
      {"seq":8,"time":"2026-01-01T00:00:03Z","type":"batch","batch":4,"changes":0,"unchanged":2,"matched":0,"invalidated":0,"micros":90}
      """
    #expect(
      try render(text) == """
        00:00:01.500  invalidated by call
          └─ b/x  stale
             └─ b/y  suspect
        00:00:02.250  tag cfg invalidated
          └─ b/q  stale
        00:00:03.000  nothing changed   (batch 4, 0.1 ms)
          2 unchanged, 0 matched, 0 invalidated

        """)
  }

  @Test func recordsThatStandForThemselves() throws {
    let text = """
      {"seq":1,"time":"2026-01-01T00:00:00Z","type":"started","version":"0.1.0","pid":12}
      {"seq":2,"time":"2026-01-01T00:00:00Z","type":"warning","message":"a power cut","undone":[40,44]}
      {"seq":3,"time":"2026-01-01T00:00:00Z","type":"error","message":"disk full","remedy":"make room"}
      {"seq":4,"time":"2026-01-01T00:00:00Z","type":"refused","namespace":"b","key":"x","message":"src/a.c changed"}
      {"seq":5,"time":"2026-01-01T00:00:00Z","type":"expired","namespace":"b","key":"x"}
      {"seq":6,"time":"2026-01-01T00:00:00Z","type":"stopped","pid":12}
      """
    #expect(
      try render(text) == """
        00:00:00.000  agent started  (version 0.1.0, pid 12)
        00:00:00.000  warning  a power cut  (records 40–44)
        00:00:00.000  error  disk full
          → make room
        00:00:00.000  lease refused  b/x  src/a.c changed
        00:00:00.000  b/x  expired
        00:00:00.000  agent stopped  (pid 12)

        """)
  }

  @Test func keysDoNotSteerTheTerminal() throws {
    let text = #"{"seq":1,"time":"never","type":"expired","namespace":"b","key":"x\u001b[2J\ny"}"#
    #expect(try render(text) == "never  b/x\\u{1B}[2J\\u{A}y  expired\n")
  }

  @Test func damagedRecordsDoNotGoRoundInCircles() throws {
    let text = """
      {"seq":1,"time":"2026-01-01T00:00:00Z","type":"invalidated","batch":1,"namespace":"b","key":"x","cause":"file:a","via":"entry:b/y","depth":1}
      {"seq":2,"time":"2026-01-01T00:00:00Z","type":"invalidated","batch":1,"namespace":"b","key":"y","cause":"file:a","via":"entry:b/x","depth":1}
      """
    #expect(
      try render(text) == """
        00:00:00.000  a
          ├─ b/x  stale
          └─ b/y  stale

        """)
  }

  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0, 0), ("2000-02-29T12:00:00.5Z", 951_825_600, 500),
    ("2026-11-22T12:03:11.482113Z", 1795348991, 482),
  ]) func timestamps(_ text: String, _ seconds: Int, _ milliseconds: Int) {
    #expect(Timestamp(text)?.seconds == seconds)
    #expect(Timestamp(text)?.milliseconds == milliseconds)
  }

  @Test(arguments: ["", "yesterday", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00+01:00", "99999-01-01T00:00:00Z"])
  func noTimestamps(_ text: String) { #expect(Timestamp(text) == nil) }
}
