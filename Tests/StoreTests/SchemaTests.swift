import Freshness
import GRDB
import Paths
import Testing

@testable import Store

struct SchemaTests {
  private static let later = Schema(
    steps: Schema.current.steps + [
      Schema.Step(name: "later") { try $0.execute(sql: "ALTER TABLE node ADD COLUMN later INTEGER NOT NULL DEFAULT 5") }
    ])

  @Test("an older database is brought up, and nothing of it is lost")
  func older() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    try store.commit(Transaction(changed: [file(1, round: 1)], lines: [line(1)], meta: meta(1)), flush: false)
    store.close()
    let (later, recovered) = try scratch.open(schema: Self.later)
    #expect(recovered.nodes == [file(1, round: 1)] && recovered.meta == meta(1) && recovered.problems.isEmpty)
    #expect(try later.pool.read { try Int.fetchAll($0, sql: "SELECT later FROM node") } == [5])
    later.close()
  }

  @Test("the values of earlier layouts are there in parts, and all else", arguments: [1, 2])
  func values(version: Int) throws {
    let scratch = try Scratch()
    let values = [[], noise(1), noise(ValueTable.partSize), noise(ValueTable.partSize + 1), noise(3 << 20)]
    let nodes = try values.enumerated().map { try entry(UInt32($0.offset), value: $0.element) }
    // As those versions wrote it.
    let pool = try DatabasePool(path: "\(scratch.path)/state.db")
    try Schema(steps: Array(Schema.current.steps.prefix(version))).migrate(pool)
    try pool.write { database in
      if version == 1 { try database.execute(sql: "ALTER TABLE meta ADD COLUMN clock BLOB NOT NULL DEFAULT x''") }
      var table = try NodeTable(database, tally: NodeTally())
      for node in nodes { try table.write(node) }
      var row = MetaRow()
      (row.meta, row.tally) = (meta(0), table.tally)
      try row.write(database)
      if version == 1 { try database.execute(sql: "ALTER TABLE meta DROP COLUMN clock") }
      for value in values + [noise(400_000, seed: 2)] {
        let insert = try SQL(database, "INSERT INTO value (digest, bytes) VALUES (?, ?)")
        try insert.bind(Digest(of: value).bytes, at: 1)
        try insert.bind(value, at: 2)
        try insert.run()
      }
    }
    try pool.close()
    let (store, recovered) = try scratch.open()
    #expect(recovered.nodes == nodes && recovered.problems.isEmpty && recovered.kept.isEmpty)
    for value in values { #expect(try store.value(Digest(of: value)) == value) }
    // What no entry names goes, as it did.
    try store.sweep()
    #expect(try store.rows() == [5, 1 + 1 + 1 + 2 + 12])
    // Ids go on behind those of old.
    let new = noise(600_000, seed: 3)
    try store.put(Transaction(changed: [try entry(9, value: new)], meta: meta(0)), values: [new])
    #expect(try store.value(Digest(of: new)) == new)
    store.close()
    let (again, _) = try scratch.open()
    for value in values + [new] { #expect(try again.value(Digest(of: value)) == value) }
    again.close()
  }

  @Test("a later version's database is refused, never set aside")
  func newer() throws {
    let scratch = try Scratch()
    let (later, _) = try scratch.open(schema: Self.later)
    try later.commit(Transaction(changed: [file(1, round: 1)], meta: meta(0)), flush: false)
    later.close()
    #expect(throws: StoreError.newer(path: scratch.path.appending(Array("state.db".utf8)), found: 4, known: 3)) {
      try scratch.open()
    }
    #expect(!scratch.names.contains { $0.contains("damaged") })
    let (again, recovered) = try scratch.open(schema: Self.later)
    #expect(recovered.nodes == [file(1, round: 1)])
    again.close()
  }
}
