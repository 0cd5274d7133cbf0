import Freshness
import GRDB
import Glibc
import Paths
import Synchronization
import Testing

@testable import Store

/// A refused transaction leaves nothing behind, the store goes on reading, and the same transaction passes later.
struct FailureTests {
  @Test(
    "disk full and read-only refuse a commit and nothing else",
    arguments: [
      ("PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1073741823"),
      ("PRAGMA query_only = 1", "PRAGMA query_only = 0"),
    ])
  func refused(_ fault: String, _ repair: String) throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    let value = [UInt8](repeating: 1, count: 5000)
    try store.put(
      Transaction(changed: [try entry(1, value: value)], kept: ["a": [1]], lines: [line(1)], meta: meta(1)),
      values: [value])
    // SQLite raises a count that is too small to what the file has: no page can be added.
    try store.pool.writeWithoutTransaction { _ = try Row.fetchAll($0, sql: fault) }
    let large = [UInt8](repeating: 2, count: 1 << 20)
    let next = Transaction(
      changed: [try entry(2, value: large)], removed: [NodeID(rawValue: 1)], kept: ["a": noise(60_000)],
      lines: [line(2)], meta: meta(2))
    let writer = store.beginValue()
    let calls: [() throws -> Void] = [
      { try store.commit(next, flush: true) }, { try store.commit(next, flush: false) },
      // A part, what comes after it, and the end; a value that is less than a part.
      { try writer.append(large) }, { try writer.append([1]) }, { _ = try writer.finish() },
      { try store.stage(Array(large.prefix(9000))) },
    ]
    for (index, call) in calls.enumerated() {
      #expect("call \(index)") {
        try call()
      } throws: { error in
        switch error as? StoreError {
        case .diskFull: fault.contains("max")
        case .readOnly: fault.contains("query")
        default: false
        }
      }
    }
    #expect(try store.value(Digest(of: value)) == value)
    #expect(try store.value(Digest(of: large)) == nil)
    #expect(try scratch.logged() == [1])
    try store.pool.writeWithoutTransaction { _ = try Row.fetchAll($0, sql: repair) }
    try store.put(next, values: [large], flush: true)
    #expect(try scratch.logged() == [1, 2])
    try store.sweep()
    #expect(try store.rows() == [1, 4])
    store.close()
    let (again, recovered) = try scratch.open()
    #expect(recovered.nodes == [try entry(2, value: large)] && recovered.problems.isEmpty)
    #expect(recovered.kept == ["a": noise(60_000)])
    #expect(try again.value(Digest(of: value)) == nil)
    #expect(try again.value(Digest(of: large)) == large)
    again.close()
  }

  @Test("a disk that is full after some parts leaves what was there, and the room of the parts is freed")
  func fullAmid() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    let value = noise(ValueTable.partSize * 2)
    try store.put(Transaction(changed: [try entry(1, value: value)], meta: meta(0)), values: [value])
    // Room for a part and a half.
    try store.pool.writeWithoutTransaction { database in
      let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
      _ = try Row.fetchAll(database, sql: "PRAGMA max_page_count = \(pages + 96)")
    }
    let writer = store.beginValue()
    try writer.append(noise(ValueTable.partSize, seed: 2))
    #expect(try store.rows() == [2, 3])
    #expect {
      try writer.append(noise(ValueTable.partSize, seed: 3))
    } throws: { error in
      if case StoreError.diskFull = error { true } else { false }
    }
    #expect(try store.value(Digest(of: value)) == value)
    try store.sweep()
    #expect(try store.rows() == [1, 2])
    // The room is there for another one.
    try store.put(Transaction(changed: [try entry(2, value: [7])], meta: meta(0)), values: [[7]])
    #expect(try store.value(Digest(of: [7])) == [7])
    store.close()
  }

  @Test("a sweep that cannot write forgets nothing")
  func sweepRefused() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    let writer = store.beginValue()
    try writer.append(noise(ValueTable.partSize))
    writer.discard()
    for value in [[1], [2], noise(ValueTable.partSize + 1)] { store.release(try store.stage(value)) }
    try store.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = 1") }
    for _ in 0..<2 {
      #expect {
        try store.sweepSome()
      } throws: { error in
        if case StoreError.readOnly = error { true } else { false }
      }
      #expect(store.isSweepDue)
    }
    try store.pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = 0") }
    #expect(try store.rows() == [4, 5])
    try store.sweep()
    #expect(try store.rows() == [0, 0])
    store.close()
  }

  @Test("a log that cannot be written is behind, whole, and caught up", arguments: [0, 1, 24, 25, 30, 49])
  func logFull(room: Int) throws {
    let scratch = try Scratch()
    let left = Mutex<Int?>(nil)
    let (store, _) = try scratch.open(write: { descriptor, bytes in
      left.withLock { left in
        guard let room = left else { return Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
        if room == 0 {
          errno = ENOSPC
          return -1
        }
        let count = Glibc.write(descriptor, bytes.baseAddress, min(room, bytes.count))
        left = room - count
        return count
      }
    })
    try store.commit(Transaction(lines: [line(1)], meta: meta(1)), flush: false)
    left.withLock { $0 = room }
    let problems = try store.commit(Transaction(lines: [line(2), line(3)], meta: meta(3)), flush: false)
    guard case .logBehind(.diskFull)? = problems.first, problems.count == 1 else {
      Issue.record("\(problems)")
      return
    }
    // A line has 25 bytes with its line feed.
    let whole = room / 25
    #expect(try scratch.read("invalidations.ndjson").count == 25 * (1 + whole))
    // Killed here, the rest comes from the database.
    let killed = try scratch.copy()
    let (recovering, recovered) = try killed.open()
    #expect(recovered.problems.isEmpty && recovered.meta.seq == 3)
    #expect(try killed.logged() == [1, 2, 3])
    recovering.close()
    left.withLock { $0 = nil }
    #expect(try store.commit(Transaction(lines: [line(4)], meta: meta(4)), flush: false) == [])
    #expect(try scratch.logged() == [1, 2, 3, 4])
    store.close()
  }

  @Test("a directory where the log belongs holds up only the log")
  func logBlocked() throws {
    let scratch = try Scratch()
    mkdir("\(scratch.path)/invalidations.ndjson", 0o700)
    let (store, recovered) = try scratch.open()
    guard case .logBehind? = recovered.problems.first else {
      Issue.record("\(recovered.problems)")
      return
    }
    #expect(try store.commit(Transaction(lines: [line(1)], meta: meta(1)), flush: false).count == 1)
    rmdir("\(scratch.path)/invalidations.ndjson")
    #expect(try store.commit(Transaction(lines: [line(2)], meta: meta(2)), flush: false) == [])
    #expect(try scratch.logged() == [1, 2])
    store.close()
  }

  @Test("a state directory that is not there is named")
  func noDirectory() throws {
    #expect {
      try Store.open(directory: "/nonexistent/staled")
    } throws: { error in
      (error as? StoreError)?.description.hasPrefix("/nonexistent/staled/state.db: open: No such file") == true
    }
  }

  @Test("a directory that cannot be written is named as read-only")
  func readOnlyDirectory() throws {
    #expect {
      try Store.open(directory: "/sys")
    } throws: { error in
      if case StoreError.readOnly = error { true } else { false }
    }
  }

  @Test("only a flushed commit waits for the disk")
  func flush() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    for flush in [true, false, true] {
      try store.commit(Transaction(meta: meta(0)), flush: flush)
      let level = try store.pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
      #expect(level == (flush ? 2 : 1))
    }
    store.close()
  }

  @Test("the state directory's name may be any bytes")
  func directoryName() throws {
    let scratch = try Scratch()
    let directory = scratch.path.appending([0xFF, 0xE9, 0x20])
    #expect(directory.withCString { mkdir($0, 0o700) } == 0)
    for round in 1...2 as ClosedRange<UInt64> {
      let (store, recovered) = try Store.open(directory: directory)
      #expect(recovered.nodes == (round == 1 ? [] : [file(1, round: 1)]) && recovered.problems.isEmpty)
      try store.commit(Transaction(changed: [file(1, round: round)], meta: meta(0)), flush: false)
      #expect(FileSystem.exists(directory.appending(Array("state.db".utf8))))
      #expect(try store.value(Digest(of: [])) == nil)
      store.close()
    }
    for name in ["state.db", "invalidations.ndjson"] { try FileSystem.remove(directory.appending(Array(name.utf8))) }
    #expect(directory.withCString { rmdir($0) } == 0)
  }

  @Test("every error says what to do")
  func remedies() {
    let errors: [StoreError] = [
      .diskFull(path: "/a", detail: "d"), .readOnly(path: "/a", detail: "d"), .damaged(path: "/a", detail: "d"),
      .newer(path: "/a", found: 2, known: 1), .io(path: "/a", detail: "d"), .invalid(detail: "d"),
    ]
    #expect(Set(errors.map(\.remedy)).count == errors.count && Set(errors.map(\.description)).count == errors.count)
  }
}
