import Paths
import Testing

@testable import Freshness

/// What the simulation found, each by its shortest history.
@Suite struct FoundTests {
  /// Touched again before the batch ends, a change is told as a doubt; the look that settles it shows nothing new, and is
  /// told all the same.
  @Test func doubtIsSettledByALookThatShowsNothingNew() {
    var bench = Bench(["f": "1", "g": "1"])
    bench.make("a", from: ["file:f", "file:g"])
    _ = bench.batch()
    bench.write("f", "2")
    bench.engine.touch([.content("g")])
    bench.look(at: [.file("f")])
    bench.engine.touch([.content("f")])
    bench.look(at: [.file("g")])
    let batch = bench.engine.endBatch()
    #expect(batch.outcomes.map { "\($0.kind) \($0.was)→\($0.state)" } == ["invalidated fresh→suspect"])
    #expect(bench.batch() == ["invalidated a suspect→stale by file:f via file:f at 1"])
    #expect(bench.batch() == [])
  }

  /// A call that invalidates what rests on a ghost changes what the ghost stands for: the answer counts what that makes worse.
  @Test(arguments: [true, false]) func dependentsOfAGhostAreCounted(_ cascade: Bool) {
    var bench = Bench(["f": "1"])
    bench.make("a", from: ["ghost", "file:f"])
    bench.make("top", from: ["a"])
    var call = Invalidation()
    call.resources = [Bench.id("ghost")]
    call.cascade = cascade
    call.dryRun = true
    let predicted = bench.engine.invalidate(call)
    call.dryRun = false
    #expect(bench.engine.invalidate(call) == predicted)
    #expect(predicted.text == (cascade ? "2: a@1 top@2" : "1: a@1"))
  }

