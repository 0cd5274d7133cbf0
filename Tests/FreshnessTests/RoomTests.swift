import Foundation
import Freshness
import Paths
import Testing

/// What goes for want of room, and what is forgotten once it ended for good.
@Suite struct RoomTests {
  private static let hour = 3600.0

  @Test func theLeastUsefulGoesFirst() {
    var bench = Bench(["f": "1"])
    for key in ["a", "b", "c", "d"] {
      bench.make(key, from: ["file:f"], value: String(repeating: key, count: 10))
      bench.pass(1)
    }
    bench.engine.use(Bench.name("a"))
    _ = bench.batch()
    #expect(bench.engine.valueTotals["t"]?.count == 4 && bench.engine.valueTotals["t"]?.bytes == 40)
    #expect(bench.engine.evict(in: "t", maxValues: nil, maxBytes: 40, because: "bounds:t") == 0)
    #expect(bench.engine.evict(in: "other", maxValues: 0, maxBytes: 0, because: "bounds:t") == 0)
    #expect(bench.invalidate("d", soft: true).text == "1: d@0")
    _ = bench.batch()
    // What is not fresh goes first, then what was not used for longest.
    #expect(bench.engine.evict(in: "t", maxValues: 2, maxBytes: nil, because: "bounds:t") == 2)
    #expect(
      bench.batch() == [
        "evicted b fresh→missing by bounds:t via entry:t/b at 0",
        "evicted d stale→missing by bounds:t via entry:t/d at 0",
      ])
    #expect(bench.states == "a fresh, c fresh")
    #expect(bench.engine.valueTotals["t"]?.bytes == 20)
    #expect(bench.engine.checkInvariants() == [])
  }

  /// One value that is nearly as large as all that may be there does not go for the sake of more room; one that is larger goes first.
  /// What is merely touched may be as it was: it is no reason to let go of what is used.
  @Test func whatIsInDoubtIsWorthAsMuchAsWhatIsFresh() {
    var bench = Bench(["f": "1", "g": "1"])
    bench.make("cold", from: ["file:g"], value: "1")
    bench.pass(1)
    bench.make("hot", from: ["file:f"], value: "1")
    _ = bench.batch()
    bench.write("f", "1")
    #expect(bench.engine.state(of: Bench.name("hot")) == .suspect)
    #expect(bench.engine.evict(in: "t", maxValues: 1, maxBytes: nil, because: "bounds:t") == 1)
    #expect(bench.states == "hot suspect")
    // What was told is known.
    bench.make("cold", from: ["file:g"], value: "1")
    bench.write("f", "2")
    _ = bench.get("hot")
    _ = bench.batch()
    bench.pass(1)
    bench.engine.use(Bench.name("hot"))
    #expect(bench.engine.evict(in: "t", maxValues: 1, maxBytes: nil, because: "bounds:t") == 1)
    #expect(bench.states == "cold fresh")
  }

  @Test func aLargeValueIsNotLetGoOfForMoreRoomThanHasToBe() {
    var bench = Bench(["f": "1"])
    for key in ["a", "b"] {
      bench.make(key, from: ["file:f"], value: "12345")
      bench.pass(1)
    }
    bench.make("large", from: ["file:f"], value: String(repeating: "x", count: 96))
    _ = bench.batch()
    let evicted = bench.engine.evict(in: "t", maxValues: nil, maxBytes: 100, because: "bounds:t")
    #expect(evicted == 2 && bench.states == "large fresh")
    for key in ["a", "b"] { bench.make(key, from: ["file:f"], value: "12345") }
    let again = bench.engine.evict(in: "t", maxValues: nil, maxBytes: 50, because: "bounds:t")
    #expect(again == 1 && bench.states == "a fresh, b fresh")
    #expect(bench.engine.takeDroppedValues().map(\.key).sorted() == ["a", "b", "large"])
    #expect(bench.engine.takeDroppedValues() == [] && bench.engine.checkInvariants() == [])
  }

  /// A refresh ahead of its end goes by the time to live alone, as jitter left it.
  @Test func theSpanOfALifeLeavesIdleTimeOut() {
    var bench = Bench()
    bench.hold(.hybrid, ttl: 100, jitter: 0.5, idle: 10)
    bench.make("a", value: "v", draw: .max)
    let span = bench.engine.lifeSpan(of: Bench.name("a"))
    #expect(span?.length == 50_000_000_000 && span?.end == 50_000_000_000)
    #expect(bench.engine.lifeSpan(of: Bench.name("none")) == nil)
  }

  /// What rests on an entry goes on with what it stood for; what is declared stays.
  @Test func anEvictionEndsNobody() {
    var bench = Bench(["f": "1"])
    bench.declare(["declared": ["file:f"]])
    bench.make("up", from: ["file:f"], value: "up")
    bench.make("top", from: ["up"])
    bench.make("declared", from: ["file:f"], value: "d")
    _ = bench.batch()
    #expect(bench.engine.evict(in: nil, maxValues: 0, maxBytes: nil, because: "bounds:all") == 2)
    #expect(
      bench.batch() == [
        "evicted declared fresh→fresh by bounds:all via entry:t/declared at 0",
        "evicted up fresh→fresh by bounds:all via entry:t/up at 0",
      ])
    #expect(bench.states == "declared fresh, top fresh, up fresh")
    #expect(bench.engine.standing(of: Bench.name("up")).value == nil && bench.engine.valueTotals.isEmpty)
    bench.write("f", "2")
    #expect(bench.states == "declared suspect, top suspect, up suspect", "it is followed all the same")
    _ = bench.batch()
    #expect(bench.get("top") == .suspect && bench.get("up") == .stale)
    #expect(bench.engine.checkInvariants() == [])
  }

  /// Kept for those who rest on it, it goes with the last of them, and that is told too.
  @Test func whatWasEvictedGoesWithTheLastThatRestsOnIt() {
    var bench = Bench(["f": "1"])
    bench.make("low", from: ["file:f"], value: "low", ttl: .limited(.max / 2))
    bench.make("up", from: ["low"], value: "up", ttl: .forever)
    bench.make("top", from: ["up"], value: "top", ttl: .forever)
    bench.make("marked", from: ["file:f"])
    bench.make("on marked", from: ["marked"])
    _ = bench.batch()
    #expect(bench.engine.evict(in: nil, maxValues: 1, maxBytes: nil, because: "bounds:all") == 2)
    #expect(
      bench.batch() == [
        "evicted low fresh→fresh by bounds:all via entry:t/low at 0",
        "evicted up fresh→fresh by bounds:all via entry:t/up at 0",
      ])
    #expect(bench.engine.nextDue ?? 0 > .max / 4)
    bench.restart()
    #expect(bench.engine.delete(Bench.name("top")) == true && bench.engine.delete(Bench.name("on marked")) == true)
    _ = bench.batch()
    bench.pass(0)
    #expect(
      bench.batch() == [
        "evicted low fresh→missing by bounds:all via entry:t/low at 0",
        "evicted up fresh→missing by bounds:all via entry:t/up at 0",
      ])
    #expect(bench.states == "marked fresh", "that never had a value to lose")
    #expect(bench.engine.checkInvariants() == [])
    // Made again, it is as any other.
    bench.make("low", from: ["file:f"], value: "low", ttl: .forever)
    bench.make("up", from: ["low"], value: "up", ttl: .forever)
    #expect(bench.engine.delete(Bench.name("up")) == true)
    bench.pass(0)
    #expect(bench.states == "low fresh, marked fresh")
  }

  /// An hour after it ended nobody needs to be told why any more.
  @Test func whatExpiredIsForgottenAnHourLater() {
    var bench = Bench(["f": "1"])
    bench.hold(.hybrid, ttl: 10)
    bench.make("a", from: ["file:f"], value: "v", tags: ["x"])
    bench.make("kept", from: ["file:f"], value: "v")
    bench.make("top", from: ["kept"], ttl: .forever)
    bench.pass(10)
    #expect(bench.states == "a expired, kept expired, top fresh")
    bench.pass(Self.hour - 1)
    #expect(bench.engine.why(Bench.name("a"))?.map(\.call) == ["clock:ttl"])
    bench.pass(1)
    #expect(bench.states == "kept expired, top fresh", "something rests on it")
    #expect(bench.engine.counts().tags == 0)
    // Once nothing does it goes too.
    #expect(bench.engine.delete(Bench.name("top")) == true)
    bench.pass(Self.hour)
    #expect(bench.states == "" && bench.engine.nextDue == nil)
    #expect(bench.engine.counts().resources == 0 && bench.engine.checkInvariants() == [])
  }

  @Test func aClearedNamespaceIsFreedAnHourLater() {
    var bench = Bench(["f": "1"])
    for number in 0..<100 { bench.make("k\(number)", from: ["file:f"], value: "\(number)", tags: ["x\(number)"]) }
    bench.make("u/other", from: ["file:f"], value: "o")
    _ = bench.batch()
    var call = Invalidation()
    call.namespaces = ["t"]
    #expect(bench.engine.invalidate(call).invalidated == 100)
    #expect(bench.engine.valueTotals.keys.sorted() == ["u"])
    bench.pass(Self.hour - 1)
    #expect(bench.engine.entries(namespace: "t").count == 100)
    // The hour does not begin again with the agent.
    _ = bench.batch()
    bench.restart()
    #expect(bench.engine.entries(namespace: "t").count == 100)
    bench.pass(1)
    #expect(bench.engine.entries(namespace: "t").isEmpty && bench.engine.counts().tags == 0)
    #expect(bench.get("u/other") == .fresh && bench.engine.checkInvariants() == [])
    // What a call named one by one stays until it is made again.
    #expect(bench.invalidate("u/other").text == "1: other@0")
    bench.pass(2 * Self.hour)
    #expect(bench.get("u/other") == .stale)
  }

  /// Leases from before are void for what was forgotten meanwhile.
  @Test func aLeaseDoesNotOutliveWhatItWasTakenFor() {
    var bench = Bench(["f": "1"])
    bench.make("a", from: ["file:f"], value: "v")
    let lease = bench.engine.lease()
    var call = Invalidation()
    call.namespaces = ["t"]
    _ = bench.engine.invalidate(call)
    bench.pass(Self.hour)
    #expect(bench.states == "")
    #expect(bench.make("a", from: ["file:f"], value: "w", lease: lease).text == "invalidated")
  }

  /// Many entries (`STALED_STORM`, 100,000 in CI) with tags, dependencies and values come and go: all indexes return to their size,
  /// and the memory.
  @Test func afterAStormEverythingIsAsItWas() async {
    await #expect(processExitsWith: .success) {
      var bench = Bench(["f0": "1", "f1": "1", "f2": "1"])
      func storm(_ bench: inout Bench, _ round: Int) throws {
        let many = ProcessInfo.processInfo.environment["STALED_STORM"].flatMap { Int($0) }
        let count = round == 0 ? many ?? 10_000 : 10_000
        for number in 0..<count {
          var request = SetRequest(
            name: try EntryName(namespace: "n\(number % 7)", key: "\(number)"),
            dependencies: [
              (.file(Path("f\(number % 3)")), nil),
              (.opaque(scheme: "env", rest: "\(number)"), nil),
              (.entry(try EntryName(namespace: "n\(number % 11)", key: "base\(number % 100)")), nil),
            ], tags: ["t\(number % 1000)", "u\(number)"], lease: nil, arrived: bench.engine.stamp(), arrivedAt: 0,
            result: .value(Digest(of: "\(number)".utf8), size: 10))
          request.ttl = .limited(1_000_000_000)
          while case .again(let leaves) = bench.engine.set(request, begun: bench.engine.stamp()) {
            bench.look(at: leaves)
          }
        }
        let counts = bench.engine.counts()
        let entries = counts.namespaces.values.reduce(0) { $0 + $1.values }
        if entries != count || counts.taggings != 2 * count { throw Unexpected(what: "\(counts)") }
        switch round % 3 {
        case 0:
          for number in 0..<count {
            _ = bench.engine.delete(try EntryName(namespace: "n\(number % 7)", key: "\(number)"))
          }
        case 1:
          var all = Invalidation()
          all.all = true
          if bench.engine.invalidate(all).invalidated != count { throw Unexpected(what: "not all are cleared") }
          bench.pass(7200)
        default: bench.pass(7200)
        }
        _ = bench.batch()
        let left = bench.engine.counts()
        let rest = left.entries.values.reduce(0, +) + left.tags + left.edges + left.resources
        if rest != 0 || !bench.engine.valueTotals.isEmpty || bench.engine.nextDue != nil {
          throw Unexpected(what: "\(left)")
        }
      }
      try storm(&bench, 0)
      let before = try resident()
      for round in 1..<4 { try storm(&bench, round) }
      let after = try resident()
      // The first storm has shown what tables grow to; nothing is added to that.
      if after > before + before / 4 + (16 << 20) { throw Unexpected(what: "\(before) bytes, and then \(after)") }
    }
  }
}

