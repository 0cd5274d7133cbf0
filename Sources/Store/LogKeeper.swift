import Paths

/// Keeps the log's file and the database's outbox in step, so that each record is in the log exactly once if and only if
/// its transaction is in the database.
///
/// The database comes first: a line is appended after its transaction was committed. What the file lacks after a crash,
/// a full disk or a hand that removed it is in the outbox, from which lines are deleted only once the file is on the
/// disk. What the file has too much (a power cut took the transaction) is told, and never numbered again.
struct LogKeeper {
  /// Reads the outbox: lines after a number, at most so many.
  typealias Outbox = (_ after: UInt64, _ limit: Int) throws(StoreError) -> [StoredLine]

  private var file: LogFile
  /// Up to here every record of the database is in the log, or was removed by somebody else.
  private(set) var delivered: UInt64 = 0
  /// How many records were appended since the file was last known to be on the disk.
  private(set) var unsynced = 0
  /// Up to here the file is known to be on the disk.
  private(set) var synced: UInt64 = 0

  private static let page = 4096

  init(_ file: LogFile) { self.file = file }

  /// The last number in the log's files.
  var last: UInt64? { file.last }

  /// Opens the file, and brings what it lacks from the outbox, which holds the records `kept`. `committed` is the
  /// database's last number. Returns what people should know.
  mutating func open(committed: UInt64, kept: ClosedRange<UInt64>?, outbox: Outbox) -> [StoreProblem] {
    var problems: [StoreProblem] = []
    do {
      let cut = try openFile(suspect: kept?.lowerBound)
      if cut > 0 { problems.append(.logMended(bytes: cut)) }
      // What is lost lies between the file's end and the first record that can still be brought.
      let first = min(max(kept?.lowerBound ?? .max, delivered + 1), committed + 1)
      if delivered + 1 < first { problems.append(.logLost(delivered + 1...first - 1)) }
      try catchUp(to: committed, outbox: outbox)
    } catch { problems.append(.logBehind(error)) }
    return problems
  }

  /// Appends what was just committed, and before it what could not be appended earlier.
  mutating func deliver(_ lines: [StoredLine], committed: UInt64, outbox: Outbox) -> [StoreProblem] {
    guard delivered < committed || !lines.isEmpty else { return [] }
    do {
      if !(try isIntact()) {
        let replaced: [StoreProblem] = file.isOpen ? [.logReplaced] : []
        // From here on the outbox is the only other place where these records are.
        let kept = try outbox(0, 1).first.map { $0.seq...max($0.seq, committed) }
        return replaced + open(committed: committed, kept: kept, outbox: outbox)
      }
      if let first = lines.first, first.seq == delivered + 1 {
        try append(lines)
        delivered = committed
      } else {
        try catchUp(to: committed, outbox: outbox)
      }
      return []
    } catch { return [.logBehind(error)] }
  }

  /// When it returns, every record up to `synced` is on the disk.
  mutating func sync() throws(StoreError) {
    do { try file.sync() } catch { throw error.storeError }
    synced = delivered
    unsynced = 0
  }

  private mutating func catchUp(to committed: UInt64, outbox: Outbox) throws(StoreError) {
    while delivered < committed {
      let lines = try outbox(delivered, Self.page)
      if lines.isEmpty { delivered = committed }
      try append(lines)
    }
  }

  private mutating func append(_ lines: [StoredLine]) throws(StoreError) {
    let before = delivered
    do { try file.append(lines) } catch {
      // Part of them may have arrived.
      delivered = max(before, min(file.last ?? 0, lines.last?.seq ?? 0))
      throw error.storeError
    }
    unsynced += lines.count
    delivered = lines.last?.seq ?? delivered
  }

  private mutating func openFile(suspect: UInt64?) throws(StoreError) -> Int {
    do {
      let cut = try file.open(suspect: suspect)
      delivered = file.last ?? 0
      synced = 0
      return cut
    } catch { throw error.storeError }
  }

  private func isIntact() throws(StoreError) -> Bool {
    do { return try file.isIntact() } catch { throw error.storeError }
  }
}
