import Freshness
import GRDB
import Glibc
import Paths
import Synchronization
import Testing

@testable import Store

/// Values that come and go in parts.
struct StreamTests {
  private let part = ValueTable.partSize

  private func isDamaged(_ error: any Error) -> Bool { if case StoreError.damaged = error { true } else { false } }

  @Test("a writer that is dropped, discarded or killed leaves nothing but room, which a sweep frees")
  func left() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    for isDropped in [true, false] {
      for size in [10, part, 6 * part + 1] {
        var writer: ValueWriter? = store.beginValue()
        try writer?.append(noise(size))
        #expect(try store.rows() == (size < part ? [0, 0] : [1, size / part]))
        // What is being written is nobody's to sweep.
        try store.sweep()
        #expect(try store.rows() == (size < part ? [0, 0] : [1, size / part]))
        let killed = try scratch.copy()
        if isDropped { writer = nil } else { writer?.discard() }
        #expect(store.isSweepDue == (size >= part))
        try store.sweep()
        #expect(try store.rows() == [0, 0])
        let (again, recovered) = try killed.open()
        #expect(recovered.problems.isEmpty)
        try again.sweep()
        #expect(try again.rows() == [0, 0])
        again.close()
      }
    }
    store.close()
  }

  @Test("a value that was finished and never named is gone after the next opening")
  func neverNamed() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    let named = noise(part + 1)
    try store.put(Transaction(changed: [try entry(1, value: named)], meta: meta(0)), values: [named])
    // More than a walk looks at in one go.
    for number in 0..<50 { try store.stage([1, UInt8(number)]) }
    try store.stage(noise(9 * part))
    store.close()
    let (again, _) = try scratch.open()
    #expect(again.isSweepDue)
    #expect(try again.value(Digest(of: [1, 1])) == nil)
    try again.sweep()
    #expect(try again.rows() == [1, 2] && again.value(Digest(of: named)) == named)
    again.close()
  }

  @Test("what is finished or discarded takes no more, and stays as it is")
  func ended() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    let ended = StoreError.invalid(detail: "the value was finished or discarded")
    for isFinished in [true, false] {
      let writer = store.beginValue()
      try writer.append([1, 2])
      if isFinished { #expect(try writer.finish().digest == Digest(of: [1, 2])) } else { writer.discard() }
      #expect(throws: ended) { try writer.append([3]) }
      #expect(throws: ended) { try writer.finish() }
      writer.discard()
    }
    #expect(try store.value(Digest(of: [1, 2])) == [1, 2])
    store.close()
  }

  @Test("of equal values written at once the first to be finished stays, and the other one's parts go")
  func equal() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    let value = noise(2 * part + 1)
    let writers = [store.beginValue(), store.beginValue()]
    for writer in writers { try writer.append(value) }
    let staged = try writers.map { try $0.finish() }
    #expect(try store.rows() == [2, 5])
    try store.sweep()
    #expect(try store.rows() == [1, 3])
    store.release(staged[0])
    #expect(try store.value(Digest(of: value)) == value)
    store.release(staged[1])
    #expect(try store.value(Digest(of: value)) == nil)
    store.close()
  }

  @Test("commits come between the parts, and only theirs wait for the disk")
  func between() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    let writer = store.beginValue()
    for round in 1...4 {
      try writer.append(noise(part, seed: round))
      #expect(try store.pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 1)
      try store.commit(Transaction(changed: [file(1, round: UInt64(round))], meta: meta(0)), flush: true)
    }
    let whole = (1...4).flatMap { noise(part, seed: $0) }
    #expect(try writer.finish().digest == Digest(of: whole))
    #expect(try store.value(Digest(of: whole)) == whole)
    store.close()
  }

  @Test("a value that is being read is read to its end, though it was let go of; then it is freed")
  func readToTheEnd() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    let value = noise(5 * part)
    try store.put(Transaction(changed: [try entry(1, value: value)], meta: meta(0)), values: [value])
    var stored = try store.openValue(Digest(of: value))
    var read = try #require(try stored?.next())
    try store.commit(Transaction(removed: [NodeID(rawValue: 1)], meta: meta(0)), flush: false)
    // Whoever asks now finds nothing.
    #expect(try store.openValue(Digest(of: value)) == nil)
    try store.sweep()
    // No reader is in the way of the log of the database: it can be emptied.
    let busy = try store.pool.writeWithoutTransaction {
      try Row.fetchOne($0, sql: "PRAGMA wal_checkpoint(TRUNCATE)")?[0] as Int?
    }
    #expect(busy == 0)
    while let part = try stored?.next() { read += part }
    #expect(read == value)
    #expect(try store.rows() == [1, 5])
    stored = nil
    #expect(store.isSweepDue)
    try store.sweep()
    #expect(try store.rows() == [0, 0])
    store.close()
  }

  @Test(
    "a part that is altered or lost while the value is read is not given out",
    arguments: [
      "UPDATE part SET bytes = zeroblob(length(bytes))", "UPDATE part SET bytes = x'00'", "DELETE FROM part",
      "UPDATE part SET bytes = (SELECT bytes FROM part LIMIT 1)",
    ])
  func alteredAmid(sql: String) throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    let value = noise(3 * part)
    let put = Transaction(changed: [try entry(1, value: value)], meta: meta(0))
    try store.put(put, values: [value])
    let stored = try #require(try store.openValue(Digest(of: value)))
    #expect(try stored.next() == Array(value.prefix(part)))
    try store.pool.write { try $0.execute(sql: sql + " WHERE id & 1048575 = 1") }
    for _ in 0..<2 { #expect(performing: { try stored.next() }, throws: { self.isDamaged($0) }) }
    // Stored again it is there for others, and this one still fails, also when its parts are freed.
    try store.put(put, values: [value])
    try store.sweep()
    #expect(performing: { try stored.next() }, throws: { self.isDamaged($0) })
    #expect(try store.value(Digest(of: value)) == value)
    store.close()
  }

  @Test("a commit frees nothing, and a sweep a slice at a time")
  func slices() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    let small = (0..<5000).map { number in withUnsafeBytes(of: number) { Array($0) } }
    let large = noise(40 * part)
    try store.pool.write { database in
      for value in small {
        let id = store.ledger.withLock { $0.newID() }
        try ValueTable.add(part: 0, of: id, value, database)
        try ValueTable.name(id, Digest(of: value), size: value.count, begun: false, database)
      }
    }
    let entries = try (small + [large]).enumerated().map { try entry(UInt32($0.offset), value: $0.element) }
    try store.put(Transaction(changed: entries, meta: meta(0)), values: [large])
    try store.sweep()
    let full = [5001, 5040]
    #expect(try store.rows() == full)
    try store.commit(Transaction(removed: entries.map(\.id), meta: meta(0)), flush: false)
    #expect(try store.rows() == full)
    #expect(try store.value(Digest(of: small[7])) == nil && store.value(Digest(of: large)) == nil)
    var rows = full
    var count = 0
    while try store.sweepSome() {
      let now = try store.rows()
      // Of the large one no more than a megabyte, of the small ones some hundred.
      #expect(rows[1] - now[1] <= 256 + 4 && rows[0] - now[0] <= 256)
      let bytes = try store.pool.read { try Int.fetchOne($0, sql: "SELECT total(length(bytes)) FROM part") ?? 0 }
      #expect(bytes >= large.count + 8 * 5000 - (count + 1) * 5 * part)
      rows = now
      count += 1
    }
    #expect(try store.rows() == [0, 0])
    #expect((25...35).contains(count))
    store.close()
  }

  @Test("a large value is never in memory as a whole")
  func memory() async throws {
    // In a process of its own: what other tests need does not count.
    await #expect(processExitsWith: .success) {
      let scratch = try Scratch()
      let (store, _) = try scratch.open()
      func put(_ id: UInt32, megabytes: Int) throws -> Digest {
        let writer = store.beginValue()
        var piece = noise(1 << 20, seed: Int(id))
        for number in 0..<megabytes {
          piece[0] = UInt8(number)
          try writer.append(piece)
        }
        let staged = try writer.finish()
        try #require(staged.size == megabytes << 20)
        var record = try entry(id, value: nil)
        record.entry?.value = ValueInfo(digest: staged.digest, size: staged.size)
        try store.commit(Transaction(changed: [record], meta: meta(0)), flush: false)
        store.release(staged)
        return staged.digest
      }
      func read(_ digest: Digest) throws -> (size: Int, digest: Digest) {
        let stored = try #require(try store.openValue(digest))
        var hash = ContentHash()
        var size = 0
        while let part = try stored.next() {
          hash.update(part)
          size += part.count
        }
        return (size, hash.digest)
      }
      // What SQLite and the rest take anyway.
      _ = try read(try put(1, megabytes: 2))
      let before = try peak()
      let digest = try put(2, megabytes: 64)
      let found = try read(digest)
      try #require(found.size == 64 << 20 && found.digest == digest)
      try store.commit(Transaction(removed: [NodeID(rawValue: 2)], meta: meta(0)), flush: false)
      try store.sweep()
      try #require(try peak() - before < 24 << 20)
      store.close()
    }
  }
}

/// The most memory this process had since it was executed, in bytes. (`getrusage` counts its parent's in.)
private func peak() throws -> Int {
  let status = String(decoding: try File("/proc/self/status", O_RDONLY).read(at: 0, count: 16 << 10), as: UTF8.self)
  let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
  return try #require(Int(line.filter(\.isNumber))) << 10
}
