import Foundation
import StaledAPI
import Testing

extension Faults {
  /// What happens while no agent is there, and to the workspace and the clock as a whole.
  @Suite struct WhileDown {
    static func made() throws -> Workspace {
      let workspace = try Workspace([
        "staled.json": #"{"version":1}"#, "src/a": "1\n", "src/b": "1\n", "src/deep/c": "1\n",
      ])
      try workspace.start()
      try workspace.mark([
        "a": "file:src/a", "b": "file:src/b", "c": "file:src/deep/c", "all": "glob:src/**/[ac]", "names": "dir:src",
        "forced": "file:src/b",
      ])
      #expect(try workspace.stale("invalidate", "t/forced").status == 0)
      #expect(try workspace.notFresh() == ["forced"])
      return workspace
    }

    /// Equal size, equal time stamps; the last one restores even the inode number's neighbours: only its bytes differ.
    @Test(
      arguments: [
        "cp -p src/a keep; echo 2 > src/a; touch -r keep src/a; rm keep",
        "cp -p src/a keep; echo 2 > keep; touch -r src/a keep; mv keep src/a",
        "cp -p src/a keep; printf 2 | dd of=src/a conv=notrunc status=none; touch -r keep src/a; rm keep",
        "touch -d '2001-01-01' src/a; cp -p src/a keep; echo 2 > src/a; touch -r keep src/a; rm keep",
      ], ["stop", "kill"])
    func editsThatKeepSizeAndTimeStampAreFound(script: String, end: String) throws {
      let workspace = try Self.made()
      if end == "kill" { workspace.kill() } else { #expect(workspace.stop() == 0) }
      let before = try workspace.log().count
      try workspace.sh(script)
      try workspace.start()
      #expect(try workspace.notFresh() == ["a", "all", "forced"])
      #expect(
        try workspace.changes(behind: before).filter { $0 != "modified dir:src" } == ["modified file:src/a"])
      #expect(!(try workspace.changes(behind: before).contains("modified dir:src")), "the names are the same")
      try workspace.sh("echo 1 > src/a")
      #expect(try workspace.notFresh() == ["forced"])
    }

    /// A day earlier: whatever the clock says, bytes decide.
    @Test(arguments: [-1, 1])
    func aClockThatWasSetWhileDown(days: Int) throws {
      let clock = try FalseClock()
      let workspace = try Self.made()
      #expect(workspace.stop() == 0)
      try workspace.sh("cp -p src/a keep; echo 2 > src/a; touch -r keep src/a; rm keep")
      try clock.set(Int64(days) * 86_400)
      try workspace.start(clock.environment)
      let started = try #require(try workspace.log().last { $0.type == .started })
      let today = ISO8601DateFormatter().string(from: Date()).prefix(10)
      #expect(!started.time.hasPrefix(today), "the agent believes the false clock: \(started.time)")
      #expect(try workspace.notFresh() == ["a", "all", "forced"])
      try workspace.write("src/a", "1\n")
      #expect(try workspace.notFresh() == ["forced"])
      try workspace.write("src/deep/c", "2\n")
      try workspace.write("src/new", "")
      #expect(try workspace.notFresh() == ["c", "all", "names", "forced"])
      // What is made under the false clock is judged rightly under the true one.
      try workspace.mark(["c": "file:src/deep/c", "late": "file:src/late"])
      #expect(workspace.stop() == 0)
      try workspace.sh("cp -p src/deep/c keep; echo 3 > src/deep/c; touch -r keep src/deep/c; rm keep; echo > src/late")
      try workspace.start()
      #expect(try workspace.notFresh() == ["c", "late", "all", "names", "forced"])
      let seqs = try workspace.log().map(\.seq)
      #expect(seqs == Array(1...UInt64(seqs.count)))
    }

