import Freshness
import StaledAPI
import Testing

@testable import StaledAgent

/// A lease is bounded in time and number, and says so when it is refused.
@Suite(.timeLimit(.minutes(1))) struct LeaseLimitTests {
  @Test func theNewestAreGood() async {
    await #expect(processExitsWith: .success) {
      let live = try await LiveAgent(["staled.json": #"{"version":1}"#, "a": "1"])
      await live.agent.bound(leases: 2, age: 3_600_000_000_000)
      let leases = [try await live.agent.lease(), try await live.agent.lease(), try await live.agent.lease()]
      let name = try EntryName("t/a")
      do {
        _ = try await live.agent.mark(name, MarkRequest(dependencies: ["file:a"], lease: leases[0].lease))
        Issue.record("it was the oldest of three")
      } catch let error as Problem {
        #expect(error.status == 409)
        #expect(
          error.detail
            == "the lease is too old: one is good for 1 h, and while it is among the newest 2; take a new one "
            + "before reading the inputs, and make it again")
      }
      let made = try await live.agent.mark(name, MarkRequest(dependencies: ["file:a"], lease: leases[1].lease))
      #expect(made.state == "fresh")
      await live.agent.end()
    }
  }

  @Test func theOldAreNot() async {
    await #expect(processExitsWith: .success) {
      let live = try await LiveAgent(["staled.json": #"{"version":1}"#, "a": "1"])
      await live.agent.bound(leases: 100, age: 1)
      let lease = try await live.agent.lease()
      await #expect(throws: Problem.self) {
        _ = try await live.agent.mark(
          try EntryName("t/a"), MarkRequest(dependencies: ["file:a"], lease: lease.lease))
      }
      await live.agent.bound(leases: 100, age: 3_600_000_000_000)
      let next = try await live.agent.lease()
      let made = try await live.agent.mark(
        try EntryName("t/a"), MarkRequest(dependencies: ["file:a"], lease: next.lease))
      #expect(made.state == "fresh")
      await live.agent.end()
    }
  }
}

extension Agent {
  fileprivate func bound(leases count: Int, age: WallClock) {
    (engine.leaseLimits.count, engine.leaseLimits.age) = (count, age)
  }
}
