import Freshness
import Paths
import Testing

/// What calls and the manifest do to entries.
@Suite struct EntryTests {
  // a.c ← a (never made) ← app
  @Test func ghostStandsForItsDependencies() {
    var bench = Bench(["a.c": "1"])
    bench.declare(["a": ["file:a.c"]])
    #expect(bench.make("app", from: ["a"], value: "app").text == "accepted")
    #expect(bench.states == "a missing, app fresh")
    #expect(bench.batch() == [])
    bench.write("a.c", "2")
    #expect(bench.states == "a missing, app suspect")
    #expect(
      bench.batch() == [
        "modified file:a.c", "reached a missing→missing by file:a.c via file:a.c at 1",
        "invalidated app fresh→stale by file:a.c via entry:t/a at 2",
      ])
    bench.write("a.c", "1")
    _ = bench.batch()
    #expect(bench.get("app") == .fresh)
    // Its maker's output is nothing to one that was not made.
    bench.declare(["a": ["file:a.c"]], outputs: ["a": ["a.o"]])
    bench.settle()
    #expect(bench.get("app") == .fresh)
    bench.declare(["a": ["file:a.c", "file:a.h"]])
    #expect(bench.get("app") == .stale)
    #expect(bench.engine.checkInvariants() == [])
  }

  @Test func unknownDependencyIsNamed() {
    var bench = Bench()
    #expect(
      bench.make("app", from: ["nobody"]) == .accepted(created: true, unknown: [Bench.name("nobody")]))
    #expect(bench.engine.standing(of: Bench.name("nobody")).known)
    // Made at last: it stands for something else now.
    bench.make("nobody", value: "1")
    #expect(bench.states == "app stale, nobody fresh")
    #expect(bench.batch() == ["invalidated app fresh→stale by entry:t/nobody via entry:t/nobody at 1"])
  }

  // up ← mid ← top
  @Test func forcedStaysUntilMade() {
    var bench = Bench()
    bench.make("up", value: "1", tags: ["x"])
    bench.make("mid", from: ["up"], value: "2")
    bench.make("top", from: ["mid"], value: "3")
    _ = bench.batch()
    #expect(bench.invalidate("up", dryRun: true).text == "3: up@0 mid@1 top@2")
    #expect(bench.states == "mid fresh, top fresh, up fresh")
    #expect(bench.invalidate("up", soft: true).text == "3: up@0 mid@1 top@2")
    #expect(bench.engine.standing(of: Bench.name("up")).value != nil)
    #expect(bench.states == "mid suspect, top suspect, up stale")
    #expect(bench.invalidate("up").text == "3: ")
    #expect(bench.engine.standing(of: Bench.name("up")).value == nil)
    #expect(bench.engine.standing(of: Bench.name("mid")).value != nil)
    #expect(
      bench.batch() == [
        "invalidated up fresh→stale by call:invalidate via entry:t/up at 0",
        "invalidated mid fresh→suspect by call:invalidate via entry:t/up at 1",
        "invalidated top fresh→suspect by call:invalidate via entry:t/mid at 2",
      ])
    bench.restart()
    #expect(bench.states == "mid suspect, top suspect, up stale")
    #expect(bench.batch() == [])
    bench.make("up", value: "1")
    #expect(bench.states == "mid fresh, top fresh, up fresh")
    #expect(bench.invalidate("nobody").text == "0: ")
    #expect(bench.engine.entry(Bench.name("up"))?.tags.map(\.name) == ["x"])
  }

  @Test func endsWithoutCascade() {
    var bench = Bench(["f": "1"])
    bench.make("up", from: ["file:f"], value: "1")
    bench.make("top", from: ["up"], value: "2")
    _ = bench.batch()
    #expect(bench.invalidate("up", cascade: false).text == "1: up@0")
    #expect(bench.states == "top fresh, up stale")
    #expect(bench.batch() == ["invalidated up fresh→stale by call:invalidate via entry:t/up at 0"])
    bench.restart()
    #expect(bench.get("top") == .fresh)
    // What really changes below still reaches the dependents.
    bench.write("f", "2")
    #expect(bench.get("top") == .suspect)
    bench.write("f", "1")
    #expect(bench.get("top") == .fresh)
    bench.make("up", from: ["file:f"], value: "other")
    #expect(bench.states == "top stale, up fresh")
  }

  @Test func namespaceTagAndAll() {
    var bench = Bench()
    bench.make("u/a", value: "1", tags: ["x"])
    bench.make("b", from: ["entry:u/a"], value: "2", tags: ["x", "y"])
    bench.make("c", from: ["b"], value: "3")
    _ = bench.batch()
    var call = Invalidation()
    call.namespaces = ["u"]
    #expect(bench.engine.invalidate(call).text == "1: a@0")
    #expect(bench.states == "b fresh, c fresh, a stale")
    call = Invalidation()
    call.tags = ["y"]
    #expect(bench.engine.invalidate(call).text == "2: b@0 c@1")
    #expect(
      bench.batch() == [
        "invalidated b fresh→stale by tag:y via entry:t/b at 0",
        "invalidated a fresh→stale by namespace:u via entry:u/a at 0",
        "invalidated c fresh→suspect by tag:y via entry:t/b at 1",
      ])
    call = Invalidation()
    call.all = true
    #expect(bench.engine.invalidate(call).text == "3: c@0")
    bench.make("b", value: "2", tags: ["z"])
    #expect(bench.engine.entries(tag: "x").map(\.name.key) == ["a"])
    #expect(bench.engine.entries(tag: "z").map(\.name.key) == ["b"])
    #expect(bench.engine.entries(after: Bench.name("b"), limit: 1).map(\.name.key) == ["c"])
    #expect(bench.engine.entries(state: .stale).map(\.name.key) == ["c", "a"])
    #expect(bench.engine.checkInvariants() == [])
  }

  @Test func deleting() {
    var bench = Bench(["f": "1"])
    bench.make("up", from: ["file:f"], value: "1", tags: ["x"])
    bench.make("top", from: ["up"], value: "2")
    _ = bench.batch()
    #expect(bench.delete("up") == true)
    #expect(bench.delete("nobody") == false)
    #expect(bench.states == "top stale, up missing")
    #expect(
      bench.batch() == [
        "invalidated up fresh→missing by call:delete via entry:t/up at 0",
        "invalidated top fresh→stale by call:delete via entry:t/up at 1",
      ])
    #expect(bench.engine.counts().tags == 0)
    #expect(bench.delete("top") == true)
    #expect(bench.engine.counts() == Bench().engine.counts())
    bench.watch()
    #expect(bench.watched.isEmpty)
  }

  @Test func declaring() {
    var bench = Bench(["f": "1", "g": "1"])
    bench.declare(["a": ["file:f"]], tags: ["a": ["x"]])
    bench.make("a")
    #expect(bench.get("a") == .fresh)
    _ = bench.batch()
    // A new dependency: stale, because of the manifest.
    bench.declare(["a": ["file:f", "file:g"]])
    #expect(bench.batch() == ["invalidated a fresh→stale by file:staled.json via file:g at 1"])
    bench.restart()
    #expect(bench.get("a") == .stale)
    // Taken away before it was made from it: as if it had never been.
    bench.declare(["a": ["file:f"]])
    #expect(bench.get("a") == .fresh)
    #expect(bench.batch() == ["revalidated a stale→fresh by file:staled.json via file:g at 1"])
    // Its declaration goes: a made entry keeps its edges.
    bench.declare([:])
    bench.write("f", "2")
    #expect(bench.get("a") == .stale)
    bench.declare(["a": ["file:f"], "b": ["file:g"]])
    bench.make("a", from: ["file:g"])
    #expect(bench.engine.dependencies(of: Bench.id("a"), transitive: false).map { "\($0.id)" } == ["file:f", "file:g"])
    bench.declare([:])
    #expect(bench.states == "a fresh")
    #expect(bench.engine.checkInvariants() == [])
  }

  @Test func restartFindsExactlyWhatChanged() {
    var bench = Bench(["src/a.c": "1", "src/b.c": "1", "h": "1"])
    bench.make("a", from: ["file:src/a.c", "file:h"])
    bench.make("b", from: ["file:src/b.c"])
    bench.make("lib", from: ["glob:src/*.c"])
    bench.make("app", from: ["a", "b"])
    _ = bench.batch()
    let before = bench.states
    bench.restart()
    #expect(bench.states == "a suspect, app suspect, b suspect, lib suspect")
    #expect(bench.batch() == [])
    #expect(bench.states == before)
    bench.change("src/b.c", "2")
    bench.change("src/new.c", "1")
    bench.restart()
    #expect(
      bench.batch() == [
        "modified file:src/b.c", "created file:src/new.c",
        "invalidated b fresh→stale by file:src/b.c via file:src/b.c at 1",
        "invalidated lib fresh→stale by file:src/new.c via glob:src/*.c at 1",
        "invalidated app fresh→suspect by file:src/b.c via entry:t/b at 2",
      ])
    #expect(bench.engine.checkInvariants() == [])
  }

  // f ← 0 ← 1 ← 2 ← … ← 99,999, all made: no step follows the depth by recursion.
  @Test func deepChain() {
    let depth = 100_000
    let digest = Fingerprint.digest(Bench.digest("1"))
    var file = NodeRecord(id: NodeID(rawValue: 0), kind: .file, name: .file("f"))
    file.fingerprint = digest
    let records = (0..<depth).map { number in
      var record = NodeRecord(
        id: NodeID(rawValue: UInt32(number + 1)), kind: .entry, name: .entry(Bench.name("\(number)")))
      record.fingerprint = digest
      record.edges = [EdgeRecord(to: NodeID(rawValue: UInt32(number)), observed: digest, roles: .given)]
      record.entry = EntryRecord()
      record.entry?.made = true
      record.entry?.published = .fresh
      return record
    }
    var bench = Bench(["f": "1"])
    bench.engine = Engine(boot: 2, restoring: [file] + records, context: Bench.context)
    let top = Bench.name("\(depth - 1)")
    #expect(bench.engine.standing(of: top).state == .suspect)
    bench.settle()
    #expect(bench.engine.endBatch().outcomes.isEmpty)
    #expect(bench.engine.standing(of: top).state == .fresh)
    bench.write("f", "2")
    #expect(bench.engine.standing(of: top).state == .suspect)
    bench.settle()
    let batch = bench.engine.endBatch()
    #expect((batch.matched, batch.invalidated, batch.outcomes.last?.depth) == (depth, depth, depth))
    #expect(bench.engine.why(top)?.count == depth + 1)
    #expect(bench.get("\(depth - 1)") == .suspect)
    guard case .cycle(let path) = bench.make("0", from: ["\(depth - 1)"]) else { return #expect(Bool(false)) }
    #expect(path.count == depth + 1)
  }

  // The same, never made, and declared the wrong way round: what an entry rests on is digested first.
  @Test func deepDeclaration() {
    let depth = 5_000
    var bench = Bench(["f": "1"])
    let chain = (0..<depth).map {
      Declared(name: Bench.name("\($0)"), dependencies: [$0 == 0 ? .file("f") : Bench.id("\($0 - 1)")])
    }
    #expect(bench.engine.declare(chain.reversed()).isEmpty)
    bench.make("top", from: ["\(depth - 1)"], value: "1")
    bench.write("f", "2")
    bench.settle()
    #expect(bench.engine.endBatch().matched == depth + 1)
    #expect(bench.engine.standing(of: Bench.name("top")).state == .stale)
    let turned = [Declared(name: Bench.name("0"), dependencies: [Bench.id("\(depth - 1)")])] + chain.dropFirst()
    #expect(bench.engine.declare(turned).map(\.cycle.count) == [depth + 1])
    #expect(bench.engine.checkInvariants() == [])
  }
}
