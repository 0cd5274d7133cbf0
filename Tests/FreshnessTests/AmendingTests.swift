import Freshness
import Paths
import Testing

/// Tags and dependencies that are added to and taken from an entry whose result stays.
@Suite struct AmendingTests {
  // f, g; a is made from f
  private func bench() -> Bench {
    var bench = Bench(["f": "1", "g": "1"])
    bench.make("a", from: ["file:f"], tags: ["x"])
    bench.make("top", from: ["a"])
    _ = bench.batch()
    return bench
  }

  @Test func anAddedDependencyCountsFromNowOn() {
    var bench = bench()
    #expect(bench.amend("a", add: ["file:g"]) == .amended(unknown: []))
    #expect(bench.states == "a fresh, top fresh")
    #expect(bench.batch() == [])
    bench.write("g", "2")
    #expect(
      bench.batch() == [
        "modified file:g", "invalidated a fresh→stale by file:g via file:g at 1",
        "invalidated top fresh→suspect by file:g via entry:t/a at 2",
      ])
    bench.write("g", "1")
    #expect(bench.get("a") == .fresh)
  }

  @Test func whatIsTakenAwayCountsNoMore() {
    var bench = bench()
    bench.write("f", "2")
    #expect(bench.get("top") == .suspect)
    _ = bench.batch()
    #expect(bench.amend("a", remove: ["file:f", "file:never"]) == .amended(unknown: []))
    #expect(bench.states == "a fresh, top fresh")
    #expect(bench.batch().map { $0.prefix(21) } == ["revalidated a stale→f", "revalidated top suspe"])
    #expect(!bench.engine.isTracked(.file("f")))
    #expect(bench.engine.checkInvariants() == [])
  }

  @Test func whatItHasAlreadyIsLeftAsItWas() {
    var bench = bench()
    bench.write("f", "2")
    #expect(bench.amend("a", add: ["file:f"]) == .amended(unknown: []))
    #expect(bench.get("a") == .stale, "to name it again is no word on what it was made from")
  }

  @Test func anEntryThatIsNotFreshTakesItsDependentAlong() {
    var bench = bench()
    bench.make("b", from: ["file:g"])
    bench.write("g", "2")
    #expect(bench.get("b") == .stale)
    _ = bench.batch()
    #expect(bench.amend("a", add: ["b", "nobody"]) == .amended(unknown: [Bench.name("nobody")]))
    #expect(bench.get("a") == .suspect && bench.get("top") == .suspect)
    #expect(
      bench.batch() == [
        "invalidated a fresh→suspect by file:g via entry:t/b at 2",
        "invalidated top fresh→suspect by file:g via entry:t/a at 3",
      ])
    bench.write("g", "1")
    #expect(bench.get("top") == .fresh)
  }

  @Test func aStatedDigestIsCompared() {
    var bench = bench()
    #expect(bench.amend("a", add: ["file:g@\(Fingerprint.digest(Bench.digest("1")))"]) == .amended(unknown: []))
    guard case .refused(let refusal) = bench.amend("top", add: ["file:g@\(Fingerprint.digest(Bench.digest("2")))"])
    else {
      Issue.record("it is accepted")
      return
    }
    #expect(refusal.kind == .differs)
    // Of what it has already as well.
    let same = bench.amend("a", add: ["file:f@\(Fingerprint.digest(Bench.digest("1")))"])
    #expect(same == .amended(unknown: []))
    guard case .refused = bench.amend("a", add: ["file:f@\(Fingerprint.digest(Bench.digest("2")))"]) else {
      Issue.record("it is accepted")
      return
    }
    #expect(bench.states == "a fresh, top fresh")
    #expect(bench.engine.checkInvariants() == [])
  }

  @Test func whatCannotBeIsRefusedAndNothingIsDone() {
    var bench = bench()
    bench.declare(["d": ["file:f"]], tags: ["d": ["t"]])
    bench.watch()
    #expect(bench.amend("none", add: ["file:g"]) == .unknown)
    #expect(
      bench.amend("a", add: ["file:g", "top"]) == .cycle([Bench.id("a"), Bench.id("top"), Bench.id("a")]))
    #expect(bench.amend("d", remove: ["file:f"], addTags: ["n"], removeTags: ["t"]) == .declared(["tag:t", "file:f"]))
    #expect(!bench.engine.isTracked(.file("g")))
    #expect(bench.engine.entry(Bench.name("d"))?.tags.map(\.name) == ["t"])
    #expect(bench.engine.checkInvariants() == [])
  }

  @Test func tagsComeAndGo() {
    var bench = bench()
    #expect(bench.amend("a", addTags: ["y", "x", "y"]) == .amended(unknown: []))
    #expect(bench.engine.entry(Bench.name("a"))?.tags.map(\.name) == ["x", "y"])
    #expect(bench.amend("a", removeTags: ["x", "never"]) == .amended(unknown: []))
    var call = Invalidation()
    call.tags = ["x"]
    call.dryRun = true
    #expect(bench.engine.invalidate(call).text == "0: ")
    call.tags = ["y"]
    #expect(bench.engine.invalidate(call).text == "2: a@0 top@1")
    #expect(bench.batch() == [])
    bench.save()
    bench.restart()
    #expect(bench.engine.entry(Bench.name("a"))?.tags.map(\.name) == ["y"])
  }

  /// One that was never made stands for what it depends on.
  @Test func aDeclaredEntryStandsForWhatIsAdded() {
    var bench = Bench(["f": "1", "g": "1"])
    bench.declare(["gen": ["file:f"]])
    bench.make("a", from: ["gen"])
    _ = bench.batch()
    #expect(bench.amend("gen", add: ["file:g"]) == .amended(unknown: []))
    bench.settle()
    #expect(bench.get("a") == .stale, "it was made from something else")
    bench.make("a", from: ["gen"])
    #expect(bench.get("a") == .fresh)
    bench.write("g", "2")
    #expect(bench.get("a") == .stale)
  }
}

extension Bench {
  /// An amendment with as many passes as it takes.
  mutating func amend(
    _ key: String, add: [String] = [], remove: [String] = [], addTags: [String] = [], removeTags: [String] = [],
    ttl: Lifetime? = nil
  ) -> AmendOutcome {
    tick()
    var amendment = Amendment(name: Self.name(key), arrived: engine.stamp(), arrivedAt: clock)
    // Ids of the tests are well-formed.
    amendment.addDependencies = add.map { try! ResourceID.parseStated($0, in: Self.context) }
    amendment.removeDependencies = remove.map(Self.id)
    amendment.addTags = addTags
    amendment.ttl = ttl
    amendment.removeTags = removeTags
    for _ in 0..<20 {
      switch engine.amend(amendment, begun: engine.stamp()) {
      case .answer(let outcome): return outcome
      case .again(let leaves): look(at: leaves)
      }
    }
    Issue.record("an amendment of \(key) never ends")
    return .unknown
  }
}
