import Manifest
import Testing

@Suite struct ValueTests {
  @Test(arguments: [
    ("250ms", 250_000_000, "250ms"), ("90s", 90_000_000_000, "1m30s"), ("1h30m", 5_400_000_000_000, "1h30m"),
    ("1d", 86_400_000_000_000, "1d"), ("1d2h3m4s5ms", 93_784_005_000_000, "1d2h3m4s5ms"), ("0s", 0, "0s"),
    ("0.5s", 500_000_000, "500ms"), ("1.5h", 5_400_000_000_000, "1h30m"), ("0.1ms", 100_000, "0.0001s"),
    ("36500d", 3_153_600_000_000_000_000, "36500d"), ("010s", 10_000_000_000, "10s"),
  ])
  func durations(text: String, nanoseconds: Int, shown: String) throws {
    let duration = try ManifestDuration(text)
    #expect(duration.nanoseconds == Int64(nanoseconds))
    #expect(duration.description == shown)
    #expect(try ManifestDuration(duration.description) == duration)
  }

  @Test(arguments: [
    "", "1", "s", "1s1s", "1s1m", "1 s", "-1s", "+1s", "1.s", ".5s", "1..5s", "1e3s", "1S", "1min", "٣s", "36501d",
    "1h 30m",
    "999999999999999999999d", "1s\u{0}",
  ])
  func malformedDurations(text: String) {
    #expect(throws: ManifestDuration.Malformed.self) { try ManifestDuration(text) }
  }

  @Test func secondsAsNumbers() throws {
    #expect(try ManifestDuration(seconds: 1.5).nanoseconds == 1_500_000_000)
    #expect(try ManifestDuration(seconds: 0.1).nanoseconds == 100_000_000)
    let refusal = #expect(throws: ManifestDuration.Malformed.self) { try ManifestDuration(seconds: .nan) }
    #expect(refusal?.problem == "a duration is a number of seconds, and nan is none")
    for seconds in [-1, .infinity, .nan, 1e300] {
      #expect(throws: ManifestDuration.Malformed.self) { try ManifestDuration(seconds: seconds) }
    }
  }

  @Test func cron() throws {
    let daily = try CronExpression("0 3 * * *")
    #expect(daily.minutes == 1 && daily.hours == 8 && daily.anyDay && daily.anyWeekday)
    #expect(try CronExpression("@daily").hours == 1 && CronExpression("@daily").text == "@daily")
    #expect(try CronExpression("*/15 * * * *").minutes == 1 | 1 << 15 | 1 << 30 | 1 << 45)
    #expect(try CronExpression("5/20 * * * *").minutes == 1 << 5 | 1 << 25 | 1 << 45)
    #expect(try CronExpression("1-3,7 * * * *").minutes == 0b1000_1110)
    #expect(try CronExpression("0\t0 1 JAN-mar Mon-Fri").months == 0b1110)
    #expect(try CronExpression("0 0 1 1 mon-fri").weekdays == 0b11_1110)
    #expect(try CronExpression("0 0 * * 7").weekdays == 1)
    #expect(try CronExpression("0 0 * * 5-7").weekdays == 0b110_0001)
    #expect(try CronExpression("0 0 29 2 *").days == 1 << 29)
    for text in [
      "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * * 8",
      "5-3 * * * *", "*/0 * * * *", "*/x * * * *", "1,,2 * * * *", "1- * * * *", "-1 * * * *", "1/2/3 * * * *",
      "x * * * *", "0 0 31 4,6 *", "@reboot", "1-2-3 * * * *", "*/99999999999999999999 * * * *", "mon * * * *",
    ] {
      #expect(throws: CronExpression.Malformed.self, "\(text)") { try CronExpression(text) }
    }
  }

  @Test func templates() throws {
    let template = try Template("{{a}}-{b}-{c...}{b}")
    #expect(template.placeholders == ["b", "c"])
    #expect(template.text(["b": [0xE9], "c": Array("x%".utf8)]) == "{a}-%E9-x%25%E9")
    #expect(template.bytes(["b": [0xE9], "c": []]) == Array("{a}-".utf8) + [0xE9, 0x2D, 0xE9])
    let left = template.filling(["b": Array("{c}".utf8)])
    #expect(left.placeholders == ["c"])
    #expect(left.text(["c": Array("!".utf8)]) == "{a}-{c}-!{c}")
  }
}
