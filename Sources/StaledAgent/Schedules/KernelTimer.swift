internal import CGlibc
internal import Dispatch
internal import Glibc
internal import Synchronization

/// A timer of the kernel on one of its clocks (timerfd_create(2)).
final class KernelTimer: Sendable {
  /// What is rung; no more once the timer is closed.
  private final class Bell: Sendable {
    private let action: @Sendable () -> Void
    private let isOff = Atomic(false)

    init(_ action: @escaping @Sendable () -> Void) { self.action = action }

    func ring() { if !isOff.load(ordering: .acquiring) { action() } }

    func turnOff() { isOff.store(true, ordering: .releasing) }
  }

  private let clock: clockid_t
  private let queue: DispatchQueue
  private let bell: Bell
  private let descriptor: Int32
  /// Reads the descriptor, and closes it when it is cancelled and nobody reads it any more. Nil once the timer is closed: the
  /// descriptor may be another's then.
  private let source: Mutex<(any DispatchSourceRead)?>

  /// - Parameter ring: called on `queue` when the timer expires; with `CLOCK_REALTIME` also when that is set while the timer runs.
  /// - Throws: `Errno` if the kernel gives no timer.
  init(_ clock: clockid_t, queue: DispatchQueue, ring: @escaping @Sendable () -> Void) throws(Errno) {
    let descriptor = staled_timer(clock)
    if descriptor < 0 { throw .current }
    let bell = Bell(ring)
    let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
    source.setEventHandler {
      var expirations: UInt64 = 0
      let count = read(descriptor, &expirations, MemoryLayout<UInt64>.size)
      if Self.rings(count: count, error: errno) { bell.ring() }
    }
    source.setCancelHandler { _ = Glibc.close(descriptor) }
    source.activate()
    (self.clock, self.queue, self.bell, self.descriptor) = (clock, queue, bell, descriptor)
    self.source = Mutex(source)
  }

  deinit { close() }

  /// Whether what a read gave is a reason to ring: the timer expired, or its clock was set. Not if it was set anew just before.
  static func rings(count: Int, error: Int32) -> Bool { count > 0 || error == ECANCELED }

  /// Rings at that moment, in nanoseconds of the clock, in place of the one set before: at once if it is past, never if it is nil.
  func set(_ moment: Int64?) {
    // To the kernel 0 is no time, and what is below a wrong one; they are past as 1 is.
    let time = moment.map { max($0, 1) } ?? 0
    let clockWasSet = source.withLock { source in
      source != nil && staled_timer_set(descriptor, time, clock == CLOCK_REALTIME && time > 0 ? 1 : 0) != 0
        && errno == ECANCELED
    }
    // The timer runs all the same; but its clock was set since it was last read or set, perhaps after `moment` was worked out.
    if clockWasSet { queue.async { [bell] in bell.ring() } }
  }

  /// A ring may still be on its way; none begins after it. Later calls do nothing.
  func close() {
    bell.turnOff()
    source.withLock { source in
      source?.cancel()
      source = nil
    }
  }
}
