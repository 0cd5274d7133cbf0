import Testing

@testable import StaledAgent

/// What was hot once fades.
@Suite struct HotKeysAgeingTests {
  private static let day: Int64 = 86_400_000_000_000

  private static func sketch(_ counts: KeyValuePairs<String, Int>, capacity: Int = 8) -> HotKeys<String> {
    var sketch = HotKeys<String>(capacity: capacity)
    for (key, count) in counts { for number in 0..<count { sketch.note(key, isHit: number % 2 == 0) } }
    return sketch
  }

  @Test func halvingForgetsWhatWasAskedForOnceAndKeepsHitRates() {
    var sketch = Self.sketch(["a": 8, "b": 3, "c": 1])
    sketch.halve()
    #expect(HotKeysTests.lines(sketch) == ["a 4-0 2/4", "b 1-0 1/1"])
    #expect(sketch.total == 6)
    sketch.halve()
    #expect(HotKeysTests.lines(sketch) == ["a 2-0 1/2"])
    #expect(sketch.total == 3)
  }

  @Test func anErrorIsRoundedUpSoThatNothingIsPromisedInVain() {
    var sketch = Self.sketch(["a": 1, "b": 4], capacity: 1)
    #expect(HotKeysTests.lines(sketch) == ["b 5-1 2/4"])
    sketch.halve()
    #expect(HotKeysTests.lines(sketch) == ["b 2-1 1/2"] && sketch.total == 3)
  }

  @Test func anErrorIsNeverMoreThanTheCountAndAnAccessIsLeftForTheHitRate() {
    var sketch = Self.sketch(["a": 6, "b": 1], capacity: 1)
    var seen: [[String]] = []
    for _ in 0..<3 {
      seen.append(HotKeysTests.lines(sketch))
      sketch.halve()
    }
    #expect(seen == [["b 7-6 1/1"], ["b 3-3 1/1"], ["b 1-1 1/1"]])
  }

  @Test func nothingIsLeftAfterEnoughHalvings() {
    var sketch = Self.sketch(["a": 8, "b": 3, "c": 1], capacity: 2)
    for _ in 0..<4 { sketch.halve() }
    #expect(HotKeysTests.lines(sketch) == [] && sketch.total == 0 && sketch.floor == 0)
    sketch.note("d", isHit: true)
    #expect(HotKeysTests.lines(sketch) == ["d 1-0 1/1"])
  }

  @Test func ageingHalvesOnceForEachHalfLifeThatPassed() {
    var sketch = Self.sketch(["a": 64])
    var due: [Int] = []
    var counts: [Int] = []
    // The first call only says from when on.
    for now in [5 * Self.day, 6 * Self.day - 1, 6 * Self.day, 6 * Self.day, 8 * Self.day + 7, 9 * Self.day] {
      due.append(sketch.age(to: now, halfLife: Self.day))
      counts.append(sketch.top(1).first?.accesses ?? 0)
    }
    #expect(due == [0, 0, 1, 0, 2, 1])
    #expect(counts == [64, 64, 32, 32, 8, 4])
  }

  @Test func aClockThatShowsLessThanBeforeAgesNothing() {
    var sketch = Self.sketch(["a": 64])
    sketch.age(to: 9 * Self.day, halfLife: Self.day)
    #expect(sketch.age(to: 2 * Self.day, halfLife: Self.day) == 0)
    #expect(sketch.age(to: 3 * Self.day, halfLife: Self.day) == 1)
    #expect(sketch.top(1).map(\.accesses) == [32])
  }

  @Test func noTimeIsTooLongAndNoHalfLifeTooShort() {
    var sketch = Self.sketch(["a": 64])
    sketch.age(to: .min, halfLife: 1)
    #expect(sketch.age(to: .min, halfLife: 0) == 0 && sketch.age(to: .max, halfLife: -1) == 0)
    #expect(sketch.agedAt == .min)
    #expect(sketch.age(to: .max, halfLife: 1) == .max)
    #expect(sketch.agedAt == .max && sketch.top(.max).isEmpty && sketch.total == 0)
  }

  @Test func whatIsHotTodayOvertakesWhatWasHotYesterday() {
    var sketch = Self.sketch(["yesterday": 1000], capacity: 4)
    sketch.age(to: 0, halfLife: Self.day)
    for hour in 1...72 {
      sketch.age(to: Int64(hour) * Self.day / 24, halfLife: Self.day)
      for _ in 0..<10 { sketch.note("today", isHit: true) }
    }
    #expect(sketch.top(1).map(\.key) == ["today"])
  }
}
