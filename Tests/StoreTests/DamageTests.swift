import Freshness
import GRDB
import Paths
import SeededRandom
import Testing

@testable import Store

/// Whatever became of the database's file: no crash, and nothing wrong without a word.
struct DamageTests {
  /// Two commits, so that what is lost shows in the log; the database as after an orderly end, or with its WAL file.
  private struct Written {
    static let kept: [String: [UInt8]] = ["one": [1], "statistics": noise(3000)]

    let scratch: Scratch
    let nodes: [NodeRecord]
    let value: [UInt8]

    init(closed: Bool, seed: Int) throws {
      var random = Seeded(seed)
      scratch = try Scratch()
      let value = [UInt8](repeating: 7, count: 9000)
      self.value = value
      nodes = (0..<300).map { random.record($0) } + [try StoreTests.entry(300, value: value)]
      let (store, _) = try scratch.open()
      try store.commit(Transaction(changed: Array(nodes[..<150]), lines: [line(1)], meta: meta(1)), flush: true)
      try store.put(
        Transaction(changed: Array(nodes[150...]), kept: Self.kept, lines: [line(2)], meta: meta(2)),
        values: [value], flush: true)
      killed = try scratch.copy()
      store.close()
      self.closed = closed
    }

    private let killed: Scratch
    private let closed: Bool

    var place: Scratch { get throws { try (closed ? scratch : killed).copy() } }

    /// Opens `place`, works in it, opens it again.
    func examine(_ place: Scratch, _ what: String) throws {
      let store: Store
      let recovered: Recovered
      do { (store, recovered) = try place.open() } catch {
        // It may say what is wrong and refuse, but not for damage: that is dealt with.
        if case .damaged = error { Issue.record("\(what): \(error)") }
        return
      }
      let told = recovered.problems.contains {
        switch $0 {
        case .damaged, .undone: true
        default: false
        }
      }
      if !told {
        #expect(bytes(recovered.nodes) == bytes(nodes), "\(what)")
        #expect(recovered.meta == meta(2), "\(what)")
      }
      #expect(recovered.kept.allSatisfy { Self.kept[$0] == $1 }, "\(what)")
      #expect(recovered.meta.seq == 2, "\(what)")
      let read = try? store.value(Digest(of: value))
      #expect(read == nil || read == value, "\(what)")
      let written = try? store.commit(
        Transaction(changed: [file(1000, round: 1)], lines: [line(3)], meta: meta(3)), flush: true)
      store.close()
      let (again, end) = try place.open()
      if written != nil, !end.problems.contains(where: { if case .damaged = $0 { true } else { false } }) {
        #expect(end.nodes.last == file(1000, round: 1), "\(what)")
        #expect(bytes(Array(end.nodes.dropLast())) == bytes(recovered.nodes), "\(what)")
      }
      #expect(end.meta.seq == (written == nil ? 2 : 3), "\(what)")
      again.close()
    }
  }

  @Test("the database truncated anywhere", arguments: [false, true])
  func truncated(closed: Bool) throws {
    let written = try Written(closed: closed, seed: 1)
    var random = Seeded(closed ? 11 : 12)
    for name in closed ? ["state.db"] : ["state.db", "state.db-wal"] {
      let whole = try written.place.read(name)
      for round in 0..<50 {
        let cut = round == 0 ? 0 : Int.random(in: 0..<whole.count, using: &random)
        let place = try written.place
        try place.write(name, Array(whole[..<cut]))
        try written.examine(place, "\(name) cut at \(cut)")
      }
    }
  }

