import Freshness
import Paths
import Testing

/// Globs, directories, absent files, opaque ids and outputs.
@Suite struct ResourceTests {
  // src/*.c (a.c, b.c) ← lib
  @Test func globMembers() {
    var bench = Bench(["src/a.c": "1", "src/b.c": "1", "src/x.h": "1"])
    bench.make("lib", from: ["glob:src/*.c"])
    #expect(bench.batch() == [])
    bench.write("src/x.h", "2")
    #expect(bench.states == "lib fresh")
    bench.write("src/a.c", "2")
    #expect(
      bench.batch() == ["modified file:src/a.c", "invalidated lib fresh→stale by file:src/a.c via glob:src/*.c at 1"])
    bench.write("src/a.c", "1")
    #expect(
      bench.batch() == ["modified file:src/a.c", "revalidated lib stale→fresh by file:src/a.c via glob:src/*.c at 1"])
    bench.write("src/c.c", "1")
    #expect(bench.states == "lib suspect")
    #expect(
      bench.batch() == ["created file:src/c.c", "invalidated lib fresh→stale by file:src/c.c via glob:src/*.c at 1"])
    #expect(bench.engine.members(of: "src/*.c") == ["src/a.c", "src/b.c", "src/c.c"])
    bench.write("src/c.c", nil)
    #expect(
      bench.batch() == ["deleted file:src/c.c", "revalidated lib stale→fresh by file:src/c.c via glob:src/*.c at 1"])
    bench.write("src/b.c", nil)
    #expect(
      bench.batch() == ["deleted file:src/b.c", "invalidated lib fresh→stale by file:src/b.c via glob:src/*.c at 1"])
    bench.make("lib")
    #expect(bench.engine.counts().resources == 0)
    #expect(bench.engine.checkInvariants() == [])
  }

  @Test func affectedByWhatIsNotThereYet() {
    var bench = Bench(["src/a.c": "1"])
    bench.make("lib", from: ["glob:src/*.c"])
    bench.make("app", from: ["lib"])
    #expect(bench.engine.affected(by: [.file("src/new.c")]).text == "2: lib@1 app@2")
    #expect(bench.engine.affected(by: [.file("src/new.h")]).text == "0: ")
    #expect(
      bench.engine.dependents(of: .file("src/a.c"), transitive: true).map { "\($0.id)@\($0.depth) via \($0.via)" } == [
        "entry:t/lib@1 via glob:src/*.c", "entry:t/app@2 via entry:t/lib",
      ])
    #expect(
      bench.engine.dependencies(of: Bench.id("app"), transitive: true).map { "\($0.id)@\($0.depth)" } == [
        "entry:t/lib@1", "file:src/a.c@2", "glob:src/*.c@2",
      ])
  }

  @Test func directory() {
    var bench = Bench(["src/a": "1"])
    bench.make("list", from: ["dir:src"])
    bench.write("src/a", "2")
    #expect(bench.get("list") == .fresh)
    bench.write("src/b", "1")
    #expect(bench.states == "list suspect")
    #expect(bench.batch() == ["modified dir:src", "invalidated list fresh→stale by dir:src via dir:src at 1"])
  }

  @Test func absentFileIsCreated() {
    var bench = Bench()
    bench.make("a", from: ["file:config"])
    #expect(bench.get("a") == .fresh)
    bench.write("config", "1")
    #expect(bench.batch() == ["created file:config", "invalidated a fresh→stale by file:config via file:config at 1"])
    bench.write("config", nil)
    #expect(bench.batch() == ["deleted file:config", "revalidated a stale→fresh by file:config via file:config at 1"])
  }

  /// Which of these doubt what a touch of all names in a directory concerns.
  @Test func namesTouchesAllDirectlyWithin() {
    let inputs = [
      "here": "file:d/a", "absent": "file:d/b", "below": "file:d/x/1", "listed": "dir:d", "inner": "dir:d/x",
      "above": "dir:.", "matches": "glob:d/*.c", "deeper": "glob:d/x/*.c", "other": "glob:e/*.c",
      "anyBelow": "glob:d/*/*.c", "anywhere": "glob:**/*.c", "beside": "glob:*/x/**", "shallow": "glob:*.h",
    ]
    var bench = Bench(["d/a": "1", "d/x/1": "1", "d/f.c": "1"])
    for (key, id) in inputs { bench.make(key, from: [id]) }
    bench.settle()
    bench.engine.touch([.names("d")])
    let suspect = inputs.keys.filter { bench.engine.state(of: Bench.name($0)) == .suspect }
    #expect(
      Set(suspect) == ["here", "absent", "listed", "inner", "matches", "deeper", "anyBelow", "anywhere", "beside"])
    bench.settle()
    #expect(inputs.keys.allSatisfy { bench.engine.state(of: Bench.name($0)) == .fresh })
  }

  /// Whether names that come or go in a directory concern a glob.
  @Test(arguments: [
    ("d", "{d/x,e}/*.c", true), ("e", "{d/x,e}/*.c", true), ("f", "{d/x,e}/*.c", false), ("d", "d/[a-z]/*", true),
    ("e", "d/[a-z]/*", false), ("x", "x/y/**/z", true), ("x/y", "x/y/**/z", true), ("x/y/a/b", "x/y/**/z", true),
    ("x/b", "x/y/**/z", false), ("", "*.c", true), ("a", "*.c", false), ("a/b", "*/*", false),
    ("/o", "/o/*.c", true), ("/", "/o/*.c", true), ("/p", "/o/**", false), ("d", "d/", true), ("d/e", "d/", true),
  ])
  func namesTouchesGlobs(directory: String, glob: String, concerns: Bool) {
    var bench = Bench()
    bench.make("m", from: ["glob:\(glob)"])
    bench.settle()
    bench.engine.touch([.names(Path(directory))])
    #expect(bench.states == "m \(concerns ? "suspect" : "fresh")")
  }

  @Test func treeTouchesAllWithin() {
    var bench = Bench(["d/x/1": "1", "d/y": "1", "e": "1"])
    bench.make("a", from: ["file:d/x/1"])
    bench.make("b", from: ["glob:d/y*"])
    bench.make("c", from: ["file:e"])
    bench.settle()
    bench.engine.touch([.tree("d")])
    #expect(bench.states == "a suspect, b suspect, c fresh")
    bench.settle()
    bench.engine.touch([.tree("/w")])
    #expect(bench.states == "a suspect, b suspect, c suspect")
    bench.settle()
    #expect(bench.states == "a fresh, b fresh, c fresh")
  }

  @Test func opaqueByCallAndByFile() {
    var bench = Bench(["app.yaml": "1"])
    bench.make("a", from: ["config:./app.yaml", "env:CC"])
    bench.make("b", from: ["a"])
    _ = bench.batch()
    bench.write("app.yaml", "2")
    #expect(
      bench.batch() == [
        "modified file:app.yaml", "invalidated a fresh→stale by file:app.yaml via config:./app.yaml at 1",
        "invalidated b fresh→suspect by file:app.yaml via entry:t/a at 2",
      ])
    bench.write("app.yaml", "1")
    _ = bench.batch()
    #expect(bench.states == "a fresh, b fresh")
    #expect(bench.engine.invalidateDependents(of: [Bench.id("env:CC")]).text == "2: a@1 b@2")
    #expect(bench.states == "a stale, b suspect")
    bench.make("a", from: ["config:./app.yaml", "env:CC"])
    #expect(bench.states == "a fresh, b fresh")
    #expect(bench.engine.invalidateDependents(of: [Bench.id("config:./app.yaml")]).text == "2: a@1 b@2")
  }

  @Test func outputs() {
    var bench = Bench(["a.c": "1"])
    let lease = bench.lease()
    #expect(bench.make("a", from: ["file:a.c"], outputs: ["a.o"], lease: lease).text == "outputMissing")
    bench.write("a.o", "object")
    #expect(bench.make("a", from: ["file:a.c", "file:a.o"], outputs: ["a.o"], lease: lease).text == "accepted")
    bench.make("app", from: ["a"])
    #expect(bench.get("app") == .fresh)
    _ = bench.batch()
    bench.write("a.o", nil)
    #expect(
      bench.batch() == [
        "deleted file:a.o", "invalidated a fresh→stale by file:a.o via file:a.o at 1",
        "invalidated app fresh→suspect by file:a.o via entry:t/a at 2",
      ])
    // Without a value its digest is that of its outputs: the same object leaves app fresh.
    bench.write("a.c", "2")
    bench.write("a.o", "object")
    bench.make("a", from: ["file:a.c"], outputs: ["a.o"])
    #expect(bench.get("app") == .fresh)
    bench.write("a.o", "altered")
    #expect(bench.get("a") == .stale)
  }

  @Test func pinnedListing() {
    var bench = Bench(["src/a.c": "1"])
    bench.engine.pin(["src/*.c"])
    #expect(bench.engine.members(of: "src/*.c") == nil)
    #expect(bench.batch() == [])
    #expect(bench.engine.members(of: "src/*.c") == ["src/a.c"])
    bench.write("src/b.c", "1")
    #expect(bench.batch() == [])
    #expect(bench.engine.members(of: "src/*.c") == ["src/a.c", "src/b.c"])
    bench.engine.pin([])
    #expect(bench.engine.members(of: "src/*.c") == nil)
    #expect(bench.engine.takeTracking().remove == [.listing("src/*.c")])
  }

  /// A rule as the shell carries it out: an entry is declared for each file that is there.
  private static func expand(_ bench: inout Bench) {
    bench.engine.pin(["s/*"])
    bench.watch()
    bench.look(at: bench.engine.dirtyListings(ofPinned: true))
    let members = bench.engine.members(of: "s/*") ?? []
    bench.declare(Dictionary(uniqueKeysWithValues: members.map { ("\($0)", ["file:\($0)"]) }))
  }

  @Test func whatComesAndGoesUnderARuleIsTold() {
    var bench = Bench(["s/a": "1", "s/b": "1"])
    Self.expand(&bench)
    var log = bench.batch()
    #expect(log == [])
    bench.write("s/a", nil)
    bench.write("s/c", "1")
    Self.expand(&bench)
    log = bench.batch()
    #expect(
      log == ["deleted file:s/a", "created file:s/c", "reached c missing→missing by file:s/c via file:s/c at 1"])
    // What came and went in between is nothing; what was let go is forgotten.
    bench.write("s/d", "1")
    Self.expand(&bench)
    bench.write("s/d", nil)
    Self.expand(&bench)
    log = bench.batch()
    #expect(log == [])
    #expect(!bench.engine.isTracked(.file("s/a")) && !bench.engine.isTracked(.file("s/d")))
  }

  @Test func whatCameAndWentUnderARuleWhileNobodyLookedIsTold() {
    var bench = Bench(["s/a": "1", "s/b": "1"])
    Self.expand(&bench)
    _ = bench.batch()
    bench.change("s/a", nil)
    bench.change("s/b", "2")
    bench.change("s/c", "1")
    bench.restart()
    Self.expand(&bench)
    let log = bench.batch()
    #expect(
      log == [
        "deleted file:s/a", "modified file:s/b", "created file:s/c",
        "reached b missing→missing by file:s/b via file:s/b at 1",
        "reached c missing→missing by file:s/c via file:s/c at 1",
      ])
    bench.restart()
    Self.expand(&bench)
    let again = bench.batch()
    #expect(again == [] && !bench.engine.isTracked(.file("s/a")))
  }

  @Test func aRuleThatGoesTellsOfNoFile() {
    var bench = Bench(["s/a": "1"])
    Self.expand(&bench)
    _ = bench.batch()
    bench.restart()
    bench.engine.pin([])
    bench.declare([:])
    let log = bench.batch()
    #expect(log == [] && !bench.engine.isTracked(.file("s/a")))
  }
}
