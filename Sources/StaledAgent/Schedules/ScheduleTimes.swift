internal import FoundationEssentials
internal import FoundationInternationalization
internal import Freshness
internal import Manifest

/// When a schedule of the manifest runs.
struct ScheduleTimes: Sendable {
  /// What its moments are read from.
  enum Clock: Hashable, Sendable {
    /// Nanoseconds since 1970 (`WallClock`).
    case wall
    /// The engine's clock, in nanoseconds (`EngineClock`): it is never set.
    case engine
  }

  private enum Rule: Sendable {
    /// In nanoseconds, positive.
    case every(Int64)
    case cron(CronTimes)
    case cronOfTheMachine(CronExpression)
  }

  private let rule: Rule
  /// For the machine's zone, asked each time so that another one that is set counts.
  private let machineZone: @Sendable () -> TimeZone

  /// - Throws: `UnknownTimeZone` if no zone has that name.
  init(_ time: Schedule.Time, machineZone: @escaping @Sendable () -> TimeZone = MachineZone.current)
    throws(UnknownTimeZone)
  {
    self.machineZone = machineZone
    switch time {
    case .every(let interval): rule = .every(max(interval.nanoseconds, 1))
    case .cron(let expression, nil): rule = .cronOfTheMachine(expression)
    case .cron(let expression, let name?):
      guard let zone = TimeZone(identifier: name) else { throw UnknownTimeZone(name: name) }
      rule = .cron(CronTimes(expression, in: zone))
    }
  }

  var clock: Clock {
    switch rule {
    case .every: .engine
    case .cron, .cronOfTheMachine: .wall
    }
  }

  /// The first moment after the last run, on `clock`. Nil if there is none that can be written.
  ///
  /// An interval counts from the last run, wherever that lay: runs that were missed count as the one that is late.
  func next(after last: Int64) -> Int64? {
    switch rule {
    case .every(let interval):
      let (next, overflow) = last.addingReportingOverflow(interval)
      return overflow ? nil : next
    case .cron(let times): return times.next(after: last)
    case .cronOfTheMachine(let expression): return CronTimes(expression, in: machineZone()).next(after: last)
    }
  }
}

/// A schedule's time zone that this machine knows nothing of.
struct UnknownTimeZone: Error, Hashable, Sendable {
  let name: String

  /// What is wrong; one line.
  var problem: String { "\"\(name)\" is no time zone" }
  /// What to do; one line.
  var remedy: String { "write \"UTC\", or a name as in \"Europe/Berlin\"" }
}
