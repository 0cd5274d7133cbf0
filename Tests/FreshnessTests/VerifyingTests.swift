import Freshness
import Paths
import Testing

/// A look that spares nothing, against what the engine takes as proven.
@Suite struct VerifyingTests {
  private static func bench() -> Bench {
    var bench = Bench(["f": "1", "d/a": "1", "d/b": "1", "other": "1"])
    bench.make("file", from: ["file:f"])
    bench.make("glob", from: ["glob:d/*"])
    bench.make("app", from: ["file"])
    bench.make("beside", from: ["file:other"])
    _ = bench.batch()
    return bench
  }

  private static func wrong(_ bench: Bench, _ names: [String]) -> [Claim] {
    bench.engine.claims(below: names.map(Bench.name)).filter { $0.found(bench.look($0.leaf)) != $0.fingerprint }
  }

  @Test func eachLeafBelowFreshEntriesIsClaimedOnce() {
    var bench = Self.bench()
    let all = Set(bench.engine.claims(below: bench.engine.freshEntries()).map(\.leaf))
    #expect(all == [.file("f"), .file("d/a"), .file("d/b"), .file("other"), .listing("d/*")])
    #expect(bench.engine.claims(below: ["app", "file"].map(Bench.name)).map(\.leaf) == [.file("f")])
    // What is not fresh claims nothing; neither does what was just touched.
    bench.invalidate("beside")
    bench.engine.touch([.content("f")])
    let left = Set(bench.engine.claims(below: ["app", "glob", "beside"].map(Bench.name)).map(\.leaf))
    #expect(left == [.file("d/a"), .file("d/b"), .listing("d/*")])
  }

  @Test func aChangeThatNobodyToldOfIsFoundAndPutsInDoubtWhatRestsOnIt() {
    var bench = Self.bench()
    bench.change("f", "2")
    #expect(bench.states == "app fresh, beside fresh, file fresh, glob fresh")
    let wrong = Self.wrong(bench, ["app", "glob", "beside"])
    #expect(wrong.map(\.leaf) == [.file("f")])
    let doubt = bench.engine.doubt(wrong[0])
    #expect(doubt?.resting.map(\.key) == ["file", "app"])
    #expect(!bench.engine.isTold(wrong[0], since: doubt?.at ?? .zero))
    #expect(bench.states == "app suspect, beside fresh, file suspect, glob fresh")
    // It is found once: it stands for nothing any more.
    let again = bench.engine.doubt(wrong[0])
    #expect(!bench.engine.stands(wrong[0]) && again == nil)
    let log = bench.batch()
    #expect(
      log == [
        "modified file:f", "invalidated file fresh→stale by file:f via file:f at 1",
        "invalidated app fresh→suspect by file:f via entry:t/file at 2",
      ])
  }

  @Test func aMemberThatNobodyToldOfIsFoundInTheListing() {
    var bench = Self.bench()
    bench.change("d/c", "1")
    #expect(Self.wrong(bench, ["glob"]).map(\.leaf) == [.listing("d/*")])
  }

  @Test func whatWasTouchedMeanwhileIsNoViolation() {
    var bench = Self.bench()
    bench.change("f", "2")
    let claim = Self.wrong(bench, ["file"])[0]
    bench.engine.touch([.content("f")])
    let doubt = bench.engine.doubt(claim)
    #expect(!bench.engine.stands(claim) && doubt == nil)
    // Nor if it was looked at since, and held what it held.
    bench.change("f", "1")
    bench.settle()
    #expect(!bench.engine.stands(claim))
  }

  @Test func anEventThatComesAfterTheLookIsNoViolation() {
    var bench = Self.bench()
    bench.change("f", "2")
    let claim = Self.wrong(bench, ["file"])[0]
    let doubt = bench.engine.doubt(claim)
    // Looked at again and taken in: still nothing has told of it.
    bench.settle()
    #expect(!bench.engine.isTold(claim, since: doubt?.at ?? .zero))
    bench.engine.touch([.content("f")])
    #expect(bench.engine.isTold(claim, since: doubt?.at ?? .zero))
  }

  @Test func takenInTurnEveryProvenLeafComesRound() {
    var bench = Self.bench()
    var cursor: UInt32 = .max - 1
    var leaves: [Leaf] = []
    for _ in 0..<10 { leaves += bench.engine.nextClaim(after: &cursor).map { [$0.leaf] } ?? [] }
    #expect(Array(leaves[..<5]) == Array(leaves[5...]))
    #expect(Set(leaves).count == 5)
    bench.engine.touch([.everything])
    let whenAllIsDirty = bench.engine.nextClaim(after: &cursor)
    let whenThereIsNothing = Bench().engine.nextClaim(after: &cursor)
    #expect(whenAllIsDirty == nil && whenThereIsNothing == nil)
  }
}