    /// Set back while the agent runs.
    @Test func aClockThatIsSetWhileItRuns() throws {
      let clock = try FalseClock()
      let workspace = try Workspace(["staled.json": #"{"version":1}"#, "a": "1", "b": "1"])
      try workspace.start(clock.environment)
      try workspace.mark(["a": "file:a", "b": "file:b"])
      for (round, time) in [-86_400, 86_400, -400 * 86_400, 0].enumerated() {
        let client = try workspace.client()
        let lease: LeaseReply = try client.call("POST", "/v1/leases").decoded()
        try clock.set(Int64(time))
        try workspace.write("a", "2")
        #expect(try workspace.notFresh() == ["a"], "at \(time)")
        let late = try client.call("PUT", "/v1/cache/n/late\(round)?dep=file:a&lease=\(lease.lease)", "made of 1")
        #expect(late.status == 409, "at \(time): \(late)")
        try workspace.write("a", "1")
        #expect(try workspace.notFresh() == [], "at \(time)")
      }
      #expect(workspace.stop() == 0)
    }

    @Test func aWorkspaceThatWasMovedAsAWhole() throws {
      let outer = try Workspace([
        "old/staled.json": #"{"version":1}"#, "old/src/a": "1", "old/src/b": "1",
        "foreign/staled.json": #"{"version":1}"#,
        "foreign/src/a": "1", "foreign/src/b": "other",
      ])
      let (old, new) = (outer.url("old"), outer.url("new"))
      func fresh(_ folder: URL) throws -> [String] {
        let client = try SocketClient(folder.path + "/.staled/agent.sock")
        #expect(try client.call("POST", "/v1/sync").status == 200)
        let page: EntryPage = try client.call("GET", "/v1/entries").decoded()
        return page.entries.filter { $0.state == "fresh" }.map(\.key)
      }
      let first = try AgentProcess(old)
      for (key, ids) in ["a": "file:src/a", "b": "file:src/b", "outer": "file:\(old.path)/src/a", "glob": "glob:src/*"]
      {
        #expect(try run(Binaries.tool, ["set", "t/\(key)", "--dep", ids], in: old, input: Data(key.utf8)).status == 0)
      }
      #expect(try fresh(old) == ["a", "b", "glob", "outer"])
      #expect(first.stop() == 0)

      try outer.move("old", "new")
      let moved = try AgentProcess(new)
      #expect(moved.isReady, "\(moved.errors)")
      // Names below the root are relative to it, however they were written.
      #expect(try fresh(new) == ["a", "b", "glob", "outer"])
      try outer.write("new/src/a", "2")
      #expect(try fresh(new) == ["b"])
      try outer.write("new/src/a", "1")
      #expect(moved.stop() == 0)

      // The state of one copied into another: what differs there is not fresh.
      try outer.sh("cp -R new/.staled foreign/.staled")
      let foreign = try AgentProcess(outer.url("foreign"))
      #expect(foreign.isReady, "\(foreign.errors)")
      #expect(try fresh(outer.url("foreign")) == ["a", "outer"])
      // And neither knows of the other's edits.
      let original = try AgentProcess(new)
      try outer.write("new/src/a", "3")
      #expect(try fresh(outer.url("foreign")) == ["a", "outer"])
      #expect(try fresh(new) == ["b"])
      #expect(original.stop() == 0 && foreign.stop() == 0)
    }

    /// Moved under a running agent: it serves nothing that is wrong at either place.
    @Test func aWorkspaceThatIsMovedWhileTheAgentRuns() throws {
      let outer = try Workspace(["old/staled.json": #"{"version":1}"#, "old/src/a": "1", "old/src/b": "1"])
      let agent = try AgentProcess(outer.url("old"))
      for key in ["a", "b"] {
        let ended = try run(Binaries.tool, ["mark", "t/\(key)", "--dep", "src/\(key)"], in: outer.url("old"))
        #expect(ended.status == 0, "\(ended)")
      }
      let client = try SocketClient(outer.url("old/.staled/agent.sock").path)
      try outer.move("old", "new")
      try outer.write("new/src/a", "2")
      func states() throws -> [String]? {
        let body = try JSONEncoder().encode(CheckRequest(entries: ["t/a", "t/b"]))
        guard let answer = try? client.call("POST", "/v1/check", body), answer.status == 200 else { return nil }
        return try answer.decoded(CheckReply.self).entries.map(\.state)
      }
      if let states = try states() {
        #expect(!states.contains("fresh"), "the workspace it knows is gone: \(states)")
      }
      // A new folder in its place is what the name says.
      try outer.sh(
        "mkdir -p old/src; printf 1 > old/src/a; printf 2 > old/src/b; echo '{\"version\":1}' > old/staled.json")
      if let states = try states() { #expect(states[1] != "fresh", "\(states)") }
      agent.stop()
      for (folder, expected) in [("new", ["a": false, "b": true]), ("old", ["a": false, "b": false])] {
        let next = try AgentProcess(outer.url(folder))
        #expect(next.isReady, "\(folder): \(next.errors)")
        for (key, isFresh) in expected {
          let ended = try run(Binaries.tool, ["check", "t/\(key)"], in: outer.url(folder))
          #expect((ended.status == 0) == isFresh, "\(folder) \(key): \(ended)")
        }
        #expect(next.stop() == 0)
      }
    }

    /// The second one leaves the first one and its state as they are.
    @Test func anotherAgentOnTheSameWorkspace() throws {
      let workspace = try Self.made()
      let socket = try workspace.read(".staled/agent.json")
      for _ in 0..<3 {
        let second = try AgentProcess(workspace.folder)
        #expect(!second.isReady && second.status == 4)
        #expect(second.errors.contains("\(workspace.pid)"), "it names the other: \(second.errors)")
      }
      // Through another name of the same folder too.
      let link = try Workspace()
      try FileManager.default.createSymbolicLink(at: link.url("way"), withDestinationURL: workspace.folder)
      #expect(try AgentProcess(link.url("way")).status == 4)
      #expect(try workspace.read(".staled/agent.json") == socket)
      try workspace.write("src/a", "2\n")
      #expect(try workspace.notFresh() == ["a", "all", "forced"])
      #expect(workspace.stop() == 0)
      let seqs = try workspace.log().map(\.seq)
      #expect(seqs == Array(1...UInt64(seqs.count)))
    }
  }
}
