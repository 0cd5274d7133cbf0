import Freshness
import GRDB
import Glibc
import Paths
import SeededRandom
import Testing

@testable import Store

/// A state directory that goes when it is dropped.
final class Scratch {
  let path: Path

  init() throws {
    var template = Array("/tmp/staled-store-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    path = Path(template.dropLast().map { UInt8(bitPattern: $0) })
  }

  deinit { for name in names { unlink("\(path)/\(name)") }; rmdir("\(path)") }

  var names: [String] {
    guard let stream = opendir("\(path)") else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  func read(_ name: String) throws -> [UInt8] {
    let file = try File(path.appending(Array(name.utf8)), O_RDONLY)
    return try file.read(at: 0, count: Int(try file.size()))
  }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    let file = try File(path.appending(Array(name.utf8)), O_WRONLY | O_CREAT | O_TRUNC)
    try #require(Glibc.write(file.descriptor, bytes, bytes.count) == bytes.count)
  }

  /// Puts a byte into the file as it is.
  func overwrite(_ name: String, at offset: Int, _ byte: UInt8) throws {
    let file = try File(path.appending(Array(name.utf8)), O_WRONLY)
    try #require(withUnsafeBytes(of: byte) { pwrite(file.descriptor, $0.baseAddress, 1, off_t(offset)) } == 1)
  }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

  func remove(_ name: String) { unlink("\(path)/\(name)") }

  func mode(_ name: String) -> mode_t {
    var status = stat()
    stat("\(path)/\(name)", &status)
    return status.st_mode & 0o777
  }

  /// What a crash at this moment leaves.
  func copy() throws -> Scratch {
    let copy = try Scratch()
    for name in names where !name.hasSuffix("-shm") { try copy.write(name, try read(name)) }
    return copy
  }

  func open(
    schema: Schema = .current, machine: String = "one", limits: LogLimits = LogLimits(), write: LogFile.Write? = nil
  ) throws(StoreError) -> (Store, Recovered) {
    let log =
      write.map { LogFile(directory: path, limits: limits, write: $0) } ?? LogFile(directory: path, limits: limits)
    return try Store.open(DatabaseFile(directory: path, schema: schema, machine: Array(machine.utf8)), log: log)
  }

  /// The numbers in the log's files, the oldest first.
  func logged() throws -> [UInt64] {
    var reader = try LogReader(directory: path)
    var seqs: [UInt64] = []
    while let line = try reader.next() { seqs.append(line.seq) }
    return seqs
  }
}

extension Seeded {
  mutating func flag() -> Bool { Bool.random(using: &self) }
  mutating func digest() -> Digest { Digest(of: (0..<4).map { _ in UInt8.random(in: 0...255, using: &self) }) }

  mutating func text() -> String {
    let pieces = [
      "a", "ä", "a\u{308}", "/", ":", "%41", " ", "\u{7}", "日本", "\u{1F4A9}", "e\u{301}", "@", "\n", "\"", "x",
    ]
    return (0..<Int.random(in: 1...6, using: &self)).map { _ in pick(pieces) }.joined()
  }

  mutating func path() -> Path {
    let pieces: [[UInt8]] = [[97], [0xFF, 0xFE], [46, 46], Array("ü".utf8), [9, 10], [37, 52, 49], [0xE9]]
    var bytes: [UInt8] = flag() ? [47, 114] : [114]
    for _ in 0..<Int.random(in: 0...4, using: &self) { bytes += [47] + pick(pieces) }
    return Path(bytes, isSymbolicLink: { _ in true })
  }

  mutating func name() -> ResourceID {
    switch Int.random(in: 0..<6, using: &self) {
    case 0: .file(path())
    case 1: .dir(flag() ? .root : path())
    case 2: .glob(text())
    case 3: .opaque(scheme: "s" + text(), rest: text())
    // The texts hold no slash before the key's, and no control character.
    default:
      (try? EntryName(namespace: pick(["build", "tool:x", "ü", " "]), key: text())).map { .entry($0) } ?? .glob("x")
    }
  }

  mutating func fingerprint() -> Fingerprint {
    pick([.unknown, .absent, .directory, .special, .unreadable, .digest(digest()), .digest(digest())])
  }

  mutating func extreme() -> Int64 {
    pick([0, 1, -1, 127, 128, .max, .min, Int64.random(in: .min ... .max, using: &self)])
  }

  mutating func lsn() -> LSN { LSN(rawValue: UInt64(bitPattern: extreme())) }

