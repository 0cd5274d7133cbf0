import Freshness
import GRDB
import Paths

/// How many rows there are, and the sum of their checksums: so that a row that is lost, or an older one that comes back,
/// is noticed as surely as one that was altered.
struct NodeTally: Hashable {
  var count: UInt64 = 0
  var sum: UInt64 = 0

  mutating func add(_ checksum: UInt32) {
    count &+= 1
    sum &+= Self.spread(checksum)
  }

  mutating func remove(_ checksum: UInt32) {
    count &-= 1
    sum &-= Self.spread(checksum)
  }

  /// Over all 64 bits, by an odd constant (the golden ratio's).
  private static func spread(_ checksum: UInt32) -> UInt64 { UInt64(checksum) &* 0x9E37_79B9_7F4A_7C15 }
}

/// A node as its row holds it.
struct NodeRow {
  let id: UInt32
  let kind: UInt8
  let name: [UInt8]
  let fingerprint: [UInt8]
  let stat: [UInt8]?
  let newest: Int64
  let looked: Int64
  let changed: UInt64
  let forced: UInt64
  let made: UInt64
  let edges: [UInt8]
  let entry: [UInt8]?
  /// The digest of the entry's value.
  let value: [UInt8]?

  init(_ record: NodeRecord) {
    id = record.id.rawValue
    kind = record.kind.rawValue
    name = RecordCoding.encode(record.name)
    var writer = ByteWriter()
    RecordCoding.encode(record.fingerprint, to: &writer)
    fingerprint = writer.bytes
    stat = record.stat.map(RecordCoding.encode)
    newest = record.newestOnPath
    looked = record.lookedAt
    changed = record.changedAt.rawValue
    forced = record.forcedAt.rawValue
    made = record.madeAt.rawValue
    edges = RecordCoding.encode(record.edges)
    entry = record.entry.map(RecordCoding.encode)
    value = record.entry?.value?.digest.bytes
  }

  /// Of every column, with its length.
  var checksum: UInt32 {
    var head = ByteWriter()
    head.varint(UInt64(id))
    head.byte(kind)
    for number in [UInt64(bitPattern: newest), UInt64(bitPattern: looked), changed, forced, made] {
      head.varint(number)
    }
    let blobs = [name, fingerprint, stat, edges, entry, value]
    for blob in blobs { head.varint(blob.map { UInt64($0.count) + 1 } ?? 0) }
    var sum = Checksum()
    sum.update(head.bytes)
    for case let blob? in blobs { sum.update(blob) }
    return sum.value
  }

  func record() throws(Damage) -> NodeRecord {
    guard let kind = NodeRecord.Kind(rawValue: kind) else { throw Damage("node \(id) is of the unknown kind \(kind)") }
    var record = NodeRecord(id: NodeID(rawValue: id), kind: kind, name: try RecordCoding.decodeName(name))
    var reader = ByteReader(fingerprint)
    record.fingerprint = try RecordCoding.decodeFingerprint(&reader)
    try reader.end()
    if let stat { record.stat = try RecordCoding.decodeStat(stat) }
    record.newestOnPath = newest
    record.lookedAt = looked
    record.changedAt = LSN(rawValue: changed)
    record.forcedAt = LSN(rawValue: forced)
    record.madeAt = LSN(rawValue: made)
    record.edges = try RecordCoding.decodeEdges(edges)
    var digest: Digest?
    if let value { digest = try RecordCoding.decodeDigest(value[...]) }
    if let entry {
      record.entry = try RecordCoding.decodeEntry(entry, value: digest)
    } else if digest != nil {
      throw Damage("node \(id) has a value and is no entry")
    }
    return record
  }
}

/// The rows of nodes, and the rule that a value lives as long as a row names it.
struct NodeTable {
  private let database: Database
  private let stored: SQL
  private let insert: SQL
  private let delete: SQL
  /// Digests that a row named before, in the order of their removal: their values may have to go.
  private(set) var released: [Digest] = []
  private(set) var tally: NodeTally

