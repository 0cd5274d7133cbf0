internal import Freshness

/// The schedules of the manifest, and when each ran last.
///
/// A schedule is known by a key that its time and its selector make up: edits elsewhere in the manifest leave it its last run. What
/// runs were missed, while no agent was there or the machine slept, count as one, which is due at once.
///
/// The owner asks in this order whenever the clocks may have reached something: `due`, `ran` for each of those – with the times
/// that `due` was asked with, so that what comes meanwhile is not lost – and then `nextWall` and `nextEngine`.
struct ScheduleBook: Sendable {
  /// How far the wall clock may be set back, in nanoseconds, before schedules count anew: an hour.
  ///
  /// A wall clock that shows less than the last run, but no more than this less, is waited for: no time comes again. Beyond that
  /// the clock was wrong before, and nothing is owed to times that never were: the schedule counts from now, and may run again
  /// for a time that it ran for on the wrong clock, rather than be silent for as long as that was ahead.
  static let patience: Int64 = 3_600_000_000_000

  private struct Line: Sendable {
    let key: String
    let times: ScheduleTimes
    /// On the clock of `times`. That of a schedule that never ran is the moment it came into the book.
    var last: Int64 { didSet { if last != oldValue { next = times.next(after: last) } } }
    /// Worked out when `last` changes: whoever sets an alarm asks for it at each record.
    private(set) var next: Int64?

    init(key: String, times: ScheduleTimes, last: Int64) {
      (self.key, self.times, self.last) = (key, times, last)
      next = times.next(after: last)
    }
  }

  /// In the order of the manifest.
  private var lines: [Line] = []
  /// What was stored, until the first manifest is known.
  private var stored: LastRuns

  /// - Parameter stored: what `encoded` gave at an earlier time. If it is damaged, as if there were none: schedules are new then.
  init(stored: [UInt8] = []) { self.stored = LastRuns(encoded: stored) ?? LastRuns() }

  /// To be stored whenever it differs from what was.
  var encoded: [UInt8] {
    LastRuns(known).encoded
  }

  private var known: [String: LastRuns.Run] {
    var known = stored.runs
    for line in lines { known[line.key] = .init(clock: line.times.clock, time: line.last) }
    return known
  }

  /// Takes over what a manifest holds. A schedule that is new counts from now; one that is gone is forgotten; of several with the
  /// same key, which would do the same at the same times, there is one.
  mutating func replace(with schedules: [(key: String, times: ScheduleTimes)], wall: WallClock, engine: Int64) {
    let known = known
    stored = LastRuns()
    var seen: Set<String> = []
    lines = schedules.filter { seen.insert($0.key).inserted }.map { key, times in
      let now = times.clock == .wall ? wall : engine
      let before = known[key].flatMap { $0.clock == times.clock ? $0.time : nil }
      return Line(key: key, times: times, last: before ?? now)
    }
  }

  /// The keys of the schedules whose time has come, in the order of the manifest. They are due until `ran` is told.
  mutating func due(wall: WallClock, engine: Int64) -> [String] {
    for index in lines.indices { settle(index, wall: wall, engine: engine) }
    return lines.filter { line in line.next.map { $0 <= (line.times.clock == .wall ? wall : engine) } ?? false }
      .map(\.key)
  }

  /// The schedule ran, at these times; one that is gone does not matter.
  mutating func ran(_ key: String, wall: WallClock, engine: Int64) {
    guard let index = lines.firstIndex(where: { $0.key == key }) else { return }
    settle(index, wall: wall, engine: engine)
    lines[index].last = max(lines[index].last, lines[index].times.clock == .wall ? wall : engine)
  }

  /// When the first of the schedules that go by the wall clock is due; in the past if one is due already.
  var nextWall: WallClock? { lines.filter { $0.times.clock == .wall }.compactMap(\.next).min() }

  /// When the first of the schedules that go by the engine's clock is due; in the past if one is due already.
  var nextEngine: Int64? { lines.filter { $0.times.clock == .engine }.compactMap(\.next).min() }

  /// When a schedule is due next, on its clock. Nil if there is none, or it is not in the book.
  func next(of key: String) -> Int64? { lines.first { $0.key == key }?.next }

  /// A last run that lies too far ahead of its clock counts as now. The engine's clock is set back only if its store was lost.
  private mutating func settle(_ index: Int, wall: WallClock, engine: Int64) {
    let isWall = lines[index].times.clock == .wall
    let now = isWall ? wall : engine
    let (latest, overflow) = now.addingReportingOverflow(isWall ? Self.patience : 0)
    if !overflow, lines[index].last > latest { lines[index].last = now }
  }
}
