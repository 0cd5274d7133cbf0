import Foundation
import Paths
import StaledAPI
import Store
import Testing

@testable import Freshness
@testable import StaledAgent

/// The log's lines, byte for byte.
@Suite struct RecorderTests {
  private static let time: WallClock = 1_764_000_000_000_001_000
  private static let stamp = #""time":"2025-11-24T16:00:00.000001Z""#

  private static func text(_ lines: [StoredLine]) -> [String] {
    lines.map { String(decoding: $0.line, as: UTF8.self) }
  }

  @Test func eachTypeHasItsMembersInOrder() {
    var recorder = Recorder(seq: 40, batch: 8)
    recorder.record(.started, at: Self.time) {
      $0.pid = 17
      $0.version = "1.2"
    }
    recorder.record(.warning, at: Self.time) {
      $0.undone = [40, 44]
      $0.remedy = "nothing is needed"
      $0.message = "undone"
    }
    recorder.record(.error, at: Self.time) {
      $0.remedy = "mend it"
      $0.message = "broken"
      $0.resource = "file:staled.json"
    }
    recorder.record(.refused, at: Self.time) {
      $0.message = "changed"
      $0.cause = "file:a"
      $0.key = "k"
      $0.namespace = "n"
    }
    for type in [LogRecord.Kind.expired, .evicted, .refreshed, .event, .stopped] {
      recorder.record(type, at: Self.time)
    }
    let time = Self.stamp
    #expect(
      Self.text(recorder.takeLines()) == [
        #"{"seq":41,\#(time),"type":"started","version":"1.2","pid":17}"#,
        #"{"seq":42,\#(time),"type":"warning","message":"undone","remedy":"nothing is needed","undone":[40,44]}"#,
        #"{"seq":43,\#(time),"type":"error","resource":"file:staled.json","message":"broken","remedy":"mend it"}"#,
        #"{"seq":44,\#(time),"type":"refused","namespace":"n","key":"k","cause":"file:a","message":"changed"}"#,
        #"{"seq":45,\#(time),"type":"expired"}"#, #"{"seq":46,\#(time),"type":"evicted"}"#,
        #"{"seq":47,\#(time),"type":"refreshed"}"#, #"{"seq":48,\#(time),"type":"event"}"#,
        #"{"seq":49,\#(time),"type":"stopped"}"#,
      ])
    #expect(recorder.seq == 49 && recorder.batch == 8 && recorder.takeLines().isEmpty)
  }

  @Test func aBatchIsItsChangesItsOutcomesAndASummary() throws {
    var recorder = Recorder(seq: 0, batch: 8)
    let (old, new) = (digest("old"), digest("new"))
    var batch = Batch()
    batch.changes = [
      Batch.Change(resource: .file("src/util.c"), kind: .modified, from: .digest(old), to: .digest(new)),
      Batch.Change(resource: .file("src/x.c"), kind: .created, from: .absent, to: .unknown),
      Batch.Change(resource: .dir("src"), kind: .deleted, from: .digest(old), to: .absent),
    ]
    batch.outcomes = [
      Batch.Outcome(
        kind: .invalidated, name: try EntryName("build/obj/util.o"), state: .stale, was: .fresh,
        cause: "file:src/util.c", via: .file("src/util.c"), depth: 1, from: .digest(old), to: .digest(new)),
      Batch.Outcome(
        kind: .reached, name: try EntryName("build/never"), state: .missing, was: .missing, cause: "file:src/util.c",
        via: .file("src/util.c"), depth: 1, from: nil, to: nil),
      Batch.Outcome(
        kind: .revalidated, name: try EntryName("build/app"), state: .fresh, was: .suspect, cause: "file:src/util.c",
        via: .entry(try EntryName("build/obj/util.o")), depth: 2, from: nil, to: nil),
    ]
    batch.unchanged = 3
    batch.matched = 5
    recorder.record(batch, at: Self.time, micros: 812)
    let time = Self.stamp
    #expect(
      Self.text(recorder.takeLines()) == [
        #"{"seq":1,\#(time),"type":"change","batch":9,"resource":"file:src/util.c","kind":"modified","from":"\#(old)","#
          + #""to":"\#(new)"}"#,
        // What was not looked at yet has no digest to show.
        #"{"seq":2,\#(time),"type":"change","batch":9,"resource":"file:src/x.c","kind":"created","from":"absent"}"#,
        #"{"seq":3,\#(time),"type":"change","batch":9,"resource":"dir:src","kind":"deleted","from":"\#(old)","#
          + #""to":"absent"}"#,
        #"{"seq":4,\#(time),"type":"invalidated","batch":9,"namespace":"build","key":"obj/util.o","state":"stale","#
          + #""was":"fresh","cause":"file:src/util.c","via":"file:src/util.c","depth":1,"from":"\#(old)","to":"\#(new)"}"#,
        #"{"seq":5,\#(time),"type":"reached","batch":9,"namespace":"build","key":"never","state":"missing","#
          + #""cause":"file:src/util.c","via":"file:src/util.c","depth":1}"#,
        #"{"seq":6,\#(time),"type":"revalidated","batch":9,"namespace":"build","key":"app","state":"fresh","#
          + #""was":"suspect","cause":"file:src/util.c","via":"entry:build/obj/util.o","depth":2}"#,
        #"{"seq":7,\#(time),"type":"batch","batch":9,"changes":3,"unchanged":3,"matched":5,"invalidated":1,"micros":812}"#,
      ])
    // An empty batch is none: it takes no number.
    recorder.record(Batch(), at: Self.time, micros: 1)
    #expect(recorder.seq == 7 && recorder.batch == 9 && recorder.takeLines().isEmpty)
  }

  @Test(arguments: [
    ("plain", "plain"), (#"a"b\c/d"#, #"a\"b\\c/d"#), ("\n\r\t\0\u{1f}\u{8}", #"\u000a\u000d\u0009\u0000\u001f\u0008"#),
    ("\u{7f}é€😀\u{2028}", "\u{7f}é€😀\u{2028}"), ("e\u{301}\r\n", "e\u{301}\\u000d\\u000a"), ("", ""),
  ]) func escaping(_ text: String, _ written: String) throws {
    var record = LogRecord(seq: 1, time: "t", type: .error)
    record.message = text
    let line = LogEncoding.encode(record)
    #expect(line == Array(#"{"seq":1,"time":"t","type":"error","message":"\#(written)"}"#.utf8))
    #expect(
      try JSONDecoder().decode(LogRecord.self, from: Data(line)).message.map { Array($0.utf8) } == Array(text.utf8))
  }

  @Test func everyMemberComesBack() throws {
    var record = LogRecord(seq: LogFormat.greatestSeq, time: "t", type: .batch)
    (record.batch, record.resource, record.kind, record.from, record.to) = (.max, "r", "k", "f", "t")
    (record.namespace, record.key, record.state, record.was, record.cause) = ("n", "k", "s", "w", "c")
    (record.via, record.depth, record.changes, record.unchanged, record.matched) = ("v", 1, 2, 3, 4)
    (record.invalidated, record.micros, record.version, record.pid, record.message) = (5, .max, "v", -1, "m")
    (record.remedy, record.undone, record.calls) = ("r", [], 6)
    (record.name, record.parameters, record.handlers) = ("n", ["p": "\"v\"", "q": ""], 7)
    // A member that is new is to be written too.
    for (name, value) in Mirror(reflecting: record).children { #expect("\(value)" != "nil", "\(name ?? "")") }
    #expect(try JSONDecoder().decode(LogRecord.self, from: Data(LogEncoding.encode(record))) == record)
  }

  /// A line that no reader takes is refused by the store, and with it all that follow.
  @Test(arguments: ["x", "\"", "\u{1}", "é", "😀"]) func longTextsAreCut(_ character: String) throws {
    let long = String(repeating: character, count: 2 << 20)
    var record = LogRecord(seq: 1, time: "t", type: .error)
    (record.resource, record.key, record.namespace, record.cause) = (long, long, long, long)
    (record.via, record.message, record.remedy) = (long, long, long)
    let line = LogEncoding.encode(record)
    #expect(LogFormat.seq(of: line[...]) == 1)
    let read = try JSONDecoder().decode(LogRecord.self, from: Data(line))
    let message = try #require(read.message)
    #expect(message.last == "…" && long.hasPrefix(message.dropLast()))
    #expect(message.utf8.count > LogEncoding.longestText / 7 && message.utf8.count <= LogEncoding.longestText)
    // The longest key there is stays whole.
    record.key = String(repeating: character, count: 4096 / character.utf8.count)
    #expect(try JSONDecoder().decode(LogRecord.self, from: Data(LogEncoding.encode(record))).key == record.key)
  }
}
