/// Five fields – minute, hour, day of the month, month, day of the week – as crontab(5) has them, or one of its `@` names.
public struct CronExpression: Hashable, Sendable {
  /// As it was written.
  public let text: String
  /// As sets of bits: bit n is the number n. Sunday is 0.
  public let minutes: UInt64
  public let hours: UInt64
  public let days: UInt64
  public let months: UInt64
  public let weekdays: UInt64
  /// Whether a field starts with `*`: if neither does, either day will do (crontab(5)).
  public let anyDay: Bool
  public let anyWeekday: Bool
  /// Whether the hour field starts with `*` or names every hour: such a time goes by real hours where clocks are changed.
  public let anyHour: Bool

  /// Why a text is none, and which part of it.
  public struct Malformed: Error, Hashable, Sendable {
    public let problem: String
    /// In bytes from 0.
    public let offset: Int
  }

  private static let shorthands = [
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
  ]
  private static let monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
  private static let dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

  /// Parses `text`.
  public init(_ text: String) throws(Malformed) {
    self.text = text
    if text.utf8.first == UInt8(ascii: "@"), Self.shorthands[text] == nil {
      throw Malformed(problem: "\(text) is none of \(Self.shorthands.keys.sorted().joined(separator: ", "))", offset: 0)
    }
    let bytes = Array((Self.shorthands[text] ?? text).utf8)
    let fields = bytes.split { $0 == 0x20 || $0 == 0x09 }
    guard fields.count == 5 else {
      let count = fields.count == 1 ? "1 field" : "\(fields.count) fields"
      throw Malformed(
        problem: "it has \(count), not 5: minute, hour, day of the month, month, day of the week", offset: 0)
    }
    minutes = try Self.field(fields[0], "minute", 0...59)
    hours = try Self.field(fields[1], "hour", 0...23)
    days = try Self.field(fields[2], "day of the month", 1...31)
    months = try Self.field(fields[3], "month", 1...12, names: Self.monthNames)
    let week = try Self.field(fields[4], "day of the week", 0...7, names: Self.dayNames)
    weekdays = (week | week >> 7 & 1) & 0x7F
    anyDay = fields[2].first == UInt8(ascii: "*")
    anyWeekday = fields[4].first == UInt8(ascii: "*")
    anyHour = fields[1].first == UInt8(ascii: "*") || hours == 0xFF_FFFF
    // No month has the day: it would never come. February has 29.
    if anyWeekday, !anyDay {
      let lengths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
      let first = days.trailingZeroBitCount
      if !(1...12).contains(where: { months >> $0 & 1 == 1 && first <= lengths[$0 - 1] }) {
        throw Malformed(problem: "none of its months has a day \(first)", offset: fields[2].startIndex)
      }
    }
  }

  private static func field(
    _ text: ArraySlice<UInt8>, _ what: String, _ range: ClosedRange<Int>, names: [String] = []
  ) throws(Malformed) -> UInt64 {
    var bits: UInt64 = 0
    for part in text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      let halves = part.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      func malformed(_ problem: String) -> Malformed {
        Malformed(
          problem: "the \(what) \"\(String(decoding: part, as: UTF8.self))\" \(problem)", offset: part.startIndex)
      }
      func number(_ text: ArraySlice<UInt8>) throws(Malformed) -> Int {
        let word = String(decoding: text, as: UTF8.self).lowercased()
        if let index = names.firstIndex(of: word) { return range.lowerBound + index }
        guard text.count <= 4, text.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(word) else {
          throw malformed("is no number, range, list or *")
        }
        guard range.contains(value) else { throw malformed("is not within \(range.lowerBound)–\(range.upperBound)") }
        return value
      }
      guard halves.count <= 2, let values = halves.first else { throw malformed("has two steps") }
      var span = range
      if values != [UInt8(ascii: "*")] {
        let ends = values.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        let low = try number(ends[0])
        let high = ends.count > 1 ? try number(ends[1]) : halves.count == 2 ? range.upperBound : low
        guard ends.count <= 2, low <= high else { throw malformed("is a range that runs backwards") }
        span = low...high
      }
      var step = 1
      if halves.count == 2 {
        guard let value = Int(String(decoding: halves[1], as: UTF8.self)), value > 0, value <= range.upperBound + 1
        else {
          throw malformed("has a step that is no number from 1 to \(range.upperBound + 1)")
        }
        step = value
      }
      for value in stride(from: span.lowerBound, through: span.upperBound, by: step) { bits |= 1 << UInt64(value) }
    }
    return bits
  }
}
