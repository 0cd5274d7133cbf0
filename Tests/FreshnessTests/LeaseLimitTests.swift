import Freshness
import Paths
import Testing

/// A lease is bounded in time and number, and what is remembered for its sake goes with it.
@Suite struct LeaseLimitTests {
  static let second: WallClock = 1_000_000_000

  private func bench(count: Int = 65_536, age: WallClock = 86_400 * second, touches: Int = 65_536) -> Bench {
    var bench = Bench(["a.c": "1"])
    bench.engine.leaseLimits.count = count
    bench.engine.leaseLimits.age = age
    bench.engine.leaseLimits.touches = touches
    return bench
  }

  // How many leases are given after it: the newest two are good.
  @Test(arguments: [(0, "accepted"), (1, "accepted"), (2, "leaseTooOld"), (200, "leaseTooOld")])
  func number(_ later: Int, _ expected: String) {
    var bench = bench(count: 2)
    let lease = bench.lease()
    for _ in 0..<later { _ = bench.lease() }
    #expect(bench.make("a", from: ["file:a.c"], lease: lease).text == expected)
    #expect(bench.make("a", from: ["file:a.c"]).text == "accepted")
  }

  // Each tick is a second, and so is the call: the lease is that much older when it is used.
  @Test(arguments: [(57, "accepted"), (58, "leaseTooOld"), (500, "leaseTooOld")])
  func age(_ ticks: Int, _ expected: String) {
    var bench = bench(age: 60 * Self.second)
    let lease = bench.lease()
    for _ in 0..<ticks { bench.tick() }
    #expect(bench.make("a", from: ["file:a.c"], lease: lease).text == expected)
    #expect(bench.make("a", from: ["file:a.c"]).text == "accepted")
  }

  @Test func whatIsSaid() {
    var bench = bench(count: 1, age: 86_400 * Self.second)
    let lease = bench.lease()
    _ = bench.lease()
    guard case .refused(let refusal) = bench.make("a", lease: lease) else { return #expect(Bool(false)) }
    #expect(
      refusal.description
        == "the lease is too old: one is good for 24 h, and while it is among the newest 1; take a new one before "
        + "reading the inputs, and make it again")
  }

  /// A clock that was set back by more than the limit ends a lease too: it must not be good for years.
  @Test func clockSetBack() {
    var bench = bench(age: 60 * Self.second)
    let lease = bench.lease()
    bench.engine.now -= 61 * Self.second
    _ = bench.engine.endBatch()
    #expect(bench.make("a", from: ["file:a.c"], lease: lease).text == "leaseTooOld")
  }

  /// Touches are remembered for leases that are good: for others a path just named counts as touched.
  @Test(arguments: [(1, "accepted"), (2, "tooYoung")])
  func touchesAreBounded(_ others: Int, _ expected: String) {
    var bench = bench(touches: 2)
    let lease = bench.lease()
    // Young enough that only the memory of touches can tell that it was left alone.
    bench.ctimes["a.c"] = lease.time
    for number in 0...others { bench.engine.touch([.content(Path("other\(number)"))]) }
    #expect(bench.make("a", from: ["file:a.c"], lease: lease).text == expected)
  }

  /// What a refused call named is tracked for the next lease, but not for ever.
  @Test func refusedNamesAreLetGo() {
    var bench = bench(age: 60 * Self.second)
    bench.covered = false
    let lease = bench.lease()
    bench.ctimes["a.c"] = lease.time + Self.second
    #expect(bench.make("a", from: ["file:a.c"], lease: lease).text == "changed")
    #expect(bench.engine.isTracked(.file("a.c")))
    for _ in 0..<61 { bench.tick() }
    _ = bench.engine.endBatch()
    #expect(!bench.engine.isTracked(.file("a.c")))
    #expect(bench.engine.checkInvariants() == [])
  }

  // MARK: The end of a tag

  // An entry that is just being made, and is to bear the tag, is ended with it: it was made before.
  @Test(arguments: [
    (made: false, named: false), (made: false, named: true), (made: true, named: false),
  ])
  func tagOfWhatIsBeingMade(made: Bool, named: Bool) {
    var bench = bench()
    if made { bench.make("a", from: ["file:a.c"]) }
    let lease = bench.lease()
    if named {
      // A first pass has named it.
      let request = SetRequest(
        name: Bench.name("a"), dependencies: [(.file("a.c"), nil)], tags: ["x"], lease: lease,
        arrived: bench.engine.stamp(), arrivedAt: bench.engine.now, result: .derived)
      _ = bench.engine.set(request, begun: bench.engine.stamp())
    }
    var call = Invalidation()
    call.tags = ["x"]
    _ = bench.engine.invalidate(call)
    let outcome = bench.make("a", from: ["file:a.c"], tags: ["y", "x"], lease: lease)
    guard case .refused(let refusal) = outcome else { return #expect(Bool(false), "\(outcome)") }
    #expect(
      refusal.description == "tag:x was invalidated after the lease was taken; take a new lease and make it again")
    #expect(bench.make("a", from: ["file:a.c"], tags: ["y"], lease: lease).text == "accepted")
    #expect(bench.make("a", from: ["file:a.c"], tags: ["x"]).text == "accepted")
  }

  /// A tag that is ended within some namespaces ends no lease for others.
  @Test(
    arguments: zip(
      [nil, ["u"], ["u", "t"], []] as [[String]?], ["invalidated", "accepted", "invalidated", "accepted"]))
  func aTagEndedElsewhereIsNoReason(_ within: [String]?, _ expected: String) {
    var bench = Bench()
    let lease = bench.lease()
    var call = Invalidation()
    (call.tags, call.within) = (["x"], within)
    _ = bench.engine.invalidate(call)
    #expect(bench.make("a", value: "v", tags: ["x"], lease: lease).text == expected)
  }
}
