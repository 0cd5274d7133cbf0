import SeededRandom
import Testing

@testable import StaledAgent

/// Whether an entry is hot.
@Suite struct AccessWindowTests {
  @Test func anEntryIsHotWhileEnoughAccessesAreWithinTheWindow() {
    var accesses = AccessWindow(threshold: 3, window: 100)
    var hot: [Bool] = []
    for now: Int64 in [10, 50, 109, 110, 149, 150, 300] {
      accesses.note(at: now)
      hot.append(accesses.isHot(at: now))
    }
    // At 110 the access at 10 is over, and those at 50, 109 and 110 are enough.
    #expect(hot == [false, false, true, true, true, true, false])
  }

  @Test func itCoolsDownWithoutBeingUsed() {
    var accesses = AccessWindow(threshold: 2, window: 100)
    accesses.note(at: 10)
    accesses.note(at: 20)
    #expect(accesses.isHot(at: 20) && accesses.isHot(at: 109) && !accesses.isHot(at: 110) && !accesses.isHot(at: .max))
  }

  @Test(arguments: [1, 2, 10, 63, 64]) func upToTheLimitItIsExact(_ threshold: Int) {
    var random = Seeded(threshold)
    let window: Int64 = 1000
    var accesses = AccessWindow(threshold: threshold, window: window)
    var times: [Int64] = []
    var now: Int64 = 0
    var wasHot = 0
    for _ in 0..<1000 {
      now += Int64.random(in: 0...(2 * window / Int64(threshold)), using: &random)
      accesses.note(at: now)
      times.append(now)
      let asked = now + Int64.random(in: 0...(2 * window / Int64(threshold)), using: &random)
      let isHot = times.suffix(threshold).count { asked - $0 < window } >= threshold
      #expect(accesses.isHot(at: asked) == isHot)
      if isHot { wasHot += 1 }
    }
    #expect((100...900).contains(wasHot), "the accesses are too many or too few to show anything")
  }

  @Test func aboveTheLimitNothingIsHotWithoutBeingSo() {
    var random = Seeded(11)
    let window: Int64 = 60_000
    var accesses = AccessWindow(threshold: 100, window: window)
    var times: [Int64] = []
    var now: Int64 = 0
    var hot = 0
    for _ in 0..<2000 {
      now += Int64.random(in: 0...1180, using: &random)
      accesses.note(at: now)
      times.append(now)
      let isHot = accesses.isHot(at: now)
      if isHot { hot += 1 }
      if isHot { #expect(times.suffix(150).count { now - $0 < window } >= 100) }
      // Only the oldest sixtieth may be missed.
      if times.suffix(150).count(where: { now - $0 < window - window / 60 }) >= 100 { #expect(isHot) }
    }
    #expect((200...1800).contains(hot))
  }

  @Test func aClockThatGoesBackStandsStill() {
    for threshold in [2, 65] {
      var accesses = AccessWindow(threshold: threshold, window: 6000)
      for _ in 0..<(threshold - 1) { accesses.note(at: 60_000) }
      accesses.note(at: .min)
      #expect(accesses.isHot(at: .min) && accesses.isHot(at: 60_001) && !accesses.isHot(at: 66_000))
    }
  }

  @Test func aThresholdOrWindowBelowOneIsOne() {
    var accesses = AccessWindow(threshold: 0, window: -1)
    #expect(!accesses.isHot(at: 5))
    accesses.note(at: 5)
    #expect(accesses.isHot(at: 5) && !accesses.isHot(at: 6))
  }
}
