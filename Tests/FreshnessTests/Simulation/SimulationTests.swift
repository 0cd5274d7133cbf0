import Freshness
import Glibc
import Testing

/// Random histories of the real engine, each drawn from a seed: a simulated file system, kernel queue, clock, store and
/// clients around it. `Tests/simulate` plays a million steps and more.
///
/// One that breaks an invariant is told without the steps that it does not need, and plays again with
/// `STALED_SIM_SEED=n STALED_SIM_RUNS=1 swift test --filter FreshnessTests.SimulationTests`; `STALED_SIM_TELL=1` tells any,
/// `STALED_SIM_COUNT=1` what not all histories have.
@Suite struct SimulationTests {
  static func number(_ name: String, _ usual: Int) -> Int {
    getenv(name).flatMap { Int(String(cString: $0)) } ?? usual
  }

  static let steps = number("STALED_SIM_STEPS", 200)

  @Test func histories() async {
    let first = UInt64(Self.number("STALED_SIM_SEED", 1))
    if getenv("STALED_SIM_TELL") != nil {
      let script = Trace.script(seed: first, steps: Self.steps)
      print(History.play(seed: first, script: script, telling: true).story.joined(separator: "\n"))
    }
    if getenv("STALED_SIM_COUNT") != nil {
      let counts = await History.tally(
        from: first, count: Self.number("STALED_SIM_RUNS", 300), steps: Self.steps)
      print(counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
    }
    guard let found = await History.search(from: first, count: Self.number("STALED_SIM_RUNS", 300), steps: Self.steps)
    else { return }
    Issue.record(
      """
      \(found.violation)
      again: STALED_SIM_SEED=\(found.seed) STALED_SIM_RUNS=1 STALED_SIM_STEPS=\(Self.steps) \
      swift test --filter FreshnessTests.SimulationTests
      \(History.explain(seed: found.seed, steps: Self.steps))
      """)
  }

  /// The same seed is the same history.
  @Test func replay() {
    let script = Trace.script(seed: 7, steps: Self.steps)
    let (one, two) = (
      History.play(seed: 7, script: script, telling: true), History.play(seed: 7, script: script, telling: true)
    )
    #expect(one.story == two.story)
    #expect(one.story.count > 50)
  }
}
