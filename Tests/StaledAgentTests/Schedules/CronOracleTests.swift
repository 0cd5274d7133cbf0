import FoundationEssentials
import FoundationInternationalization
import Freshness
import Glibc
import Manifest
import SeededRandom
import Testing

@testable import StaledAgent

/// Random expressions at random moments against a walk over all minutes of some days.
@Suite struct CronOracleTests {
  /// What the clocks of a zone show in each minute of some days.
  struct Days {
    /// In minutes since 1970, in UTC.
    let first: Int64
    /// In minutes since 1970, as shown.
    let shown: [Int64]
    /// For each minute that was ever shown, or skipped, the moment when it first was.
    let reached: [(local: Int64, at: Int64)]

    init(_ zone: TimeZone, around middle: Int64, days: Int64) {
      let first = middle - days * 720
      self.first = first
      let shown = (0..<days * 1440).map { ahead in
        let date = Date(timeIntervalSince1970: Double((first + ahead) * 60))
        return first + ahead + Int64(zone.secondsFromGMT(for: date) / 60)
      }
      self.shown = shown
      var showings: [Int64: Int64] = [:]
      for (ahead, local) in shown.enumerated() where showings[local] == nil { showings[local] = first + Int64(ahead) }
      var reached: [(Int64, Int64)] = []
      for local in (shown.min() ?? 0)...(shown.max() ?? 0) {
        // One that was never shown: the first moment at which a later one was.
        let at = showings[local] ?? first + Int64(shown.firstIndex { $0 > local } ?? 0)
        reached.append((local, at))
      }
      self.reached = reached
    }

    /// The first moment after `second` at which a minute that `matches` is shown; in seconds.
    func next(after second: Int64, _ matches: (Int64) -> Bool) -> Int64? {
      let start = Int(floorDivision(second, by: 60) + 1 - first)
      return shown[start...].firstIndex(where: matches).map { (first + Int64($0)) * 60 }
    }

    /// The first moment after `second` at which a minute that `matches` is reached; in seconds.
    func nextReached(after second: Int64, _ matches: (Int64) -> Bool) -> Int64? {
      // What was reached after `second` is at most a day and some hours before what is shown then.
      let now = shown[Int(floorDivision(second, by: 60) - first)]
      let start = max(0, Int(now - 1620 - reached[0].local))
      return reached[start...].first { $0.at * 60 > second && matches($0.local) }.map { $0.at * 60 }
    }
  }

  /// A reading of an expression by another hand: fields compared with what the calendar says.
  struct Matcher {
    let fields: [Set<Int>]
    let isEither: Bool

    init(_ text: String) {
      let words = text.split(separator: " ").map(String.init)
      let ranges = [0...59, 0...23, 1...31, 1...12, 0...7]
      fields = zip(words, ranges).map { word, range in
        Set(
          word.split(separator: ",").flatMap { part in
            let halves = part.split(separator: "/")
            let ends = halves[0].split(separator: "-").compactMap { Int($0) }
            let low = ends.first ?? range.lowerBound
            let high = ends.count == 2 ? ends[1] : ends.count == 1 && halves.count == 1 ? low : range.upperBound
            return Array(stride(from: low, through: high, by: halves.count == 2 ? Int(halves[1]) ?? 1 : 1))
          })
      }
      isEither = words[2].first != "*" && words[4].first != "*"
    }

    func matches(_ local: Int64) -> Bool {
      var seconds = time_t(local * 60)
      var parts = tm()
      gmtime_r(&seconds, &parts)
      if !fields[0].contains(Int(parts.tm_min)) || !fields[1].contains(Int(parts.tm_hour)) { return false }
      let weekday = fields[4].contains(Int(parts.tm_wday)) || parts.tm_wday == 0 && fields[4].contains(7)
      let day = fields[2].contains(Int(parts.tm_mday))
      return fields[3].contains(Int(parts.tm_mon) + 1) && (isEither ? day || weekday : day && weekday)
    }
  }

