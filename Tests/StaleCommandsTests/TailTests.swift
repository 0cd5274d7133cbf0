import FakeAgent
import StaledAPI
import Testing

@testable import StaleCommands

@Suite struct TailTests {
  func line(_ seq: Int, _ type: String = "warning", batch: Int? = nil) -> String {
    #"{"seq":\#(seq),"time":"2026-01-01T00:00:00Z","type":"\#(type)"\#(batch.map { #","batch":\#($0)"# } ?? "")}"#
      + "\n"
  }

  func lines(_ range: ClosedRange<Int>) -> String { range.map { line($0) }.joined() }

  func rotated() -> [String: String] {
    [
      "staled.json": "{}", ".staled/invalidations.ndjson.2": lines(1...5),
      ".staled/invalidations.ndjson.1": lines(6...9),
      ".staled/invalidations.ndjson": lines(10...12) + line(13, "error") + "{\"seq\":14,\"ti",
    ]
  }

  @Test(
    arguments: [
      (nil, nil, [], Array(1...13)), (nil, 0, [], []), (nil, 3, [], [11, 12, 13]), (nil, 6, [], Array(8...13)),
      (nil, 99, [], Array(1...13)), (11, nil, [], [12, 13]), (4, nil, [], Array(5...13)), (13, nil, [], []),
      (4, 2, [], [12, 13]), (nil, 2, [.warning], [11, 12]), (nil, nil, [.error], [13]), (nil, nil, [.change], []),
    ] as [(UInt64?, Int?, Set<LogRecord.Kind>, [UInt64])])
  func whatIsWanted(_ since: UInt64?, _ last: Int?, _ types: Set<LogRecord.Kind>, _ expected: [UInt64]) async throws {
    try await Scratch.with(rotated()) { (scratch) async throws in
      let found = LogFiles(stateDirectory: scratch(".staled"))
        .lines(LogFiles.Wanted(since: since, last: last, types: types))
      #expect(found.map(\.record.seq) == expected)
    }
  }

  /// Whoever wants one event hears of nothing else, not even of events of other names.
  @Test func eventsByName() async throws {
    func event(_ seq: Int, _ name: String) -> String {
      #"{"seq":\#(seq),"time":"t","type":"event","name":"\#(name)"}"# + "\n"
    }
    let log = event(1, "login") + line(2) + event(3, "logout") + event(4, "login")
    try await Scratch.with(["staled.json": #"{"version":1}"#, ".staled/invalidations.ndjson": log]) {
      (scratch) async throws in
      let found = LogFiles(stateDirectory: scratch(".staled")).lines(LogFiles.Wanted(names: ["login"]))
      #expect(found.map(\.record.seq) == [1, 4])
    }
  }

  @Test func linesLongerThanABlock() async throws {
    let long = #"{"seq":2,"time":"t","type":"error","message":"\#(String(repeating: "x", count: 200_000))"}"# + "\n"
    try await Scratch.with([".staled/invalidations.ndjson": line(1) + long + line(3)]) { (scratch) async throws in
      let found = LogFiles(stateDirectory: scratch(".staled")).lines(LogFiles.Wanted())
      #expect(found.map(\.record.seq) == [1, 2, 3])
      #expect(found[1].record.message?.count == 200_000)
    }
  }

  @Test func printed() async throws {
    try await Scratch.with(rotated()) { (scratch) async throws in
      #expect(try await scratch.stale("tail", "--json") == Ended(0, lines(4...12) + line(13, "error")))
      #expect(try await scratch.stale("tail", "--json", "-n", "1", "--type", "warning") == Ended(0, line(12)))
      #expect(try await scratch.stale("tail", "--json", "--since", "11") == Ended(0, line(12) + line(13, "error")))
      let another = "warning: the log ends at 13: 14 belongs to another one, so all of this one is shown\n"
      #expect(
        try await scratch.stale("tail", "--json", "--since", "14")
          == Ended(0, lines(1...12) + line(13, "error"), another))
      #expect(try await scratch.stale("tail", "-n", "-1").status == 2)
    }
    try await Scratch.with(["staled.json": "{}"]) { (scratch) async throws in
      #expect(try await scratch.stale("tail").status == 1)
    }
  }

  @Test func followedThroughRotations() async throws {
    try await Scratch.with([".staled/invalidations.ndjson": lines(1...3)]) { (scratch) async throws in
      let log = ".staled/invalidations.ndjson"
      var follower = try LogFollower(LogFiles(stateDirectory: scratch(".staled")), after: 2)
      try follower.watch()
      #expect(follower.next(wholeBatches: false).map(\.record.seq) == [3])
      try scratch.write(line(4) + "{\"seq\":5,", to: log, appending: true)
      #expect(follower.next(wholeBatches: false).map(\.record.seq) == [4])
      try scratch.write("\"time\":\"t\",\"type\":\"error\"}\n", to: log, appending: true)
      #expect(follower.next(wholeBatches: false).map(\.record.seq) == [5])
      // Written and rotated before we look.
      try scratch.write(lines(6...7), to: log, appending: true)
      try scratch.move(log, to: log + ".1")
      try scratch.write(line(8), to: log)
      #expect(follower.next(wholeBatches: false).map(\.record.seq) == [6, 7, 8])
      // Twice at once.
      try scratch.write(line(9), to: log, appending: true)
      try scratch.move(log + ".1", to: log + ".3")
      try scratch.move(log, to: log + ".2")
      try scratch.write(lines(10...11), to: log + ".1")
      try scratch.write(line(12), to: log)
      #expect(follower.next(wholeBatches: false).map(\.record.seq) == [9, 10, 11, 12])
      try scratch.write(line(13, "batch", batch: 2), to: log, appending: true)
      #expect(follower.next(wholeBatches: true).map(\.record.seq) == [13])
    }
  }

  @Test func aLogThatIsNotThereYet() async throws {
    try await Scratch.with([".staled/x": ""]) { (scratch) async throws in
      var follower = try LogFollower(LogFiles(stateDirectory: scratch(".staled")), after: 0)
      try follower.watch()
      try scratch.write(lines(1...2), to: ".staled/invalidations.ndjson")
      #expect(follower.next(wholeBatches: false).map(\.record.seq) == [1, 2])
    }
  }
}
