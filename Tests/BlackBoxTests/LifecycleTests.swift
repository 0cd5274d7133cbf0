import Foundation
import StaledAPI
import Testing

/// Starting, stopping, and what is in the way of it.
@Suite struct LifecycleTests {
  @Test func oneAgentPerWorkspace() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#])
    try workspace.start()
    let second = try run(Binaries.agent, ["--workspace", workspace.folder.path])
    #expect(second.status == 4, "\(second)")
    #expect(second.errors.contains("\(workspace.pid)"))
    #expect(try workspace.stale("start").status == 0, "it is there already")
    #expect(try workspace.stale("status").status == 0)
  }

  @Test func endsCleanlyWithin2SecondsThoughSomeoneFollowsTheLog() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#])
    try workspace.start()
    let follower = Process()
    follower.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
    follower.arguments = [
      "-sN", "--unix-socket", try workspace.socket(), "http://staled/v1/log?follow=true",
    ]
    let pipe = Pipe()
    follower.standardOutput = pipe
    try follower.run()
    _ = pipe.fileHandleForReading.availableData
    let begun = ContinuousClock.now
    #expect(workspace.stop() == 0)
    #expect(begun.duration(to: .now) < .seconds(2))
    follower.waitUntilExit()
    #expect(try workspace.log().last?.type == .stopped)
    for file in ["agent.json", "agent.sock"] {
      #expect(!FileManager.default.fileExists(atPath: workspace.url(".staled/\(file)").path))
    }
  }

  @Test func aStaleSocketIsNoObstacle() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#])
    try workspace.start()
    workspace.kill()
    #expect(FileManager.default.fileExists(atPath: workspace.url(".staled/agent.sock").path))
    #expect(try workspace.stale("status").status == 3)
    try workspace.start()
    #expect(try workspace.stale("status").status == 0)
  }

  @Test func onlyTheOwnerGetsIn() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#])
    try workspace.start()
    func mode(_ path: String) throws -> Int {
      let attributes = try FileManager.default.attributesOfItem(atPath: workspace.url(path).path)
      return (attributes[.posixPermissions] as? Int) ?? -1
    }
    #expect(try mode(".staled") == 0o700)
    #expect(try mode(".staled/agent.sock") == 0o600)
    #expect(try workspace.read(".staled/.gitignore").trimmingCharacters(in: .newlines) == "*")
  }

  @Test func aLongPathPutsTheSocketElsewhere() throws {
    let outer = try Workspace()
    let deep = (0..<6).map { _ in String(repeating: "d", count: 40) }.joined(separator: "/")
    try outer.write("\(deep)/staled.json", #"{"version":1}"#)
    let folder = outer.url(deep)
    #expect(try run(Binaries.tool, ["start"], in: folder).status == 0)
    #expect(try run(Binaries.tool, ["status"], in: folder).status == 0)
    let file = try Data(contentsOf: folder.appendingPathComponent(".staled/agent.json"))
    #expect(try JSONDecoder().decode(AgentFile.self, from: file).socket.utf8.count <= 100)
    #expect(try run(Binaries.tool, ["stop"], in: folder).status == 0)
  }

  @Test func stateCanBeKeptElsewhere() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#])
    let elsewhere = try Workspace()
    let environment = ["STALED_DIR": elsewhere.url("state").path]
    #expect(try workspace.stale(["start"], environment: environment).status == 0)
    #expect(try workspace.stale(["status"], environment: environment).status == 0)
    #expect(try workspace.stale(["stop"], environment: environment).status == 0)
    #expect(!FileManager.default.fileExists(atPath: workspace.url(".staled").path))
  }

  @Test(arguments: ["/no/such/folder", "/etc/passwd"]) func whatIsNoWorkspaceIsSaidInTwoLines(folder: String) throws {
    let ended = try run(Binaries.agent, ["--workspace", folder])
    #expect(ended.status == 2 || ended.status == 4, "\(ended)")
    #expect(ended.errors.contains(folder))
    #expect(ended.errors.split(separator: "\n").count == 2, "\(ended)")
  }

  @Test func aBrokenEditKeepsTheLastGoodManifest() throws {
    let workspace = try CascadeTests.workspace()
    try workspace.start()
    try CascadeTests.makeAll(workspace)
    try workspace.write("staled.json", #"{"version": 1, "entries": [}"#)
    try workspace.stale("sync")
    #expect(try workspace.fresh().count == 3)
    let status = try workspace.stale("status", "--json").json
    #expect((status["manifest"] as? [String: Any])?["ok"] as? Bool == false)
    #expect(try workspace.log().contains { $0.type == .error && $0.message?.contains("staled.json:1:") == true })
    try workspace.write("staled.json", CascadeTests.manifest)
    try workspace.stale("sync")
    #expect((try workspace.stale("status", "--json").json["manifest"] as? [String: Any])?["ok"] as? Bool == true)
  }

  @Test func aNewlyDeclaredDependencyMakesWhatWasMadeStale() throws {
    let workspace = try Workspace([
      "staled.json": #"{"version":1,"entries":[{"key":"a","files":["x"]}]}"#, "x": "x", "y": "y",
    ])
    try workspace.start()
    try workspace.stale("mark", "a")
    try workspace.write("staled.json", #"{"version":1,"entries":[{"key":"a","files":["x","y"]}]}"#)
    #expect(try workspace.states() == ["default/a": "stale"])
    #expect(try workspace.log().last { $0.type == .invalidated }?.cause == "file:staled.json")
    try workspace.stale("mark", "a")
    #expect(try workspace.states() == ["default/a": "fresh"])
    try workspace.write("staled.json", #"{"version":1}"#)
    #expect(try workspace.states() == ["default/a": "fresh"], "a made entry keeps its edges")
    try workspace.write("y", "changed")
    #expect(try workspace.states() == ["default/a": "stale"])
  }

  @Test func aWorkspaceThatVanishesIsReportedAndTheAgentEndsWhenAsked() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#, "a": "a"])
    let state = try Workspace()
    let environment = ["STALED_DIR": state.url("state").path]
    try workspace.start(environment)
    #expect(try workspace.stale(["mark", "x", "--dep", "a"], environment: environment).status == 0)
    try FileManager.default.removeItem(at: workspace.folder)
    func ask(_ path: String) throws -> [String: Any] {
      let socket = state.url("state/agent.sock").path
      let curl = URL(fileURLWithPath: "/usr/bin/curl")
      return try run(curl, ["-sS", "--unix-socket", socket, "http://staled\(path)"]).json
    }
    #expect(try ask("/v1/entries/default/x?sync=true")["state"] as? String == "stale")
    #expect((try ask("/v1/status")["degraded"] as? [Any])?.isEmpty == false)
    #expect(workspace.stop() == 0)
  }

  @Test func anAgentWhoseStateDirectoryIsRemovedEndsAndLeavesTheNextAlone() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#])
    try workspace.start()
    try workspace.remove(".staled")
    #expect(workspace.waitForEnd() == 0)
    try workspace.start()
    #expect(try workspace.stale("status").status == 0)
  }

  @Test func anAgentWhoseDatabaseIsRemovedRecordsNothingMoreIntoThinAir() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#, "a": "1"])
    try workspace.start()
    for file in ["state.db", "state.db-wal", "state.db-shm"] { try? workspace.remove(".staled/\(file)") }
    try workspace.stale("mark", "t/a", "--dep", "a")
    #expect(workspace.waitForEnd() == 0)
    try workspace.start()
    #expect(try workspace.states() == [:])
    #expect(try workspace.stale("mark", "t/a", "--dep", "a").status == 0)
    #expect(try workspace.states() == ["t/a": "fresh"])
  }

  @Test func aRemovedSocketIsMendedByStopAndStart() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#])
    #expect(try workspace.stale("start").status == 0)
    try workspace.remove(".staled/agent.sock")
    #expect(try workspace.stale("status").status == 3)
    #expect(try workspace.stale("stop").status == 0)
    #expect(try workspace.stale("start").status == 0)
    #expect(try workspace.stale("status").status == 0)
    #expect(try workspace.stale("stop").status == 0)
  }

  @Test func aManifestEditCountsAtOnceForWhoAsks() throws {
    func manifest(_ files: String) -> String {
      #"{"version":1,"watch":{"settle":"1h","maxDelay":"1h"},"entries":[{"key":"a","files":[\#(files)]}]}"#
    }
    let workspace = try Workspace(["staled.json": manifest(#""x""#), "x": "", "y": ""])
    try workspace.start()
    #expect(try workspace.stale("mark", "a").status == 0)
    #expect(try workspace.stale("check", "a").status == 0)
    try workspace.write("staled.json", manifest(#""x","y""#))
    #expect(try workspace.stale("check", "a").status == 1)
    #expect(try workspace.stale("ensure", "a", "--", "echo", "ran").text == "ran\n")
  }

  @Test func aBrokenManifestStaysReportedWhenARuleGainsAFile() throws {
    let workspace = try CascadeTests.workspace()
    try workspace.start()
    try workspace.write("staled.json", "{")
    try workspace.write("src/more.c", "more")
    try workspace.stale("sync")
    #expect(try workspace.states()["build/obj/more.o"] == "missing")
    #expect((try workspace.stale("status", "--json").json["manifest"] as? [String: Any])?["ok"] as? Bool == false)
  }
}
