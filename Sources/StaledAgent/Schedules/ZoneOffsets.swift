internal import FoundationEssentials
// What is behind `TimeZone` for all names but UTC.
internal import FoundationInternationalization

/// How far the clocks of a time zone are ahead of UTC, and when that changes. All in seconds; moments since 1970.
struct ZoneOffsets: Sendable {
  /// More than any clock was ever changed by at once: 26 hours, from the last zone of the earth to the first.
  static let reach: Int64 = 48 * 3600
  /// No zone changed its clocks twice within so short a time.
  private static let step: Int64 = 6 * 3600

  let zone: TimeZone

  func offset(at second: Int64) -> Int64 {
    Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second))))
  }

  /// What the clocks show then.
  func local(at second: Int64) -> Int64 { second + offset(at: second) }

  /// The first second after `start` and not after `end` from which another offset holds.
  ///
  /// Found by looking at the offset every few hours: Foundation tells only of changes between winter and summer, not of those
  /// of a zone's own time. So ask for days, not for years.
  func firstChange(after start: Int64, through end: Int64) -> Int64? {
    var low = start
    let before = offset(at: start)
    while low < end {
      var high = min(low + Self.step, end)
      if offset(at: high) == before {
        low = high
        continue
      }
      while high - low > 1 {
        let middle = low + (high - low) / 2
        if offset(at: middle) == before { low = middle } else { high = middle }
      }
      return high
    }
    return nil
  }

  /// The latest that the clocks have shown up to and including `second`: more than they show then if they were set back shortly
  /// before.
  func latestShown(by second: Int64) -> Int64 {
    var start = second - Self.reach
    var latest = local(at: second)
    while let change = firstChange(after: start, through: second) {
      latest = max(latest, local(at: change - 1))
      start = change
    }
    return latest
  }
}
