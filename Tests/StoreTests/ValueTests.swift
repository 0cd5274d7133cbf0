import Freshness
import GRDB
import Testing

@testable import Store

struct ValueTests {
  private let one = Array("one".utf8)
  private let two = Array("two".utf8)

  @Test("equal values are stored once, and go with the last row that names them")
  func counted() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    struct Step {
      var changed: [(UInt32, [UInt8]?)] = []
      var removed: [UInt32] = []
      var values: [[UInt8]] = []
      var left: [[UInt8]]
    }
    let steps: [Step] = [
      Step(changed: [(1, one), (2, one)], values: [one, one], left: [one]),
      Step(changed: [(3, two)], values: [two], left: [one, two]),
      // Rewritten with the same value, and without storing it again.
      Step(changed: [(1, one)], left: [one, two]),
      Step(changed: [(1, nil)], left: [one, two]),
      Step(removed: [2], left: [two]),
      // Nobody names it: it is not kept.
      Step(values: [one], left: [two]),
      // The last row gives it up and another takes it, in one transaction.
      Step(changed: [(4, two)], removed: [3], left: [two]),
      Step(changed: [(4, one)], values: [one], left: [one]),
      // Named, but never stored.
      Step(changed: [(5, two)], left: [one]),
      Step(removed: [4, 5], left: []),
    ]
    for (index, step) in steps.enumerated() {
      try store.commit(
        Transaction(
          changed: try step.changed.map { try entry($0.0, value: $0.1) },
          removed: step.removed.map { NodeID(rawValue: $0) }, values: step.values.map { (Digest(of: $0), $0) },
          meta: meta(0)), flush: false)
      for value in [one, two] {
        #expect(try store.value(Digest(of: value)) == (step.left.contains(value) ? value : nil), "step \(index)")
      }
    }
    store.close()
  }

  @Test("empty and large values come back")
  func sizes() throws {
    let scratch = try Scratch()
    let large = [UInt8](repeating: 3, count: 20 << 20)
    let (store, _) = try scratch.open()
    try store.commit(
      Transaction(
        changed: [try entry(1, value: []), try entry(2, value: large)],
        values: [(Digest(of: []), []), (Digest(of: large), large)], meta: meta(0)), flush: true)
    store.close()
    let (again, _) = try scratch.open()
    #expect(try again.value(Digest(of: [])) == [])
    #expect(try again.value(Digest(of: large)) == large)
    #expect(try again.value(Digest(of: [1])) == nil)
    again.close()
  }

  @Test("a value with other bytes is never given out, and replaced when it is stored again")
  func damaged() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    let put = Transaction(
      changed: [try entry(1, value: one)], values: [(Digest(of: one), one)], meta: meta(0))
    try store.commit(put, flush: false)
    try store.pool.write { try $0.execute(sql: "UPDATE value SET bytes = x'00'") }
    #expect {
      try store.value(Digest(of: one))
    } throws: { error in
      if case StoreError.damaged = error { true } else { false }
    }
    #expect(scratch.names.contains("state.db-suspect"))
    try store.commit(put, flush: false)
    #expect(try store.value(Digest(of: one)) == one)
    store.close()
    let (again, recovered) = try scratch.open()
    #expect(recovered.problems.isEmpty && recovered.nodes.count == 1)
    again.close()
  }
}
