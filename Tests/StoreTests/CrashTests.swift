import Freshness
import Paths
import Testing

@testable import Store

/// A record is in the log exactly once if and only if its transaction is in the database.
struct CrashTests {
  private let log = "invalidations.ndjson"

  /// Three transactions of two records each, and what a crash leaves of them.
  private func killed() throws -> Scratch {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    for round in 1...3 as ClosedRange<UInt64> {
      try store.commit(
        Transaction(
          changed: [file(UInt32(round), round: round)], lines: [line(round * 2 - 1), line(round * 2)],
          meta: meta(round * 2)), flush: false)
    }
    let copy = try scratch.copy()
    store.close()
    return copy
  }

  private func text(_ seqs: ClosedRange<UInt64>) -> String {
    seqs.map { String(decoding: line($0).line, as: UTF8.self) + "\n" }.joined()
  }

  private struct Case: Sendable, CustomTestStringConvertible {
    var left: String?
    var after: ClosedRange<UInt64>
    var problems: [StoreProblem]
    var seq: UInt64 = 6
    var testDescription: String
  }

  private static func lines(_ seqs: ClosedRange<UInt64>) -> String {
    seqs.map { String(decoding: line($0).line, as: UTF8.self) + "\n" }.joined()
  }

  private static let cases: [Case] = [
    Case(left: lines(1...6), after: 1...6, problems: [], testDescription: "all there"),
    Case(left: lines(1...4), after: 1...6, problems: [], testDescription: "killed before the append"),
    Case(
      left: lines(1...4) + "{\"seq\":5,\"ty", after: 1...6, problems: [.logMended(bytes: 12)],
      testDescription: "killed within a line"),
    Case(
      left: lines(1...6).dropLast().description, after: 1...6, problems: [.logMended(bytes: 24)],
      testDescription: "killed before the last line feed"),
    Case(left: nil, after: 1...6, problems: [], testDescription: "file removed"),
    Case(left: "", after: 1...6, problems: [], testDescription: "file emptied"),
    Case(
      left: String(repeating: "\0", count: 100), after: 1...6, problems: [.logMended(bytes: 100)],
      testDescription: "file of zeros"),
    Case(
      left: "what\nis this\n" + lines(1...2), after: 1...6, problems: [], testDescription: "garbage before the records"),
    Case(
      left: lines(1...3) + String(repeating: "\0", count: 23) + "\n" + lines(5...6), after: 1...6,
      problems: [.logMended(bytes: 24 + 50)], testDescription: "a lost block amid the records"),
    Case(
      left: lines(1...9), after: 1...9, problems: [.undone(7...9)], seq: 9,
      testDescription: "the log is ahead: a power cut took transactions"),
    Case(
      left: lines(1...8) + "{\"seq\":9", after: 1...8, problems: [.logMended(bytes: 8), .undone(7...8)], seq: 8,
      testDescription: "the log is ahead and torn"),
  ]

  @Test(arguments: cases) private func mended(_ test: Case) throws {
    let scratch = try killed()
    if let left = test.left { try scratch.write(log, left) } else { scratch.remove(log) }
    let (store, recovered) = try scratch.open()
    #expect(recovered.problems == test.problems)
    #expect(recovered.nodes == (1...3).map { file($0, round: UInt64($0)) })
    #expect(recovered.meta.seq == test.seq)
    #expect(try scratch.logged() == Array(test.after))
    let next = test.seq + 1
    #expect(try store.commit(Transaction(lines: [line(next)], meta: meta(next)), flush: false) == [])
    #expect(try scratch.logged() == Array(test.after) + [next])
    store.close()
    let (again, end) = try scratch.open()
    #expect(end.problems.isEmpty && end.meta.seq == next)
    #expect(try scratch.logged() == Array(test.after) + [next])
    again.close()
  }

  @Test("the log file cut at every byte is completed to the same bytes")
  func everyCut() throws {
    let scratch = try killed()
    let whole = try scratch.read(log)
    for cut in 0...whole.count {
      let place = try scratch.copy()
      try place.write(log, Array(whole[..<cut]))
      let (store, _) = try place.open()
      #expect(try place.read(log) == whole, "cut at \(cut)")
      store.close()
    }
  }

