import Freshness
import GRDB
import Testing

@testable import Store

/// A value is there exactly as long as a row names it or somebody holds it.
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
      try store.put(
        Transaction(
          changed: try step.changed.map { try entry($0.0, value: $0.1) },
          removed: step.removed.map { NodeID(rawValue: $0) }, meta: meta(0)), values: step.values)
      for swept in [false, true] {
        if swept { try store.sweep() }
        for value in [one, two] {
          #expect(
            try store.value(Digest(of: value)) == (step.left.contains(value) ? value : nil), "step \(index) \(swept)")
        }
      }
      #expect(try store.rows() == [step.left.count, step.left.count], "step \(index)")
    }
    store.close()
  }

  @Test("values of any size come back, whole and part by part")
  func sizes() throws {
    let part = ValueTable.partSize
    let values = [0, 1, 4096, part - 1, part, part + 1, 3 * part, 20 << 20 + 5].map { noise($0) }
    let parts = [1, 1, 1, 1, 1, 2, 3, 81]
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    for (index, value) in values.enumerated() {
      // The pieces it comes in leave no trace.
      let writer = store.beginValue()
      var rest = value[...]
      var length = 1
      while !rest.isEmpty {
        try writer.append(Array(rest.prefix(length)))
        rest = rest.dropFirst(length)
        length = length * 3 + 7
      }
      let staged = try writer.finish()
      #expect(staged == StagedValue(digest: Digest(of: value), size: value.count))
      try store.commit(
        Transaction(changed: [try entry(UInt32(index), value: value)], meta: meta(0)), flush: index % 2 == 0)
      store.release(staged)
    }
    #expect(try store.rows() == [values.count, parts.reduce(0, +)])
    store.close()
    let (again, _) = try scratch.open()
    for (value, count) in zip(values, parts) {
      #expect(try again.value(Digest(of: value)) == value)
      let stored = try #require(try again.openValue(Digest(of: value)))
      #expect(stored.size == value.count && stored.digest == Digest(of: value))
      var read: [[UInt8]] = []
      while let part = try stored.next() { read.append(part) }
      #expect(read.count == (value.isEmpty ? 0 : count) && Array(read.joined()) == value)
      #expect(try stored.next() == nil)
    }
    #expect(try again.value(Digest(of: [1])) == nil && again.openValue(Digest(of: [1])) == nil)
    again.close()
  }

  @Test("a value with other bytes is never given out, and replaced when it is stored again", arguments: [3, 600_000])
  func damaged(size: Int) throws {
    let value = noise(size)
    let parts = size / ValueTable.partSize + 1
    let digest = Digest(of: value)
    for sql in [
      "UPDATE part SET bytes = x'00' WHERE id & 1048575 = \(parts - 1)",
      "UPDATE part SET bytes = zeroblob(length(bytes)) WHERE id & 1048575 = \(parts - 1)",
      "UPDATE part SET bytes = x'' WHERE id & 1048575 = 0", "DELETE FROM part WHERE id & 1048575 = 0",
      "DELETE FROM part WHERE id & 1048575 = \(parts - 1)", "UPDATE value SET size = size + 1",
      "UPDATE value SET size = size - 1", "UPDATE value SET size = -1",
    ] {
      let scratch = try Scratch()
      let (store, _) = try scratch.open()
      let put = Transaction(changed: [try entry(1, value: value)], meta: meta(0))
      try store.put(put, values: [value])
      try store.pool.write { try $0.execute(sql: sql) }
      for read in [{ _ = try store.value(digest) }, { _ = try store.openValue(digest) }] as [() throws -> Void] {
        #expect("\(sql)") {
          try read()
        } throws: { error in
          if case StoreError.damaged = error { true } else { false }
        }
      }
      #expect(scratch.names.contains("state.db-suspect"), "\(sql)")
      try store.put(put, values: [value])
      #expect(try store.value(digest) == value, "\(sql)")
      try store.sweep()
      #expect(try store.value(digest) == value, "\(sql)")
      #expect(try store.rows() == [1, parts], "\(sql)")
      // Once is enough: the next equal one changes nothing.
      let id = try store.pool.read { try ValueTable.id(of: digest, $0) }
      try store.put(put, values: [value])
      #expect(try store.pool.read { try ValueTable.id(of: digest, $0) } == id)
      store.close()
      let (again, recovered) = try scratch.open()
      #expect(recovered.problems.isEmpty && recovered.nodes.count == 1)
      again.close()
    }
  }

  @Test("a value that is held stays, whatever rows let go of it")
  func held() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    let naming = Transaction(changed: [try entry(1, value: one)], meta: meta(0))
    let none = Transaction(changed: [try entry(1, value: nil)], meta: meta(0))
    try store.put(naming, values: [one])
    // Held twice by those who store it again, while its last row goes.
    let first = try store.stage(one)
    let second = try store.stage(one)
    try store.commit(none, flush: false)
    try store.sweep()
    #expect(try store.value(first.digest) == one)
    store.release(first)
    try store.sweep()
    #expect(try store.value(first.digest) == one)
    try store.commit(naming, flush: false)
    store.release(second)
    try store.sweep()
    #expect(try store.value(first.digest) == one)
    // Released more often than it was staged: that is nobody's hold.
    store.release(second)
    let third = try store.stage(one)
    try store.commit(none, flush: false)
    store.release(third)
    #expect(try store.value(first.digest) == nil)
    try store.sweep()
    #expect(try store.rows() == [0, 0] && !store.isSweepDue)
    store.close()
  }

  @Test("a value that was let go of and is stored or named again before it is freed is there", arguments: [3, 600_000])
  func again(size: Int) throws {
    let value = noise(size)
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    let naming = Transaction(changed: [try entry(1, value: value)], meta: meta(0))
    let none = Transaction(removed: [NodeID(rawValue: 1)], meta: meta(0))
    try store.put(naming, values: [value])
    for isStored in [true, false] {
      try store.commit(none, flush: false)
      #expect(try store.value(Digest(of: value)) == nil)
      try store.put(naming, values: isStored ? [value] : [])
      #expect(try store.value(Digest(of: value)) == value)
      try store.sweep()
      #expect(try store.value(Digest(of: value)) == value)
    }
    store.close()
  }

  @Test("a part freed of a large value, and it is stored again: the new one is whole")
  func againAmid() throws {
    let value = noise(12 * ValueTable.partSize)
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    let naming = Transaction(changed: [try entry(1, value: value)], meta: meta(0))
    try store.put(naming, values: [value])
    try store.sweep()
    try store.commit(Transaction(removed: [NodeID(rawValue: 1)], meta: meta(0)), flush: false)
    #expect(try store.sweepSome())
    #expect(try store.rows() == [1, 8])
    // Killed here, the rest is found at the next opening.
    let killed = try scratch.copy()
    #expect(try store.value(Digest(of: value)) == nil)
    try store.put(naming, values: [value])
    #expect(try store.value(Digest(of: value)) == value)
    try store.sweep()
    #expect(try store.value(Digest(of: value)) == value)
    #expect(try store.rows() == [1, 12])
    store.close()
    let (again, _) = try killed.open()
    try again.sweep()
    #expect(try again.rows() == [0, 0])
    again.close()
  }
}
