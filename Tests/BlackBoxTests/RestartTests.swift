import Foundation
import StaledAPI
import Testing

/// What survives, and what is found out after the agent was gone.
@Suite struct RestartTests {
  @Test(arguments: ["kill", "stop"]) func whatChangedMeanwhileIsFoundExactly(end: String) throws {
    let workspace = try CascadeTests.workspace()
    try workspace.start()
    try CascadeTests.makeAll(workspace)
    if end == "kill" { workspace.kill() } else { #expect(workspace.stop() == 0) }
    try workspace.write("src/util.c", "UTIL")
    try workspace.write("src/main.c", "main")
    try workspace.start()
    #expect(
      try workspace.states() == [
        "build/obj/main.o": "fresh", "build/obj/util.o": "stale", "build/bin/app": "suspect",
      ])
    let changes = try workspace.log().filter { $0.type == .change }
    #expect(changes.map(\.resource) == ["file:src/util.c"])
    #expect(changes.map(\.kind) == ["modified"])
    try workspace.write("src/util.c", "util")
    #expect(try workspace.fresh().count == 3)
  }

  @Test func sequenceNumbersRiseByOneOverKillsAndTheLogHasEachOnce() throws {
    let workspace = try CascadeTests.workspace()
    for round in 0..<6 {
      try workspace.start()
      try CascadeTests.makeAll(workspace)
      try workspace.write("src/util.c", "version \(round)")
      try workspace.stale("sync")
      workspace.kill()
    }
    let seqs = try workspace.log().map(\.seq)
    #expect(seqs == Array(1...UInt64(seqs.count)))
    #expect(try workspace.log().filter { $0.type == .change }.count == 6)
  }

  @Test func aTornLastLineIsMended() throws {
    let workspace = try CascadeTests.workspace()
    try workspace.start()
    try CascadeTests.makeAll(workspace)
    workspace.kill()
    let log = try workspace.read(".staled/invalidations.ndjson")
    try workspace.write(".staled/invalidations.ndjson", String(log.dropLast(9)))
    try workspace.start()
    try workspace.write("src/util.c", "again")
    try workspace.stale("sync")
    let seqs = try workspace.log().map(\.seq)
    #expect(seqs == Array(1...UInt64(seqs.count)))
  }

  @Test func valuesAndForcedInvalidationsSurviveAKill() throws {
    let workspace = try Workspace()
    try workspace.start()
    let bytes = String(repeating: "value ", count: 20_000)
    #expect(try workspace.stale("set", "big", input: bytes).status == 0)
    #expect(try workspace.stale("set", "gone", input: "x").status == 0)
    #expect(try workspace.stale("invalidate", "gone").status == 0)
    workspace.kill()
    try workspace.start()
    #expect(try workspace.stale("get", "big").text == bytes)
    #expect(try workspace.stale("get", "gone").status == 1)
    #expect(try workspace.states() == ["default/big": "fresh", "default/gone": "stale"])
  }

  @Test(arguments: [0, 100, 4096, 5000]) func aDamagedDatabaseIsSetAsideAndReported(keep: Int) throws {
    let workspace = try CascadeTests.workspace()
    try workspace.start()
    try CascadeTests.makeAll(workspace)
    #expect(workspace.stop() == 0)
    let before = try workspace.log().last?.seq ?? 0
    let database = workspace.url(".staled/state.db")
    var bytes = try Data(contentsOf: database)
    if keep == 0 { bytes = Data(repeating: 0x41, count: bytes.count) } else { bytes = bytes.prefix(keep) }
    try bytes.write(to: database)
    try workspace.start()
    #expect(try workspace.fresh() == [])
    let status = try workspace.stale("status", "--json").json
    #expect((status["degraded"] as? [Any])?.isEmpty == false)
    let records = try workspace.log()
    #expect(records.contains { $0.type == .error && $0.seq > before })
    #expect(records.map(\.seq) == Array(1...UInt64(records.count)))
  }

  @Test func whatRulesDeclareIsComparedAfterARestartToo() throws {
    let workspace = try CascadeTests.workspace()
    try workspace.start()
    try workspace.stale("sync")
    #expect(workspace.stop() == 0)
    try workspace.write("src/util.c", "changed meanwhile")
    try workspace.start()
    try workspace.stale("sync")
    let records = try workspace.log()
    #expect(records.filter { $0.type == .change }.map(\.resource) == ["file:src/util.c"])
    #expect(records.filter { $0.type == .reached }.map(\.key) == ["obj/util.o", "bin/app"])
  }
}
