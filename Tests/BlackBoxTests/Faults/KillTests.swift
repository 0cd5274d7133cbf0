import Foundation
import SeededRandom
import StaledAPI
import Testing

extension Faults {
  /// `kill -9` at random moments under load.
  ///
  /// Each client has files and entries of its own, does one thing after the other and remembers what was acknowledged; what
  /// was under way at the end may have happened or not. So what must be there after the restart is known exactly.
  ///
  /// - `STALED_FAULT_ROUNDS`: how many kills (12), `STALED_FAULT_SEED`: where the numbers begin (1).
  @Suite struct Kills {
    @Test func whatWasAcknowledgedIsThereAfterAKill() throws {
      let rounds = Faults.amount("STALED_FAULT_ROUNDS", quick: 12)
      let seed = UInt64(Faults.amount("STALED_FAULT_SEED", quick: 1))
      let workspace = try Workspace(["staled.json": #"{"version":1,"watch":{"settle":"5ms"}}"#, "noise/x": ""])
      let clients = try (0..<4).map { try KillClient(number: $0, folder: workspace.folder, seed: seed) }
      var random = Seeded(seed: seed)
      var log = LogCheck(workspace.url(".staled/invalidations.ndjson"))
      var acknowledged = 0
      for round in 0..<rounds {
        try workspace.start()
        let socket = try workspace.socket()
        let wrong = inParallel(clients.count) { clients[$0].proveAfterRestart(socket) }.flatMap { $0 }
        #expect(wrong == [], "seed \(seed), round \(round), after a restart")

        let (pid, folder) = (workspace.pid, workspace.folder.path)
        // The agent dies after so many calls and so much more time.
        let calls = Int.random(in: 1...120, using: &random)
        let later = UInt32.random(in: 0...3000, using: &random)
        let left = Shared(calls)
        let found = inParallel(clients.count + 1) { index -> [String] in
          if index == clients.count {
            Self.makeNoise(in: folder, whileAlive: pid)
            return []
          }
          return clients[index].work(socket) {
            let isLast = left.change { left in
              left -= 1
              return left == 0
            }
            if isLast {
              // Not to wait for anything: the moment is part of the fault.
              usleep(later)
              kill(pid, SIGKILL)
            }
          }
        }.flatMap { $0 }
        #expect(found == [], "seed \(seed), round \(round), at work")
        workspace.kill()
        acknowledged += calls - max(0, left.value)
      }
      try workspace.start()
      let socket = try workspace.socket()
      #expect(inParallel(clients.count) { clients[$0].proveAfterRestart(socket) }.flatMap { $0 } == [])
      #expect(workspace.stop() == 0)
      #expect(try log.problems() == [])
      print("kill -9: \(rounds) rounds, \(acknowledged) calls acknowledged, \(log.count) log records, seed \(seed)")
    }

    /// Writes files that nobody depends on, and one that no client may be held up by.
    private static func makeNoise(in folder: String, whileAlive pid: Int32) {
      var number = 0
      while kill(pid, 0) == 0, !Proc(pid: pid).states.isSubset(of: ["Z", "X"]) {
        number += 1
        let file = open("\(folder)/noise/\(number % 50)", O_CREAT | O_WRONLY | O_TRUNC, 0o600)
        _ = write(file, "noise", 5)
        close(file)
      }
    }
  }
}

/// One client of a killed agent, and what it knows must be so.
final class KillClient: @unchecked Sendable {
  // One thread at a time uses it: `inParallel` returns before the next one begins.

  /// What is known of one entry.
  struct Known: CustomStringConvertible {
    /// The value, and the content of the file when it was made; nil if there is none.
    var made: (value: Data, content: String)?
    var tags: [String] = []
    /// It was invalidated since. Nil: the agent died amid that call, and what has been seen since looks the same either way.
    var forced: Bool? = false

    /// Each way that it may be.
    var certain: [Known] {
      guard forced == nil else { return [self] }
      return [false, true].map { forced in
        var one = self
        one.forced = forced
        return one
      }
    }

    var description: String {
      guard let made else { return "nothing" }
      return
        "\(String(decoding: made.value.prefix(12), as: UTF8.self))of \(made.content) \(tags) forced: \(forced.map(String.init) ?? "perhaps")"
    }
  }

  private let number: Int
  private let folder: URL
  private var random: Seeded
  private var contents = [String](repeating: "0", count: 4)
  private var known = [Known](repeating: Known(), count: 4)
  /// The entry whose call was under way when the agent died, and what that call would have made of it.
  private var open: (entry: Int, after: Known)?
  private var serial = 0

  init(number: Int, folder: URL, seed: UInt64) throws {
    (self.number, self.folder) = (number, folder)
    random = Seeded(seed: seed &* 1000 &+ UInt64(number))
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("c\(number)"), withIntermediateDirectories: true)
    for file in 0..<4 { try write(file, "0") }
  }

  private func path(_ file: Int) -> String { "c\(number)/f\(file)" }
  private func target(_ entry: Int) -> String { "/v1/cache/k\(number)/e\(entry)" }

  private func write(_ file: Int, _ text: String) throws {
    contents[file] = text
    try Data(text.utf8).write(to: folder.appendingPathComponent(path(file)))
  }

  /// Works until the agent dies; tells `acknowledged` of each call. Returns what was wrong.
  func work(_ socket: String, acknowledged: () -> Void) -> [String] {
    var wrong: [String] = []
    do {
      let client = try SocketClient(socket)
      while wrong.isEmpty {
        try step(client, &wrong)
        acknowledged()
      }
    } catch is SocketClient.Broken {
      // The agent is dead.
    } catch { wrong.append("client \(number): \(error)") }
    return wrong
  }

