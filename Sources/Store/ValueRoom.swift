import Freshness
import GRDB

/// Frees values a slice at a time, within one transaction.
struct ValueRoom {
  /// So many bytes more may be freed; the last part may go beyond.
  private(set) var left: Int

  private let database: Database
  private let naming: SQL
  private let known: SQL
  private let nextPart: SQL
  private let deletePart: SQL
  private let deleteRow: SQL

  /// Removing a small value takes as long as removing so many bytes of a large one.
  private static let least = 4 << 10

  init(_ database: Database, bytes: Int) throws {
    self.database = database
    left = bytes
    naming = try SQL(database, "SELECT 1 FROM node WHERE value = ?")
    known = try SQL(database, "SELECT id FROM value WHERE digest = ?")
    // SQLite knows a blob's length without reading it.
    nextPart = try SQL(database, "SELECT id, length(bytes) FROM part WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 1")
    deletePart = try SQL(database, "DELETE FROM part WHERE id = ?")
    deleteRow = try SQL(database, "DELETE FROM value WHERE id = ?")
  }

  /// Frees the value of that digest, if there is one and no row names it. If there is not room enough it loses its name, and
  /// the id of what is left of it is returned.
  mutating func free(_ digest: Digest) throws -> Int64? {
    defer {
      naming.stop()
      known.stop()
    }
    try naming.bind(digest.bytes, at: 1)
    if try naming.step() { return nil }
    try known.bind(digest.bytes, at: 1)
    guard try known.step() else { return nil }
    let id = try known.int(0)
    known.stop()
    if try free(id) { return nil }
    try ValueTable.unname(id, database)
    return id
  }

  /// Removes parts of a value while there is room, and after the last one its row. Whether all is gone.
  mutating func free(_ id: Int64) throws -> Bool {
    defer { nextPart.stop() }
    var next = ValueTable.key(id, 0)
    while left > 0 {
      try nextPart.bind(next, at: 1)
      try nextPart.bind(ValueTable.key(id, ValueTable.mostParts - 1), at: 2)
      guard try nextPart.step() else {
        try deleteRow.bind(id, at: 1)
        try deleteRow.run()
        return true
      }
      let part = try nextPart.int(0)
      left -= max(Int(clamping: try nextPart.int(1)), Self.least)
      nextPart.stop()
      try deletePart.bind(part, at: 1)
      try deletePart.run()
      next = part + 1
    }
    return false
  }
}
