import Glibc
import Testing

@testable import Watching

/// Random histories of the watcher's tree on a model, each drawn from a seed. Replay one with
/// `STALED_SIM_SEED=n STALED_SIM_RUNS=1 STALED_SIM_STEPS=200 swift test --filter WatchSimulationTests`.
@Suite struct WatchSimulationTests {
  static func number(_ name: String, _ usual: Int) -> Int {
    getenv(name).flatMap { Int(String(cString: $0)) } ?? usual
  }

  /// The violation or nil, and the story if one is wanted.
  static func play(
    seed: UInt64, steps: Int, without: WatchSafeguard? = nil, telling: Bool = false
  ) -> (violation: String?, story: [String]) {
    // What looks wrong may have been true for a moment on the way: then all moments are looked at.
    var violation: String?
    var story: [String] = []
    for isExact in telling ? [true] : [false, true] {
      var history = History(seed: seed, without: without, telling: telling, isExact: isExact)
      do throws(History.Violation) {
        try history.play(steps: steps)
        return (nil, history.story)
      } catch {
        violation = "\(error)"
        story = history.story
      }
    }
    return (violation, story)
  }

  /// Those that are asked for, or the usual ones: many that are alike, and some that each draw their profile.
  private static var seeds: [Int] {
    if getenv("STALED_SIM_SEED") == nil, getenv("STALED_SIM_RUNS") == nil {
      return Array(1...880) + Array(100_000..<100_120)
    }
    let first = number("STALED_SIM_SEED", 1)
    return Array(first..<first + number("STALED_SIM_RUNS", 1000))
  }

  /// In two halves, which run side by side.
  @Test(arguments: 0..<2) func histories(half: Int) {
    let steps = Self.number("STALED_SIM_STEPS", 200)
    for seed in Self.seeds where seed % 2 == half {
      let begun = ContinuousClock.now
      let violation = Self.play(seed: UInt64(seed), steps: steps).violation
      if getenv("STALED_SIM_TIMES") != nil { print(seed, ContinuousClock.now - begun) }
      guard let violation else { continue }
      let replay =
        "STALED_SIM_SEED=\(seed) STALED_SIM_RUNS=1 STALED_SIM_STEPS=\(steps) swift test --filter WatchSimulationTests"
      let length = Self.number("STALED_SIM_STORY", 80)
      if length == 0 {
        // All that fail, without their stories.
        Issue.record("\(violation)\nreplay: \(replay)")
        continue
      }
      let story = Self.play(seed: UInt64(seed), steps: steps, telling: true).story.suffix(length)
      Issue.record("\(violation)\nreplay: \(replay)\n\(story.joined(separator: "\n"))")
      return
    }
  }
}
