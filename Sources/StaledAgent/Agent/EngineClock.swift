internal import Freshness
internal import Store

/// The clock that times to live run by: it is never set back, whatever is done to the wall clock, and goes on over restarts.
///
/// While the machine runs it goes with the time since boot. Over a restart of the machine only the wall clock knows how long it
/// took; if that was set back meanwhile, the time in between counts for nothing.
struct EngineClock: Sendable {
  /// What is to be added to the steady clock.
  private let offset: Int64

  /// Goes on from what was stored; `isSameRun`: by this run of the machine.
  init(from stored: ClockReading, isSameRun: Bool, wall: WallClock, steady: Int64) {
    let now: Int64
    if stored == ClockReading() {
      now = wall
    } else if isSameRun {
      now = stored.engine + max(0, steady - stored.steady)
    } else {
      now = stored.engine + max(0, wall - stored.wall)
    }
    offset = now - steady
  }

  /// What it shows when the steady clock shows `steady`.
  func time(at steady: Int64) -> Int64 { steady + offset }

  /// What the steady clock shows when it shows `time`.
  func steady(at time: Int64) -> Int64 {
    let (steady, overflow) = time.subtractingReportingOverflow(offset)
    if overflow { return time < 0 ? .min : .max }
    return steady
  }

  /// To be stored.
  func reading(wall: WallClock, steady: Int64) -> ClockReading {
    var reading = ClockReading()
    (reading.engine, reading.wall, reading.steady) = (time(at: steady), wall, steady)
    return reading
  }
}
