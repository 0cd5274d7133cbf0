import Testing

@testable import StaledAgent

/// Times as the log and the API write them.
@Suite struct SystemTimeTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000000Z"), (999, "1970-01-01T00:00:00.000000Z"), (1000, "1970-01-01T00:00:00.000001Z"),
      (1_999, "1970-01-01T00:00:00.000001Z"), (1_000_000_000, "1970-01-01T00:00:01.000000Z"),
      (-1, "1969-12-31T23:59:59.999999Z"), (-1000, "1969-12-31T23:59:59.999999Z"),
      (-1001, "1969-12-31T23:59:59.999998Z"), (-1_000_000_000, "1969-12-31T23:59:59.000000Z"),
      (-1_000_000_001, "1969-12-31T23:59:58.999999Z"),
      (951_782_400_000_000_000, "2000-02-29T00:00:00.000000Z"),
      (2_147_483_647_999_999_999, "2038-01-19T03:14:07.999999Z"),
      (2_147_483_648_000_001_000, "2038-01-19T03:14:08.000001Z"),
      (Int64.max, "2262-04-11T23:47:16.854775Z"), (Int64.min, "1677-09-21T00:12:43.145224Z"),
    ] as [(Int64, String)]) func text(_ time: Int64, _ expected: String)
  { #expect(SystemTime.text(time) == expected) }

  @Test func theSteadyClockDoesNotGoBack() {
    let first = SystemTime.steady()
    #expect(SystemTime.steady() >= first)
    #expect(SystemTime.granularity() > 0 && SystemTime.granularity() <= 10_000_000)
  }
}