  mutating func record(_ id: UInt32) -> NodeRecord {
    let kinds: [NodeRecord.Kind] = [.file, .dir, .listing, .glob, .opaque, .entry]
    var record = NodeRecord(id: NodeID(rawValue: id), kind: pick(kinds), name: name())
    record.fingerprint = fingerprint()
    if flag() {
      record.stat = StatFingerprint(
        device: UInt64(bitPattern: extreme()), inode: UInt64(bitPattern: extreme()), size: extreme(),
        modified: extreme(), changed: extreme())
    }
    record.newestOnPath = extreme()
    record.lookedAt = extreme()
    record.changedAt = lsn()
    record.forcedAt = lsn()
    record.madeAt = lsn()
    record.edges = (0..<Int.random(in: 0...5, using: &self)).map { _ in
      EdgeRecord(
        to: NodeID(rawValue: pick([0, 1, 300, .max])), observed: fingerprint(),
        roles: EdgeRoles(rawValue: UInt8.random(in: 0...255, using: &self)))
    }
    if flag() { record.entry = entry() }
    return record
  }

  mutating func entry() -> EntryRecord {
    var entry = EntryRecord()
    (entry.made, entry.declared, entry.forced, entry.standing) = (flag(), flag(), flag(), flag())
    entry.published = pick(State.allCases)
    entry.since = extreme()
    if flag() {
      entry.cause = CauseRecord(
        cause: text(), via: name(), depth: Int(extreme()), from: flag() ? fingerprint() : nil,
        to: flag() ? fingerprint() : nil, time: extreme())
    }
    entry.tags = (0..<Int.random(in: 0...3, using: &self)).map { _ in
      Tag(text(), declared: flag(), given: flag())
    }
    if flag() { entry.value = ValueInfo(digest: digest(), size: Int(extreme())) }
    if flag() { entry.evicted = text() }
    entry.strategy = pick(Strategy.allCases)
    if flag() { entry.life.given = flag() ? .forever : .limited(extreme()) }
    (entry.life.begun, entry.life.used) = (extreme(), extreme())
    entry.life.draw = UInt16.random(in: 0...UInt16.max, using: &self)
    if flag() { entry.life.expired = extreme() }
    if flag() { entry.life.ended = extreme() }
    return entry
  }
}

extension Store {
  /// Stores a value, and holds it.
  @discardableResult
  func stage(_ bytes: [UInt8]) throws(StoreError) -> StagedValue {
    let writer = beginValue()
    try writer.append(bytes)
    return try writer.finish()
  }

  /// As the agent does it: stores values, commits what names them, and lets go of them.
  func put(_ transaction: Transaction, values: [[UInt8]], flush: Bool = false) throws(StoreError) {
    var staged: [StagedValue] = []
    for value in values { staged.append(try stage(value)) }
    try commit(transaction, flush: flush)
    for value in staged { release(value) }
  }

  /// Sweeps until nothing is left to do.
  func sweep() throws(StoreError) { while try sweepSome() {} }

  /// How many rows there are of values and of parts.
  func rows() throws -> [Int] {
    try pool.read { database in
      try ["value", "part"].map { try Int.fetchOne(database, sql: "SELECT count(*) FROM \($0)") ?? 0 }
    }
  }
}

/// Bytes that differ from part to part.
func noise(_ count: Int, seed: Int = 1) -> [UInt8] {
  var random = Seeded(seed)
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count + 8)
  while bytes.count < count { withUnsafeBytes(of: random.next()) { bytes += $0 } }
  return Array(bytes.prefix(count))
}

/// `{"seq":N,…}`.
func line(_ seq: UInt64, _ rest: String = "\"type\":\"batch\"") -> StoredLine {
  StoredLine(seq: seq, line: Array("{\"seq\":\(seq),\(rest)}".utf8))
}

func meta(_ seq: UInt64) -> Meta {
  var meta = Meta()
  meta.seq = seq
  meta.batch = seq
  return meta
}

/// The bytes of everything that a record says, so that texts which Swift holds equal (composed or not) are told apart.
func bytes(_ records: [NodeRecord]) -> [UInt32] { records.map { NodeRow($0).checksum } }

/// A file record that says which round wrote it.
func file(_ id: UInt32, round: UInt64) -> NodeRecord {
  var record = NodeRecord(id: NodeID(rawValue: id), kind: .file, name: .file(Path("src/\(id).c")))
  record.changedAt = LSN(rawValue: round)
  return record
}

/// An entry with a stored value, or without.
func entry(_ id: UInt32, value: [UInt8]?) throws -> NodeRecord {
  let name = try EntryName(namespace: "n", key: "\(id)")
  var record = NodeRecord(id: NodeID(rawValue: id), kind: .entry, name: .entry(name))
  record.entry = EntryRecord()
  record.entry?.value = value.map { ValueInfo(digest: Digest(of: $0), size: $0.count) }
  return record
}
