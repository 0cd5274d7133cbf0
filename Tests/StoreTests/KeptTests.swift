import Freshness
import GRDB
import Testing

@testable import Store

/// Small things that the agent keeps under a name.
struct KeptTests {
  @Test("what is kept under a name is the last of it, and comes back with the transaction it went with")
  func kept() throws {
    let scratch = try Scratch()
    let (store, first) = try scratch.open()
    #expect(first.kept.isEmpty)
    let steps: [(given: [String: [UInt8]], kept: [String: [UInt8]])] = [
      (["a": [1], "ü b": noise(5000), "": [3]], ["a": [1], "ü b": noise(5000), "": [3]]),
      ([:], ["a": [1], "ü b": noise(5000), "": [3]]),
      (["a": [2, 0], "": []], ["a": [2, 0], "ü b": noise(5000)]),
      (["never": []], ["a": [2, 0], "ü b": noise(5000)]),
    ]
    for (index, step) in steps.enumerated() {
      try store.commit(Transaction(kept: step.given, meta: meta(0)), flush: false)
      let killed = try scratch.copy()
      let (again, recovered) = try killed.open()
      #expect(recovered.kept == step.kept, "step \(index)")
      again.close()
    }
    store.close()
  }

  @Test("a note too long is refused, with all else of its transaction")
  func tooLong() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    let longest = [UInt8](repeating: 1, count: Transaction.longestKept)
    try store.commit(Transaction(kept: ["a": longest], meta: meta(0)), flush: false)
    #expect(throws: StoreError.invalid(detail: "what is to be kept as \"b\" has 65537 bytes")) {
      try store.commit(
        Transaction(changed: [file(1, round: 1)], kept: ["b": longest + [1]], meta: meta(0)), flush: false)
    }
    store.close()
    let (again, recovered) = try scratch.open()
    #expect(recovered.kept == ["a": longest] && recovered.nodes.isEmpty)
    again.close()
  }

  @Test(
    "a damaged row is dropped, and nothing else is lost",
    arguments: [
      "UPDATE kept SET bytes = x'0102' WHERE name = x'62'", "UPDATE kept SET name = x'63' WHERE name = x'62'",
      "UPDATE kept SET sum = -1 WHERE name = x'62'", "UPDATE kept SET name = x'6201', bytes = x'02' WHERE name = x'62'",
      "UPDATE kept SET name = x'FF' WHERE name = x'62'",
    ])
  func damaged(sql: String) throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    try store.commit(
      Transaction(changed: [file(1, round: 1)], kept: ["a": [1], "b": [1, 2, 3]], meta: meta(0)), flush: false)
    try store.pool.write { try $0.execute(sql: sql) }
    store.close()
    let (again, recovered) = try scratch.open()
    #expect(recovered.kept == ["a": [1]] && recovered.problems.isEmpty && recovered.nodes == [file(1, round: 1)])
    #expect(try again.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM kept") } == 1)
    again.close()
  }
}
