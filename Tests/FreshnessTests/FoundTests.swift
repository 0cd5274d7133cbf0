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
}