private struct Unexpected: Error {
  let what: String
}

/// How much of this process is in memory, in bytes.
private func resident() throws -> Int {
  let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
  return (Int(text.split(separator: " ")[1]) ?? 0) * 4096
}

/// Figures that advice rests on.
@Suite struct SurveyTests {
  @Test func whatRestsOnNothingAndWhatIsNeverServed() {
    var bench = Bench(["f": "1"])
    bench.make("founded", from: ["file:f"], value: "v", tags: ["x", "y"])
    bench.make("unfounded", value: "v", tags: ["x"])
    bench.make("timed", value: "v", ttl: .limited(1_000_000_000))
    bench.make("u/marked")
    bench.declare(["declared": ["file:f"]])
    bench.engine.use(Bench.name("founded"))
    let survey = bench.engine.survey()
    #expect(survey.entries == 5 && survey.taggedEntries == 2)
    #expect(survey.tags.map { "\($0.name) \($0.entries)" } == ["x 2", "y 1"])
    #expect(
      survey.unfounded.map { "\($0.namespace) \($0.count) \($0.examples)" } == ["t 1 [t/unfounded]", "u 1 [u/marked]"])
    #expect(survey.neverHit.map { "\($0.namespace) \($0.count) \($0.examples)" } == ["t 2 [t/timed, t/unfounded]"])
  }

  /// What makes an entry again takes over what calls gave; the order leads through what is not to be made itself.
  @Test func whatIsTakenOverAndInWhichOrder() throws {
    var bench = Bench(["f": "1", "g": "1", "o": "1"])
    bench.declare(["d": ["file:f"]])
    bench.make("d", from: ["file:g", "env:X"], value: "v", outputs: ["o"], ttl: .limited(5))
    bench.make("middle", from: ["d"])
    bench.make("top", from: ["middle"])
    let known = bench.engine.remaking(of: Bench.name("d"))
    #expect(Set(known.dependencies.map(\.description)) == ["file:g", "env:X"])
    #expect(known.outputs == ["o"] && known.ttl == .limited(5))
    let order = bench.engine.order(of: [Bench.name("top"), Bench.name("d")])
    #expect(order == [Bench.name("top"): [Bench.name("d")], Bench.name("d"): []])
  }
}