  @Test("what is lost of the log after an orderly end is told, and numbers go on")
  func lostWhileDown() throws {
    let scratch = try killed()
    try scratch.open().0.close()
    try scratch.write(log, text(1...4))
    let (store, recovered) = try scratch.open()
    #expect(recovered.problems == [.logLost(5...6)] && recovered.meta.seq == 6)
    try store.commit(Transaction(lines: [line(7)], meta: meta(7)), flush: false)
    #expect(try scratch.logged() == [1, 2, 3, 4, 7])
    store.close()
    scratch.remove(log)
    let (again, end) = try scratch.open()
    #expect(end.problems == [.logLost(1...7)] && end.meta.seq == 7)
    again.close()
  }

  @Test("an undone range is told again until its warning is committed")
  func undoneTwice() throws {
    let scratch = try killed()
    try scratch.write(log, text(1...8))
    try scratch.open().0.close()
    let (store, recovered) = try scratch.open()
    #expect(recovered.problems == [.undone(7...8)] && recovered.meta.seq == 8)
    try store.commit(Transaction(lines: [line(9)], meta: meta(9)), flush: false)
    store.close()
    let (again, end) = try scratch.open()
    #expect(end.problems.isEmpty && end.meta.seq == 9)
    again.close()
  }

  @Test("without its database the log's records are undone, and their numbers stay used")
  func noDatabase() throws {
    let scratch = try Scratch()
    try scratch.write(log, text(1...8))
    let (store, recovered) = try scratch.open()
    #expect(recovered.problems == [.undone(1...8)] && recovered.meta.seq == 8)
    store.close()
  }

  @Test("the log's file removed, emptied, cut or overgrown under an open store is begun again from the outbox")
  func meddling() throws {
    for act in ["remove", "empty", "cut", "append", "move"] {
      let scratch = try Scratch()
      let (store, _) = try scratch.open()
      try store.commit(Transaction(lines: [line(1), line(2)], meta: meta(2)), flush: false)
      switch act {
      case "remove": scratch.remove(log)
      case "empty": try scratch.write(log, "")
      case "cut": try scratch.write(log, text(1...1) + "{\"se")
      case "append": try scratch.write(log, text(1...2) + "noise")
      default:
        let path = scratch.path.appending(Array(log.utf8))
        try FileSystem.rename(path, to: path.withSuffix("-old"))
      }
      let problems = try store.commit(Transaction(lines: [line(3)], meta: meta(3)), flush: false)
      #expect(problems.first == .logReplaced, "\(act)")
      #expect(try scratch.logged() == [1, 2, 3], "\(act)")
      store.close()
    }
  }

  @Test("records that left the outbox before the file was removed are told as lost")
  func lostWhileUp() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    var seq: UInt64 = 0
    for _ in 0..<5 {
      let lines = (1...1000).map { line(seq + UInt64($0)) }
      seq += 1000
      try store.commit(Transaction(lines: lines, meta: meta(seq)), flush: false)
    }
    // The sixth finds five thousand in the file, flushes it, and takes them out of the database.
    try store.commit(Transaction(lines: [line(5001)], meta: meta(5001)), flush: false)
    scratch.remove(log)
    let problems = try store.commit(Transaction(lines: [line(5002)], meta: meta(5002)), flush: false)
    #expect(problems == [.logReplaced, .logLost(1...5000)])
    #expect(try scratch.logged() == [5001, 5002])
    store.close()
  }

  @Test("lines that do not number on, or are no lines, are refused before anything is written")
  func invalid() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    try store.commit(Transaction(lines: [line(1)], meta: meta(1)), flush: false)
    let wrong: [Transaction] = [
      Transaction(lines: [line(1)], meta: meta(1)), Transaction(lines: [line(3)], meta: meta(3)),
      Transaction(lines: [line(2)], meta: meta(1)), Transaction(lines: [], meta: meta(2)),
      Transaction(lines: [line(2, "\"a\":\"\n\"")], meta: meta(2)),
      Transaction(lines: [StoredLine(seq: 2, line: line(3).line)], meta: meta(2)),
      Transaction(lines: [line(2, String(repeating: "x", count: 1 << 20))], meta: meta(2)),
    ]
    for transaction in wrong {
      #expect {
        try store.commit(transaction, flush: false)
      } throws: { error in
        if case StoreError.invalid = error { true } else { false }
      }
    }
    #expect(try scratch.logged() == [1])
    store.close()
  }
}
