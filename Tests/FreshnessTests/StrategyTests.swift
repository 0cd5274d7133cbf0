import Freshness
import Paths
import Testing

/// What makes an entry of each strategy not fresh: the table of INTERFACES, "States", cell by cell.
@Suite struct StrategyTests {
  enum Cause: String, CaseIterable, CustomTestStringConvertible {
    case time, file, upstreamByFile, output, cascade, name, tag, namespace, resource, upstreamMadeAnew

    var testDescription: String { rawValue }

    /// What it does to an entry of each strategy, in the order of `Strategy.allCases`.
    var expected: [State] {
      switch self {
      //                  ttl      event    manual   predictive hybrid
      case .time: [.expired, .fresh, .fresh, .expired, .expired]
      case .file, .output, .upstreamMadeAnew: [.fresh, .stale, .fresh, .fresh, .stale]
      case .upstreamByFile: [.fresh, .suspect, .fresh, .fresh, .suspect]
      case .cascade: [.fresh, .suspect, .suspect, .fresh, .suspect]
      case .name, .tag, .namespace, .resource: [.stale, .stale, .stale, .stale, .stale]
      }
    }
  }

  // f ← up, (g, up, output o) ← x ← top: `x` is of the strategy, the others follow everything
  private func bench(_ strategy: Strategy) -> Bench {
    var bench = Bench(["f": "1", "g": "1", "o": "1"])
    bench.engine.setPolicies(Policies())
    bench.declare(["x": ["file:g", "up"]], policy: Bench.policy(strategy, ttl: strategy.hasTime ? 10 : nil))
    bench.make("up", from: ["file:f"], value: "u")
    bench.make("x", outputs: ["o"], tags: ["t"])
    bench.make("top", from: ["x"])
    _ = bench.batch()
    #expect(bench.states == "top fresh, up fresh, x fresh")
    return bench
  }

  private func end(_ change: (inout Invalidation) -> Void) -> Invalidation {
    var call = Invalidation()
    change(&call)
    return call
  }

  @Test(arguments: Strategy.allCases, Cause.allCases) func cell(strategy: Strategy, cause: Cause) {
    var bench = bench(strategy)
    switch cause {
    case .time: bench.pass(10)
    case .file: bench.write("g", "2")
    case .output: bench.write("o", "2")
    case .upstreamByFile: bench.write("f", "2")
    case .upstreamMadeAnew: bench.make("up", from: ["file:f"], value: "other")
    case .cascade: _ = bench.engine.invalidate(end { $0.keys = [Bench.name("up")] })
    case .name: _ = bench.engine.invalidate(end { $0.keys = [Bench.name("x")] })
    case .tag: _ = bench.engine.invalidate(end { $0.tags = ["t"] })
    case .namespace: _ = bench.engine.invalidate(end { $0.namespaces = ["t"] })
    case .resource: _ = bench.engine.invalidate(end { $0.resources = [.file("g")] })
    }
    _ = bench.batch()
    let index = Strategy.allCases.firstIndex(of: strategy) ?? 0
    #expect(bench.get("x") == cause.expected[index])
    #expect(bench.engine.checkInvariants() == [])
    bench.save()
    bench.restart()
    bench.settle()
    #expect(bench.get("x") == cause.expected[index], "after a restart")
    #expect(bench.engine.checkInvariants() == [])
  }

  /// A lease is checked against what is recorded, whatever the strategy.
  @Test(arguments: Strategy.allCases) func aLeaseIsCheckedAgainstAllDependencies(strategy: Strategy) {
    var bench = bench(strategy)
    let lease = bench.lease()
    bench.write("g", "2")
    let outcome = bench.make("x", lease: lease)
    #expect(outcome.text == "changed")
  }

  /// What a call's cascade put in doubt recovers if what it named is made again to the same digest.
  @Test(arguments: [("u", "x fresh", "revalidated"), ("other", "x stale", "invalidated")])
  func manualFollowsWhatACallReached(value: String, state: String, kind: String) {
    var bench = bench(.manual)
    _ = bench.engine.invalidate(end { $0.keys = [Bench.name("up")] })
    #expect(
      bench.batch() == [
        "invalidated up fresh→stale by call:invalidate via entry:t/up at 0",
        "invalidated x fresh→suspect by call:invalidate via entry:t/up at 1",
        "invalidated top fresh→suspect by call:invalidate via entry:t/x at 2",
      ])
    bench.make("up", from: ["file:f"], value: value)
    #expect(bench.batch().contains { $0.hasPrefix("\(kind) x ") })
    #expect(bench.states.hasSuffix(state))
    // From then on it follows calls only, as before.
    if value == "u" {
      bench.write("f", "2")
      #expect(bench.batch().contains { $0.hasPrefix("invalidated up") })
      #expect(bench.states == "top fresh, up stale, x fresh")
    }
    #expect(bench.engine.checkInvariants() == [])
  }

  /// What a call that does not cascade ends leaves those beyond as they are.
  @Test func manualIsNotReachedByWhatDoesNotCascade() {
    var bench = bench(.manual)
    _ = bench.engine.invalidate(
      end {
        $0.keys = [Bench.name("up")]
        $0.cascade = false
      })
    #expect(bench.states == "top fresh, up stale, x fresh")
    // What is not made stands for something else.
    #expect(bench.delete("up") == true)
    #expect(bench.get("x") == .stale)
    #expect(bench.engine.checkInvariants() == [])
  }

  @Test func anotherStrategyHoldsAtOnce() {
    var bench = bench(.ttl)
    bench.write("g", "2")
    #expect(bench.batch() == ["modified file:g"])
    bench.declare(["x": ["file:g", "up"]], policy: Bench.policy(.hybrid))
    #expect(
      bench.batch() == [
        "invalidated x fresh→stale by file:g via file:g at 1",
        "invalidated top fresh→suspect by file:g via entry:t/x at 2",
      ])
    bench.declare(["x": ["file:g", "up"]], policy: Bench.policy(.manual))
    #expect(bench.states == "top fresh, up fresh, x fresh")
    #expect(bench.engine.checkInvariants() == [])
  }

  @Test func affectedTellsWhatFollows() {
    for (strategy, text) in zip(Strategy.allCases, ["0: ", "2: x@1 top@2", "0: ", "0: ", "2: x@1 top@2"]) {
      #expect(bench(strategy).engine.affected(by: [.file("g")]).text == text, "\(strategy)")
    }
  }
}
