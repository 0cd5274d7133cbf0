import Freshness
import Testing

@testable import StaledAgent

/// A command that changes what its entry depends on does not run for ever without a pause; and no change is lost by that.
@Suite struct BrakeTests {
  private static let second: Int64 = 1_000_000_000

  @Test func whatRunsTooOftenIsPutOffForLongerAndLonger() throws {
    let name = try EntryName("n/a"), other = try EntryName("n/b")
    var refreshing = Refreshing()
    var now: Int64 = 0
    func run(_ count: Int) -> Int64? {
      for _ in 0..<count {
        if let pause = refreshing.brake(name, at: now) { return pause.length / Self.second }
        refreshing.noteRun(of: name, at: now)
        now += Self.second
      }
      return nil
    }
    #expect(run(10) == nil && run(1) == 15)
    #expect(refreshing.brake(other, at: now) == nil)
    // Whoever asks meanwhile does not make it longer.
    let asked = refreshing.brake(name, at: now + 5 * Self.second)
    #expect(asked?.length == 10 * Self.second && asked?.isNew == false)
    #expect(refreshing.putOff.first == now + 15 * Self.second)
    // It is too often still, and again soon after.
    var pauses: [Int64] = []
    for _ in 0..<9 {
      now = try #require(refreshing.putOff.first)
      let due = refreshing.putOff.next(upTo: now)
      #expect(due == name)
      pauses.append(run(20) ?? 0)
    }
    #expect(pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600])
    // After a time of peace it begins anew.
    now += 3 * 3600 * Self.second
    #expect(run(10) == nil && run(1) == 15)
    refreshing.forget(name)
    #expect(refreshing.putOff.first == nil && run(1) == nil)
  }
}
