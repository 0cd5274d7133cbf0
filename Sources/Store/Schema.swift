import GRDB

/// The database's layout and its history. Steps are only ever added: each is on people's disks.
struct Schema: Sendable {
  /// A change of layout. Its number is its place in the list, from 1.
  struct Step: Sendable {
    let name: String
    let apply: @Sendable (Database) throws -> Void
  }

  let steps: [Step]

  static let current = Schema(steps: [
    Step(name: "v1", apply: v1), Step(name: "v2", apply: v2), Step(name: "v3", apply: v3),
  ])

  /// The number of the newest layout.
  var version: Int { steps.count }

  private static func v1(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE meta (
          id INTEGER PRIMARY KEY CHECK (id = 1),
          boot INTEGER NOT NULL, lsn INTEGER NOT NULL, seq INTEGER NOT NULL, batch INTEGER NOT NULL,
          forgotten INTEGER NOT NULL, workspace BLOB NOT NULL, machine BLOB NOT NULL,
          nodes INTEGER NOT NULL, nodeSum INTEGER NOT NULL, sum INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE node (
          id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, name BLOB NOT NULL,
          fingerprint BLOB NOT NULL, stat BLOB, newest INTEGER NOT NULL, looked INTEGER NOT NULL,
          changed INTEGER NOT NULL, forced INTEGER NOT NULL, made INTEGER NOT NULL,
          edges BLOB NOT NULL, entry BLOB, value BLOB, sum INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX node_value ON node (value) WHERE value IS NOT NULL;
        CREATE TABLE value (digest BLOB PRIMARY KEY NOT NULL, bytes BLOB NOT NULL) STRICT;
        CREATE TABLE outbox (seq INTEGER PRIMARY KEY, line BLOB NOT NULL, sum INTEGER NOT NULL) STRICT;
        """)
  }

  /// What the clocks showed: times to live go on after a restart.
  private static func v2(_ database: Database) throws {
    try database.execute(sql: "ALTER TABLE meta ADD COLUMN clock BLOB NOT NULL DEFAULT x''")
  }

  /// Values in parts (see `ValueTable`), and notes of the agent. One value after the other moves, a part at a time.
  private static func v3(_ database: Database) throws {
    try database.execute(
      sql: """
        ALTER TABLE value RENAME TO whole;
        CREATE TABLE value (id INTEGER PRIMARY KEY, digest BLOB UNIQUE, size INTEGER NOT NULL) STRICT;
        CREATE TABLE part (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
        CREATE TABLE kept (
          id INTEGER PRIMARY KEY, name BLOB NOT NULL, bytes BLOB NOT NULL, sum INTEGER NOT NULL
        ) STRICT;
        INSERT INTO value (id, digest, size) SELECT rowid, digest, length(bytes) FROM whole;
        """)
    let query = try SQL(database, "SELECT id FROM value ORDER BY id")
    defer { query.stop() }
    while try query.step() {
      let id = try query.int(0)
      var count = 0
      try SQL.slices(ofColumn: "bytes", in: "whole", row: id, length: ValueTable.partSize, database) { part in
        try ValueTable.add(part: count, of: id, part, database)
        count += 1
      }
      if count == 0 { try ValueTable.add(part: 0, of: id, [], database) }
    }
    try database.execute(sql: "DROP TABLE whole")
  }

  /// What a database's own account of its layout says of it.
  enum Verdict: Equatable {
    case current
    /// Empty, or of an earlier layout.
    case older
    case newer(Int)
  }

  /// Both accounts, the header's number and GRDB's table of steps, must agree: one flipped bit is not a later version.
  func verdict(on database: Database) throws -> Verdict {
    let query = try SQL(database, "PRAGMA user_version")
    defer { query.stop() }
    guard try query.step() else { throw Damage("the header has no version") }
    let version = try query.int(0)
    var applied: [String] = []
    if try database.tableExists("grdb_migrations") {
      applied = try String.fetchAll(
        database, sql: "SELECT CAST(identifier AS TEXT) FROM grdb_migrations ORDER BY rowid")
    }
    guard Int64(applied.count) == version else {
      throw Damage("the header says version \(version), \(applied.count) steps are recorded")
    }
    let known = steps.map(\.name)
    if applied == known { return .current }
    if known.starts(with: applied) { return .older }
    if applied.starts(with: known) { return .newer(applied.count) }
    throw Damage("the recorded steps are not those of staled")
  }

  /// Brings the database to the newest layout; each step is a transaction of its own.
  func migrate(_ writer: any DatabaseWriter) throws {
    var migrator = DatabaseMigrator()
    for (index, step) in steps.enumerated() {
      migrator.registerMigration(step.name) { database in
        try step.apply(database)
        // Of this process's making, a number: nothing to escape.
        try database.execute(sql: "PRAGMA user_version = \(index + 1)")
      }
    }
    try migrator.migrate(writer)
  }
}
