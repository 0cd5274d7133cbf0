import Freshness
import Store
import Testing

@testable import StaledAgent

/// The clock of times to live, over restarts and while others set the machine's.
@Suite struct EngineClockTests {
  private static func reading(_ engine: Int64, wall: Int64, steady: Int64) -> ClockReading {
    var reading = ClockReading()
    (reading.engine, reading.wall, reading.steady) = (engine, wall, steady)
    return reading
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let stored: ClockReading
    let isSameRun: Bool
    let wall: Int64
    let steady: Int64
    let expected: Int64
  }

  @Test(arguments: [
    Case(
      testDescription: "nothing was stored", stored: ClockReading(), isSameRun: false, wall: 500, steady: 7,
      expected: 500),
    Case(
      testDescription: "the agent was started again", stored: reading(900, wall: 500, steady: 100), isSameRun: true,
      wall: 560, steady: 160, expected: 960),
    Case(
      testDescription: "and the wall clock was set back meanwhile", stored: reading(900, wall: 500, steady: 100),
      isSameRun: true, wall: 10, steady: 160, expected: 960),
    Case(
      testDescription: "the machine was started again", stored: reading(900, wall: 500, steady: 100), isSameRun: false,
      wall: 560, steady: 3, expected: 960),
    Case(
      testDescription: "and its wall clock shows less than before", stored: reading(900, wall: 500, steady: 100),
      isSameRun: false, wall: 10, steady: 3, expected: 900),
  ]) func goesOn(_ one: Case) {
    let clock = EngineClock(from: one.stored, isSameRun: one.isSameRun, wall: one.wall, steady: one.steady)
    #expect(clock.time(at: one.steady) == one.expected)
    #expect(clock.time(at: one.steady + 5) == one.expected + 5)
    #expect(
      clock.reading(wall: 1, steady: one.steady) == Self.reading(one.expected, wall: 1, steady: one.steady))
  }

  /// What is long past is due now, and what is far off is not.
  @Test func theEndsOfTimeStayWhereTheyAre() {
    for wall in [Int64(0), 1000] {
      let clock = EngineClock(from: ClockReading(), isSameRun: false, wall: wall, steady: 500)
      #expect(clock.steady(at: .min) < 0 && clock.steady(at: 0) <= 500 && clock.steady(at: .max) > 500)
    }
  }
}
