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

  @Test("a later version's database is refused, never set aside")
  func newer() throws {
    let scratch = try Scratch()
    let (later, _) = try scratch.open(schema: Self.later)
    try later.commit(Transaction(changed: [file(1, round: 1)], meta: meta(0)), flush: false)
    later.close()
    #expect(throws: StoreError.newer(path: scratch.path.appending(Array("state.db".utf8)), found: 3, known: 2)) {
      try scratch.open()
    }
    #expect(!scratch.names.contains { $0.contains("damaged") })
    let (again, recovered) = try scratch.open(schema: Self.later)
    #expect(recovered.nodes == [file(1, round: 1)])
    again.close()
  }
}
