internal import Dispatch
internal import Freshness
internal import Store
internal import Synchronization

/// Makes what the engine did durable, in its order, on a thread of its own. Whatever comes while a transaction is being
/// written shares the next one.
///
/// A transaction that fails stays first in the queue: nothing is lost, and the next commit tries it again.
final class Committer: Sendable {
  typealias Done = @Sendable (Result<Void, StoreError>) -> Void

  private struct State {
    var transaction = Transaction()
    var flush = false
    var waiting: [Done] = []
    var writing = false
  }

  private let store: Store
  private let queue = DispatchQueue(label: "staled.committing")
  private let state = Mutex(State())
  /// Told of each `seq` that can be read from the log.
  private let recorded: @Sendable (UInt64) -> Void

  init(store: Store, recorded: @escaping @Sendable (UInt64) -> Void) {
    self.store = store
    self.recorded = recorded
  }

  /// Queues work; `done` is called once it is committed, or could not be now. With `flush` it is on the disk then, not
  /// only with the kernel.
  func enqueue(_ transaction: Transaction, flush: Bool, done: @escaping Done) {
    enum Step { case wait, write, nothing }
    let step: Step = state.withLock { state in
      if transaction.isEmpty, !flush, !state.writing, state.transaction.isEmpty { return .nothing }
      state.transaction.append(transaction)
      state.flush = state.flush || flush
      state.waiting.append(done)
      defer { state.writing = true }
      return state.writing ? .wait : .write
    }
    switch step {
    case .wait: break
    case .write: queue.async { self.drain() }
    case .nothing: done(.success(()))
    }
  }

  private func drain() {
    while true {
      let next: State? = state.withLock { state in
        if state.waiting.isEmpty {
          state.writing = false
          return nil
        }
        defer { state = State(writing: true) }
        return state
      }
      guard let next else { return }
      let result: Result<Void, StoreError>
      do throws(StoreError) {
        // An empty one is somebody who waits for what was queued before.
        if !next.transaction.isEmpty || next.flush { try store.commit(next.transaction, flush: next.flush) }
        result = .success(())
        if let seq = next.transaction.lines.last?.seq { recorded(seq) }
      } catch {
        result = .failure(error)
        state.withLock { state in
          var again = next.transaction
          // Values are not kept in memory for better times: without one its entry is a miss.
          again.values = []
          again.append(state.transaction)
          state.transaction = again
          state.flush = state.flush || next.flush
        }
      }
      for done in next.waiting { done(result) }
    }
  }
}
