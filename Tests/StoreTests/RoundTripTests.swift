import Freshness
import Paths
import SeededRandom
import Testing

@testable import Store

struct RoundTripTests {
  @Test("every field of a random record comes back", arguments: 0..<20)
  func records(seed: Int) throws {
    var random = Seeded(seed)
    let scratch = try Scratch()
    let written = (0..<50).map { random.record($0 == 49 ? .max : $0 * 3) }
    var meta = Meta()
    meta.boot = random.next()
    meta.lsn = random.lsn()
    meta.batch = random.next()
    meta.forgottenAt = random.lsn()
    meta.workspace = random.path()
    let (store, first) = try scratch.open()
    #expect(first.nodes.isEmpty && first.meta == Meta() && first.problems.isEmpty)
    try store.commit(Transaction(changed: written, meta: meta), flush: seed % 2 == 0)
    // As after kill -9, and as after an orderly end.
    let killed = try scratch.copy()
    store.close()
    for place in [killed, scratch] {
      let (again, recovered) = try place.open()
      #expect(recovered.nodes == written)
      #expect(bytes(recovered.nodes) == bytes(written))
      #expect(recovered.meta == meta)
      #expect(recovered.problems.isEmpty)
      again.close()
    }
  }

  @Test("the last of several writes of a row holds, and a removed id can be used again at once")
  func replaced() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    try store.commit(Transaction(changed: (0..<5).map { file($0, round: 1) }, meta: meta(0)), flush: false)
    try store.commit(
      Transaction(
        changed: [file(1, round: 2), file(1, round: 3), file(4, round: 2)],
        removed: [NodeID(rawValue: 3), NodeID(rawValue: 4), NodeID(rawValue: 77)], meta: meta(0)), flush: false)
    store.close()
    let (again, recovered) = try scratch.open()
    #expect(recovered.nodes == [file(0, round: 1), file(1, round: 3), file(2, round: 1), file(4, round: 2)])
    #expect(recovered.problems.isEmpty)
    again.close()
  }

  @Test("database and log are their owner's alone")
  func modes() throws {
    let scratch = try Scratch()
    try scratch.write("invalidations.ndjson", "")
    let (store, _) = try scratch.open()
    try store.commit(Transaction(changed: [file(0, round: 1)], meta: meta(0)), flush: true)
    #expect(scratch.names == ["invalidations.ndjson", "state.db", "state.db-shm", "state.db-wal"])
    for name in scratch.names { #expect(scratch.mode(name) == 0o600, "\(name)") }
    store.close()
  }

  @Test("an orderly end leaves the two files and nothing else", arguments: [false, true])
  func orderlyEnd(read: Bool) throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    try store.commit(Transaction(changed: [file(0, round: 1)], meta: meta(0)), flush: true)
    if read { _ = try store.value(Digest(of: [])) }
    store.close()
    #expect(scratch.names == ["invalidations.ndjson", "state.db"])
  }

  @Test("packed numbers keep their value, and no bytes make the reader trap")
  func numbers() throws {
    for value in [0, 1, -1, 63, 64, -64, -65, .max, .min] as [Int64] {
      var writer = ByteWriter()
      writer.signed(value)
      var reader = ByteReader(writer.bytes)
      #expect(try reader.signed() == value)
      #expect(reader.left == 0)
    }
    var tooLong = ByteReader([UInt8](repeating: 0xFF, count: 10))
    #expect(throws: Damage.self) { try tooLong.varint() }
    var random = Seeded(1)
    for _ in 0..<20_000 {
      let noise = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        random.flag() ? UInt8.random(in: 0...6, using: &random) : UInt8.random(in: 0...255, using: &random)
      }
      _ = try? RecordCoding.decodeName(noise)
      _ = try? RecordCoding.decodeEdges(noise)
      _ = try? RecordCoding.decodeStat(noise)
      _ = try? RecordCoding.decodeEntry([1] + noise, value: nil)
    }
  }

  @Test("the checksum is CRC-32") func checksum() { #expect(Checksum.of(Array("123456789".utf8)) == 0xCBF4_3926) }

  @Test("a hundred thousand nodes of five dependencies go into one transaction")
  func scale() throws {
    let scratch = try Scratch()
    let observed = Fingerprint.digest(Digest(of: [1]))
    let nodes = (0..<100_000 as Range<UInt32>).map { id in
      var node = file(id, round: 1)
      node.edges = (1...5).map {
        EdgeRecord(to: NodeID(rawValue: (id + $0 * 17) % 100_000), observed: observed, roles: .given)
      }
      return node
    }
    let (store, _) = try scratch.open()
    try store.commit(Transaction(changed: nodes, meta: meta(0)), flush: true)
    store.close()
    let (again, recovered) = try scratch.open()
    #expect(recovered.nodes == nodes)
    again.close()
  }
}
