internal import Dispatch
internal import Glibc
import Synchronization

/// Threads for work that may never end. Those of the system's pools are counted: a few that are held would hold up everything
/// else that runs there.
final class SpareThreads: Sendable {
  private let idle = Mutex<[SpareThread]>([])
  private static let mostIdle = 4

  deinit { for thread in idle.withLock({ $0 }) { thread.end() } }

  /// Runs work. False if there is no thread to be had.
  func run(_ work: @escaping @Sendable () -> Void) -> Bool {
    let thread = idle.withLock { $0.popLast() } ?? SpareThread()
    return thread.run { [self] in
      work()
      return idle.withLock { idle in
        guard idle.count < Self.mostIdle else { return false }
        idle.append(thread)
        return true
      }
    }
  }
}

/// A thread that does one job after the other.
private final class SpareThread: Sendable {
  /// False: the thread ends.
  typealias Job = @Sendable () -> Bool

  private struct State {
    var job: Job?
    var isStarted = false
  }

  private let state = Mutex(State())
  private let bell = DispatchSemaphore(value: 0)

  /// False if there is no thread to be had.
  func run(_ job: @escaping Job) -> Bool {
    let isStarted = state.withLock { state in
      state.job = job
      defer { state.isStarted = true }
      return state.isStarted
    }
    bell.signal()
    if isStarted { return true }
    var thread = pthread_t()
    // The thread owns a reference until it ends.
    let reference = Unmanaged.passRetained(self)
    guard pthread_create(&thread, nil, Self.main, reference.toOpaque()) == 0 else {
      reference.release()
      // The job holds this object.
      state.withLock { $0 = State() }
      return false
    }
    pthread_detach(thread)
    return true
  }

  /// To be called when it is idle.
  func end() { bell.signal() }

  /// Threads are started from here: a closure made in isolated code would trap.
  private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
    // Retained for the thread by `run`.
    guard let argument else { return nil }
    Unmanaged<SpareThread>.fromOpaque(argument).takeRetainedValue().work()
    return nil
  }

  private func work() {
    while true {
      bell.wait()
      let job = state.withLock { state in
        defer { state.job = nil }
        return state.job
      }
      guard let job, job() else { return }
    }
  }
}
