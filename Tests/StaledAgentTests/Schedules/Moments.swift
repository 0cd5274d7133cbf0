import FoundationEssentials
import FoundationInternationalization
import Freshness
import Glibc
import Manifest
import Testing

@testable import StaledAgent

/// A moment in UTC, as in `2026-03-29T01:00`, with or without seconds.
func moment(_ text: String) throws -> WallClock {
  let numbers = text.split { "-T:".contains($0) }.compactMap { Int32($0) }
  try #require(numbers.count == 5 || numbers.count == 6, "\(text) is no moment")
  var parts = tm()
  (parts.tm_year, parts.tm_mon, parts.tm_mday) = (numbers[0] - 1900, numbers[1] - 1, numbers[2])
  (parts.tm_hour, parts.tm_min, parts.tm_sec) = (numbers[3], numbers[4], numbers.count > 5 ? numbers[5] : 0)
  return Int64(timegm(&parts)) * 1_000_000_000
}

/// As `moment` takes it; seconds only if there are any.
func text(_ moment: WallClock) -> String {
  let text = SystemTime.text(moment)
  return String(text.hasSuffix(":00.000000Z") ? text.dropLast(11) : text.dropLast(8))
}

func zone(_ name: String) throws -> TimeZone { try #require(TimeZone(identifier: name), "\(name) is unknown") }

func times(_ expression: String, _ zone: String) throws -> ScheduleTimes {
  try ScheduleTimes(.cron(try CronExpression(expression), timeZone: zone))
}
