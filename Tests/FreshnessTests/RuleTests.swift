import Freshness
import Paths
import Testing

/// What the log says of files that a rule follows: the rule's listing is pinned, and for each file that it shows an entry is
/// declared, a moment after the look at the listing. The file's own looks come before or after that.
@Suite struct RuleTests {
  private static let listing = Leaf.listing("s/*")

  /// The rule `s/*` with `s/x`, declared and told.
  private static func bench(glob: Bool = false) -> Bench {
    var bench = Bench(["s/x": "1"])
    bench.engine.pin(["s/*"])
    if glob { bench.make("all", from: ["glob:s/*"]) }
    bench.settle()
    bench.declare(["of": ["file:s/x"]])
    _ = bench.batch()
    return bench
  }

  /// `s/x` is gone, the listing says so, and the rule gives nothing any more: the file waits for its last look.
  private static func lingering(glob: Bool = false) -> Bench {
    var bench = bench(glob: glob)
    bench.write("s/x", nil)
    bench.look(at: [listing])
    bench.declare([:])
    return bench
  }

  /// What the log says of files.
  private static func told(_ bench: inout Bench, settling: Bool = true) -> [String] {
    if settling { bench.settle() }
    return bench.engine.endBatch().changes.map { "\($0.kind) \($0.resource)" }
  }

  @Test func aFileStaysUntilItsLastLook() {
    var bench = Self.lingering()
    #expect(bench.engine.isTracked(.file("s/x")))
    let told = Self.told(&bench)
    #expect(told == ["deleted file:s/x"])
    #expect(!bench.engine.isTracked(.file("s/x")))
  }

  /// Whoever lets it go: here an entry that a call made, and another deletes.
  @Test func aFileThatADeletedEntryRestedOnStaysToo() {
    var bench = Self.bench()
    bench.make("made", from: ["file:s/x"])
    bench.declare([:])
    _ = bench.batch()
    bench.write("s/x", nil)
    bench.look(at: [Self.listing])
    _ = bench.delete("made")
    let told = Self.told(&bench)
    #expect(told == ["deleted file:s/x"])
  }

  /// No rule, no last look.
  @Test func aFileThatNoRuleMatchesGoesAtOnce() {
    var bench = Bench(["f": "1"])
    bench.declare(["a": ["file:f"]])
    _ = bench.batch()
    bench.write("f", nil)
    bench.declare([:])
    #expect(!bench.engine.isTracked(.file("f")))
    let told = Self.told(&bench)
    #expect(told == [])
  }

  /// The listing was looked at while the file was gone, the file when it was back: it is not let go in between, and does not
  /// come to be once more.
  @Test func aFileThatIsBackBeforeTheListingShowsItIsNotCreatedTwice() {
    var bench = Self.bench()
    bench.write("s/x", nil)
    bench.look(at: [Self.listing])
    bench.write("s/x", "2")
    bench.look(at: [.file("s/x")])
    bench.declare([:])
    let told = Self.told(&bench, settling: false)
    #expect(told == ["modified file:s/x"])
    bench.settle()
    bench.declare(["of": ["file:s/x"]])
    let then = Self.told(&bench)
    #expect(then == [])
  }

  /// Looked at and shown again, it is about to be declared again: what happens to it before that is told.
  @Test func aLingeringFileThatIsShownAgainStays() {
    var bench = Self.lingering()
    bench.write("s/x", "1")
    bench.look(at: [.file("s/x"), Self.listing])
    bench.write("s/x", "2")
    bench.declare(["of": ["file:s/x"]])
    let told = Self.told(&bench)
    #expect(told == ["modified file:s/x"])
  }

  /// … and if it is not declared then, it goes.
  @Test func aLingeringFileThatIsShownAgainGoesIfNothingIsDeclared() {
    var bench = Self.lingering()
    bench.write("s/x", "1")
    bench.look(at: [.file("s/x"), Self.listing])
    #expect(bench.engine.isTracked(.file("s/x")))
    bench.declare([:])
    #expect(!bench.engine.isTracked(.file("s/x")))
  }

  /// The agent ends before the last look. Whose the listing is is known only when the manifest was read.
  @Test(arguments: [false, true]) func theLastLookIsNotLostInARestart(_ glob: Bool) {
    var bench = Self.lingering(glob: glob)
    bench.save()
    bench.restart()
    bench.engine.pin(["s/*"])
    let told = Self.told(&bench)
    #expect(told == ["deleted file:s/x"])
    #expect(!bench.engine.isTracked(.file("s/x")))
  }

  /// The batch ends between the look at the listing and the declaration.
  @Test func aFileThatIsNotDeclaredYetIsToldWithTheNextBatch() {
    var bench = Self.bench()
    bench.write("s/y", "1")
    bench.look(at: [Self.listing])
    let told = Self.told(&bench, settling: false)
    #expect(told == [])
    bench.declare(["of": ["file:s/x"], "of y": ["file:s/y"]])
    let then = Self.told(&bench)
    #expect(then == ["created file:s/y"])
    let last = Self.told(&bench)
    #expect(last == [])
  }

  /// … unless it is gone again by then.
  @Test func aFileThatIsGoneBeforeItIsDeclaredIsNotTold() {
    var bench = Self.bench()
    bench.write("s/y", "1")
    bench.look(at: [Self.listing])
    _ = bench.engine.endBatch()
    bench.write("s/y", nil)
    bench.settle()
    let told = Self.told(&bench)
    #expect(told == [])
  }

  /// A file that was there all the while is followed anew; that another one came does not make it one that was created.
  @Test func onlyWhatTheListingDidNotShowIsCreated() {
    var bench = Self.bench()
    bench.declare([:])
    #expect(!bench.engine.isTracked(.file("s/x")))
    bench.write("s/y", "1")
    bench.look(at: [Self.listing])
    bench.declare(["of": ["file:s/x"], "of y": ["file:s/y"]])
    let told = Self.told(&bench)
    #expect(told == ["created file:s/y"])
  }

  /// It goes from a glob that a rule has too, and is back as it was before it is looked at: nothing happened. If it is not
  /// back, its look tells.
  @Test(arguments: zip(["1", "2", nil] as [String?], [[], ["modified file:s/x"], ["deleted file:s/x"]]))
  func aMemberThatARuleFollowsIsToldByItsOwnLook(_ contents: String?, _ expected: [String]) {
    var bench = Bench(["s/x": "1"])
    bench.engine.pin(["s/*"])
    bench.declare(["all": ["glob:s/*"]])
    _ = bench.batch()
    bench.write("s/x", nil)
    bench.look(at: [Self.listing])
    if let contents { bench.write("s/x", contents) }
    bench.look(at: [Self.listing])
    bench.declare(contents == nil ? [:] : ["of": ["file:s/x"]])
    let told = Self.told(&bench)
    #expect(told == expected)
  }
}
