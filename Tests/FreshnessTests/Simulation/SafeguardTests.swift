#if DEBUG
  import Freshness
  import Paths
  import Testing

  /// What goes wrong without a safeguard whose history is rare, in the fewest steps that show it.
  @Suite struct SafeguardTests {
    @Test(arguments: [nil, .lateHash] as [Safeguard?]) func lateHash(_ safeguard: Safeguard?) {
      var bench = Bench(["f": "1"])
      bench.engine.without = safeguard
      bench.make("a", from: ["file:f"])
      bench.engine.touch([.content("f")])
      let lease = bench.lease()
      bench.change("f", "2")
      // The client read 1; the look sees 2, and the event is still under way.
      let request = SetRequest(
        name: Bench.name("a"), dependencies: [(.file("f"), nil)], lease: lease, arrived: bench.engine.stamp(),
        arrivedAt: bench.clock, result: .derived)
      let begun = bench.engine.stamp()
      _ = bench.engine.set(request, begun: begun)
      bench.look(at: [.file("f")])
      #expect(isAnswer(bench.engine.set(request, begun: begun)) == (safeguard != nil))
    }

    @Test(arguments: [nil, .getSecondPass] as [Safeguard?]) func tornRead(_ safeguard: Safeguard?) {
      var bench = Bench(["f": "1"])
      bench.engine.without = safeguard
      bench.make("a", from: ["file:f"])
      bench.engine.touch([.content("f")])
      let begun = bench.engine.stamp()
      bench.look(at: [.file("f")])
      #expect(isAnswer(bench.engine.get(Bench.name("a"), begun: begun)) == (safeguard != nil))
    }

    @Test(arguments: [nil, .outputsProven] as [Safeguard?]) func tornOutputs(_ safeguard: Safeguard?) {
      var bench = Bench(["o": "1"])
      bench.engine.without = safeguard
      let request = SetRequest(
        name: Bench.name("a"), outputs: ["o"], lease: nil, arrived: bench.engine.stamp(), arrivedAt: bench.clock,
        result: .derived)
      let begun = bench.engine.stamp()
      _ = bench.engine.set(request, begun: begun)
      bench.look(at: [.file("o")])
      #expect(isAnswer(bench.engine.set(request, begun: begun)) == (safeguard != nil))
    }

    private func isAnswer<Answer>(_ pass: Pass<Answer>) -> Bool { if case .answer = pass { true } else { false } }

    @Test(arguments: zip([nil, .watchIsATouch] as [Safeguard?], ["changed", "accepted"]))
    func changeBeforeTheWatch(_ safeguard: Safeguard?, _ expected: String) {
      var bench = Bench(["f": "1"])
      bench.engine.without = safeguard
      bench.covered = false
      // Named, but not watched yet.
      bench.declare(["a": ["file:f"]])
      let lease = bench.lease()
      bench.change("f", "2")
      #expect(bench.make("a", from: ["file:f"], lease: lease).text == expected)
    }

    @Test(arguments: zip([nil, .ctimeGranularity] as [Safeguard?], ["tooYoung", "accepted"]))
    func coarseTimes(_ safeguard: Safeguard?, _ expected: String) {
      var bench = Bench(["f": "1"])
      bench.engine.without = safeguard
      bench.covered = false
      let lease = bench.lease()
      bench.ctimes["f"] = lease.time
      #expect(bench.make("a", from: ["file:f"], lease: lease).text == expected)
    }

    @Test(arguments: zip([nil, .leaseDiesWithBoot] as [Safeguard?], ["agentRestarted", "accepted"]))
    func leaseOfAFormerRun(_ safeguard: Safeguard?, _ expected: String) {
      var bench = Bench(["f": "1"])
      bench.make("a", from: ["file:f"])
      _ = bench.batch()
      let stored = bench.engine
      for _ in 0..<50 { _ = bench.engine.stamp() }
      let lease = bench.lease()
      // The power goes: the commits since are lost, and the order of inputs begins again before the lease.
      bench.change("f", "2")
      bench.engine = stored
      bench.restart()
      bench.engine.without = safeguard
      bench.covered = false
      #expect(bench.make("a", from: ["file:f"], lease: lease).text == expected)
    }

    @Test(arguments: zip([nil, .forcedStampKept] as [Safeguard?], ["invalidated", "accepted"]))
    func olderLease(_ safeguard: Safeguard?, _ expected: String) {
      var bench = Bench()
      bench.engine.without = safeguard
      bench.make("up", value: "1")
      let lease = bench.lease()
      bench.invalidate("up")
      bench.make("up", value: "1")
      #expect(bench.make("a", from: ["up"], lease: lease).text == expected)
    }

    @Test(arguments: [nil, .membersRestored] as [Safeguard?]) func memberGoneWhileDown(_ safeguard: Safeguard?) {
      var bench = Bench(["s/x": "1", "s/y": "1"])
      bench.make("a", from: ["glob:s/*"])
      _ = bench.batch()
      bench.change("s/y", nil)
      bench.engine = Engine(
        boot: 2, lsn: bench.engine.lsn, forgottenAt: bench.engine.forgottenAt, restoring: Array(bench.stored.values),
        context: Bench.context, without: safeguard)
      bench.watched = []
      #expect(bench.batch().contains("deleted file:s/y") == (safeguard == nil))
    }
  }
#endif
