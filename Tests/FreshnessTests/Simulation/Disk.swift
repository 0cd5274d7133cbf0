import Freshness
import SeededRandom

/// The store, as far as it matters here: transactions are written whole or not at all, and the log's file is written after
/// the database.
struct Disk {
  /// What the log says of an entry.
  struct Line: Equatable {
    var seq = 0
    var key: String
    var state: State
  }

  struct Transaction {
    var changed: [NodeRecord]
    var removed: [NodeID]
    var lsn: LSN
    var forgottenAt: LSN
    var lines: [Line]
    var truth: Truth.Lasting
  }

  /// What is in the database.
  struct Database {
    var records: [NodeID: NodeRecord] = [:]
    var lsn = LSN.zero
    var forgottenAt = LSN.zero
    var seq = 0
    /// All lines, for the checker; of a real store only those that the file may lack.
    var lines: [Line] = []
    var truth = Truth.Lasting()
  }

  private(set) var state = Database()
  /// The commits that a power cut may take, the last flushed one first.
  private var commits = [Database()]
  private var queue: [Transaction] = []
  /// The log's file, with what was undone in it.
  private(set) var file: [Line] = []
  private var undone: Set<Int> = []
  private var seq = 0
  /// How many transactions were handed over, and how many are in the database.
  private(set) var enqueued = 0
  private(set) var committed = 0

  /// The lines of the file that count.
  var log: [Line] { file.filter { !undone.contains($0.seq) } }

  mutating func enqueue(_ transaction: Transaction) {
    var transaction = transaction
    for index in transaction.lines.indices {
      seq += 1
      transaction.lines[index].seq = seq
    }
    queue.append(transaction)
    enqueued += 1
  }

  mutating func commit() {
    for transaction in queue {
      for id in transaction.removed { state.records[id] = nil }
      for record in transaction.changed { state.records[record.id] = record }
      (state.lsn, state.forgottenAt, state.truth) = (transaction.lsn, transaction.forgottenAt, transaction.truth)
      state.lines += transaction.lines
      state.seq = transaction.lines.last?.seq ?? state.seq
      file += transaction.lines
    }
    queue = []
    committed = enqueued
    commits.append(state)
  }

  mutating func flush() { commits.removeFirst(commits.count - 1) }

  /// → how many commits are lost. Of the file more or less may be left than of the database; opening mends that.
  mutating func crash(losing wanted: Int, mended: Bool, using rng: inout Seeded) -> Int {
    let lost = min(wanted, commits.count - 1)
    state = commits[commits.count - 1 - lost]
    commits = [state]
    queue = []
    committed = enqueued
    file.removeLast(rng.pick([0, 0, 1, 2]) % (file.count + 1))
    undone.formIntersection(file.map(\.seq))
    if mended {
      let last = file.last?.seq ?? 0
      undone.formUnion(file.map(\.seq).filter { $0 > state.seq })
      file += state.lines.filter { $0.seq > last }
    }
    seq = max(state.seq, file.last?.seq ?? 0)
    return lost
  }
}
