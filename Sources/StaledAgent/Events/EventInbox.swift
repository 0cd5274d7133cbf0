internal import Paths
internal import Synchronization
internal import Watching

/// Where the watcher's thread leaves events for the agent. What gathers while the agent is busy is taken in at once, and
/// repetitions only once: however fast files are written, the agent keeps up and its memory stays bounded by their number.
final class EventInbox: Sendable {
  private struct State {
    var events: [WatchEvent] = []
    /// Those that need not be repeated until the next event that orders something.
    var since: Set<WatchEvent> = []
  }

  private let state = Mutex(State())
  private let bell: AsyncStream<Void>.Continuation
  /// Rings when there is something to take.
  let rings: AsyncStream<Void>

  init() { (rings, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1)) }

  /// Adds events, in the kernel's order.
  func add(_ events: [WatchEvent]) {
    state.withLock { state in
      for event in events {
        switch event {
        case .barrier, .rootLost:
          // What comes after a barrier is not before it.
          state.since.removeAll(keepingCapacity: true)
          state.events.append(event)
        case .modified, .renamed, .names, .tree, .everything:
          if state.since.insert(event).inserted { state.events.append(event) }
        }
      }
    }
    bell.yield()
  }

  /// Everything added since the last call.
  func take() -> [WatchEvent] {
    state.withLock { state in
      defer { state = State() }
      return state.events
    }
  }

  /// No ring follows.
  func close() { bell.finish() }
}
