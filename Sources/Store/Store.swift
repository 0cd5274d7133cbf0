import Freshness
import GRDB
public import Paths
import Synchronization

/// Engine state, values and the log on the disk of one workspace: `state.db` and `invalidations.ndjson` in its state
/// directory.
///
/// One writer at a time calls `commit`; values may be written, read and swept meanwhile from anywhere. All calls block:
/// they belong on a thread that may wait.
public final class Store: Sendable {
  private struct State {
    var row: MetaRow
    var log: LogKeeper
    /// Whether the outbox may hold lines up to `log.synced`.
    var outboxDue = false
  }

  let pool: DatabasePool
  private let file: DatabaseFile
  private let state: Mutex<State>
  /// Which values are held, and which may have to go. Never locked while the database is waited for.
  let ledger: Mutex<ValueLedger>

  /// After so many log records their file is flushed, and they leave the database.
  private static let outboxLimit = 4096

  private init(pool: DatabasePool, file: DatabaseFile, state: State, ledger: ValueLedger) {
    self.pool = pool
    self.file = file
    self.state = Mutex(state)
    self.ledger = Mutex(ledger)
  }

  /// Opens the state in `directory`, which is absolute and exists, and brings database and log to agree.
  ///
  /// A damaged database is set aside and a new one begun; `Recovered.problems` says so. Throws if a later version wrote
  /// it (`newer`), and where the directory cannot be written.
  public static func open(directory: Path, limits: LogLimits = LogLimits()) throws(StoreError) -> (Store, Recovered) {
    try open(
      DatabaseFile(directory: directory, schema: .current, machine: machine()),
      log: LogFile(directory: directory, limits: limits))
  }

  /// With everything that tests replace.
  static func open(_ file: DatabaseFile, log: LogFile) throws(StoreError) -> (Store, Recovered) {
    var (pool, content, problems) = try file.open()
    let begun = !problems.isEmpty
    var keeper = LogKeeper(log)
    let committed = content.row.meta.seq
    problems += keeper.open(committed: committed, kept: content.kept) { after, limit throws(StoreError) in
      try Self.outbox(pool, file, after, limit)
    }
    if let last = keeper.last, last > committed {
      content.row.meta.seq = last
      // A database that was begun because the old one was damaged lost everything: that is told already.
      if !begun { problems.append(.undone(committed + 1...last)) }
    }
    let store = Store(
      pool: pool, file: file, state: State(row: content.row, log: keeper),
      ledger: ValueLedger(lastID: content.lastValue))
    do {
      try store.settle(writingCounters: begun, removingNotes: content.damagedNotes)
    } catch {
      try? pool.close()
      throw error
    }
    return (
      store,
      Recovered(
        nodes: content.nodes, meta: content.row.meta, isSameRun: content.isSameRun, kept: content.notes,
        problems: problems)
    )
  }

  /// Makes `transaction` durable, then appends its lines to the log.
  ///
  /// When it returns the transaction survives `kill -9`; with `flush` a power cut too. If it throws, nothing of it is
  /// durable, and it can be committed again. What it returns befell the log only: the records are safe, and follow.
  @discardableResult
  public func commit(_ transaction: Transaction, flush: Bool) throws(StoreError) -> [StoreProblem] {
    try state.withLock { state throws(StoreError) in
      let row = try commit(transaction, flush: flush, &state)
      state.row = row
      return state.log.deliver(transaction.lines, committed: row.meta.seq) { after, limit throws(StoreError) in
        try Self.outbox(pool, file, after, limit)
      }
    }
  }

  /// Whether the database is still where it was opened: if it was removed, what is committed goes with this process.
  public var isInPlace: Bool { FileSystem.exists(file.path) }

  /// Flushes and closes everything. A store that is only dropped has lost nothing, but costs the next start a little.
  public func close() {
    state.withLock { state in
      if (try? state.log.sync()) != nil, state.log.synced >= state.row.meta.seq {
        try? pool.writeWithoutTransaction { try OutboxTable.remove(through: state.log.synced, $0) }
      }
    }
    // GRDB closes its writer first, and a reader that is left cannot empty the WAL file: the next start would take this
    // end for a crash.
    pool.invalidateReadOnlyConnections()
    try? pool.close()
  }

  // MARK: -

