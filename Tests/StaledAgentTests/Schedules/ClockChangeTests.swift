import Testing

@testable import StaledAgent

/// Schedules where clocks are changed for summer and winter. All moments in UTC.
@Suite struct ClockChangeTests {
  typealias Case = ScheduleTimesTests.Case

  @Test(arguments: [
    // 2026-03-29: at 01:00 UTC from 02:00 to 03:00.
    Case("30 1 * * *", in: "Europe/Berlin", after: "2026-03-28T12:00", ["2026-03-29T00:30", "2026-03-29T23:30"]),
    Case(
      "30 2 * * *", in: "Europe/Berlin", after: "2026-03-27T12:00",
      ["2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"]),
    Case("0 2 * * *", in: "Europe/Berlin", after: "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:00"]),
    Case("0 3 * * *", in: "Europe/Berlin", after: "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T01:00"]),
    // Several that are skipped are one, also with those that come at the moment of the change.
    Case(
      "*/10 2 * * *", in: "Europe/Berlin", after: "2026-03-28T12:00",
      ["2026-03-29T01:00", "2026-03-30T00:00", "2026-03-30T00:10"]),
    Case(
      "0,30 1-3 * * *", in: "Europe/Berlin", after: "2026-03-28T12:00",
      ["2026-03-29T00:00", "2026-03-29T00:30", "2026-03-29T01:00", "2026-03-29T01:30", "2026-03-29T23:00"]),
    // A date on which it would be skipped.
    Case("30 2 29 3 *", in: "Europe/Berlin", after: "2025-06-01T00:00", ["2026-03-29T01:00", "2027-03-29T00:30"]),
    Case("30 2 * * sun", in: "Europe/Berlin", after: "2026-03-28T00:00", ["2026-03-29T01:00", "2026-04-05T00:30"]),
    // 2026-03-08: at 07:00 UTC from 02:00 to 03:00.
    Case(
      "15 2 * * *", in: "America/New_York", after: "2026-03-07T00:00",
      ["2026-03-07T07:15", "2026-03-08T07:00", "2026-03-09T06:15"]),
    // 2026-10-04: at 15:30 UTC of the day before, from 02:00 to 02:30.
    Case(
      "0,15,30,45 2 * * *", in: "Australia/Lord_Howe", after: "2026-10-03T12:00",
      ["2026-10-03T15:30", "2026-10-03T15:45", "2026-10-04T15:00", "2026-10-04T15:15"]),
    // 2018-11-04: at 03:00 UTC from 00:00 to 01:00, so that the day begins at 01:00.
    Case(
      "0 0 * * *", in: "America/Sao_Paulo", after: "2018-11-03T00:00",
      ["2018-11-03T03:00", "2018-11-04T03:00", "2018-11-05T02:00"]),
    // 2011-12-30 was left out.
    Case(
      "0 0,12 * * *", in: "Pacific/Apia", after: "2011-12-29T12:00",
      ["2011-12-29T22:00", "2011-12-30T10:00", "2011-12-30T22:00", "2011-12-31T10:00"]),
  ]) func whatIsSkippedRunsAtTheMomentOfTheChange(_ one: Case) throws { try one.check() }

  @Test(arguments: [
    // 2026-10-25: at 01:00 UTC from 03:00 to 02:00.
    Case("30 2 * * *", in: "Europe/Berlin", after: "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),
    Case("0 2 * * *", in: "Europe/Berlin", after: "2026-10-24T12:00", ["2026-10-25T00:00", "2026-10-26T01:00"]),
    Case("0 3 * * *", in: "Europe/Berlin", after: "2026-10-24T12:00", ["2026-10-25T02:00", "2026-10-26T02:00"]),
    Case(
      "*/30 2 * * *", in: "Europe/Berlin", after: "2026-10-25T00:10",
      ["2026-10-25T00:30", "2026-10-26T01:00", "2026-10-26T01:30"]),
    // Asked in the midst of the second pass.
    Case("30 2 * * *", in: "Europe/Berlin", after: "2026-10-25T01:10", ["2026-10-26T01:30"]),
    Case("0,30 2,3 * * *", in: "Europe/Berlin", after: "2026-10-25T01:00", ["2026-10-25T02:00", "2026-10-25T02:30"]),
    Case("0 2 25 10 *", in: "Europe/Berlin", after: "2026-10-25T00:00", ["2027-10-25T00:00"]),
    // 2026-11-01: at 06:00 UTC from 02:00 to 01:00.
    Case("30 1 * * *", in: "America/New_York", after: "2026-11-01T00:00", ["2026-11-01T05:30", "2026-11-02T06:30"]),
    // 2026-04-05: at 15:00 UTC of the day before, from 02:00 to 01:30.
    Case(
      "0,15,30,45 1 * * *", in: "Australia/Lord_Howe", after: "2026-04-04T13:30",
      [
        "2026-04-04T14:00", "2026-04-04T14:15", "2026-04-04T14:30", "2026-04-04T14:45", "2026-04-05T14:30",
      ]),
    // 2018-02-18: at 02:00 UTC from 00:00 to 23:00 of the day before.
    Case(
      "30 0,23 * * *", in: "America/Sao_Paulo", after: "2018-02-17T12:00",
      ["2018-02-18T01:30", "2018-02-18T03:30", "2018-02-19T02:30"]),
    // 2006-10-29: at 02:31 UTC from 00:01 to 23:01 of the day before.
    Case("0 0 * * *", in: "America/St_Johns", after: "2006-10-29T02:00", ["2006-10-29T02:30", "2006-10-30T03:30"]),
  ]) func whatIsRepeatedRunsOnce(_ one: Case) throws { try one.check() }

  @Test(arguments: [
    Case(
      "30 * * * *", in: "Europe/Berlin", after: "2026-03-29T00:00",
      ["2026-03-29T00:30", "2026-03-29T01:30", "2026-03-29T02:30"]),
    Case(
      "30 * * * *", in: "Europe/Berlin", after: "2026-10-25T00:00",
      ["2026-10-25T00:30", "2026-10-25T01:30", "2026-10-25T02:30"]),
    Case(
      "*/20 0-23 * * *", in: "Europe/Berlin", after: "2026-10-25T00:20",
      ["2026-10-25T00:40", "2026-10-25T01:00", "2026-10-25T01:20", "2026-10-25T01:40", "2026-10-25T02:00"]),
    // Every other hour of the clock: none at 02:00, as there is none; twice at 02:00, as there are two.
    Case(
      "0 */2 * * *", in: "Europe/Berlin", after: "2026-03-28T22:30",
      ["2026-03-28T23:00", "2026-03-29T02:00", "2026-03-29T04:00"]),
    Case(
      "0 */2 * * *", in: "Europe/Berlin", after: "2026-10-24T21:30",
      ["2026-10-24T22:00", "2026-10-25T00:00", "2026-10-25T01:00", "2026-10-25T03:00"]),
    Case(
      "@hourly", in: "America/New_York", after: "2026-11-01T04:30",
      ["2026-11-01T05:00", "2026-11-01T06:00", "2026-11-01T07:00"]),
    Case(
      "@hourly", in: "America/New_York", after: "2026-03-08T05:30",
      ["2026-03-08T06:00", "2026-03-08T07:00", "2026-03-08T08:00"]),
    // Half an hour: the clocks show a full hour half an hour early or late, or not at all.
    Case(
      "@hourly", in: "Australia/Lord_Howe", after: "2026-04-04T13:30",
      ["2026-04-04T14:00", "2026-04-04T15:30", "2026-04-04T16:30"]),
    Case(
      "*/30 * * * *", in: "Australia/Lord_Howe", after: "2026-04-04T14:00",
      ["2026-04-04T14:30", "2026-04-04T15:00", "2026-04-04T15:30"]),
    Case(
      "@hourly", in: "Australia/Lord_Howe", after: "2026-10-03T14:00",
      ["2026-10-03T14:30", "2026-10-03T16:00", "2026-10-03T17:00"]),
    // The first of a month that is far away, after a change.
    Case("0 * 1 12 *", in: "Europe/Berlin", after: "2026-03-01T00:00", ["2026-11-30T23:00", "2026-12-01T00:00"]),
    // Days that run into each other: 00:00 comes, then 23:01 to 24:00 of the day before again.
    Case(
      "0,30 * * * *", in: "America/St_Johns", after: "2006-10-29T02:00",
      ["2006-10-29T02:30", "2006-10-29T03:00", "2006-10-29T03:30", "2006-10-29T04:00"]),
    Case(
      "0,30 * 28 10 *", in: "America/St_Johns", after: "2006-10-29T01:30",
      ["2006-10-29T02:00", "2006-10-29T03:00", "2007-10-28T02:30"]),
  ]) func everyHourGoesByRealHours(_ one: Case) throws { try one.check() }

  @Test func inUTCThereIsNoChange() throws {
    for (expression, hours) in [("30 2 * * *", 24), ("30 * * * *", 1)] {
      let times = try times(expression, "UTC")
      var last = try #require(times.next(after: try moment("2026-01-01T00:00")))
      for _ in 0..<400 {
        let next = try #require(times.next(after: last))
        #expect(next - last == Int64(hours) * 3_600_000_000_000)
        last = next
      }
    }
  }
}
