import Freshness
import GRDB
import Glibc
import Paths

/// All that is read when the database is opened.
struct DatabaseContent {
  var nodes: [NodeRecord] = []
  var row = MetaRow()
  /// The log records that the outbox holds.
  var kept: ClosedRange<UInt64>?
  /// What the agent keeps under names.
  var notes: [String: [UInt8]] = [:]
  /// The rows of notes that do not match their checksum.
  var damagedNotes: [Int64] = []
  /// The greatest id of a value.
  var lastValue: Int64 = 0
  /// Written since the machine was started.
  var isSameRun = false
}

/// The database's files: opening, proving, setting aside.
struct DatabaseFile {
  let directory: Path
  let schema: Schema
  /// This run of the machine.
  let machine: [UInt8]
  /// Where GRDB cannot spell the directory's name: it takes a `String`, which only has the names that are UTF-8, while
  /// SQLite takes any bytes and resolves the link that stands for the open directory.
  private let handle: DirectoryHandle?

  init(directory: Path, schema: Schema, machine: [UInt8]) {
    self.directory = directory
    self.schema = schema
    self.machine = machine
    handle = String(validating: directory.bytes, as: UTF8.self) == nil ? try? DirectoryHandle(directory) : nil
  }

  var path: Path { directory.appending(Array("state.db".utf8)) }

  /// There while an error made the file suspect: the next opening checks all of it.
  private var suspectMark: Path { path.withSuffix("-suspect") }

  /// Opens the database, or sets it aside and begins a new one. Throws where neither is right: a later version's
  /// database, no permission, no room.
  func open() throws(StoreError) -> (pool: DatabasePool, content: DatabaseContent, problems: [StoreProblem]) {
    do {
      let (pool, content) = try attempt()
      return (pool, content, [])
    } catch {
      guard case .damaged(_, let detail) = error else { throw error }
      let seq = salvagedSeq()
      let aside = try setAside()
      var (pool, content) = try attempt()
      content.row.meta.seq = seq
      return (pool, content, [.damaged(setAside: aside, detail: detail)])
    }
  }

  /// Remembers that an error showed, for the next opening. If that fails too, row checksums still guard the nodes.
  func markSuspect() { _ = try? File(suspectMark, O_WRONLY | O_CREAT) }

  private func attempt() throws(StoreError) -> (DatabasePool, DatabaseContent) {
    try prepareFile()
    let unclean = (FileSystem.size(path.withSuffix("-wal")) ?? 0) > 0
    let suspect = FileSystem.exists(suspectMark)
    do {
      let pool = try DatabasePool(path: sqlitePath, configuration: configuration)
      do {
        let content = try prove(pool, everything: suspect, unclean: unclean)
        if suspect { try FileSystem.remove(suspectMark) }
        return (pool, content)
      } catch {
        try? pool.close()
        throw error
      }
    } catch {
      throw translate(error, opening: true)
    }
  }

  private func prove(_ pool: DatabasePool, everything: Bool, unclean: Bool) throws -> DatabaseContent {
    switch try pool.writeWithoutTransaction({ try schema.verdict(on: $0) }) {
    case .current: break
    case .older: try schema.migrate(pool)
    case .newer(let version): throw StoreError.newer(path: path, found: version, known: schema.version)
    }
    return try pool.writeWithoutTransaction { database in
      if everything { try Self.check(database, indexes: true) }
      let stored = try MetaRow.read(database)
      // After kill -9 the kernel still has every write, in order. Only another run of the machine may have less.
      if unclean, !everything, let stored, stored.machine != machine { try Self.check(database) }
      var content = DatabaseContent()
      let (nodes, tally) = try NodeTable.all(database)
      content.nodes = nodes
      content.row = stored ?? MetaRow()
      content.isSameRun = stored?.machine == machine
      content.row.machine = machine
      if tally != content.row.tally { throw Damage("rows of nodes are missing, or older than the counters") }
      content.lastValue = try ValueTable.lastID(database)
      (content.notes, content.damagedNotes) = try NoteTable.all(database)
      content.kept = try OutboxTable.range(database)
      if let last = content.kept?.upperBound, last != content.row.meta.seq {
        throw Damage("the kept log records end at \(last), the counters at \(content.row.meta.seq)")
      }
      return content
    }
  }

  /// Reads every page. It takes about a second for each gigabyte, so it is not done at every start. Whether `indexes` fit their
  /// tables takes longer still: that is asked where an error has shown.
  private static func check(_ database: Database, indexes: Bool = false) throws {
    let found = try String.fetchAll(database, sql: "PRAGMA \(indexes ? "integrity_check" : "quick_check")(1)")
    if found != ["ok"] { throw Damage(found.first ?? "the check says nothing") }
  }