  private func commit(_ transaction: Transaction, flush: Bool, _ state: inout State) throws(StoreError) -> MetaRow {
    try validate(transaction, after: state.row.meta.seq)
    // If the flush fails, the lines just stay in the database for longer.
    if state.log.unsynced >= Self.outboxLimit { state.outboxDue = (try? state.log.sync()) != nil }
    let delivered = state.outboxDue ? state.log.synced : nil
    let row: MetaRow
    let released: [Digest]
    do {
      (row, released) = try pool.writeWithoutTransaction { [row = state.row] database in
        // In WAL mode NORMAL leaves the flush to a later checkpoint; FULL flushes the WAL file, and so all before it.
        try database.execute(sql: "PRAGMA synchronous = \(flush ? "FULL" : "NORMAL")")
        var row = row
        var released: [Digest] = []
        try database.inTransaction(.immediate) {
          released = try Self.write(transaction, &row, database)
          if let delivered { try OutboxTable.remove(through: delivered, database) }
          return .commit
        }
        return (row, released)
      }
    } catch { throw noted(error) }
    state.outboxDue = false
    // Whether others name them, and how much room they take, is nothing a commit waits for.
    if !released.isEmpty { ledger.withLock { $0.letGo(released) } }
    return row
  }

  private static func write(
    _ transaction: Transaction, _ row: inout MetaRow, _ database: Database
  ) throws -> [Digest] {
    var nodes = try NodeTable(database, tally: row.tally)
    // In order: neighbours lie on the same page, and so do most of their values, which are freed in this order.
    for id in transaction.removed.sorted() { try nodes.remove(id) }
    for record in transaction.changed { try nodes.write(record) }
    try NoteTable.write(transaction.kept, database)
    try OutboxTable.add(transaction.lines, database)
    row.meta = transaction.meta
    row.tally = nodes.tally
    try row.write(database)
    return nodes.released
  }

  private func validate(_ transaction: Transaction, after seq: UInt64) throws(StoreError) {
    var last = seq
    for line in transaction.lines {
      guard line.seq == last + 1 else { throw .invalid(detail: "log record \(line.seq) follows number \(last)") }
      guard LogFormat.seq(of: line.line[...]) == line.seq, !line.line.contains(UInt8(ascii: "\n")) else {
        throw .invalid(detail: "log record \(line.seq) is not one line that starts with its number")
      }
      last = line.seq
    }
    guard transaction.meta.seq == last else {
      throw .invalid(detail: "the counters say that \(transaction.meta.seq) is the last log record, it is \(last)")
    }
    for (name, bytes) in transaction.kept where bytes.count > Transaction.longestKept {
      throw .invalid(detail: "what is to be kept as \"\(name)\" has \(bytes.count) bytes")
    }
  }

  /// A short transaction that a later flush makes durable. `then` is done before another one can begin.
  func writeUnflushed<Result>(
    _ body: (Database) throws -> Result, then: (Result) -> Void = { _ in }
  ) throws(StoreError) {
    do {
      try pool.writeWithoutTransaction { database in
        try database.execute(sql: "PRAGMA synchronous = NORMAL")
        var result: Result?
        try database.inTransaction(.immediate) {
          result = try body(database)
          return .commit
        }
        if let result { then(result) }
      }
    } catch { throw noted(error) }
  }

  /// After opening: what is in the log need not stay in the database too, and a database begun anew gets its counters, so
  /// that no number is used twice whatever happens next.
  private func settle(writingCounters: Bool, removingNotes: [Int64]) throws(StoreError) {
    try state.withLock { state throws(StoreError) in
      let synced = state.log.delivered >= state.row.meta.seq && (try? state.log.sync()) != nil
      do {
        try pool.writeWithoutTransaction { database in
          try database.inTransaction(.immediate) {
            if writingCounters { try state.row.write(database) }
            try NoteTable.remove(removingNotes, database)
            if synced { try OutboxTable.remove(through: state.log.synced, database) }
            return .commit
          }
        }
      } catch { if writingCounters { throw noted(error) } }
    }
  }

  private static func outbox(
    _ pool: DatabasePool, _ file: DatabaseFile, _ after: UInt64, _ limit: Int
  ) throws(StoreError) -> [StoredLine] {
    do { return try pool.writeWithoutTransaction { try OutboxTable.lines(after: after, limit: limit, $0) } } catch {
      throw file.translate(error)
    }
  }

  /// The error as the caller gets it. A sign of damage makes the next opening check the whole file.
  func noted(_ error: any Error) -> StoreError {
    let error = file.translate(error)
    if case .damaged = error { file.markSuspect() }
    return error
  }

  private static func machine() -> [UInt8] {
    guard let file = try? File("/proc/sys/kernel/random/boot_id", 0), let text = try? file.read(at: 0, count: 64) else {
      // Unknown is never equal to what was stored: the check is made.
      return []
    }
    return text
  }
}
