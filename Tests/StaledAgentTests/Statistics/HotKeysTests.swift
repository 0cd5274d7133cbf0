import SeededRandom
import Testing

@testable import StaledAgent

/// The keys asked for most, against counts of everything.
@Suite struct HotKeysTests {
  /// `key accesses-error hits/observed`, the most accesses first.
  static func lines(_ sketch: HotKeys<String>) -> [String] {
    sketch.top(.max).map { "\($0.key) \($0.accesses)-\($0.error) \($0.hits)/\($0.observed)" }
  }

  @Test func asLongAsAllKeysFitCountsAreExact() {
    var sketch = HotKeys<String>(capacity: 3)
    for (key, isHit) in [("b", true), ("a", false), ("c", true), ("a", true), ("c", false), ("c", true)] {
      sketch.note(key, isHit: isHit)
    }
    #expect(Self.lines(sketch) == ["c 3-0 2/3", "a 2-0 1/2", "b 1-0 1/1"])
    #expect(sketch.total == 6 && sketch.top(1).map(\.hitRate) == [2.0 / 3])
  }

  @Test func aNewKeyTakesOverTheSmallestCounterAndStartsItsHitsAnew() {
    var sketch = HotKeys<String>(capacity: 2)
    for key in ["a", "a", "a", "b", "b"] { sketch.note(key, isHit: true) }
    sketch.note("c", isHit: false)
    #expect(Self.lines(sketch) == ["a 3-0 3/3", "c 3-2 0/1"])
    sketch.note("c", isHit: true)
    #expect(Self.lines(sketch) == ["c 4-2 1/2", "a 3-0 3/3"])
  }

  @Test func theCallerDecidesTheOrderOfEqualsAndHowManyItWants() {
    var sketch = HotKeys<String>(capacity: 5)
    for key in ["b", "c", "a", "d", "d"] { sketch.note(key, isHit: true) }
    #expect(sketch.top(.max).map(\.key) == ["d", "a", "b", "c"])
    #expect(sketch.top(3, by: >).map(\.key) == ["d", "c", "b"])
    #expect(sketch.top(0).isEmpty && sketch.top(-1).isEmpty)
  }

  @Test func aRemovedKeyIsForgottenAndItsCounterIsFree() {
    var sketch = HotKeys<String>(capacity: 2)
    for key in ["a", "a", "b"] { sketch.note(key, isHit: true) }
    sketch.remove("a")
    sketch.remove("nobody")
    #expect(Self.lines(sketch) == ["b 1-0 1/1"])
    sketch.note("c", isHit: true)
    #expect(Self.lines(sketch) == ["b 1-0 1/1", "c 1-0 1/1"])
    #expect(sketch.total == 4)
  }

  @Test func aKeyThatLostItsCounterIsNotCountedTooLowWhenItGetsAFreeOne() {
    var sketch = HotKeys<String>(capacity: 2)
    for key in ["a", "a", "b", "b", "b", "c"] { sketch.note(key, isHit: true) }
    // `a` was asked for twice, and lost its counter to `c`.
    sketch.remove("b")
    sketch.note("a", isHit: true)
    #expect(Self.lines(sketch) == ["a 3-2 1/1", "c 3-2 1/1"])
  }

  @Test func afterARemovalItIsStillTheSmallestCounterThatIsTakenOver() throws {
    //       a 1
    //    b 10    c 2      `f` fills the place of `d`, and belongs above `b`.
    //  d 11 e 12 f 3
    var sketch = HotKeys<String>(capacity: 6)
    for key in ["a", "b", "c", "d", "e", "f"] { sketch.note(key, isHit: true) }
    for (key, more) in [("d", 10), ("e", 11), ("f", 2), ("b", 9), ("c", 1)] {
      for _ in 0..<more { sketch.note(key, isHit: true) }
    }
    sketch.remove("d")
    sketch.note("g", isHit: true)
    for number in 0..<20 {
      let least = sketch.top(.max).last?.accesses
      sketch.note("new \(number)", isHit: true)
      #expect(sketch.floor == least)
    }
  }

  @Test func aCapacityBelowOneIsOne() {
    var sketch = HotKeys<String>(capacity: -7)
    for key in ["a", "b", "b"] { sketch.note(key, isHit: false) }
    #expect(Self.lines(sketch) == ["b 3-1 0/2"])
    #expect(HotKeys<String>().capacity == 1024)
  }

  @Test(arguments: Stream.allCases, [1, 2, 7, 32])
  func thePromisesHoldAfterEachAccess(_ stream: Stream, capacity: Int) {
    for seed in 1...5 {
      var sketch = HotKeys<Int>(capacity: capacity)
      var exact = ExactCounts()
      for (number, key) in stream.keys(600, capacity: capacity, seed: seed).enumerated() {
        let isHit = (number ^ key) % 3 == 0
        sketch.note(key, isHit: isHit)
        exact.note(key, isHit: isHit)
        if let broken = exact.broken(by: sketch) {
          Issue.record("seed \(seed), access \(number): \(broken)")
          return
        }
      }
      #expect(sketch.total == 600)
      for counter in sketch.top(.max) where counter.error == 0 {
        #expect(counter.accesses == exact.accesses[counter.key] && counter.hits == exact.hits[counter.key, default: 0])
      }
    }
  }

  @Test(arguments: Stream.allCases, [1, 2, 7, 32])
  func theyHoldWhileKeysAreRemovedAndCountsHalved(_ stream: Stream, capacity: Int) {
    for seed in 1...5 {
      var random = Seeded(seed + 1000)
      var sketch = HotKeys<Int>(capacity: capacity)
      var exact = ExactCounts()
      var wasHalved = false
      for (number, key) in stream.keys(600, capacity: capacity, seed: seed).enumerated() {
        switch Int.random(in: 0..<100, using: &random) {
        case 0:
          sketch.halve()
          exact.halve()
          wasHalved = true
        case 1...10:
          // One that has a counter, or one that has none.
          let gone = Bool.random(using: &random) ? sketch.top(.max).randomElement(using: &random)?.key ?? key : key
          sketch.remove(gone)
          exact.remove(gone)
        default:
          sketch.note(key, isHit: number % 2 == 0)
          exact.note(key, isHit: number % 2 == 0)
        }
        if let broken = exact.broken(by: sketch, wasHalved: wasHalved) {
          Issue.record("seed \(seed), step \(number): \(broken)")
          return
        }
      }
    }
  }

  @Test func theHottestOfManyKeysAreFoundInOrder() {
    var sketch = HotKeys<Int>(capacity: 200)
    for key in Stream.zipf.keys(60_000, capacity: 200, seed: 42) { sketch.note(key, isHit: true) }
    #expect(sketch.top(5).map(\.key) == [0, 1, 2, 3, 4])
  }
}
