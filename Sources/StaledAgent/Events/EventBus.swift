internal import Freshness
internal import Synchronization

/// Leaves that were looked at after file changes had settled (or because a caller would not wait for that), ready to be
/// compared with what was observed.
struct Confirmed: Sendable {
  var looks: [(leaf: Leaf, seen: Observation, begun: LSN)]
}

/// What subscribers are told.
enum Notice: Sendable {
  /// Log records up to this `seq` are durable and can be read from the log.
  case recorded(seq: UInt64)
  /// The agent ends: nothing follows.
  case stopping
}

/// Carries typed events from where they arise to those who act on them.
///
/// Confirmed changes go to the *invalidator*, which is waited for: when `publish` returns, the cascade is done. Subscribers
/// have a mailbox that keeps only the newest notice: they learn that there is more in the log and read it from there, so a
/// slow one holds up nobody and loses nothing.
final class EventBus: Sendable {
  typealias Invalidator = @Sendable (Confirmed) async -> Void

  private struct State {
    var invalidator: Invalidator?
    var subscribers: [Int: AsyncStream<Notice>.Continuation] = [:]
    /// Which events the subscribers asked for by name.
    var names: [Int: Set<String>] = [:]
    var next = 0
    var stopped = false
  }

  private let state = Mutex(State())

  /// Names who turns confirmed changes into invalidations.
  func connect(invalidator: @escaping Invalidator) { state.withLock { $0.invalidator = invalidator } }

  /// Hands confirmed changes to the invalidator and returns once it has acted.
  func publish(_ confirmed: Confirmed) async { await state.withLock { $0.invalidator }?(confirmed) }

  /// Tells every subscriber.
  func notify(_ notice: Notice) {
    let subscribers = state.withLock { state in
      if case .stopping = notice { state.stopped = true }
      return Array(state.subscribers.values)
    }
    for subscriber in subscribers {
      subscriber.yield(notice)
      if case .stopping = notice { subscriber.finish() }
    }
  }

  /// How many subscribers asked for an event by its name.
  func subscribers(of event: String) -> Int { state.withLock { $0.names.values.count { $0.contains(event) } } }

  /// A mailbox of notices from now on. It ends when the agent stops. `events`: those that the subscriber is there for.
  func subscribe(to events: Set<String> = []) -> AsyncStream<Notice> {
    let (stream, continuation) = AsyncStream.makeStream(of: Notice.self, bufferingPolicy: .bufferingNewest(1))
    let id: Int? = state.withLock { state in
      if state.stopped { return nil }
      state.next += 1
      state.subscribers[state.next] = continuation
      if !events.isEmpty { state.names[state.next] = events }
      return state.next
    }
    guard let id else {
      continuation.finish()
      return stream
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { state in
        state.subscribers[id] = nil
        state.names[id] = nil
      }
    }
    return stream
  }
}
