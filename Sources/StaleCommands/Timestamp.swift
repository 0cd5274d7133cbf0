internal import Glibc

/// RFC 3339 as the agent writes it (`2026-11-22T12:03:11.482113Z`, always UTC), in the local time of the reader.
struct Timestamp: Hashable, Sendable {
  /// Since 1970.
  var seconds: Int
  var milliseconds: Int

  /// Nil if `text` is no such time.
  init?(_ text: String) {
    let fields = text.utf8.split(whereSeparator: { !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0) })
    guard text.hasSuffix("Z"), 6...7 ~= fields.count else { return nil }
    var numbers: [Int] = []
    for field in fields.prefix(6) {
      guard field.count <= 4, let number = Int(Substring(field)) else { return nil }
      numbers.append(number)
    }
    guard 1...12 ~= numbers[1], 1...31 ~= numbers[2], numbers[3] < 24, numbers[4] < 60, numbers[5] <= 60 else {
      return nil
    }
    seconds =
      Self.days(numbers[0], numbers[1], numbers[2]) * 86400 + numbers[3] * 3600 + numbers[4] * 60 + numbers[5]
    let fraction = fields.count == 7 ? String(Substring(fields[6].prefix(3))) : ""
    milliseconds = Int(fraction + String(repeating: "0", count: 3 - fraction.count)) ?? 0
  }

  /// Days from 1970-01-01 in the Gregorian calendar, with years that begin in March so that leap days come last.
  private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let year = month > 2 ? year : year - 1
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
  }

  /// `12:03:11.482`, `offset` seconds east of Greenwich.
  func timeOfDay(offset: Int) -> String {
    let second = ((seconds + offset) % 86400 + 86400) % 86400
    let millis = String(milliseconds)
    return "\(Self.two(second / 3600)):\(Self.two(second / 60 % 60)):\(Self.two(second % 60))."
      + String(repeating: "0", count: 3 - millis.count) + millis
  }

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  /// How far local time is ahead of UTC at `seconds` since 1970.
  static func localOffset(at seconds: Int) -> Int {
    var time = time_t(seconds)
    var parts = tm()
    return localtime_r(&time, &parts) == nil ? 0 : parts.tm_gmtoff
  }

  /// `2026-11-22 13:03:11` in local time; the text as it is if it is no timestamp.
  static func local(_ text: String) -> String {
    guard let timestamp = Timestamp(text) else { return Display.safe(text) }
    var time = time_t(timestamp.seconds)
    var parts = tm()
    guard localtime_r(&time, &parts) != nil else { return text }
    return "\(parts.tm_year + 1900)-\(two(Int(parts.tm_mon) + 1))-\(two(Int(parts.tm_mday))) "
      + "\(two(Int(parts.tm_hour))):\(two(Int(parts.tm_min))):\(two(Int(parts.tm_sec)))"
  }
}
