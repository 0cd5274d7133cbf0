import FoundationEssentials
import Freshness
import Manifest
import Synchronization
import Testing

@testable import StaledAgent

/// When schedules run, on clocks that nobody changes. All moments in UTC.
@Suite struct ScheduleTimesTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let expression: String
    let zone: String
    let after: String
    let expected: [String]

    init(_ expression: String, in zone: String = "UTC", after: String, _ expected: [String]) {
      (self.expression, self.zone, self.after, self.expected) = (expression, zone, after, expected)
    }

    var testDescription: String { "\(expression) in \(zone) after \(after)" }

    /// What comes, one after the other.
    func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
      let times = try times(expression, zone)
      var moment = try moment(after)
      for (index, expected) in expected.enumerated() {
        let next = times.next(after: moment)
        #expect(next.map(text) == expected, "number \(index)", sourceLocation: sourceLocation)
        moment = try #require(next, sourceLocation: sourceLocation)
      }
    }
  }

  @Test(arguments: [
    // Strictly after, at full minutes.
    Case("* * * * *", after: "2026-11-23T12:00", ["2026-11-23T12:01", "2026-11-23T12:02"]),
    Case("* * * * *", after: "2026-11-23T11:59:59", ["2026-11-23T12:00"]),
    Case("* * * * *", after: "2026-11-23T12:00:01", ["2026-11-23T12:01"]),
    Case("0 3 * * *", after: "2026-11-23T02:59:59", ["2026-11-23T03:00", "2026-11-24T03:00"]),
    Case("0 3 * * *", after: "2026-11-23T03:00", ["2026-11-24T03:00"]),
    // Lists, ranges, steps and names.
    Case(
      "5,50-52 8-18/5 * * *", after: "2026-11-23T07:00",
      [
        "2026-11-23T08:05", "2026-11-23T08:50", "2026-11-23T08:51", "2026-11-23T08:52", "2026-11-23T13:05",
        "2026-11-23T13:50", "2026-11-23T13:51", "2026-11-23T13:52", "2026-11-23T18:05", "2026-11-23T18:50",
        "2026-11-23T18:51", "2026-11-23T18:52", "2026-11-24T08:05",
      ]),
    Case("*/25 */10 * * *", after: "2026-11-23T20:25", ["2026-11-23T20:50", "2026-11-24T00:00", "2026-11-24T00:25"]),
    Case(
      "30 12 * jan,MAR mon-wed", after: "2026-11-23T00:00",
      ["2027-01-04T12:30", "2027-01-05T12:30", "2027-01-06T12:30", "2027-01-11T12:30"]),
    Case("0 0 * * 7", after: "2026-11-23T00:00", ["2026-11-29T00:00", "2026-12-06T00:00"]),
    Case("@weekly", after: "2026-11-23T00:00", ["2026-11-29T00:00"]),
    Case("@hourly", after: "2026-11-23T23:30", ["2026-11-24T00:00", "2026-11-24T01:00"]),
    // Ends of months and years.
    Case("@monthly", after: "2026-11-23T00:00", ["2026-12-01T00:00", "2027-01-01T00:00"]),
    Case("@yearly", after: "2026-01-01T00:00", ["2027-01-01T00:00", "2028-01-01T00:00"]),
    Case("59 23 31 * *", after: "2026-08-31T23:59", ["2026-10-31T23:59", "2026-12-31T23:59", "2027-01-31T23:59"]),
    Case("0 0 30 * *", after: "2027-01-30T00:00", ["2027-03-30T00:00"]),
    Case("0 12 28-31 2 *", after: "2027-02-28T12:00", ["2028-02-28T12:00", "2028-02-29T12:00", "2029-02-28T12:00"]),
    Case("* * * * *", after: "2026-12-31T23:59", ["2027-01-01T00:00"]),
    // Leap years: 2100 is none, 2000 was one.
    Case("0 0 29 2 *", after: "2026-11-23T00:00", ["2028-02-29T00:00", "2032-02-29T00:00"]),
    Case("0 0 29 2 *", after: "2096-02-29T00:00", ["2104-02-29T00:00"]),
    Case("0 0 29 2 *", after: "1996-02-29T00:00", ["2000-02-29T00:00"]),
    // A day of the month and one of the week: either.
    Case(
      "0 0 13 * fri", after: "2026-11-01T00:00",
      ["2026-11-06T00:00", "2026-11-13T00:00", "2026-11-20T00:00", "2026-11-27T00:00", "2026-12-04T00:00"]),
    Case("0 0 1 * sun", after: "2026-11-23T00:00", ["2026-11-29T00:00", "2026-12-01T00:00", "2026-12-06T00:00"]),
    // Both, if one of them starts with `*`.
    Case("0 0 */10 * mon", after: "2026-11-23T00:00", ["2026-12-21T00:00", "2027-01-11T00:00"]),
    Case("0 0 13 * */5", after: "2026-11-01T00:00", ["2026-11-13T00:00", "2026-12-13T00:00", "2027-06-13T00:00"]),
    // On a 29 February that is a Sunday: every 28 years, and 40 over 2100.
    Case("0 0 29 2 */7", after: "2026-11-23T00:00", ["2032-02-29T00:00", "2060-02-29T00:00", "2088-02-29T00:00"]),
    Case("0 0 29 2 */7", after: "2088-02-29T00:00", ["2128-02-29T00:00"]),
    // Long before and after today.
    Case("0 0 1 1 *", after: "1899-05-01T00:00", ["1900-01-01T00:00"]),
    Case("0 0 1 3 *", after: "1900-02-28T00:00", ["1900-03-01T00:00"]),
    Case("30 0 1 3 *", after: "2260-01-01T00:00", ["2260-03-01T00:30", "2261-03-01T00:30", "2262-03-01T00:30"]),
    // Zones without summer time; also one that is no full hour away.
    Case("0 0 * * *", in: "Asia/Kathmandu", after: "2026-11-23T18:14", ["2026-11-23T18:15", "2026-11-24T18:15"]),
    Case("0 */6 * * *", in: "Asia/Kathmandu", after: "2026-11-23T18:14", ["2026-11-23T18:15", "2026-11-24T00:15"]),
    Case("0 0 1 * *", in: "Pacific/Kiritimati", after: "2026-11-23T00:00", ["2026-11-30T10:00"]),
  ]) func comes(_ one: Case) throws { try one.check() }

  @Test func fractionsOfASecondCount() throws {
    let times = try times("0 12 * * *", "UTC")
    let noon = try moment("2026-11-23T12:00")
    #expect(times.next(after: noon - 1) == noon)
    #expect(times.next(after: noon) == noon + 86_400_000_000_000)
    #expect(times.next(after: noon + 1) == noon + 86_400_000_000_000)
    // Below zero too.
    #expect(try StaledAgentTests.times("* * * * *", "UTC").next(after: -1) == 0)
    #expect(try StaledAgentTests.times("* * * * *", "UTC").next(after: -60_000_000_001) == -60_000_000_000)
  }

  @Test func noMomentIsBeyondTheLastThatCanBeWritten() throws {
    for zone in ["UTC", "Europe/Berlin", "Pacific/Kiritimati"] {
      for expression in ["* * * * *", "0 3 * * *", "0 0 29 2 */7", "0 */5 31 12 *"] {
        let times = try times(expression, zone)
        for moment in [WallClock.max, WallClock.max - 1, WallClock.max - 1_000_000_000] {
          #expect(times.next(after: moment) == nil)
        }
        let first = try #require(times.next(after: WallClock.min))
        #expect(first > .min)
        if let next = times.next(after: WallClock.max - 30 * 86_400_000_000_000) { #expect(next > 0) }
      }
    }
  }

  /// Looked for day by day and over jumps, never minute by minute: a thousand of the rarest take no time.
  @Test(.timeLimit(.minutes(1))) func theRarestAreFoundAtOnce() throws {
    for expression in ["0 0 29 2 */7", "* * 29 2 */7"] {
      let times = try times(expression, "Europe/Berlin")
      let start = try moment("2088-03-01T00:00")
      for ahead in 0..<1000 {
        #expect(times.next(after: start + Int64(ahead)).map(text) == "2128-02-28T23:00")
      }
    }
  }

  @Test func anIntervalCountsFromTheLastRun() throws {
    let times = try ScheduleTimes(.every(ManifestDuration("90s")))
    #expect(times.clock == .engine)
    #expect(times.next(after: 5) == 90_000_000_005)
    #expect(times.next(after: -90_000_000_000) == 0)
    #expect(times.next(after: .max) == nil)
  }

  @Test(arguments: ["Europe/Berln", "Nowhere", "Mars/Olympus_Mons", "Europe", ""]) func anUnknownZoneIsTold(
    _ name: String
  )
    throws
  {
    let error = try #require(throws: UnknownTimeZone.self) { try times("@daily", name) }
    #expect(error.problem == "\"\(name)\" is no time zone")
    #expect(error.remedy == "write \"UTC\", or a name as in \"Europe/Berlin\"")
  }

  @Test func theZoneOfTheMachineIsAskedEachTime() throws {
    let name = Mutex("Europe/Berlin")
    let times = try ScheduleTimes(
      .cron(CronExpression("0 12 * * *"), timeZone: nil),
      machineZone: { TimeZone(identifier: name.withLock { $0 }) ?? .gmt })
    #expect(times.clock == .wall)
    let start = try moment("2026-11-23T00:00")
    #expect(times.next(after: start).map(text) == "2026-11-23T11:00")
    name.withLock { $0 = "America/New_York" }
    #expect(times.next(after: start).map(text) == "2026-11-23T17:00")
  }
}
