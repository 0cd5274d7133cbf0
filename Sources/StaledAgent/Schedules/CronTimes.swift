internal import FoundationEssentials
internal import Freshness
internal import Manifest

/// When a cron expression comes, in a time zone.
///
/// Where clocks are changed for summer and winter:
/// - If its hour field starts with `*` or names every hour, it goes by real hours: it comes
///   whenever the clocks show its time, so in both passes of an hour that is repeated, and not for an hour that is skipped.
/// - Otherwise each time of day comes once. One that is skipped comes at the moment of the change (several of them as one, and as
///   one with a time that is shown at that moment); one that is repeated comes in the first pass only.
///
/// As in Vixie's cron, but by the hour field alone: `*/5 2 * * *` is for one hour of each day.
struct CronTimes: Sendable {
  let expression: CronExpression
  let offsets: ZoneOffsets

  init(_ expression: CronExpression, in zone: TimeZone) {
    self.expression = expression
    offsets = ZoneOffsets(zone: zone)
  }

  /// The first moment after `moment`, itself not included. Nil if there is none within 40 years, or that `WallClock` can hold.
  func next(after moment: WallClock) -> WallClock? {
    let second = floorDivision(moment, by: 1_000_000_000)
    guard let next = expression.anyHour ? nextShown(from: second + 1) : nextReached(after: second) else { return nil }
    let (nanoseconds, overflow) = next.multipliedReportingOverflow(by: 1_000_000_000)
    return overflow ? nil : nanoseconds
  }

  /// By real hours: the first second from `start` on at which the clocks show a time of the expression.
  private func nextShown(from start: Int64) -> Int64? {
    var cursor = start
    while true {
      let offset = offsets.offset(at: cursor)
      guard let local = expression.firstMatch(from: cursor + offset) else { return nil }
      // When it is shown if the offset stays.
      let expected = local - offset
      if let change = offsets.firstChange(after: cursor, through: min(expected, cursor + ZoneOffsets.reach)) {
        cursor = change
      } else if expected - cursor <= ZoneOffsets.reach {
        return expected
      } else {
        // Clocks changed in between show no such time: not a later one, being at least `reach` from it, nor one that was before
        // `cursor`, being as far from that.
        cursor = max(cursor + ZoneOffsets.reach, expected - ZoneOffsets.reach)
      }
    }
  }

  /// Each time of day once: the first second after `start` at which the clocks show, or have passed, the first time of the
  /// expression that they never showed and never passed before.
  private func nextReached(after start: Int64) -> Int64? {
    guard let local = expression.firstMatch(from: offsets.latestShown(by: start) + 1) else { return nil }
    var cursor = start
    while true {
      let expected = local - offsets.offset(at: cursor)
      if expected - cursor > ZoneOffsets.reach {
        cursor = expected - ZoneOffsets.reach
      } else if let change = offsets.firstChange(after: cursor, through: expected) {
        if offsets.local(at: change) >= local { return change }
        cursor = change
      } else {
        return expected
      }
    }
  }
}