  static func expression(_ random: inout Seeded) -> String {
    func field(_ range: ClosedRange<Int>, star: Int, _ random: inout Seeded) -> String {
      if Int.random(in: 0..<10, using: &random) < star {
        return Bool.random(using: &random)
          ? "*" : "*/\(Int.random(in: 1...max(2, range.upperBound / 3), using: &random))"
      }
      return (0..<Int.random(in: 1...3, using: &random)).map { _ in
        let low = Int.random(in: range, using: &random)
        let high = Int.random(in: low...range.upperBound, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return "\(low)-\(high)"
        case 1: return "\(low)-\(high)/\(Int.random(in: 1...7, using: &random))"
        case 2: return "\(low)/\(Int.random(in: 1...20.clamped(to: range.upperBound), using: &random))"
        default: return "\(low)"
        }
      }.joined(separator: ",")
    }
    return [
      field(0...59, star: 2, &random), field(0...23, star: 4, &random), field(1...31, star: 6, &random),
      Int.random(in: 0..<5, using: &random) == 0 ? field(1...12, star: 0, &random) : "*",
      field(0...7, star: 6, &random),
    ].joined(separator: " ")
  }

  @Test(arguments: [
    ("Europe/Berlin", ["2026-03-29T01:00", "2026-10-25T01:00", "2026-12-31T23:00"]),
    ("America/New_York", ["2026-03-08T07:00", "2026-11-01T06:00", "2028-02-29T12:00"]),
    ("Australia/Lord_Howe", ["2026-10-03T15:30", "2026-04-04T15:00"]),
    ("UTC", ["2026-03-29T01:00", "2100-02-28T12:00"]),
    ("America/St_Johns", ["2006-10-29T02:31", "2006-04-02T03:31"]),
    ("America/Sao_Paulo", ["2018-11-04T03:00", "2018-02-18T02:00"]),
    ("Africa/Casablanca", ["2026-02-15T02:00", "2026-03-22T02:00"]), ("Pacific/Apia", ["2011-12-30T10:00"]),
    ("Asia/Pyongyang", ["2015-08-14T15:00", "2018-05-04T15:00"]),
  ]) func asTheWalkOverAllMinutes(_ name: String, _ middles: [String]) throws {
    let zone = try zone(name)
    for (index, middle) in middles.enumerated() {
      let middle = try moment(middle) / 60_000_000_000
      let days = Days(zone, around: middle, days: 12)
      var random = Seeded(index &* 7919 &+ name.utf8.count)
      for _ in 0..<25 {
        let text = Self.expression(&random)
        // Some name a day that no month has.
        guard let expression = try? CronExpression(text) else { continue }
        let matcher = Matcher(text)
        let times = CronTimes(expression, in: zone)
        let isReal = text.split(separator: " ")[1].first == "*" || matcher.fields[1].count == 24
        // Four days before the middle and after: what was shown before the walk began, or is after its end, does not matter.
        for _ in 0..<8 {
          let after =
            middle * 60 + Int64.random(in: -4 * 86_400...4 * 86_400, using: &random)
            // Half of them close to the change.
            / (Bool.random(using: &random) ? 1 : 40)
          let next = times.next(after: after * 1_000_000_000).map { $0 / 1_000_000_000 }
          // In real time every minute that is shown, otherwise each when it is first reached.
          let expected =
            isReal ? days.next(after: after, matcher.matches) : days.nextReached(after: after, matcher.matches)
          if let expected {
            #expect(next == expected, "\(text) in \(name) after \(StaledAgentTests.text(after * 1_000_000_000))")
          } else {
            let end = (days.first + Int64(days.shown.count)) * 60
            #expect(
              next ?? end >= end - 2 * 86_400,
              "\(text) in \(name) after \(StaledAgentTests.text(after * 1_000_000_000))")
          }
        }
      }
    }
  }
}

extension Int {
  fileprivate func clamped(to most: Int) -> Int { Swift.min(self, most) }
}
