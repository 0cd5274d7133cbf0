import SeededRandom
import Testing

@testable import StaledAgent

/// Events within a window.
@Suite struct SlidingCountTests {
  private static let minute: Int64 = 60_000_000_000
  private static let hour = SlidingCount.hour

  @Test func anEventCountsUntilTheWindowHasPassed() {
    var count = SlidingCount()
    count.note(at: 5 * Self.minute)
    count.note(2, at: 6 * Self.minute)
    let times = [6 * Self.minute, 65 * Self.minute - 1, 65 * Self.minute, 66 * Self.minute - 1, 66 * Self.minute]
    #expect(times.map { count.count(at: $0) } == [3, 3, 2, 2, 0])
  }

  @Test func anEventCountsForTheWindowLessABucketAtLeastAndTheWindowAtMost() {
    for begun in [Self.minute, 2 * Self.minute - 1] {
      var count = SlidingCount()
      count.note(at: begun)
      #expect(count.count(at: begun + 59 * Self.minute) == 1 && count.count(at: begun + Self.hour) == 0)
    }
  }

  @Test func theRingAgreesWithTheTimesOfAllEvents() {
    var random = Seeded(3)
    var count = SlidingCount(window: 50, buckets: 5)
    var events: [(time: Int64, n: Int)] = []
    var now: Int64 = 0
    for _ in 0..<1500 {
      // Mostly within a bucket, sometimes far beyond the window.
      now += Int64.random(in: 0...(Int.random(in: 0..<20, using: &random) == 0 ? 120 : 6), using: &random)
      let n = Int.random(in: -1...3, using: &random)
      count.note(n, at: now)
      events.append((now, max(0, n)))
      let asked = now + Int64.random(in: 0...70, using: &random)
      let expected = events.suffix(150).filter { asked / 10 - $0.time / 10 < 5 }.reduce(0) { $0 + $1.n }
      #expect(count.count(at: asked) == expected)
    }
  }

  @Test func aClockThatGoesBackStandsStill() {
    var count = SlidingCount()
    count.note(at: 100 * Self.minute)
    count.note(at: 3 * Self.minute)
    #expect(count.count(at: 0) == 2 && count.count(at: .min) == 2)
    #expect(count.count(at: 159 * Self.minute) == 2 && count.count(at: 160 * Self.minute) == 0)
  }

  @Test func noTimeAndNoWindowTraps() {
    for (window, buckets) in [(Int64.max, 60), (1, 60), (0, 0), (-5, -5), (3, 60)] {
      var count = SlidingCount(window: window, buckets: buckets)
      for now in [Int64.min, -1, 0, 1, .max, .max, 5] { count.note(at: now) }
      #expect(count.count(at: .max) >= 3 && count.perHour(at: .max, since: .min).isFinite)
    }
    // All buckets are emptied, however far the way is.
    var count = SlidingCount(window: 60)
    for now: Int64 in 0..<60 { count.note(at: now) }
    count.note(at: .max)
    #expect(count.count(at: .max) == 1)
  }

  @Test func aWindowThatTheBucketsDoNotDivideIsRoundedDown() {
    #expect(SlidingCount().window == Self.hour)
    #expect(SlidingCount(window: 119).window == 60 && SlidingCount(window: 3).window == 3)
  }

  struct Rate: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let age: Int64
    let expected: Double
  }

  @Test(arguments: [
    Rate(testDescription: "at once: as if within a minute", age: 0, expected: 720),
    Rate(testDescription: "after a second: the same", age: 1_000_000_000, expected: 720),
    Rate(testDescription: "after two minutes", age: 2 * minute, expected: 360),
    Rate(testDescription: "after half an hour", age: 30 * minute, expected: 24),
    Rate(testDescription: "after nearly an hour", age: 59 * minute, expected: 12 * 60 / 59.0),
    Rate(testDescription: "after an hour they are over", age: hour, expected: 0),
    Rate(testDescription: "before it began", age: -hour, expected: 720),
  ]) func aYoungProcessScalesByItsAge(_ rate: Rate) {
    let begun = 7 * Self.hour
    var count = SlidingCount()
    count.note(12, at: begun)
    #expect(abs(count.perHour(at: begun + rate.age, since: begun) - rate.expected) < 1e-9)
  }

  @Test func ofAnOldProcessTheRateIsTheCount() {
    var count = SlidingCount()
    count.note(12, at: 50 * Self.hour)
    #expect(count.perHour(at: 50 * Self.hour + 1, since: 0) == 12)
    var short = SlidingCount(window: 10 * Self.minute)
    short.note(12, at: 50 * Self.hour)
    #expect(short.perHour(at: 50 * Self.hour + 1, since: 0) == 72)
  }
}
