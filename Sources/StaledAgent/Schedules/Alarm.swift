internal import Dispatch
internal import Freshness
internal import Glibc
internal import Synchronization

/// Rings at a moment of the wall clock, and at one of the steady clock. The kernel waits: nothing polls, and nothing wakes while
/// nothing is set.
///
/// It also rings when the wall clock is set, and when the machine wakes, while a moment of that clock is waited for. So whoever is
/// rung asks the clocks what is due, and sets the alarm anew. A ring may come for a moment that was replaced just then.
final class Alarm: Sendable {
  private let wall: KernelTimer
  private let steady: KernelTimer
  /// Of two that set it at once, also from a ring amid the setting, both moments of one count.
  private let setting = Mutex(())

  /// - Parameter ring: called on a thread of Dispatch's own, one call at a time. It must not block.
  /// - Throws: `Errno` if the kernel gives no timer: too many files are open.
  init(ring: @escaping @Sendable () -> Void) throws(Errno) {
    let queue = DispatchQueue(label: "staled.alarm")
    wall = try KernelTimer(CLOCK_REALTIME, queue: queue, ring: ring)
    steady = try KernelTimer(CLOCK_BOOTTIME, queue: queue, ring: ring)
  }

  /// Rings at these moments, in nanoseconds since 1970 and since boot (as `SystemTime` reads them), in place of those set before:
  /// at once if it is past, never if it is nil. Does nothing once the alarm is closed.
  func set(wall: WallClock?, steady: Int64?) {
    setting.withLock { _ in
      self.wall.set(wall)
      self.steady.set(steady)
    }
  }

  /// A call of `ring` may still be on its way; none begins after it. Later calls do nothing.
  func close() {
    wall.close()
    steady.close()
  }
}
