import Foundation
import SeededRandom
import StaledAPI
import Testing

extension Faults {
  /// The database cut off or altered at any place: something may be lost, nothing may be wrong.
  ///
  /// - `STALED_FAULT_PLACES`: how many places (50), `STALED_FAULT_SEED`: where the numbers begin (1).
  @Suite struct Damage {
    @Test func aDatabaseCutOffAnywhere() throws {
      let made = try MadeState(killed: false)
      let places = Faults.amount("STALED_FAULT_PLACES", quick: 50)
      var random = Seeded(seed: UInt64(Faults.amount("STALED_FAULT_SEED", quick: 1)))
      var lost = 0
      for _ in 0..<places {
        var bytes = made.database
        // Nothing, and whole pages, are likelier than among all lengths.
        let length: Int
        switch Int.random(in: 0..<10, using: &random) {
        case 0: length = 0
        case 1, 2: length = Int.random(in: 0..<bytes.count / 4096, using: &random) * 4096
        default: length = Int.random(in: 0..<bytes.count, using: &random)
        }
        bytes = bytes.prefix(length)
        if try made.judge("cut off at \(length)", database: bytes) { lost += 1 }
      }
      print("database cut off at \(places) places: \(lost) times something was lost, and said so")
    }

    /// What it ended was not fresh already, so that nothing else in the log tells of it.
    @Test func aLostCallOnWhatWasNotFreshStaysInForce() throws {
      let workspace = try Workspace([
        "staled.json": #"{"version":1,"watch":{"settle":"1h","maxDelay":"1h"}}"#, "a": "1",
      ])
      try workspace.start()
      #expect(try workspace.stale("mark", "t/a", "--dep", "a").status == 0)
      // What stands now is in the main file; what follows, in the WAL.
      #expect(workspace.stop() == 0)
      try workspace.start()
      try workspace.write("a", "2")
      #expect(try workspace.states() == ["t/a": "stale"])
      let reply = try workspace.json("POST", "/v1/invalidate", #"{"keys":["t/a"]}"#)
      #expect(reply["matched"] as? Int == 1 && reply["invalidated"] as? Int == 0)
      workspace.kill()
      try workspace.sh("rm .staled/state.db-wal .staled/state.db-shm")
      try workspace.write("a", "1")
      try workspace.start()
      #expect(try workspace.states() == ["t/a": "stale"])
      let told = try workspace.log().filter { $0.type == .error }.compactMap(\.message)
      #expect(told.contains { $0.contains("lost calls") }, "\(told)")
    }

    @Test(arguments: [false, true]) func bytesFlippedAnywhere(killed: Bool) throws {
      let made = try MadeState(killed: killed)
      let places = Faults.amount("STALED_FAULT_PLACES", quick: 50) / 2
      var random = Seeded(seed: UInt64(Faults.amount("STALED_FAULT_SEED", quick: 1)))
      var lost = 0
      for place in 0..<places {
        var (database, wal) = (made.database, made.wal)
        let inWAL = killed && place % 3 != 0
        let count = inWAL ? wal.count : database.count
        // Headers are small and matter more.
        let at = Int.random(in: 0..<(place % 4 == 0 ? min(count, 200) : count), using: &random)
        let flip = UInt8.random(in: 1...255, using: &random)
        if inWAL { wal[at] ^= flip } else { database[at] ^= flip }
        let what = "byte \(at) of the \(inWAL ? "WAL" : "database") flipped by \(flip)"
        if try made.judge(what, database: database, wal: wal) { lost += 1 }
      }
      print(
        "bytes flipped at \(places) places, killed before: \(killed): \(lost) times something was lost, and said so")
    }

    @Test func aWALCutOffAnywhere() throws {
      let made = try MadeState(killed: true)
      let places = Faults.amount("STALED_FAULT_PLACES", quick: 50) / 5
      var random = Seeded(seed: UInt64(Faults.amount("STALED_FAULT_SEED", quick: 1)))
      for _ in 0..<places {
        let length = Int.random(in: 0..<made.wal.count, using: &random)
        _ = try made.judge("the WAL cut off at \(length)", database: made.database, wal: made.wal.prefix(length))
      }
    }

    @Test(arguments: [
      "rm state.db", "rm state.db-wal", "rm state.db state.db-wal", "rm *",
      "echo > state.db-wal",
    ])
    func filesTakenAway(script: String) throws {
      let made = try MadeState(killed: true)
      try made.putBack(database: made.database, wal: made.wal)
      try made.workspace.sh("cd .staled; \(script)")
      _ = try made.judgeWhatIsThere(script, wholeLog: !script.hasSuffix("*"))
    }

    @Test func aDirectoryWhereTheDatabaseShouldBe() throws {
      let made = try MadeState(killed: false)
      try made.workspace.sh("cd .staled; mv state.db kept; mkdir state.db")
      let agent = try AgentProcess(made.workspace.folder)
      #expect(!agent.isReady && agent.status == 4)
      #expect(agent.errors.contains("state.db"), "\(agent.errors)")
      try made.workspace.sh("cd .staled; rmdir state.db; mv kept state.db")
      #expect(try !made.judgeWhatIsThere("put back"), "nothing is lost")
    }
  }
}

/// A workspace whose state was made once, so that it can be damaged again and again.
final class MadeState {
  let workspace: Workspace
  let database: Data
  /// Empty if the agent was stopped.
  let wal: Data
  private let log: Data
  /// The values of what is truly fresh, by key.
  private let truth: [String: Data]
  /// What was made of the same, and replaced: all that may come back where the loss is told.
  private let older: [String: Data]

