import Freshness
import Paths
import Testing

/// What a `set` is accepted on, and each reason for which it is not.
@Suite struct LeaseTests {
  enum Meanwhile: CaseIterable {
    case nothing, edit, touchBack, sameBytes, upstreamAgain, upstreamSame, invalidated, dependencyInvalidated
    case namespaceCleared, deleted, madeAgain, restart
  }

  // a.c, up ← a
  @Test(
    arguments: zip(
      Meanwhile.allCases,
      [
        "accepted", "changed", "changed", "changed", "changed", "accepted", "invalidated", "invalidated", "invalidated",
        "invalidated", "madeAgain", "agentRestarted",
      ]))
  func meanwhile(_ what: Meanwhile, _ expected: String) {
    var bench = Bench(["a.c": "1"])
    bench.make("up", value: "u")
    bench.make("a", from: ["file:a.c", "up"])
    _ = bench.batch()
    let lease = bench.lease()
    switch what {
    case .nothing: break
    case .edit: bench.write("a.c", "2")
    case .touchBack:
      bench.write("a.c", "2")
      bench.settle()
      bench.write("a.c", "1")
    case .sameBytes: bench.write("a.c", "1")
    case .upstreamAgain: bench.make("up", value: "v")
    case .upstreamSame: bench.make("up", value: "u")
    case .invalidated: bench.invalidate("a")
    case .dependencyInvalidated: _ = bench.engine.invalidateDependents(of: [Bench.id("file:a.c")])
    case .namespaceCleared:
      var call = Invalidation()
      call.namespaces = ["t"]
      _ = bench.engine.invalidate(call)
    case .deleted: _ = bench.engine.delete(Bench.name("a"))
    case .madeAgain: bench.make("a", from: ["file:a.c"])
    case .restart: bench.restart()
    }
    #expect(bench.make("a", from: ["file:a.c", "up"], lease: lease).text == expected)
    #expect(bench.engine.checkInvariants() == [])
  }

  /// A touch that changed nothing leaves the ctimes old: the look tells that the lease holds.
  @Test func touchedWithoutChange() {
    var bench = Bench(["a.c": "1"])
    bench.make("a", from: ["file:a.c"])
    let lease = bench.lease()
    bench.engine.touch([.everything])
    #expect(bench.make("a", from: ["file:a.c"], lease: lease).text == "accepted")
  }

  // First naming: covered by watched directories since before the lease, or not.
  @Test(arguments: [
    (covered: true, ageOfChange: nil as WallClock?, expected: "accepted"),
    (true, 5, "changed"), (false, nil, "accepted"), (false, 5, "changed"), (false, -5, "accepted"),
    (false, 0, "tooYoung"),
  ])
  func firstNaming(covered: Bool, ageOfChange: WallClock?, expected: String) {
    var bench = Bench(["new.c": "1"])
    bench.covered = covered
    let lease = bench.lease()
    if let ageOfChange {
      bench.disk["new.c"] = "2"
      bench.ctimes["new.c"] = lease.time + ageOfChange * 1_000_000_000
      if covered { bench.engine.touch([.content("new.c")]) }
    }
    #expect(bench.make("a", from: ["file:new.c"], lease: lease).text == expected)
    // Refused names stay tracked: the next lease finds them known.
    #expect(bench.engine.lastLook(.file("new.c")) != nil)
    bench.covered = false
    let next = bench.lease()
    bench.ctimes["new.c"] = next.time
    #expect(bench.make("a", from: ["file:new.c"], lease: next).text == "accepted")
    #expect(bench.engine.checkInvariants() == [])
  }

  /// First naming of what lies where any name may have come or gone since the lease, and is as young as that.
  @Test(arguments: [
    ("file:d/a", "changed"), ("file:d/x/1", "changed"), ("dir:d", "changed"), ("dir:d/x", "changed"),
    ("glob:d/*", "changed"), ("glob:d/x/*.c", "changed"), ("glob:**/*.c", "changed"), ("file:e/a", "accepted"),
    ("file:a", "accepted"), ("dir:e", "accepted"), ("glob:e/*", "accepted"), ("glob:*.h", "accepted"),
  ])
  func firstNamingWhereAnyNameMayHaveGone(id: String, expected: String) {
    var bench = Bench(["d/a": "1", "d/x/1": "1", "e/a": "1", "a": "1"])
    let lease = bench.lease()
    bench.engine.touch([.names("d")])
    bench.newestNames = lease.time + 1_000_000_000
    for path in bench.ctimes.keys { bench.ctimes[path] = bench.newestNames }
    #expect(bench.make("m", from: [id], lease: lease).text == expected)
  }

