import Freshness
import GRDB

/// The rows of values: one with the digest and the size, and the bytes in parts.
///
/// A row has its digest from the transaction on that wrote its last part, so what has a name is whole. Without one it is
/// being written, or nothing but room to be freed. Part `n` of the value `id` has the key `id << 20 | n`: a table of
/// its own with that key reads and writes large rows several times faster than one keyed by two columns.
enum ValueTable {
  /// The length of all parts but the last, which may be shorter. It fills 64 pages but for 228 bytes, and is written in
  /// a millisecond or two: smaller parts cost more, larger ones hold up a commit for longer.
  static let partSize = 256 << 10
  private static let partBits: Int64 = 20
  /// So many parts a value may have.
  static let mostParts = 1 << partBits
  /// Ids are below: a part's key has 63 bits.
  static let endOfIDs: Int64 = 1 << (63 - partBits)

  static func key(_ id: Int64, _ part: Int) -> Int64 { id << partBits | Int64(part) }

  // MARK: Writing

  /// A value that has no name yet.
  static func begin(_ id: Int64, _ database: Database) throws { try insert(id, nil, 0, database) }

  static func add(part: Int, of id: Int64, _ bytes: [UInt8], _ database: Database) throws {
    let insert = try SQL(database, "INSERT INTO part (id, bytes) VALUES (?, ?)")
    try insert.bind(key(id, part), at: 1)
    try insert.bind(bytes, at: 2)
    try insert.run()
    // Or the connection would keep a copy of the part until the next one.
    try insert.bind(nil, at: 2)
  }

  /// Takes the name from a value: from here on nobody finds it.
  static func unname(_ id: Int64, _ database: Database) throws {
    let update = try SQL(database, "UPDATE value SET digest = NULL WHERE id = ?")
    try update.bind(id, at: 1)
    try update.run()
  }

  /// Gives a value its name, and so makes it whole. `begun` if it has its row.
  static func name(_ id: Int64, _ digest: Digest, size: Int, begun: Bool, _ database: Database) throws {
    guard begun else { return try insert(id, digest, size, database) }
    let update = try SQL(database, "UPDATE value SET digest = ?, size = ? WHERE id = ?")
    try update.bind(digest.bytes, at: 1)
    try update.bind(Int64(size), at: 2)
    try update.bind(id, at: 3)
    try update.run()
  }

  private static func insert(_ id: Int64, _ digest: Digest?, _ size: Int, _ database: Database) throws {
    let insert = try SQL(database, "INSERT INTO value (id, digest, size) VALUES (?, ?, ?)")
    try insert.bind(id, at: 1)
    try insert.bind(digest?.bytes, at: 2)
    try insert.bind(Int64(size), at: 3)
    try insert.run()
  }

  // MARK: Reading

  struct Head {
    let id: Int64
    let size: Int
    /// The first part. Every value has one, if it is not damaged.
    let first: [UInt8]?
  }

  /// The value of that digest, if it is `held` or a node's row names it.
  static func head(_ digest: Digest, held: Bool, _ database: Database) throws -> Head? {
    let query = try SQL(
      database,
      """
      SELECT value.id, value.size, part.bytes FROM value LEFT JOIN part ON part.id = value.id << \(partBits)
      WHERE value.digest = ?1 AND (?2 OR EXISTS (SELECT 1 FROM node WHERE node.value = ?1))
      """)
    defer { query.stop() }
    try query.bind(digest.bytes, at: 1)
    try query.bind(Int64(held ? 1 : 0), at: 2)
    guard try query.step() else { return nil }
    guard let size = Int(exactly: try query.int(1)), size >= 0 else { throw Damage("a value's size is out of range") }
    return Head(id: try query.int(0), size: size, first: try query.optionalBlob(2))
  }

  static func part(_ part: Int, of id: Int64, _ database: Database) throws -> [UInt8]? {
    let query = try SQL(database, "SELECT bytes FROM part WHERE id = ?")
    defer { query.stop() }
    try query.bind(key(id, part), at: 1)
    return try query.step() ? try query.blob(0) : nil
  }

  static func id(of digest: Digest, _ database: Database) throws -> Int64? {
    let query = try SQL(database, "SELECT id FROM value WHERE digest = ?")
    defer { query.stop() }
    try query.bind(digest.bytes, at: 1)
    return try query.step() ? try query.int(0) : nil
  }

  /// Those of the digests that no node's row names.
  static func unnamed(_ digests: [Digest], _ database: Database) throws -> [Digest] {
    let query = try SQL(database, "SELECT 1 FROM node WHERE value = ?")
    defer { query.stop() }
    return try digests.filter { digest in
      try query.bind(digest.bytes, at: 1)
      defer { query.stop() }
      return !(try query.step())
    }
  }

  /// The greatest id that is in use; 0 without any.
  static func lastID(_ database: Database) throws -> Int64 {
    let query = try SQL(
      database,
      "SELECT max(coalesce((SELECT max(id) FROM value), 0), coalesce((SELECT max(id) FROM part), 0) >> \(partBits))")
    defer { query.stop() }
    guard try query.step() else { return 0 }
    let last = try query.int(0)
    // No disk holds so many that half of them were ever used.
    guard last < endOfIDs / 2 else { throw Damage("a value's id is out of range") }
    return last
  }

  /// What no row names among the values from `first` to `last`, and where to go on; nil at the end.
  static func unnamed(
    from first: Int64, through last: Int64, limit: Int, _ database: Database
  ) throws -> (digests: [Digest], nameless: [Int64], next: Int64?) {
    let query = try SQL(
      database,
      """
      SELECT id, digest, EXISTS (SELECT 1 FROM node WHERE node.value = value.digest)
      FROM value WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?
      """)
    defer { query.stop() }
    try query.bind(first, at: 1)
    try query.bind(last, at: 2)
    try query.bind(Int64(limit), at: 3)
    var digests: [Digest] = []
    var nameless: [Int64] = []
    var count = 0
    var next = first
    while try query.step() {
      count += 1
      let id = try query.int(0)
      next = id + 1
      if try query.int(2) != 0 { continue }
      // One that is not 32 bytes long is nobody's.
      if let digest = try query.optionalBlob(1).flatMap({ Digest(bytes: $0) }) {
        digests.append(digest)
      } else {
        nameless.append(id)
      }
    }
    return (digests, nameless, count < limit ? nil : next)
  }
}