  // f ← p ← q ← r: a call that ends q alone does not stand in the way of what f does to r.
  @Test func cascadeGoesOnThroughWhatIsEndedAlone() {
    var bench = Bench(["f": "1"])
    bench.make("p", from: ["file:f"])
    bench.make("q", from: ["p"])
    bench.make("r", from: ["q"])
    _ = bench.batch()
    bench.write("f", "2")
    bench.settle()
    bench.invalidate("q", cascade: false)
    #expect(
      bench.batch() == [
        "modified file:f", "invalidated q fresh→stale by call:invalidate via entry:t/q at 0",
        "invalidated p fresh→stale by file:f via file:f at 1",
        "invalidated r fresh→suspect by file:f via entry:t/q at 3",
      ])
  }

  // ghost ← a ← top: what rests on a resource is ended alone if the call says so; the resource is no other than before for
  // those who go on with what `a` was, but void for leases under way.
  @Test(arguments: zip([true, false], ["suspect", "fresh"]))
  func resourceEndsItsDependentsAlone(_ cascade: Bool, _ expected: String) {
    var bench = Bench()
    bench.make("a", from: ["ghost"])
    bench.make("top", from: ["a"])
    let lease = bench.lease()
    var call = Invalidation()
    call.resources = [Bench.id("ghost")]
    call.cascade = cascade
    _ = bench.engine.invalidate(call)
    bench.settle()
    #expect(bench.states == "a stale, ghost missing, top \(expected)")
    let (late, again) = (bench.make("b", from: ["ghost"], lease: lease), bench.make("a", from: ["ghost"]))
    #expect([late.text, again.text] == ["changed", "accepted"])
    #expect(bench.get("top") == .fresh)
  }

  // f ← gen, declared and never made: who reads through it names gen alone, for f is declared. Then gen is undeclared and
  // let go, and what the client read is nowhere.
  @Test func letGoUnderALease() {
    var bench = Bench(["f": "1"])
    bench.declare(["gen": ["file:f"]])
    bench.settle()
    let lease = bench.lease()
    // Here the client reads f.
    bench.declare([:])
    bench.watch()
    #expect(!bench.engine.isTracked(.file("f")))
    bench.write("f", "2")
    #expect(bench.make("a", from: ["gen"], lease: lease).text == "invalidated")
  }

  /// Seen gone, let go, and named again when it was back, all within a batch: the log tells of nothing that is not so.
  @Test func whatIsNamedAgainIsToldAsItIs() {
    var bench = Bench(["o": "1"])
    bench.make("p", outputs: ["o"])
    _ = bench.batch()
    bench.write("o", nil)
    bench.settle()
    let deleted = bench.delete("p")
    bench.write("o", "1")
    bench.make("p", outputs: ["o"])
    let log = bench.batch()
    #expect(deleted && !log.contains("deleted file:o"), "\(log)")
    #expect(bench.get("p") == .fresh)
  }

  /// src/*.c ← lib: the batch ends after the listing has shown a new file and before that was looked at.
  @Test func whatCameWithAListingIsToldWhenItIsKnown() {
    var bench = Bench(["src/a.c": "1"])
    bench.make("lib", from: ["glob:src/*.c"])
    _ = bench.batch()
    bench.change("src/b.c", "1")
    bench.engine.touch([.name("src/b.c")])
    bench.watch()
    bench.look(at: [.listing("src/*.c")])
    #expect(bench.engine.endBatch().isEmpty)
    #expect(
      bench.batch() == ["created file:src/b.c", "invalidated lib fresh→stale by file:src/b.c via glob:src/*.c at 1"])
    // One that was there before, and is gone and back in between.
    bench.change("src/b.c", nil)
    bench.engine.touch([.name("src/b.c")])
    bench.look(at: [.listing("src/*.c")])
    bench.change("src/b.c", "2")
    bench.engine.touch([.name("src/b.c")])
    bench.look(at: [.listing("src/*.c")])
    #expect(bench.engine.endBatch().changes.map { "\($0.kind) \($0.resource)" } == ["deleted file:src/b.c"])
    #expect(bench.batch().first == "created file:src/b.c")
  }

  /// Nobody asks for news for a long time: files that come and go take no room.
  @Test func whatCameAndWentIsForgotten() {
    var bench = Bench(["src/a.c": "1"])
    bench.make("lib", from: ["glob:src/*.c"])
    _ = bench.batch()
    for number in 0..<10 {
      bench.write(Path("src/new\(number).c"), "1")
      bench.settle()
      bench.write(Path("src/new\(number).c"), nil)
      bench.settle()
    }
    bench.write("src/a.c", "2")
    bench.settle()
    bench.engine.forgetWhatCameAndWent()
    #expect(bench.engine.news.changes.count == 1)
    #expect(
      bench.batch() == ["modified file:src/a.c", "invalidated lib fresh→stale by file:src/a.c via glob:src/*.c at 1"])
  }

  /// Who read the digest of an entry that is let go of meanwhile made something from that, not from what it stands for now.
  @Test func whatIsForgottenEndsLeases() {
    var bench = Bench()
    bench.make("a", value: "v")
    let lease = bench.lease()
    #expect(bench.engine.evict(in: nil, maxValues: 0, maxBytes: nil, because: "bounds") == 1)
    #expect(bench.make("b", from: ["a"], lease: lease).text == "invalidated")
  }

  /// What a call under way names is not forgotten: its value goes, and it is as ended as before.
  @Test func whatACallNamesIsNotForgotten() {
    var bench = Bench(["f": "1"])
    bench.make("a", value: "v")
    bench.invalidate("a", soft: true)
    let request = SetRequest(
      name: Bench.name("b"), dependencies: [(Bench.id("a"), nil), (.file("f"), nil)], lease: nil,
      arrived: bench.engine.stamp(), arrivedAt: bench.clock, result: .derived)
    _ = bench.engine.set(request, begun: bench.engine.stamp())
    _ = bench.engine.evict(in: nil, maxValues: 0, maxBytes: nil, because: "bounds")
    #expect(bench.get("a") == .stale && bench.engine.standing(of: Bench.name("a")).value == nil)
    bench.make("b", from: ["a", "file:f"])
    #expect(bench.get("b") == .suspect && bench.engine.checkInvariants() == [])
  }

  /// What was stored under another manifest is brought up to date though the new one says nothing.
  @Test func aRestartUnderNoPolicyHoldsToo() {
    var bench = Bench(["f": "1"])
    bench.hold(.ttl, ttl: 10)
    bench.make("a", from: ["file:f"])
    _ = bench.batch()
    bench.engine.policies = Policies()
    bench.restart()
    bench.settle()
    bench.write("f", "2")
    #expect(bench.get("a") == .stale)
  }

  /// What a call's cascade put in doubt stays so across a restart: the policy of the namespace does not hold before the
  /// entry's own.
  @Test func anOwnPolicyHoldsAcrossARestart() {
    var bench = Bench()
    bench.hold(.ttl, ttl: 1000)
    let policies = bench.engine.policies
    let declared = Declared(
      name: Bench.name("x"), dependencies: [Bench.id("up")], policy: Bench.policy(.manual))
    _ = bench.engine.declare([declared], policies: policies)
    bench.make("up", value: "u")
    bench.make("x")
    bench.invalidate("up")
    _ = bench.batch()
    bench.engine = Engine(
      boot: 2, lsn: bench.engine.lsn, forgottenAt: bench.engine.forgottenAt, restoring: Array(bench.stored.values),
      context: Bench.context, clock: bench.engine.clock)
    _ = bench.engine.declare([declared], policies: policies)
    #expect(bench.states == "up stale, x suspect")
  }

  /// A member that was listed and not looked at when the agent ended is told by the next run.
  @Test func memberListedBeforeARestart() {
    var bench = Bench(["s/x": "1"])
    bench.make("p", from: ["glob:s/*"])
    _ = bench.batch()
    bench.write("s/z", "1")
    bench.look(at: [.listing("s/*")])
    _ = bench.engine.endBatch()
    bench.save()
    bench.restart()
    #expect(bench.batch().contains { $0.hasPrefix("invalidated p fresh→stale") })
  }

  /// What is only touched is not told, by the record of an eviction neither.
  @Test func anEvictionTellsNoDoubt() {
    var bench = Bench(["f": "1"])
    bench.make("a", from: ["file:f"], value: "v")
    bench.make("top", from: ["a"])
    _ = bench.batch()
    bench.engine.touch([.content("f")])
    _ = bench.engine.evict(in: nil, maxValues: 0, maxBytes: nil, because: "bounds")
    #expect(bench.engine.endBatch().outcomes.map { "\($0.kind) \($0.state)" } == ["evicted fresh"])
  }
}
