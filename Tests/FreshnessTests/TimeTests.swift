import Freshness
import Paths
import Testing

/// Times to live.
@Suite struct TimeTests {
  private func bench(ttl: Double? = 10, jitter: Double = 0, idle: Double? = nil, keepStale: Double = 0) -> Bench {
    var bench = Bench(["f": "1"])
    bench.hold(.hybrid, ttl: ttl, jitter: jitter, idle: idle, keepStale: keepStale)
    return bench
  }

  @Test func itIsOverAtItsEnd() {
    var bench = bench()
    bench.make("a", from: ["file:f"], value: "v")
    bench.make("top", from: ["a"], ttl: .forever)
    _ = bench.batch()
    bench.pass(9.999)
    #expect(bench.states == "a fresh, top fresh")
    #expect(bench.batch() == [])
    bench.pass(0.001)
    #expect(bench.states == "a expired, top fresh")
    #expect(bench.batch() == ["expired a fresh→expired by clock:ttl via entry:t/a at 0"])
    let cause = bench.engine.entry(Bench.name("a"))?.standing.cause
    #expect(cause?.cause == "clock:ttl" && cause?.depth == 0)
    #expect(bench.engine.why(Bench.name("a"))?.map(\.call) == ["clock:ttl"])
    #expect(bench.engine.nextDue == nil)
    bench.make("a", from: ["file:f"], value: "v")
    #expect(bench.states == "a fresh, top fresh")
    #expect(bench.engine.checkInvariants() == [])
  }

  /// What a call says goes before what holds for the namespace.
  @Test(arguments: [
    (nil as Lifetime?, 10.0 as Double?), (.forever, nil), (.limited(3_000_000_000), 3), (.limited(20_000_000_000), 20),
  ])
  func aCallMaySayHowLong(ttl: Lifetime?, end: Double?) {
    var bench = bench()
    bench.make("a", value: "v", ttl: ttl)
    #expect(bench.engine.nextDue == end.map { Int64($0 * 1e9) })
  }

  @Test func aLifeOfNothingIsNotKept() {
    var bench = bench(keepStale: 60)
    bench.make("a", value: "v")
    bench.make("a", value: "w", ttl: .limited(0))
    #expect(bench.states == "a expired")
    #expect(bench.engine.standing(of: Bench.name("a")).value == nil)
    #expect(bench.batch() == ["expired a fresh→expired by clock:ttl via entry:t/a at 0"])
  }

  /// At most the share that jitter may take, and never more time than without.
  @Test(arguments: [(0, 10.0), (.max, 8.0), (.max / 2, 9.0)] as [(UInt16, Double)])
  func jitterOnlySubtracts(draw: UInt16, end: Double) {
    var bench = bench(jitter: 0.2)
    bench.make("a", value: "v", draw: draw)
    let due = Double(bench.engine.nextDue ?? 0) / 1e9
    #expect(due <= 10 && abs(due - end) < 0.001)
  }

  @Test func useProlongsAnIdleLifeAndNotTheOther() {
    var bench = bench(ttl: 10, idle: 4)
    bench.make("a", value: "v")
    for _ in 0..<2 {
      bench.pass(3)
      bench.engine.use(Bench.name("a"))
    }
    bench.pass(3.9)
    #expect(bench.states == "a fresh")
    bench.pass(0.1)
    #expect(bench.batch() == ["expired a fresh→expired by clock:ttl via entry:t/a at 0"])
    bench.make("a", value: "v")
    bench.pass(4)
    #expect(bench.batch() == ["expired a fresh→expired by clock:idle via entry:t/a at 0"])
    // Who uses it then does not bring it back.
    bench.engine.use(Bench.name("a"))
    #expect(bench.states == "a expired")
  }

  /// Idle time counts from the last use, whether or not it counted then: after a restart as well.
  @Test func anIdleTimeThatComesLaterCountsFromTheLastUse() {
    var bench = bench(ttl: 100)
    bench.make("a", from: ["file:f"], value: "v")
    bench.pass(5)
    bench.engine.use(Bench.name("a"))
    bench.hold(.hybrid, ttl: 100, idle: 4)
    _ = bench.batch()
    let end = bench.engine.entry(Bench.name("a"))?.ends
    bench.restart()
    bench.hold(.hybrid, ttl: 100, idle: 4)
    #expect(bench.engine.entry(Bench.name("a"))?.ends == end)
    bench.pass(3.999)
    #expect(bench.engine.state(of: Bench.name("a")) != .expired)
    bench.pass(0.001)
    #expect(bench.engine.state(of: Bench.name("a")) == .expired)
  }