  @Test("bytes of the database flipped", arguments: [false, true])
  func flipped(closed: Bool) throws {
    let written = try Written(closed: closed, seed: 2)
    var random = Seeded(closed ? 21 : 22)
    for name in closed ? ["state.db"] : ["state.db", "state.db-wal"] {
      let whole = try written.place.read(name)
      for round in 0..<100 {
        var bytes = whole
        // The header and the schema are small: every other flip goes there.
        let offset = Int.random(in: 0..<(round % 2 == 0 ? min(4096, whole.count) : whole.count), using: &random)
        bytes[offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        let place = try written.place
        try place.write(name, bytes)
        try written.examine(place, "\(name) flipped at \(offset)")
      }
    }
  }

  @Test("a file that is no database is set aside with its number kept, and three are kept of them")
  func noDatabase() throws {
    let scratch = try Scratch()
    try scratch.open().0.close()
    for round in 1...5 {
      try scratch.write("state.db", "nothing of a database, \(round)")
      let (store, recovered) = try scratch.open()
      guard case .damaged(let aside, _)? = recovered.problems.first else {
        Issue.record("not told")
        return
      }
      #expect(aside == scratch.path.appending(Array("state.db.damaged-\(round)".utf8)))
      store.close()
    }
    let aside = scratch.names.filter { $0.contains("damaged") }
    #expect(aside == ["state.db.damaged-3", "state.db.damaged-4", "state.db.damaged-5"])
    #expect(try scratch.read("state.db.damaged-5") == Array("nothing of a database, 5".utf8))
  }

  @Test("after damage numbers go on behind both the log's and the counters' last")
  func numbersGoOn() throws {
    let written = try Written(closed: true, seed: 3)
    let place = try written.place
    let (first, _) = try place.open()
    // One row altered, the file whole.
    try first.pool.write { try $0.execute(sql: "UPDATE node SET looked = looked + 1 WHERE id = 5") }
    first.close()
    place.remove("invalidations.ndjson")
    let (store, recovered) = try place.open()
    #expect(recovered.nodes.isEmpty && recovered.meta.seq == 2)
    store.close()
    let (again, end) = try place.open()
    #expect(end.meta.seq == 2 && !end.problems.contains(.undone(1...2)))
    again.close()
  }

  @Test(
    "an altered, lost or older row is found",
    arguments: [
      "UPDATE node SET forced = 1 WHERE id = 7", "DELETE FROM node WHERE id = 7", "DELETE FROM node",
      "DELETE FROM meta",
      "UPDATE meta SET lsn = lsn + 1", "UPDATE node SET name = 'text' WHERE id = 7", "DROP TABLE value",
      "DROP TABLE part", "DROP TABLE kept", "INSERT INTO part VALUES (9223372036854775807, x'00')",
      "UPDATE node SET edges = NULL WHERE id = 7", "DELETE FROM grdb_migrations", "PRAGMA user_version = 7",
    ])
  func altered(sql: String) throws {
    let written = try Written(closed: true, seed: 4)
    let (first, _) = try written.scratch.open()
    // What the layout forbids cannot be altered so, and needs no finding.
    let done = (try? first.pool.write { try $0.execute(sql: sql) }) != nil
    first.close()
    let (store, recovered) = try written.scratch.open()
    let told = recovered.problems.contains { if case .damaged = $0 { true } else { false } }
    #expect(told == done)
    store.close()
  }

  @Test("bytes of a large value flipped: it is read as it was, or not at all", arguments: [false, true])
  func flippedValue(isOpen: Bool) throws {
    let scratch = try Scratch()
    let value = noise(2 * ValueTable.partSize + 1000)
    let (store, _) = try scratch.open()
    try store.put(Transaction(changed: [try entry(1, value: value)], meta: meta(0)), values: [value])
    store.close()
    let whole = try scratch.read("state.db")
    var random = Seeded(31)
    var given = 0
    for _ in 0..<40 {
      var bytes = whole
      let offset = Int.random(in: 4096..<whole.count, using: &random)
      bytes[offset] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      let place = try scratch.copy()
      // Flipped before the value is proven, or between that and the reading.
      if !isOpen { try place.write("state.db", bytes) }
      guard let (store, _) = try? place.open() else { continue }
      defer { store.close() }
      guard let stored = try? store.openValue(Digest(of: value)) else { continue }
      #expect(stored.size == value.count && stored.digest == Digest(of: value))
      if isOpen {
        try place.overwrite("state.db", at: offset, bytes[offset])
        // The readers keep no page of before.
        store.pool.releaseMemory()
      }
      var read: [UInt8] = []
      while let part = try? stored.next() { read += part }
      #expect(read == Array(value.prefix(read.count)), "flipped at \(offset)")
      given += read.count
    }
    #expect((1..<40 * value.count).contains(given))
  }

  @Test("the whole file is checked after the machine went down and after an error showed, not after kill -9")
  func checked() throws {
    // An index that lies on another table's pages: only the full check looks there.
    let written = try Written(closed: false, seed: 5)
    let place = try written.place
    let (store, _) = try place.open()
    try store.pool.write {
      try $0.execute(sql: "PRAGMA writable_schema = 1; UPDATE sqlite_master SET rootpage = 1 WHERE name = 'node_value'")
    }
    let killed = try place.copy()
    store.close()
    for (machine, suspect, told) in [("one", false, false), ("another", false, true), ("one", true, true)] {
      let place = try killed.copy()
      if suspect { try place.write("state.db-suspect", "") }
      let (store, recovered) = try place.open(machine: machine)
      #expect(recovered.problems.isEmpty != told, "\(machine) \(suspect)")
      #expect(!place.names.contains("state.db-suspect"))
      store.close()
    }
  }
}
