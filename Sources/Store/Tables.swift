import Freshness
import GRDB
import Paths

/// The one row of counters, with what proves the whole database.
struct MetaRow: Hashable {
  var meta = Meta()
  var tally = NodeTally()
  /// Which run of the machine wrote it last (`/proc/sys/kernel/random/boot_id`): after a power cut it is another one.
  var machine: [UInt8] = []

  private var clock: [UInt8] {
    var writer = ByteWriter()
    for time in [meta.clock.engine, meta.clock.wall, meta.clock.steady] { writer.signed(time) }
    return writer.bytes
  }

  private var checksum: UInt32 {
    var writer = ByteWriter()
    for number in [
      meta.boot, meta.lsn.rawValue, meta.seq, meta.batch, meta.forgottenAt.rawValue, tally.count, tally.sum,
    ] { writer.word(number) }
    writer.blob(meta.workspace.bytes)
    writer.blob(machine)
    // The first layout had none.
    if meta.clock != ClockReading() { writer.blob(clock) }
    return Checksum.of(writer.bytes)
  }

  func write(_ database: Database) throws {
    let insert = try SQL(
      database,
      """
      INSERT OR REPLACE INTO meta
        (id, boot, lsn, seq, batch, forgotten, workspace, machine, nodes, nodeSum, sum, clock)
      VALUES (1,?,?,?,?,?,?,?,?,?,?,?)
      """)
    try insert.bind(meta.boot, at: 1)
    try insert.bind(meta.lsn.rawValue, at: 2)
    try insert.bind(meta.seq, at: 3)
    try insert.bind(meta.batch, at: 4)
    try insert.bind(meta.forgottenAt.rawValue, at: 5)
    try insert.bind(meta.workspace.bytes, at: 6)
    try insert.bind(machine, at: 7)
    try insert.bind(tally.count, at: 8)
    try insert.bind(tally.sum, at: 9)
    try insert.bind(Int64(checksum), at: 10)
    try insert.bind(clock, at: 11)
    try insert.run()
  }

  /// Nil if nothing was ever committed.
  static func read(_ database: Database) throws -> MetaRow? {
    let query = try SQL(
      database,
      "SELECT boot, lsn, seq, batch, forgotten, workspace, machine, nodes, nodeSum, sum, clock FROM meta WHERE id = 1")
    defer { query.stop() }
    guard try query.step() else { return nil }
    var row = MetaRow()
    row.meta.boot = try query.word(0)
    row.meta.lsn = LSN(rawValue: try query.word(1))
    row.meta.seq = try query.word(2)
    row.meta.batch = try query.word(3)
    row.meta.forgottenAt = LSN(rawValue: try query.word(4))
    row.meta.workspace = try RecordCoding.path(try query.blob(5)[...])
    row.machine = try query.blob(6)
    row.tally = NodeTally(count: try query.word(7), sum: try query.word(8))
    let clock = try query.blob(10)
    if !clock.isEmpty {
      var reader = ByteReader(clock)
      row.meta.clock.engine = try reader.signed()
      row.meta.clock.wall = try reader.signed()
      row.meta.clock.steady = try reader.signed()
      try reader.end()
    }
    guard try query.int(9) == Int64(row.checksum) else { throw Damage("the counters do not match their checksum") }
    guard row.meta.seq <= LogFormat.greatestSeq else { throw Damage("the log's number is out of range") }
    return row
  }
}

/// The log's lines, kept until the log's file is known to be on the disk.
enum OutboxTable {
  static func add(_ lines: [StoredLine], _ database: Database) throws {
    let insert = try SQL(database, "INSERT INTO outbox (seq, line, sum) VALUES (?, ?, ?)")
    for line in lines {
      try insert.bind(line.seq, at: 1)
      try insert.bind(line.line, at: 2)
      try insert.bind(Int64(Checksum.of(line.line)), at: 3)
      try insert.run()
    }
  }

  static func remove(through seq: UInt64, _ database: Database) throws {
    let delete = try SQL(database, "DELETE FROM outbox WHERE seq <= ?")
    try delete.bind(seq, at: 1)
    try delete.run()
  }

  /// At most `limit` lines with a greater number than `seq`, in order.
  static func lines(after seq: UInt64, limit: Int, _ database: Database) throws -> [StoredLine] {
    let query = try SQL(database, "SELECT seq, line, sum FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?")
    defer { query.stop() }
    try query.bind(seq, at: 1)
    try query.bind(Int64(limit), at: 2)
    var lines: [StoredLine] = []
    while try query.step() {
      let line = StoredLine(seq: try query.word(0), line: try query.blob(1))
      guard try query.int(2) == Int64(Checksum.of(line.line)), LogFormat.seq(of: line.line[...]) == line.seq else {
        throw Damage("the kept log record \(line.seq) does not match its checksum")
      }
      lines.append(line)
    }
    return lines
  }

  /// The first and last number kept.
  static func range(_ database: Database) throws -> ClosedRange<UInt64>? {
    let query = try SQL(database, "SELECT (SELECT min(seq) FROM outbox), (SELECT max(seq) FROM outbox)")
    defer { query.stop() }
    guard try query.step(), let first = try? query.word(0) else { return nil }
    let last = try query.word(1)
    guard first <= last else { throw Damage("the kept log records are out of order") }
    return first...last
  }
}

/// What the agent keeps under a name: a handful of rows, so no index is needed that could be damaged apart from them.
enum NoteTable {
  /// Writes what is under each name anew; an empty note is removed.
  static func write(_ notes: [String: [UInt8]], _ database: Database) throws {
    let delete = try SQL(database, "DELETE FROM kept WHERE name = ?")
    let insert = try SQL(database, "INSERT INTO kept (name, bytes, sum) VALUES (?, ?, ?)")
    for (name, bytes) in notes {
      let name = Array(name.utf8)
      try delete.bind(name, at: 1)
      try delete.run()
      if bytes.isEmpty { continue }
      try insert.bind(name, at: 1)
      try insert.bind(bytes, at: 2)
      try insert.bind(Int64(checksum(name, bytes)), at: 3)
      try insert.run()
    }
  }

  /// All that match their checksum, and the ids of rows that do not.
  static func all(_ database: Database) throws -> (notes: [String: [UInt8]], damaged: [Int64]) {
    let query = try SQL(database, "SELECT id, name, bytes, sum FROM kept ORDER BY id")
    defer { query.stop() }
    var notes: [String: [UInt8]] = [:]
    var damaged: [Int64] = []
    while try query.step() {
      let id = try query.int(0)
      guard let name = try? query.blob(1), let bytes = try? query.blob(2), let sum = try? query.int(3),
        sum == Int64(checksum(name, bytes)), let text = String(validating: name, as: UTF8.self)
      else {
        damaged.append(id)
        continue
      }
      notes[text] = bytes
    }
    return (notes, damaged)
  }

  static func remove(_ ids: [Int64], _ database: Database) throws {
    let delete = try SQL(database, "DELETE FROM kept WHERE id = ?")
    for id in ids {
      try delete.bind(id, at: 1)
      try delete.run()
    }
  }

  /// Of both, and of where one ends and the other begins.
  private static func checksum(_ name: [UInt8], _ bytes: [UInt8]) -> UInt32 {
    var writer = ByteWriter()
    writer.blob(name)
    writer.blob(bytes)
    return Checksum.of(writer.bytes)
  }
}
