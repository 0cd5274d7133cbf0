import Glibc
import Testing

@testable import Watching

/// Random histories of the watcher's tree on a model, each drawn from a seed. Replay one with
/// `STALED_SIM_SEED=n STALED_SIM_RUNS=1 STALED_SIM_STEPS=200 swift test --filter WatchSimulationTests`. With
/// `STALED_SIM_RUNS=n` alone n are played, of all families.
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

  /// Where the families of seeds begin (`Profile`).
  static let families = [1, 100_000, 200_000, 300_000]

  /// `count` seeds from `first` on, or as many of each family in turn.
  static func seeds(_ count: Int, from first: Int?) -> [Int] {
    if let first { return Array(first..<first + count) }
    return (0..<count).map { families[$0 % families.count] + $0 / families.count }
  }

  /// Those that are asked for, or the usual ones: fewest of the family whose histories take longest.
  private static var seeds: [Int] {
    let runs = number("STALED_SIM_RUNS", 0)
    let first = getenv("STALED_SIM_SEED").map { _ in number("STALED_SIM_SEED", 1) }
    if runs == 0, first == nil {
      return Array(1...100) + Array(100_000..<100_200) + Array(200_000..<200_200) + Array(300_000..<300_050)
    }
    return seeds(runs == 0 ? 1000 : runs, from: first)
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
