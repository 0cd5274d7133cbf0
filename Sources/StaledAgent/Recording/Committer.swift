internal import Dispatch
internal import Freshness
internal import Store
internal import Synchronization

/// Where transactions go: the store.
protocol TransactionWriting: Sendable {
  /// See `Store.commit`.
  func commit(_ transaction: Transaction, flush: Bool) throws(StoreError) -> [StoreProblem]
}

extension Store: TransactionWriting {}

/// Makes what the engine did durable, in its order, on a thread of its own. Whatever comes while a transaction is being
/// written shares the next one.
///
/// A transaction that fails stays first in the queue: nothing is lost, and the next commit tries it again.
final class Committer: Sendable {
  /// With the number of the last log record that can be read now, if there is one.
  typealias Done = @Sendable (Result<UInt64?, StoreError>) -> Void

  private struct State {
    var transactions: [Transaction] = []
    var flush = false
    var waiting: [Done] = []
    /// Somebody drains the queue.
    var writing = false
    /// Something is being committed.
    var committing = false
    /// Something was committed that is perhaps not on the disk.
    var unflushed = false
  }

  private let store: any TransactionWriting
  private let queue = DispatchQueue(label: "staled.committing")
  private let state = Mutex(State())
  /// Told what befell the log.
  private let noticed: @Sendable ([StoreProblem]) -> Void

  init(store: any TransactionWriting, noticed: @escaping @Sendable ([StoreProblem]) -> Void) {
    self.store = store
    self.noticed = noticed
  }

  /// Queues work; `done` is called once it is committed, or could not be now. With `flush` it is on the disk then, not
  /// only with the kernel, and so is all that was queued before. An empty transaction waits for what was queued before.
  func enqueue(_ transaction: Transaction, flush: Bool, done: @escaping Done) {
    enum Step { case wait, write, nothing }
    let step: Step = state.withLock { state in
      let isDone = !state.committing && state.transactions.isEmpty && !(flush && state.unflushed)
      if transaction.isEmpty, isDone { return .nothing }
      // An empty one is written to flush what is before it: others may have taken its news along.
      if !transaction.isEmpty || flush {
        state.transactions.append(transaction)
        state.flush = state.flush || flush
      }
      state.waiting.append(done)
      defer { state.writing = true }
      return state.writing ? .wait : .write
    }
    switch step {
    case .wait: break
    case .write: queue.async { self.drain() }
    case .nothing: done(.success(nil))
    }
  }

  private func drain() {
    while let next = takeAll() {
      let result: Result<UInt64?, StoreError>
      do throws(StoreError) {
        var last: UInt64?
        if let transaction = Transaction(merging: next.transactions) {
          let problems = try store.commit(transaction, flush: next.flush)
          state.withLock { $0.unflushed = !next.flush }
          if !problems.isEmpty { noticed(problems) }
          last = transaction.lines.last?.seq
        }
        result = .success(last)
      } catch {
        result = .failure(error)
        putBack(next)
      }
      state.withLock { $0.committing = false }
      for done in next.waiting { done(result) }
    }
  }

  private func takeAll() -> State? {
    state.withLock { state in
      if state.waiting.isEmpty {
        state.writing = false
        return nil
      }
      defer { state = State(writing: true, committing: true, unflushed: state.unflushed) }
      return state
    }
  }

  private func putBack(_ failed: State) {
    guard let merged = Transaction(merging: failed.transactions) else { return }
    state.withLock { state in
      state.transactions.insert(merged, at: 0)
      state.flush = state.flush || failed.flush
    }
  }
}

extension Transaction {
  /// Whether it leaves nothing to write. (Counters alone are not worth a write: they matter with what they number.)
  var isEmpty: Bool { changed.isEmpty && removed.isEmpty && kept.isEmpty && lines.isEmpty }

  /// The one transaction that does what these do one after the other; nil if there are none.
  init?(merging transactions: [Transaction]) {
    guard let last = transactions.last else { return nil }
    if transactions.count == 1 {
      self = last
      return
    }
    var changed: [NodeID: NodeRecord] = [:]
    var removed: Set<NodeID> = []
    for transaction in transactions {
      for id in transaction.removed {
        changed[id] = nil
        removed.insert(id)
      }
      for record in transaction.changed { changed[record.id] = record }
    }
    self.init(
      changed: Array(changed.values), removed: Array(removed),
      kept: transactions.reduce(into: [:]) { $0.merge($1.kept) { $1 } },
      lines: transactions.flatMap(\.lines), meta: last.meta)
  }
}

/// What befell the log while it was written, until the agent tells of it.
final class StoreNews: Sendable {
  private let problems = Mutex<[StoreProblem]>([])

  func add(_ new: [StoreProblem]) { problems.withLock { $0 += new } }

  func take() -> [StoreProblem] {
    problems.withLock { problems in
      defer { problems = [] }
      return problems
    }
  }
}
