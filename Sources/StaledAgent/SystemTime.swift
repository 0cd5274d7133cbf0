internal import Freshness
internal import Glibc

/// The clocks of the machine. The engine never reads them: the shell passes the time in.
enum SystemTime {
  /// Nanoseconds since 1970.
  static func wall() -> WallClock { read(CLOCK_REALTIME) }

  /// Nanoseconds since boot, suspended time included: never set back.
  static func steady() -> Int64 { read(CLOCK_BOOTTIME) }

  /// How much coarser a ctime is than the order of events: the kernel stamps files with the time of its last tick.
  static func granularity() -> WallClock {
    var resolution = timespec()
    return clock_getres(CLOCK_REALTIME_COARSE, &resolution) == 0 ? resolution.nanoseconds : 10_000_000
  }

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    // Fails for unknown clocks only.
    clock_gettime(clock, &time)
    return time.nanoseconds
  }

  /// RFC 3339 in UTC with microseconds, as in the log.
  static func text(_ time: WallClock) -> String {
    // Rounded down, before 1970 too.
    var (second, rest) = time.quotientAndRemainder(dividingBy: 1_000_000_000)
    if rest < 0 { (second, rest) = (second - 1, rest + 1_000_000_000) }
    let micros = Int(rest / 1000)
    var seconds = time_t(second)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func pad(_ number: Int, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(pad(Int(parts.tm_year) + 1900, 4))-\(pad(Int(parts.tm_mon) + 1, 2))-\(pad(Int(parts.tm_mday), 2))T"
      + "\(pad(Int(parts.tm_hour), 2)):\(pad(Int(parts.tm_min), 2)):\(pad(Int(parts.tm_sec), 2)).\(pad(micros, 6))Z"
  }
}
