import GRDB
import GRDBSQLite

/// A statement, bound and read by position, straight through SQLite's own calls: GRDB's rows box each column, which
/// costs more than SQLite itself when a million rows are read, and trap where a damaged row has a value of another type.
///
/// It lives inside a closure that holds the connection, and never leaves it.
struct SQL {
  private let statement: Statement
  private let database: Database

  /// `sql` stays prepared for the connection's life: it must be one of a few constant texts.
  init(_ database: Database, _ sql: String) throws {
    self.database = database
    statement = try database.cachedStatement(sql: sql)
    sqlite3_reset(statement.sqliteStatement)
    sqlite3_clear_bindings(statement.sqliteStatement)
  }

  // MARK: Binding, from 1

  func bind(_ value: Int64, at index: Int32) throws {
    try check(sqlite3_bind_int64(statement.sqliteStatement, index, value))
  }

  /// All 64 bits are kept; SQLite shows the upper half of the range as negative.
  func bind(_ value: UInt64, at index: Int32) throws { try bind(Int64(bitPattern: value), at: index) }

  /// Nothing binds NULL.
  func bind(_ value: [UInt8]?, at index: Int32) throws {
    guard let value else { return try check(sqlite3_bind_null(statement.sqliteStatement, index)) }
    if value.isEmpty { return try check(sqlite3_bind_zeroblob(statement.sqliteStatement, index, 0)) }
    // SQLite's SQLITE_TRANSIENT, a C macro that is not imported: SQLite copies the bytes before the call returns, so
    // that the array's storage need not outlive it.
    let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    try value.withUnsafeBytes { bytes in
      try check(
        sqlite3_bind_blob64(
          statement.sqliteStatement, index, bytes.baseAddress, sqlite3_uint64(bytes.count), transient))
    }
  }

  // MARK: Running

  /// Whether there is a row, or the statement is done.
  func step() throws -> Bool {
    switch sqlite3_step(statement.sqliteStatement) {
    case SQLITE_ROW: return true
    case SQLITE_DONE:
      sqlite3_reset(statement.sqliteStatement)
      return false
    case let code:
      let error = Self.failure(code, database)
      sqlite3_reset(statement.sqliteStatement)
      throw error
    }
  }

  /// Runs a statement that has no rows, and makes it ready for the next bindings.
  func run() throws { while try step() {} }

  /// Ends reading before the last row.
  func stop() { sqlite3_reset(statement.sqliteStatement) }

  // MARK: Columns, from 0

  func int(_ column: Int32) throws(Damage) -> Int64 {
    guard sqlite3_column_type(statement.sqliteStatement, column) == SQLITE_INTEGER else {
      throw Damage("column \(column) is no number")
    }
    return sqlite3_column_int64(statement.sqliteStatement, column)
  }

  func word(_ column: Int32) throws(Damage) -> UInt64 { UInt64(bitPattern: try int(column)) }

  func blob(_ column: Int32) throws(Damage) -> [UInt8] {
    guard let bytes = try optionalBlob(column) else { throw Damage("column \(column) is empty") }
    return bytes
  }

  func optionalBlob(_ column: Int32) throws(Damage) -> [UInt8]? {
    switch sqlite3_column_type(statement.sqliteStatement, column) {
    case SQLITE_NULL: return nil
    case SQLITE_BLOB: break
    default: throw Damage("column \(column) is no blob")
    }
    // The pointer is valid until the next step, and its bytes are copied here. It is NULL for an empty blob, and when
    // SQLite found no memory.
    let count = Int(sqlite3_column_bytes(statement.sqliteStatement, column))
    guard count > 0 else { return [] }
    guard let start = sqlite3_column_blob(statement.sqliteStatement, column) else {
      throw Damage("column \(column) cannot be read")
    }
    return Array(UnsafeRawBufferPointer(start: start, count: count))
  }

  // MARK: Large blobs

  /// Hands the bytes of a stored blob to `body` slice by slice, without having the whole in memory.
  static func slices(
    ofColumn column: String, in table: String, row: Int64, length: Int, _ database: Database,
    _ body: ([UInt8]) throws -> Void
  ) throws {
    var blob: OpaquePointer?
    defer { sqlite3_blob_close(blob) }
    try check(sqlite3_blob_open(database.sqliteConnection, "main", table, column, row, 0, &blob), database)
    let size = Int(sqlite3_blob_bytes(blob))
    for start in stride(from: 0, to: size, by: length) {
      let count = min(length, size - start)
      var code = SQLITE_OK
      let slice = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        // It writes `count` bytes, which the buffer has room for, or fails.
        code = sqlite3_blob_read(blob, buffer.baseAddress, Int32(count), Int32(start))
        filled = code == SQLITE_OK ? count : 0
      }
      try check(code, database)
      try body(slice)
    }
  }

  private func check(_ code: Int32) throws { try Self.check(code, database) }

  private static func check(_ code: Int32, _ database: Database) throws {
    if code != SQLITE_OK { throw failure(code, database) }
  }

  private static func failure(_ code: Int32, _ database: Database) -> DatabaseError {
    let message = sqlite3_errmsg(database.sqliteConnection).map { String(cString: $0) }
    return DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
  }
}