  @Test func anExpiredValueIsKeptForAWhile() {
    var bench = bench(keepStale: 5)
    bench.make("a", value: "v")
    bench.pass(10)
    #expect(bench.engine.standing(of: Bench.name("a")).value != nil)
    #expect(bench.engine.nextDue == 15_000_000_000)
    bench.pass(4.999)
    #expect(bench.engine.standing(of: Bench.name("a")).value != nil)
    bench.pass(0.001)
    #expect(bench.engine.standing(of: Bench.name("a")).value == nil)
    #expect(bench.states == "a expired")
    #expect(bench.engine.nextDue == 3_610_000_000_000, "then it is forgotten")
  }

  @Test func aRestartGoesOnWithWhatIsLeft() {
    var bench = bench()
    bench.make("a", value: "v")
    bench.make("b", value: "v", ttl: .limited(100_000_000_000))
    bench.pass(6)
    _ = bench.batch()
    bench.restart()
    #expect(bench.engine.nextDue == 10_000_000_000)
    bench.pass(4)
    #expect(bench.states == "a expired, b fresh")
    _ = bench.batch()
    bench.restart()
    bench.settle()
    #expect(bench.states == "a expired, b fresh")
    #expect(bench.engine.checkInvariants() == [])
  }

  /// Where no policy is said, and so none is set, what the call said holds.
  @Test func aRestartWithoutPoliciesEndsItToo() {
    var bench = Bench()
    bench.make("a", value: "v", ttl: .limited(10_000_000_000))
    _ = bench.batch()
    bench.restart()
    #expect(bench.engine.nextDue == 10_000_000_000)
    bench.pass(10)
    #expect(bench.batch() == ["expired a fresh→expired by clock:ttl via entry:t/a at 0"])
  }

  @Test func anAmendmentBeginsItAnew() {
    var bench = bench()
    bench.make("a", value: "v")
    bench.pass(9)
    #expect(bench.amend("a", ttl: .limited(5_000_000_000)) == .amended(unknown: []))
    #expect(bench.engine.nextDue == 14_000_000_000)
    #expect(bench.amend("a", ttl: .forever) == .amended(unknown: []))
    #expect(bench.engine.nextDue == nil)
    #expect(bench.amend("a", ttl: .limited(1)) == .amended(unknown: []))
    bench.pass(1)
    #expect(bench.states == "a expired")
    // What is over is made again, or not at all.
    #expect(bench.amend("a", ttl: .forever) == .amended(unknown: []))
    #expect(bench.states == "a expired")
  }

  /// What holds changes with the manifest, for what was made before too.
  @Test func anotherPolicyHoldsAtOnce() {
    var bench = bench()
    bench.make("a", value: "v")
    bench.pass(5)
    bench.hold(.hybrid, ttl: 6)
    #expect(bench.engine.nextDue == 6_000_000_000)
    bench.hold(.event)
    #expect(bench.engine.nextDue == nil)
    bench.hold(.ttl, ttl: 5)
    bench.engine.expire()
    #expect(bench.states == "a expired")
  }

  /// A call on what expired makes it no worse, and ends its value as any other's.
  @Test func anExpiredEntryIsEndedByCallsToo() {
    var bench = bench(keepStale: 60)
    bench.make("a", value: "v")
    bench.pass(10)
    _ = bench.batch()
    var call = Invalidation()
    call.keys = [Bench.name("a")]
    let answer = bench.engine.invalidate(call)
    #expect((answer.matched, answer.invalidated) == (1, 0))
    #expect(bench.engine.standing(of: Bench.name("a")).value == nil)
    #expect(bench.states == "a expired")
    #expect(bench.batch() == [])
    bench.make("a", value: "v")
    #expect(bench.states == "a fresh")
  }

  /// The queue of what is due has room for what is waited for, not for all that ever was.
  @Test func manyChangesLeaveOneTimeEach() {
    var bench = bench()
    for round in 0..<50 { for key in ["a", "b"] { bench.make(key, value: "\(round)") } }
    bench.pass(5)
    for key in ["a", "b"] { bench.make(key, value: "last") }
    bench.pass(9)
    #expect(bench.states == "a fresh, b fresh")
    bench.pass(1)
    #expect(bench.states == "a expired, b expired")
    #expect(bench.batch().count == 2)
  }

  /// After a restart the time for which is known what a call ended begins anew.
  @Test func whatACallEndedIsKnownAfterARestart() {
    var bench = bench()
    bench.pass(7200)
    bench.make("a", ttl: .forever)
    bench.invalidate("a", cascade: false)
    _ = bench.batch()
    bench.restart()
    bench.engine.expire()
    #expect(bench.states == "a stale")
    bench.pass(3600)
    #expect(bench.states == "")
  }
}
