import Freshness
import Paths
import Testing

/// Step lists: what each step leaves behind, exactly.
@Suite struct CascadeTests {
  // a.c ← a
  @Test func direct() {
    var bench = Bench(["a.c": "1"])
    #expect(bench.make("a", from: ["file:a.c"]).text == "accepted")
    #expect(bench.get("a") == .fresh)
    #expect(bench.batch() == [])
    bench.write("a.c", "2")
    #expect(bench.states == "a suspect")
    #expect(bench.batch() == ["modified file:a.c", "invalidated a fresh→stale by file:a.c via file:a.c at 1"])
    #expect(bench.get("a") == .stale)
    bench.make("a", from: ["file:a.c"])
    #expect(bench.get("a") == .fresh)
    #expect(bench.batch() == [])
    #expect(bench.engine.checkInvariants() == [])
  }

  // a touch, a rewrite with the same bytes, a revert: nothing is stale at rest
  @Test func touchAndRevert() {
    var bench = Bench(["a.c": "1"])
    bench.make("a", from: ["file:a.c"])
    _ = bench.batch()
    bench.write("a.c", "1")
    #expect(bench.states == "a suspect")
    bench.settle()
    let batch = bench.engine.endBatch()
    #expect((batch.changes.count, batch.outcomes.count, batch.unchanged, batch.matched) == (0, 0, 1, 0))
    #expect(bench.states == "a fresh")
    bench.write("a.c", "2")
    _ = bench.batch()
    bench.write("a.c", "1")
    #expect(bench.batch() == ["modified file:a.c", "revalidated a stale→fresh by file:a.c via file:a.c at 1"])
  }

  // result_a → result_b → result_c
  @Test func chainByCall() {
    var bench = Bench()
    bench.make("result_c", value: "c")
    bench.make("result_b", from: ["result_c"], value: "b")
    bench.make("result_a", from: ["result_b"], value: "a")
    let done = bench.engine.invalidateDependents(of: [Bench.id("result_c")])
    #expect(done.text == "2: result_b@1 result_a@2")
    #expect(done.entries.map { "\($0.via)" } == ["entry:t/result_c", "entry:t/result_b"])
    #expect(bench.states == "result_a suspect, result_b stale, result_c fresh")
    #expect(
      bench.batch() == [
        "invalidated result_b fresh→stale by call:invalidate via entry:t/result_c at 1",
        "invalidated result_a fresh→suspect by call:invalidate via entry:t/result_b at 2",
      ])
    // Made again to the same value: a recovers.
    bench.make("result_b", from: ["result_c"], value: "b")
    #expect(
      bench.batch() == ["revalidated result_a suspect→fresh by call:invalidate via entry:t/result_b at 2"])
    #expect(bench.engine.checkInvariants() == [])
  }

  //      x
  //     / \
  //    l   r      each once
  //     \ /
  //      top
  @Test func diamond() {
    var bench = Bench(["x": "1"])
    bench.make("l", from: ["file:x"])
    bench.make("r", from: ["file:x"])
    bench.make("top", from: ["l", "r"])
    _ = bench.batch()
    bench.write("x", "2")
    #expect(bench.states == "l suspect, r suspect, top suspect")
    #expect(
      bench.batch() == [
        "modified file:x", "invalidated l fresh→stale by file:x via file:x at 1",
        "invalidated r fresh→stale by file:x via file:x at 1",
        "invalidated top fresh→suspect by file:x via entry:t/l at 2",
      ])
    #expect(bench.engine.why(Bench.name("top"))?.map { "\($0.id)" } == ["entry:t/top", "entry:t/l", "file:x"])
    // Early cutoff: made again to the same digests, top needs nothing.
    bench.make("l", from: ["file:x"], value: "same")
    bench.make("top", from: ["l", "r"])
    bench.write("x", "3")
    _ = bench.batch()
    bench.make("l", from: ["file:x"], value: "same")
    bench.make("r", from: ["file:x"])
    #expect(bench.states == "l fresh, r fresh, top stale")
  }
}
