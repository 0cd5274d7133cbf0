import Freshness
import Glibc
import Testing

/// Random histories of the real engine, each drawn from a seed. Replay one with
/// `STALED_SIM_SEED=n STALED_SIM_RUNS=1 STALED_SIM_STEPS=200 swift test --filter SimulationTests`.
@Suite struct SimulationTests {
  static func number(_ name: String, _ usual: Int) -> Int {
    getenv(name).flatMap { Int(String(cString: $0)) } ?? usual
  }

  /// → (the violation or nil, the story if one is wanted)
  static func play(
    seed: UInt64, steps: Int, without: Safeguard? = nil, telling: Bool = false
  ) -> (violation: String?, story: [String]) {
    var trace = Trace(seed: seed, without: without, story: telling ? [] : nil)
    do {
      try trace.play(steps: steps)
      return (nil, trace.story ?? [])
    } catch {
      return ("\(error)", trace.story ?? [])
    }
  }

  @Test func histories() {
    let first = Self.number("STALED_SIM_SEED", 1)
    let steps = Self.number("STALED_SIM_STEPS", 200)
    for seed in first..<first + Self.number("STALED_SIM_RUNS", 150) {
      guard let violation = Self.play(seed: UInt64(seed), steps: steps).violation else { continue }
      let story = Self.play(seed: UInt64(seed), steps: steps, telling: true).story.suffix(80)
      Issue.record(
        """
        \(violation)
        replay: STALED_SIM_SEED=\(seed) STALED_SIM_RUNS=1 STALED_SIM_STEPS=\(steps) swift test --filter SimulationTests
        \(story.joined(separator: "\n"))
        """)
      return
    }
  }
}
