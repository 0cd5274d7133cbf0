/// A length of time as manifests write it: `"250ms"`, `"90s"`, `"1h30m"`, `"1d"`, or a number of seconds.
public struct ManifestDuration: Hashable, Comparable, Sendable {
  /// The longest that is taken: a hundred years of 365 days.
  public static let longest = ManifestDuration(nanoseconds: 100 * 365 * 86_400 * 1_000_000_000)

  /// Never negative.
  public let nanoseconds: Int64

  /// A length that is known to be well-formed.
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// For the standard library's clocks.
  public var duration: Duration { .nanoseconds(nanoseconds) }

  /// In seconds.
  public var seconds: Double { Double(nanoseconds) / 1e9 }

  public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

  /// Why a text or number is no length of time.
  public struct Malformed: Error, Hashable, Sendable {
    public let problem: String
  }

  static let expected = "write \"250ms\", \"90s\", \"1h30m\", \"1d\" or a number of seconds"
  private static let units: [(name: String, nanoseconds: Int64)] = [
    ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000),
  ]

  /// Parses numbers, each with its unit (`d`, `h`, `m`, `s`, `ms`), from the greatest unit to the smallest; a number may
  /// have decimals. A plain `0` needs none.
  public init(_ text: String) throws(Malformed) {
    if text == "0" {
      nanoseconds = 0
      return
    }
    var rest = Array(text.utf8)[...]
    if rest.isEmpty { throw Malformed(problem: "a duration is empty") }
    var total = 0.0
    var exact: Int64 = 0
    var unit = -1
    while !rest.isEmpty {
      let number = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".") }
      rest = rest.dropFirst(number.count)
      let name = rest.prefix { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) }
      rest = rest.dropFirst(name.count)
      let unitName = String(decoding: name, as: UTF8.self)
      guard number.first != .some(UInt8(ascii: ".")), number.last != .some(UInt8(ascii: ".")),
        let value = Double(String(decoding: number, as: UTF8.self)), !(number.isEmpty)
      else { throw Malformed(problem: "\"\(text)\" is not a duration") }
      if name.isEmpty { throw Malformed(problem: "the duration \"\(text)\" lacks a unit") }
      guard let next = Self.units.firstIndex(where: { $0.name == unitName }) else {
        throw Malformed(problem: "the duration \"\(text)\" has an unknown unit \"\(unitName)\"")
      }
      if next <= unit {
        throw Malformed(problem: "the units of the duration \"\(text)\" do not go from great to small")
      }
      unit = next
      total += value * Double(Self.units[next].nanoseconds)
      if total > Double(Self.longest.nanoseconds) {
        throw Malformed(problem: "the duration \"\(text)\" is over 100 years")
      }
      if let whole = Int64(String(decoding: number, as: UTF8.self)) {
        exact += whole * Self.units[next].nanoseconds
      } else {
        exact += Int64((value * Double(Self.units[next].nanoseconds)).rounded())
      }
    }
    nanoseconds = exact
  }

  /// A number of seconds.
  public init(seconds: Double) throws(Malformed) {
    if !seconds.isFinite { throw Malformed(problem: "a duration is a number of seconds, and \(seconds) is none") }
    if seconds < 0 { throw Malformed(problem: "a duration cannot be negative") }
    if seconds > Self.longest.seconds { throw Malformed(problem: "a duration cannot be over 100 years") }
    nanoseconds = Int64((seconds * 1e9).rounded())
  }
}

extension ManifestDuration: CustomStringConvertible {
  /// The shortest text that parses to it, down to the millisecond (below that, seconds with decimals): `1h30m`, `250ms`.
  public var description: String {
    if nanoseconds == 0 { return "0s" }
    var rest = nanoseconds
    var text = ""
    for (name, size) in Self.units where rest >= size {
      text += "\(rest / size)\(name)"
      rest %= size
    }
    if rest == 0 { return text }
    let digits = String(nanoseconds % 1_000_000_000 + 1_000_000_000).dropFirst()
    let decimals = digits.reversed().drop { $0 == "0" }.reversed()
    return "\(nanoseconds / 1_000_000_000).\(String(decimals))s"
  }
}

/// How long an entry lives.
public enum TimeToLive: Hashable, Sendable {
  case never
  case after(ManifestDuration)
}
