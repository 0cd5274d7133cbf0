import Foundation
import StaledAPI
import Testing

extension Faults {
  /// The state directory's file system is full, cannot be written, or fails.
  @Suite struct Disk {
    /// A workspace whose state lies on a small file system of its own, in a private mount namespace.
    private final class Small {
      let workspace: Workspace
      let namespace: Namespace
      let runtime: Workspace
      let state: URL
      private var agent: AgentProcess?

      init(_ mounting: String) throws {
        workspace = try Workspace(["staled.json": #"{"version":1}"#, "a": "1", "b": "1", "state/x": ""])
        runtime = try Workspace()
        namespace = try Namespace(.mounts)
        state = workspace.url("state")
        let ended = try namespace.sh("rm state/x; \(mounting)", in: workspace.folder)
        if ended.status != 0 { throw Namespace.Refused() }
      }

      @discardableResult
      func start() throws -> AgentProcess {
        let agent = try AgentProcess(
          workspace.folder, ["STALED_DIR": state.appendingPathComponent("d").path], wrapper: namespace.wrapper)
        self.agent = agent
        return agent
      }

      func client() throws -> SocketClient {
        try SocketClient(namespace.path(state).path + "/d/agent.sock")
      }

      func put(_ client: SocketClient, _ key: String, _ size: Int, _ query: String = "dep=file:a") throws -> Int {
        try client.call("PUT", "/v1/cache/t/\(key)?\(query)", Self.value(key, size)).status
      }

      static func value(_ key: String, _ size: Int) -> Data {
        Data("\(key) ".utf8) + Data(repeating: key.utf8.last ?? 0, count: size)
      }

      /// What is fresh, after a sync.
      func fresh(_ client: SocketClient) throws -> [String] {
        let synced = try client.call("POST", "/v1/sync")
        #expect(synced.status == 200, "\(synced)")
        let page: EntryPage = try client.call("GET", "/v1/entries").decoded()
        return page.entries.filter { $0.state == "fresh" }.map(\.key).sorted()
      }

      func sh(_ script: String) throws {
        let ended = try namespace.sh(script, in: state)
        #expect(ended.status == 0, "\(script): \(ended)")
      }
    }

    @Test(.enabled(if: Machine.mounts, "nothing can be mounted here"))
    func onAFullDiskReadingAndSyncGoOnAndNothingIsLost() throws {
      let small = try Small("mount -t tmpfs -o size=6m tmpfs state")
      let agent = try small.start()
      let client = try small.client()
      for key in ["k1", "k2"] { #expect(try small.put(client, key, 50_000) == 201) }
      #expect(try small.put(client, "k3", 50_000, "dep=file:b") == 201)
      #expect(try small.fresh(client) == ["k1", "k2", "k3"])
      // As full as it gets.
      try small.sh(
        "head -c 20m /dev/zero > filler 2>/dev/null || true; head -c 1 /dev/zero >> filler 2>/dev/null || true")
      var refused = 0
      for number in 0..<5 { if try small.put(client, "big\(number)", 100_000) == 507 { refused += 1 } }
      #expect(refused == 5)
      #expect(try client.call("GET", "/v1/cache/t/k1").body == Small.value("k1", 50_000))
      try small.workspace.write("b", "2")
      #expect(try small.fresh(client) == ["k1", "k2"], "edits are taken in all the same")
      #expect(try client.call("GET", "/v1/cache/t/k3").status == 404)
      for number in 3..<30 {
        try small.workspace.write("b", "\(number)")
        #expect(try small.fresh(client) == ["k1", "k2"])
      }
      for body in [#"{"keys":["t/k2"],"soft":true}"#, #"{"all":true}"#] {
        let forced = try client.call("POST", "/v1/invalidate", body)
        #expect(forced.status == 507, "\(forced)")
      }
      #expect(try client.call("DELETE", "/v1/cache/t/k2").status == 507)
      #expect(
        try client.call("GET", "/v1/cache/t/k2").body == Small.value("k2", 50_000),
        "what is refused leaves all as it was")
      let full: Status = try client.call("GET", "/v1/status").decoded()
      #expect(full.degraded.contains { $0.what == "store" && $0.remedy.contains("free space") }, "\(full.degraded)")

      try small.sh("rm filler")
      #expect(try small.put(client, "k4", 100_000) == 201, "as soon as there is room")
      #expect(try small.fresh(client) == ["k1", "k2", "k4"])
      let healthy: Status = try client.call("GET", "/v1/status").decoded()
      #expect(healthy.degraded == [])
      agent.kill()
      let next = try small.start()
      let again = try small.client()
      #expect(try small.fresh(again) == ["k1", "k2", "k4"])
      for (key, size) in [("k1", 50_000), ("k2", 50_000), ("k4", 100_000)] {
        #expect(try again.call("GET", "/v1/cache/t/\(key)").body == Small.value(key, size))
      }
      var log = LogCheck(small.namespace.path(small.state).appendingPathComponent("d/invalidations.ndjson"))
      #expect(try log.problems() == [])
      let text = try String(
        contentsOf: small.namespace.path(small.state).appendingPathComponent("d/invalidations.ndjson"), encoding: .utf8)
      let told = text.split(separator: "\n").filter { $0.contains("\"change\"") && $0.contains("file:b") }
      #expect(told.count <= 3, "what came about while nothing could be written is told together: \(told)")
      #expect(next.stop() == 0, "\(next.errors)")
    }

    /// Killed while the disk is full: what was acknowledged is there, whether room was made before the start or not.
    @Test(.enabled(if: Machine.mounts, "nothing can be mounted here"), arguments: [false, true])
    func killedOnAFullDisk(roomBefore: Bool) throws {
      let small = try Small("mount -t tmpfs -o size=6m tmpfs state")
      let agent = try small.start()
      let client = try small.client()
      #expect(try small.put(client, "k1", 50_000) == 201)
      #expect(try small.put(client, "k2", 50_000, "dep=file:b") == 201)
      try small.sh("head -c 20m /dev/zero > filler 2>/dev/null || true")
      try small.workspace.write("b", "2")
      #expect(try small.fresh(client) == ["k1"])
      agent.kill()
      if roomBefore { try small.sh("rm filler") }
      var next = try small.start()
      if !roomBefore, !next.isReady {
        #expect(next.status == 4, "\(next.errors)")
        #expect(next.errors.contains("room") || next.errors.contains("free space"), "\(next.errors)")
        try small.sh("rm filler")
        next = try small.start()
      }
      #expect(next.isReady, "\(next.errors)")
      let again = try small.client()
      #expect(try small.fresh(again) == ["k1"])
      #expect(try again.call("GET", "/v1/cache/t/k1").body == Small.value("k1", 50_000))
    }

    /// What a failing disk does to a file system: nothing can be written any more, under the running agent.
    @Test(.enabled(if: Machine.loops, "no file system can be made on a loop device here (root)"))
    func aFileSystemThatTurnsReadOnlyUnderTheAgent() throws {
      let small = try Small(
        "PATH=$PATH:/usr/sbin; head -c 33554432 /dev/zero > image; mkfs.ext4 -qF image; mount -o loop image state")
      let agent = try small.start()
      let client = try small.client()
      #expect(try small.put(client, "k1", 50_000) == 201)
      #expect(try small.put(client, "k2", 50_000, "dep=file:b") == 201)
      #expect(try small.fresh(client) == ["k1", "k2"])
      try small.sh("mount -o remount,abort .")
      let refused = try client.call("PUT", "/v1/cache/t/k3?dep=file:a", "value")
      #expect(refused.status == 503 && refused.headers["retry-after"] != nil, "\(refused)")
      #expect(try client.call("GET", "/v1/cache/t/k1").body == Small.value("k1", 50_000))
      try small.workspace.write("b", "2")
      #expect(try small.fresh(client) == ["k1"])
      let status: Status = try client.call("GET", "/v1/status").decoded()
      #expect(status.degraded.contains { $0.what == "store" && !$0.remedy.isEmpty }, "\(status.degraded)")
      #expect(agent.stop() == 0, "it ends all the same: \(agent.errors)")
      // And a start on it says why it cannot.
      let next = try small.start()
      #expect(!next.isReady && next.status == 4, "\(next.errors)")
      #expect(next.errors.contains("read-only"), "\(next.errors)")
    }

    @Test(.enabled(if: Machine.mounts, "nothing can be mounted here"))
    func aReadOnlyFileSystemAtStart() throws {
      let small = try Small("mount -t tmpfs tmpfs state")
      let agent = try small.start()
      #expect(try small.put(try small.client(), "k1", 5000) == 201)
      #expect(agent.stop() == 0)
      try small.sh("mount -o remount,ro .")
      let refused = try small.start()
      #expect(!refused.isReady && refused.status == 4, "\(refused.errors)")
      #expect(refused.errors.contains("read-only") && refused.errors.contains("STALED_DIR"), "\(refused.errors)")
      try small.sh("mount -o remount,rw .")
      #expect(try small.start().isReady)
      #expect(try small.client().call("GET", "/v1/cache/t/k1").body == Small.value("k1", 5000))
    }
  }
}
