import Paths
import Testing

@testable import Store

struct LogReaderTests {
  private let log = "invalidations.ndjson"

  private var small: LogLimits {
    var limits = LogLimits()
    // Four lines of `record`.
    limits.size = 80
    limits.keep = 3
    return limits
  }

  /// A record of 19 bytes, so that four and their line feeds fill a file.
  private func record(_ seq: UInt64) -> StoredLine {
    line(seq, "\"t\":\"" + String(repeating: "x", count: 4 - "\(seq)".count) + "\"")
  }

  private func append(_ store: Store, _ seqs: ClosedRange<UInt64>) throws {
    for seq in seqs { try store.commit(Transaction(lines: [record(seq)], meta: meta(seq)), flush: false) }
  }

  private func rest(_ reader: inout LogReader) throws -> [UInt64] {
    var seqs: [UInt64] = []
    while let line = try reader.next() { seqs.append(line.seq) }
    return seqs
  }

  @Test("files rotate by size, the oldest goes, and every record is in one file")
  func rotation() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open(limits: small)
    try append(store, 1...22)
    #expect(scratch.names.filter { $0.hasPrefix(log) } == [log, log + ".1", log + ".2", log + ".3"])
    for (name, seqs) in [(log, 21...22), (log + ".1", 17...20), (log + ".2", 13...16), (log + ".3", 9...12)]
      as [(String, ClosedRange<UInt64>)]
    {
      #expect(try scratch.read(name) == seqs.flatMap { record($0).line + [10] }, "\(name)")
      #expect(scratch.mode(name) == 0o600)
    }
    #expect(try LogReader(directory: scratch.path).oldest == 9)
    #expect(try scratch.logged() == Array(9...22))
    store.close()
    let (again, recovered) = try scratch.open(limits: small)
    #expect(recovered.problems.isEmpty && recovered.meta.seq == 22)
    again.close()
  }

  @Test("a crash amid a rotation loses no record", arguments: [0, 1, 2, 3])
  func torn(step: Int) throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open(limits: small)
    try append(store, 1...12)
    let killed = try scratch.copy()
    store.close()
    // `.2` would become `.3` first, the present file `.1` last.
    for index in stride(from: 2, to: 2 - step, by: -1) {
      let from = LogNames.file(killed.path, index)
      try FileSystem.rename(from, to: LogNames.file(killed.path, index + 1))
    }
    let (again, recovered) = try killed.open(limits: small)
    #expect(recovered.problems.isEmpty && recovered.meta.seq == 12)
    #expect(try killed.logged() == Array(1...12))
    try append(again, 13...13)
    #expect(try killed.logged() == Array(1...13))
    again.close()
  }

  @Test("reading starts after a number, wherever it is")
  func since() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open(limits: small)
    try append(store, 1...14)
    for since in 0...16 as ClosedRange<UInt64> {
      var reader = try LogReader(directory: scratch.path, since: since)
      #expect(reader.oldest == 1)
      #expect(try rest(&reader) == Array((1...14).filter { $0 > since }))
    }
    store.close()
  }

  @Test(
    "a reader goes on through appends and rotations, however far they went", arguments: 1...30 as ClosedRange<UInt64>)
  func follow(step: UInt64) throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open(limits: small)
    var reader = try LogReader(directory: scratch.path)
    #expect(reader.oldest == nil)
    var seen: [UInt64] = []
    var seq: UInt64 = 0
    for round in 0..<5 {
      try append(store, seq + 1...seq + step)
      seq += step
      // Every other time it stops within a file.
      if round % 2 == 0, let line = try reader.next() { seen.append(line.seq) } else { seen += try rest(&reader) }
    }
    seen += try rest(&reader)
    #expect(seen == seen.sorted() && Set(seen).count == seen.count && seen.last == seq)
    // What it had not opened when four files came and went is gone; below that nothing is missing.
    if step <= 6 { #expect(seen == Array(1...seq)) }
    store.close()
  }

  @Test("a copy of a reader reads on independently")
  func copies() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open(limits: small)
    try append(store, 1...9)
    var first = try LogReader(directory: scratch.path)
    _ = try first.next()
    var second = first
    #expect(try rest(&first) == Array(2...9))
    #expect(try rest(&second) == Array(2...9))
    store.close()
  }

  @Test("garbage, torn and endless lines are passed over in bounded memory")
  func garbage() throws {
    let scratch = try Scratch()
    let endless = String(repeating: "x", count: 3 << 20)
    let text = [
      "", "{\"seq\":}", "{\"seq\":3,\"a\":1", "{\"seq\":99999999999999999999}", "{\"seq\":9007199254740992}", "[]",
    ]
    .joined(separator: "\n")
    try scratch.write(
      log, "\(text)\n{\"seq\":3}\n\(endless)\n{\"seq\":4,\"a\":2}\n{\"seq\":4}\n\u{0}\n{\"seq\":5,\"torn\"}")
    #expect(try scratch.logged() == [3, 4])
    let (store, recovered) = try scratch.open()
    #expect(recovered.problems == [.logMended(bytes: 16), .undone(1...4)])
    store.close()
  }

  @Test("a file emptied under a reader is read from its start")
  func emptied() throws {
    let scratch = try Scratch()
    try scratch.write(log, "{\"seq\":1}\n{\"seq\":2}\n")
    var reader = try LogReader(directory: scratch.path)
    #expect(try rest(&reader) == [1, 2])
    try scratch.write(log, "{\"seq\":3}\n")
    #expect(try rest(&reader) == [3])
  }

  @Test("no log at all has no records")
  func none() throws {
    let scratch = try Scratch()
    var reader = try LogReader(directory: scratch.path)
    #expect(reader.oldest == nil)
    #expect(try reader.next() == nil)
    try scratch.write(log, "{\"seq\":1}\n")
    #expect(try reader.next()?.seq == 1)
  }
}
