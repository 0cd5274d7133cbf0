import Freshness
import Glibc
import Synchronization
import Testing

@testable import StaledAgent

/// The alarm on the machine's real clocks, a few milliseconds ahead.
@Suite(.timeLimit(.minutes(1))) struct AlarmTests {
  final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func add() { count.withLock { $0 += 1 } }
  }

  /// An alarm whose rings are waited for one by one.
  struct Rung {
    let alarm: Alarm
    let count: Counter
    private var rings: AsyncStream<Void>.Iterator

    init() throws {
      let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
      let count = Counter()
      alarm = try Alarm {
        count.add()
        continuation.yield()
      }
      self.count = count
      rings = stream.makeAsyncIterator()
    }

    mutating func wait() async { _ = await rings.next() }
  }

  static let milliseconds: Int64 = 1_000_000

  @Test func itRingsAtAMomentOfTheWallClockAndNotBefore() async throws {
    var rung = try Rung()
    for ahead in [5, 1, 20] {
      let moment = SystemTime.wall() + Int64(ahead) * Self.milliseconds
      rung.alarm.set(wall: moment, steady: nil)
      await rung.wait()
      #expect(SystemTime.wall() >= moment)
    }
  }

  @Test func itRingsAtAMomentOfTheSteadyClockAndNotBefore() async throws {
    var rung = try Rung()
    for ahead in [5, 1, 20] {
      let moment = SystemTime.steady() + Int64(ahead) * Self.milliseconds
      rung.alarm.set(wall: nil, steady: moment)
      await rung.wait()
      #expect(SystemTime.steady() >= moment)
    }
  }

  @Test(arguments: [Int64.min, -1, 0, 1, 1_000_000_000]) func aMomentThatIsPastRingsAtOnce(_ moment: Int64) async throws
  {
    var rung = try Rung()
    rung.alarm.set(wall: moment, steady: nil)
    await rung.wait()
    rung.alarm.set(wall: nil, steady: moment)
    await rung.wait()
  }

  @Test func bothClocksRing() async throws {
    var rung = try Rung()
    rung.alarm.set(
      wall: SystemTime.wall() + 2 * Self.milliseconds, steady: SystemTime.steady() + 4 * Self.milliseconds)
    await rung.wait()
    await rung.wait()
  }

  /// Returns once another alarm has rung, set for later than all that is set in the tests that use this.
  private func waitLonger() async throws {
    var later = try Rung()
    later.alarm.set(wall: nil, steady: SystemTime.steady() + 30 * Self.milliseconds)
    await later.wait()
  }

  @Test(arguments: [nil, Int64.max]) func nothingRingsWhileNothingIsSet(_ moment: Int64?) async throws {
    let rung = try Rung()
    try await waitLonger()
    #expect(rung.count.value == 0)
    rung.alarm.set(wall: moment, steady: moment)
    try await waitLonger()
    #expect(rung.count.value == 0)
  }

  @Test func aMomentRingsOnce() async throws {
    var rung = try Rung()
    rung.alarm.set(wall: SystemTime.wall() + Self.milliseconds, steady: nil)
    await rung.wait()
    try await waitLonger()
    #expect(rung.count.value == 1)
    rung.alarm.set(wall: nil, steady: SystemTime.steady() + Self.milliseconds)
    await rung.wait()
    try await waitLonger()
    #expect(rung.count.value == 2)
  }

  /// How often an alarm that was set rings after `change`, which is done before the moments have come.
  private func rings(after change: (Alarm) -> Void) async throws -> Int {
    while true {
      let rung = try Rung()
      let (wall, steady) = (SystemTime.wall() + 15 * Self.milliseconds, SystemTime.steady() + 15 * Self.milliseconds)
      rung.alarm.set(wall: wall, steady: steady)
      change(rung.alarm)
      // On a busy machine they may have come all the same: again then.
      if SystemTime.wall() >= wall || SystemTime.steady() >= steady { continue }
      try await waitLonger()
      return rung.count.value
    }
  }

  @Test func aMomentReplacesTheOneBefore() async throws {
    #expect(try await rings { $0.set(wall: nil, steady: nil) } == 0)
    #expect(try await rings { $0.set(wall: SystemTime.wall() + 3_600_000 * Self.milliseconds, steady: .max) } == 0)
    var rung = try Rung()
    rung.alarm.set(wall: SystemTime.wall() + 3_600_000 * Self.milliseconds, steady: nil)
    rung.alarm.set(wall: SystemTime.wall() + Self.milliseconds, steady: nil)
    await rung.wait()
  }

  @Test func onceClosedItDoesNotRing() async throws {
    #expect(
      try await rings {
        $0.close()
        $0.close()
        $0.set(wall: 1, steady: 1)
      } == 0)
  }

  @Test func itIsSetAnewFromItsOwnRing() async throws {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    let alarm = Mutex<Alarm?>(nil)
    let left = Counter()
    let made = try Alarm {
      left.add()
      if left.value == 5 { return continuation.finish() }
      alarm.withLock { $0 }?.set(wall: nil, steady: SystemTime.steady() + Self.milliseconds)
    }
    alarm.withLock { $0 = made }
    made.set(wall: 1, steady: nil)
    for await _ in stream {}
    #expect(left.value == 5)
    alarm.withLock { $0 = nil }
  }

  @Test func aClockThatWasSetRingsAndATimerThatWasSetAnewDoesNot() {
    #expect(KernelTimer.rings(count: 8, error: 0))
    #expect(KernelTimer.rings(count: 8, error: EAGAIN))
    #expect(KernelTimer.rings(count: -1, error: ECANCELED))
    #expect(!KernelTimer.rings(count: -1, error: EAGAIN))
    #expect(!KernelTimer.rings(count: -1, error: EINTR))
  }

  @Test func itsTimersAreClosedWithIt() async throws {
    // A process of its own: no other test opens files meanwhile.
    await #expect(processExitsWith: .success) {
      // A test that fails must not hang: it ends by a signal, with its process.
      Glibc.alarm(50)
      func open() -> Int { (0..<1024).count { fcntl($0, F_GETFD) >= 0 } }
      var rung = try AlarmTests.Rung()
      rung.alarm.set(wall: 1, steady: nil)
      await rung.wait()
      let before = open()
      for _ in 0..<50 {
        var one = try AlarmTests.Rung()
        one.alarm.set(wall: 1, steady: .max)
        await one.wait()
      }
      // On their own queues, so that it takes a moment.
      while open() > before {
        rung.alarm.set(wall: nil, steady: SystemTime.steady() + AlarmTests.milliseconds)
        await rung.wait()
      }
    }
  }
}
