import Manifest
import Testing

/// Which times of schedules go by real hours.
@Suite struct CronHourTests {
  @Test(
    arguments: [
      ("0 * * * *", true), ("*/5 */2 * * *", true), ("0 0-23 * * *", true), ("0 0-11,12-23 * * *", true),
      ("@hourly", true), ("* 2 * * *", false), ("0 0-22 * * *", false), ("0 0/2 * * *", false), ("@daily", false),
    ] as [(String, Bool)]) func anyHour(_ text: String, _ expected: Bool) throws
  {
    #expect(try CronExpression(text).anyHour == expected)
  }
}