  init(_ database: Database, tally: NodeTally) throws {
    self.database = database
    self.tally = tally
    stored = try SQL(database, "SELECT sum, value FROM node WHERE id = ?")
    insert = try SQL(
      database,
      """
      INSERT OR REPLACE INTO node
        (id, kind, name, fingerprint, stat, newest, looked, changed, forced, made, edges, entry, value, sum)
      VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)
      """)
    delete = try SQL(database, "DELETE FROM node WHERE id = ?")
  }

  mutating func remove(_ id: NodeID) throws {
    guard try forget(id.rawValue, keeping: nil) else { return }
    try delete.bind(Int64(id.rawValue), at: 1)
    try delete.run()
  }

  mutating func write(_ record: NodeRecord) throws {
    let row = NodeRow(record)
    let checksum = row.checksum
    _ = try forget(row.id, keeping: row.value)
    try insert.bind(Int64(row.id), at: 1)
    try insert.bind(Int64(row.kind), at: 2)
    try insert.bind(row.name, at: 3)
    try insert.bind(row.fingerprint, at: 4)
    try insert.bind(row.stat, at: 5)
    try insert.bind(row.newest, at: 6)
    try insert.bind(row.looked, at: 7)
    try insert.bind(row.changed, at: 8)
    try insert.bind(row.forced, at: 9)
    try insert.bind(row.made, at: 10)
    try insert.bind(row.edges, at: 11)
    try insert.bind(row.entry, at: 12)
    try insert.bind(row.value, at: 13)
    try insert.bind(Int64(checksum), at: 14)
    try insert.run()
    tally.add(checksum)
  }

  /// Takes the row with that id, if there is one, out of the account.
  private mutating func forget(_ id: UInt32, keeping value: [UInt8]?) throws -> Bool {
    try stored.bind(Int64(id), at: 1)
    guard try stored.step() else { return false }
    defer { stored.stop() }
    tally.remove(try Self.checksum(try stored.int(0)))
    if let old = try stored.optionalBlob(1), old != value { released.append(try RecordCoding.decodeDigest(old[...])) }
    return true
  }

  /// Every node, ascending, each proven against its checksum.
  static func all(_ database: Database) throws -> (nodes: [NodeRecord], tally: NodeTally) {
    let query = try SQL(
      database,
      """
      SELECT id, kind, name, fingerprint, stat, newest, looked, changed, forced, made, edges, entry, value, sum
      FROM node ORDER BY id
      """)
    defer { query.stop() }
    var nodes: [NodeRecord] = []
    var tally = NodeTally()
    while try query.step() {
      let row = try NodeRow(query)
      let checksum = row.checksum
      guard try Self.checksum(try query.int(13)) == checksum else {
        throw Damage("the row of node \(row.id) does not match its checksum")
      }
      nodes.append(try row.record())
      tally.add(checksum)
    }
    return (nodes, tally)
  }

  private static func checksum(_ stored: Int64) throws(Damage) -> UInt32 {
    guard let checksum = UInt32(exactly: stored) else { throw Damage("a checksum has over 32 bits") }
    return checksum
  }
}

extension NodeRow {
  fileprivate init(_ query: SQL) throws {
    guard let id = UInt32(exactly: try query.int(0)), let kind = UInt8(exactly: try query.int(1)) else {
      throw Damage("a node's id or kind is out of range")
    }
    self.id = id
    self.kind = kind
    name = try query.blob(2)
    fingerprint = try query.blob(3)
    stat = try query.optionalBlob(4)
    newest = try query.int(5)
    looked = try query.int(6)
    changed = try query.word(7)
    forced = try query.word(8)
    made = try query.word(9)
    edges = try query.blob(10)
    entry = try query.optionalBlob(11)
    value = try query.optionalBlob(12)
  }
}