  private var configuration: Configuration {
    var configuration = Configuration()
    configuration.label = "staled.store"
    configuration.busyMode = .timeout(5)
    configuration.maximumReaderCount = 4
    configuration.foreignKeysEnabled = false
    configuration.prepareDatabase { database in
      if !database.configuration.readonly {
        // A large value's pages do not stay in the WAL file for ever.
        try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
      }
      // A page that claims to hold more than it can is found when it is read, not when it is used.
      try database.execute(sql: "PRAGMA cell_size_check = ON")
    }
    return configuration
  }

  /// The database, there and private before SQLite opens it: SQLite gives `-wal` and `-shm` the same mode.
  private func prepareFile() throws(StoreError) {
    do {
      let known = FileSystem.exists(path)
      try File(path, O_RDWR | O_CREAT).makePrivate()
      if !known { try FileSystem.syncDirectory(directory) }
    } catch { throw error.storeError }
  }

  /// The database's name for GRDB, valid as long as this value lives.
  private var sqlitePath: String { handle.map { "\($0.link)/state.db" } ?? path.description }
}

// MARK: - What cannot be trusted

extension DatabaseFile {
  /// How many damaged databases are kept for whoever looks into it.
  private static let asideKept = 3

  /// Renames the database's files to `state.db.damaged-N`.
  private func setAside() throws(StoreError) -> Path {
    do {
      var number = 1
      // Behind all that are kept; the first of them may have gone, so a free number alone is not enough.
      while (number...number + Self.asideKept).contains(where: { FileSystem.exists(aside($0)) }) { number += 1 }
      for suffix in ["", "-wal", "-shm"] where FileSystem.exists(path.withSuffix(suffix)) {
        try FileSystem.rename(path.withSuffix(suffix), to: aside(number).withSuffix(suffix))
      }
      if number > Self.asideKept {
        for suffix in ["", "-wal", "-shm"] {
          try FileSystem.remove(aside(number - Self.asideKept).withSuffix(suffix))
        }
      }
      try FileSystem.remove(suspectMark)
      try FileSystem.syncDirectory(directory)
      return aside(number)
    } catch { throw error.storeError }
  }

  private func aside(_ number: Int) -> Path { path.withSuffix(".damaged-\(number)") }

  /// The log's number that the counters of the damaged database tell, if their checksum holds; 0 otherwise. So numbers are
  /// not used twice even if the log went too.
  private func salvagedSeq() -> UInt64 {
    var configuration = Configuration()
    configuration.readonly = true
    guard let queue = try? DatabaseQueue(path: sqlitePath, configuration: configuration) else { return 0 }
    defer { try? queue.close() }
    return (try? queue.read { try MetaRow.read($0)?.meta.seq }) ?? 0
  }

  /// What an error of any kind means to the caller. While the database is `opening`, a schema that does not fit is
  /// damage, and so is a header that forbids writing to a file that may be written.
  func translate(_ error: any Error, opening: Bool = false) -> StoreError {
    switch error {
    case let error as StoreError: return error
    case let error as SystemError: return error.storeError
    case let error as Damage: return .damaged(path: path, detail: error.description)
    case let error as DatabaseError:
      let detail =
        "SQLite: \(error.message ?? error.resultCode.description) (code \(error.extendedResultCode.rawValue))"
      switch error.resultCode {
      case .SQLITE_FULL: return .diskFull(path: path, detail: detail)
      case .SQLITE_READONLY, .SQLITE_PERM:
        return opening && FileSystem.isWritable(directory)
          ? .damaged(path: path, detail: detail) : .readOnly(path: path, detail: detail)
      case .SQLITE_CANTOPEN, .SQLITE_IOERR:
        // SQLite's own words for a `-wal` or `-shm` that it could not make or extend.
        if !FileSystem.isWritable(directory) { return .readOnly(path: path, detail: detail) }
        return FileSystem.isFull(directory)
          ? .diskFull(path: path, detail: detail) : .io(path: path, detail: detail)
      case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT: return .damaged(path: path, detail: detail)
      case .SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_SCHEMA, .SQLITE_MISMATCH, .SQLITE_TOOBIG:
        return opening ? .damaged(path: path, detail: detail) : .io(path: path, detail: detail)
      default: return .io(path: path, detail: detail)
      }
    default: return opening ? .damaged(path: path, detail: "\(error)") : .io(path: path, detail: "\(error)")
    }
  }
}