  /// - Parameter killed: whether the agent was killed, so that the last transactions are in the WAL only.
  init(killed: Bool) throws {
    var files = ["staled.json": #"{"version":1}"#]
    for file in 0..<20 { files["f\(file)"] = "\(file)" }
    let workspace = try Workspace(files)
    var truth: [String: Data] = [:]
    func make(_ entries: Range<Int>, _ word: String) throws {
      let client = try workspace.client()
      for entry in entries {
        let value = Data("\(word) \(entry) ".utf8) + Data(repeating: UInt8(entry), count: entry == 6 ? 100_000 : 2000)
        let query = "dep=file:f\(entry)&dep=\(entry == 5 ? "entry:t/k4" : "glob:g\(entry)/*")&tag=t\(entry % 3)"
        let answer = try client.call("PUT", "/v1/cache/t/k\(entry)?\(query)", value)
        #expect(answer.status == 201 || answer.status == 200, "\(answer)")
        truth["k\(entry)"] = value
      }
    }
    try workspace.start()
    try make(0..<12, "first")
    // What stands now is in the main file; what follows, in the WAL.
    #expect(workspace.stop() == 0)
    try workspace.start()
    try make(12..<20, "first")
    try workspace.write("f2", "other")
    try make(2..<3, "second")
    let older = truth
    try make(9..<10, "second")
    let client = try workspace.client()
    #expect(try client.call("POST", "/v1/invalidate", #"{"keys":["t/k3"],"soft":true}"#).status == 200)
    #expect(try client.call("DELETE", "/v1/cache/t/k4").status == 200)
    try workspace.write("f7", "changed")
    for wrong in ["k3", "k4", "k5", "k7"] { truth[wrong] = nil }
    _ = try workspace.notFresh()
    #expect(Set(try workspace.states().filter { $0.value == "fresh" }.keys) == Set(truth.keys.map { "t/\($0)" }))
    if killed { workspace.kill() } else { #expect(workspace.stop() == 0) }
    database = try Data(contentsOf: workspace.url(".staled/state.db"))
    wal = killed ? try Data(contentsOf: workspace.url(".staled/state.db-wal")) : Data()
    log = try Data(contentsOf: workspace.url(".staled/invalidations.ndjson"))
    self.truth = truth
    self.older = older.filter { $0.key == "k9" }
    self.workspace = workspace
  }

  /// Starts on a damaged database, and says whether something was lost.
  func judge(_ what: String, database: Data, wal: Data = Data()) throws -> Bool {
    try putBack(database: database, wal: wal)
    return try judgeWhatIsThere(what)
  }

  /// The state directory as the agent left it, but for the database.
  func putBack(database: Data, wal: Data) throws {
    try workspace.sh("rm -rf .staled; mkdir -m 700 .staled")
    try database.write(to: workspace.url(".staled/state.db"))
    if !wal.isEmpty { try wal.write(to: workspace.url(".staled/state.db-wal")) }
    try log.write(to: workspace.url(".staled/invalidations.ndjson"))
  }

  /// Starts on what is there. Where the whole log is gone too, nobody can know that something is missing.
  func judgeWhatIsThere(_ what: String, wholeLog: Bool = true) throws -> Bool {
    let before = try workspace.log().last?.seq ?? 0
    let agent = try AgentProcess(workspace.folder)
    #expect(agent.isReady, "\(what): \(agent.errors)")
    guard agent.isReady else { return true }
    let client = try workspace.client()
    #expect(try client.call("POST", "/v1/sync").status == 200, "\(what)")
    var isLost = false
    for entry in 0..<20 {
      let key = "k\(entry)"
      let got = try client.call("GET", "/v1/cache/t/\(key)")
      switch got.status {
      case 200:
        #expect(truth[key] != nil, "\(what): \(key) is served and is not fresh")
        if got.body == older[key] {
          isLost = true
        } else {
          #expect(truth[key] == nil || got.body == truth[key], "\(what): \(key) is served with other bytes")
        }
      case 404: if truth[key] != nil { isLost = true }
      default: Issue.record("\(what): \(key): \(got)")
      }
    }
    let page: EntryPage = try client.call("GET", "/v1/entries").decoded()
    let fresh = Set(page.entries.filter { $0.state == "fresh" }.map(\.key))
    #expect(fresh.isSubset(of: truth.keys), "\(what): \(fresh.subtracting(truth.keys)) not fresh in truth")
    let status: Status = try client.call("GET", "/v1/status").decoded()
    let records = try workspace.log()
    #expect(records.map(\.seq) == (0..<UInt64(records.count)).map { $0 + (records.first?.seq ?? 1) }, "\(what)")
    #expect(!wholeLog || records.first?.seq == 1, "\(what)")
    // Of a database that breaks as soon as it is written to nothing can be written but in a new one.
    let isBroken = status.degraded.contains { $0.remedy.hasPrefix("restart staled") }
    if isLost, wholeLog {
      #expect(!status.degraded.isEmpty, "\(what): what is lost is told")
      #expect(isBroken || Self.tells(records, after: before), "\(what): what is lost is in the log; \(status.degraded)")
    }
    #expect(agent.stop() == 0, "\(what): \(agent.errors)")
    if !isLost { return false }
    if isBroken {
      let next = try AgentProcess(workspace.folder)
      #expect(next.isReady, "\(what): \(next.errors)")
      let now: Status = try workspace.client().call("GET", "/v1/status").decoded()
      #expect(now.degraded.contains { $0.reason.contains("a new one was begun") }, "\(what): \(now.degraded)")
      #expect(next.stop() == 0)
      let records = try workspace.log()
      #expect(!wholeLog || Self.tells(records, after: before), "\(what): what is lost is in the log")
    }

    // The next start finds nothing wrong any more.
    let next = try AgentProcess(workspace.folder)
    #expect(next.isReady, "\(what): \(next.errors)")
    let after: Status = try workspace.client().call("GET", "/v1/status").decoded()
    #expect(after.degraded == [], "\(what), the second start")
    next.kill()
    return true
  }

  private static func tells(_ records: [LogRecord], after seq: UInt64) -> Bool {
    records.contains { ($0.type == .error || $0.type == .warning) && $0.seq > seq }
  }
}