  /// A sibling that the command writes itself changes the directory's ctime, not what it read.
  @Test func siblingOutput() {
    var bench = Bench(["src/a.c": "1"])
    let lease = bench.lease()
    bench.write("src/a.o", "object")
    bench.ctimes["src/a.c"] = lease.time + 1_000_000_000
    let outcome = bench.make("a", from: ["file:src/a.c", "glob:src/*.c"], outputs: ["src/a.o"], lease: lease)
    #expect(outcome.text == "accepted")
  }

  @Test func stated() {
    var bench = Bench(["a.c": "1"])
    let one = Bench.digest("1").description
    let lease = bench.lease()
    bench.write("a.c", "2")
    bench.write("a.c", "1")
    #expect(bench.make("a", from: ["file:a.c@\(one)"], lease: lease).text == "accepted")
    bench.write("a.c", "2")
    let outcome = bench.make("a", from: ["file:a.c@\(one)"])
    #expect(outcome.text == "differs")
    if case .refused(let refusal) = outcome {
      #expect(refusal.description == "file:a.c is \(Bench.digest("2")), not \(one) as stated; read it again")
    }
    #expect(bench.make("b", from: ["file:none@absent"], lease: .some(nil)).text == "accepted")
    #expect(bench.make("b", from: ["file:none@\(one)"], lease: .some(nil)).text == "differs")
  }

  @Test func unreadableIsNoProof() {
    var bench = Bench(["a.c": "1"])
    bench.make("a", from: ["file:a.c"])
    bench.unreadable = ["a.c"]
    bench.engine.touch([.content("a.c")])
    #expect(bench.get("a") == .suspect)
    #expect(bench.make("a", from: ["file:a.c"]).text == "unreadable")
    #expect(bench.make("a", from: ["file:a.c"], lease: .some(nil)).text == "unreadable")
  }

  /// A hash from after the barrier tells what is there now, not what the client read.
  @Test func lateHash() throws {
    var bench = Bench(["a.c": "1"])
    bench.make("a", from: ["file:a.c"])
    bench.engine.touch([.content("a.c")])
    let lease = bench.lease()
    let request = SetRequest(
      name: Bench.name("a"), dependencies: [(.file("a.c"), nil)], lease: lease, arrived: bench.engine.stamp(),
      arrivedAt: bench.clock, result: .derived)
    let begun = bench.engine.stamp()
    guard case .again([.file("a.c")]) = bench.engine.set(request, begun: begun) else {
      throw Violation(description: "it is dirty")
    }
    // The event of this change comes late; the hash sees it already.
    bench.change("a.c", "2")
    bench.look(at: [.file("a.c")])
    guard case .again([]) = bench.engine.set(request, begun: begun) else {
      throw Violation(description: "it was taken in after the barrier began")
    }
    bench.engine.touch([.content("a.c")])
    #expect(bench.make("a", from: ["file:a.c"], lease: lease).text == "changed")
  }

  @Test func cycles() {
    var bench = Bench()
    bench.make("c", value: "c")
    bench.make("b", from: ["c"])
    bench.make("a", from: ["b"])
    guard case .cycle(let path) = bench.make("c", from: ["a"]) else { return #expect(Bool(false)) }
    #expect(path.map { "\($0)" } == ["entry:t/c", "entry:t/a", "entry:t/b", "entry:t/c"])
    #expect(bench.make("c", from: ["c"]).text == "cycle")
    let problems = bench.declare(["c": ["a"], "d": []])
    #expect(problems.map { $0.cycle.map { "\($0)" } } == [["entry:t/c", "entry:t/a", "entry:t/b", "entry:t/c"]])
    #expect(bench.engine.checkInvariants() == [])
  }
}