  private func step(_ client: SocketClient, _ wrong: inout [String]) throws {
    let entry = Int.random(in: 0..<4, using: &random)
    var after = known[entry]
    switch Int.random(in: 0..<10, using: &random) {
    case 0...3:
      serial += 1
      // A large one now and then: its transaction takes many pages.
      let size = Int.random(in: 0..<8, using: &random) == 0 ? 200_000 : 100
      let value = Data("\(number) \(entry) \(serial) ".utf8) + Data(repeating: UInt8(serial & 0xFF), count: size)
      let tag = "t\(serial % 3)"
      var query = "dep=file:\(path(entry))&tag=\(tag)"
      // A file that is named for the first time is read under a lease.
      if known[entry].made == nil || Bool.random(using: &random) {
        let reply: LeaseReply = try client.call("POST", "/v1/leases").decoded()
        query += "&lease=\(reply.lease)"
      }
      after = Known(made: (value, contents[entry]), tags: [tag])
      try call(client, "PUT", "\(target(entry))?\(query)", value, entry, after, [200, 201], &wrong)
    case 4:
      after.forced = after.made != nil
      let body = Data(#"{"keys":["k\#(number)/e\#(entry)"],"soft":true}"#.utf8)
      try call(client, "POST", "/v1/invalidate", body, entry, after, [200], &wrong)
    case 5:
      after = Known()
      try call(client, "DELETE", target(entry), nil, entry, after, [known[entry].made == nil ? 404 : 200], &wrong)
    case 6, 7:
      serial += 1
      // Sometimes what was there when the value was made.
      let text = Bool.random(using: &random) ? "\(serial % 3)" : known[entry].made?.content ?? "0"
      try write(entry, text)
    default:
      if let settled = try prove(entry, [known[entry]], client, &wrong) { known[entry] = settled }
    }
  }

  private func call(
    _ client: SocketClient, _ method: String, _ target: String, _ body: Data?, _ entry: Int, _ after: Known,
    _ expected: Set<Int>, _ wrong: inout [String]
  ) throws {
    open = (entry, after)
    let answer = try client.call(method, target, body)
    open = nil
    // Refused is no harm; it left things as they were.
    if method == "PUT", answer.status == 409 { return }
    known[entry] = after
    if !expected.contains(answer.status) { wrong.append("client \(number): \(method) \(target): \(answer)") }
  }

  /// Whether everything that was acknowledged is there, and nothing that never was.
  func proveAfterRestart(_ socket: String) -> [String] {
    var wrong: [String] = []
    do {
      let client = try SocketClient(socket)
      for entry in 0..<4 {
        var possible = [known[entry]]
        if let open, open.entry == entry { possible.append(open.after) }
        if let settled = try prove(entry, possible, client, &wrong) { known[entry] = settled }
      }
      open = nil
    } catch { wrong.append("client \(number): \(error)") }
    return wrong
  }

  /// Compares an entry with what it may be, and returns which it is.
  @discardableResult
  private func prove(
    _ entry: Int, _ possible: [Known], _ client: SocketClient, _ wrong: inout [String]
  ) throws -> Known? {
    let got = try client.call("GET", "\(target(entry))?stale=allow")
    var tags: [String]?
    if got.status == 200 {
      let record: Entry = try client.call("GET", "/v1/entries/k\(number)/e\(entry)?sync=false").decoded()
      tags = record.tags
    }
    let state = got.headers["staled-state"] ?? ""
    let fitting = possible.flatMap(\.certain).filter { one in
      guard let made = one.made else { return got.status == 404 && state == "missing" }
      let isFresh = one.forced == false && made.content == contents[entry]
      return got.status == 200 && got.body == made.value && (state == "fresh") == isFresh && tags == one.tags
    }
    if var settled = fitting.first {
      if fitting.contains(where: { $0.forced != settled.forced }) { settled.forced = nil }
      return settled
    }
    wrong.append(
      "client \(number) entry \(entry): got \(got.status) \(state) \(got.text.prefix(12)) \(tags ?? []), "
        + "file \(contents[entry]), expected one of \(possible)\n\(history(of: entry))")
    return nil
  }
}

extension KillClient {
  /// The last that the log tells of an entry and its file, for whoever has to find out.
  private func history(of entry: Int) -> String {
    let log = folder.appendingPathComponent(".staled/invalidations.ndjson")
    let lines = ((try? String(contentsOf: log, encoding: .utf8)) ?? "").split(separator: "\n")
    let about = lines.filter { line in
      ["\"namespace\":\"k\(number)\",\"key\":\"e\(entry)\"", path(entry), "\"started\"", "\"error\"", "\"warning\""]
        .contains { line.contains($0) }
    }
    return about.suffix(12).joined(separator: "\n")
  }
}

/// Reads the log's lines: whole, and numbered by one from one.
struct LogCheck {
  private let file: URL
  private(set) var count = 0

  init(_ file: URL) { self.file = file }

  /// What is wrong with it.
  mutating func problems() throws -> [String] {
    var wrong: [String] = []
    count = 0
    var files = (1...9).reversed().map { URL(fileURLWithPath: "\(file.path).\($0)") }
    files.append(file)
    for file in files where FileManager.default.fileExists(atPath: file.path) {
      let data = try Data(contentsOf: file)
      if data.last != UInt8(ascii: "\n") { wrong.append("\(file.lastPathComponent) ends in a torn line") }
      for line in data.split(separator: UInt8(ascii: "\n")) {
        count += 1
        guard let record = try? JSONDecoder().decode(LogRecord.self, from: line) else {
          wrong.append("line \(count): \(String(decoding: line.prefix(200), as: UTF8.self))")
          continue
        }
        if record.seq != UInt64(count) { wrong.append("line \(count) is numbered \(record.seq)") }
      }
    }
    return Array(wrong.prefix(5))
  }
}
