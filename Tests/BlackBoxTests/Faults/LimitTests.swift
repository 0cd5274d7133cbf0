import Foundation
import StaledAPI
import Testing

extension Faults {
  /// What the machine gives is not enough: said with the remedy, exact meanwhile, and over when the limit rises.
  @Suite struct Limits {
    /// Lowered limits hold in a user namespace, never on the host.
    @Test(.enabled(if: Machine.limits, "user namespaces are not allowed here"))
    func whatCannotBeWatchedIsPolledUntilTheLimitRises() throws {
      let folders = (10..<40).map { "d\($0)" }
      var files = ["staled.json": #"{"version":1,"watch":{"settle":"1h","maxDelay":"1h"}}"#]
      for folder in folders {
        files["\(folder)/f"] = "1"
        files["\(folder)/gone"] = "1"
      }
      let workspace = try Workspace(files)
      let namespace = try Namespace(.user)
      let limit = "/proc/sys/user/max_inotify_watches"
      try namespace.sh("echo 12 > \(limit)", in: workspace.folder)
      try workspace.start(wrapper: namespace.wrapper)
      var entries = ["all": "glob:d*/f", "deep": "glob:**/new", "calm": "file:staled.json"]
      for folder in folders {
        entries["\(folder)-f"] = "file:\(folder)/f"
        entries["\(folder)-gone"] = "file:\(folder)/gone"
        entries["\(folder)-new"] = "file:\(folder)/new"
        entries["\(folder)-names"] = "dir:\(folder)"
      }
      try workspace.mark(entries)
      #expect(try workspace.notFresh() == [], "polling proves what is watched by nobody")
      let degraded = try workspace.degraded()
      #expect(!degraded.isEmpty)
      let wanted = 524_288
      for one in degraded {
        #expect(
          one.reason.hasPrefix("the limit of inotify watches is reached (user.max_inotify_watches = 12)"))
        #expect(
          one.remedy == "echo user.max_inotify_watches=\(wanted) | sudo tee /etc/sysctl.d/60-staled.conf"
            + " && sudo sysctl user.max_inotify_watches=\(wanted)")
      }
      #expect(Set(degraded.map(\.what)).isSubset(of: folders + ["."]), "which directories, or that it is many")

      func edit(_ text: String) throws {
        let before = try workspace.log().count
        for folder in folders { try workspace.write("\(folder)/f", text) }
        #expect(
          try workspace.notFresh() == Set(folders.map { "\($0)-f" }).union(["all"]), "content, wherever it lies")
        #expect(try workspace.changes(behind: before) == folders.map { "modified file:\($0)/f" })
        for folder in folders { try workspace.write("\(folder)/f", "1") }
        #expect(try workspace.notFresh() == [])
      }
      func createAndDelete() throws {
        let before = try workspace.log().count
        for folder in folders {
          try workspace.write("\(folder)/new", "1")
          try workspace.remove("\(folder)/gone")
        }
        let hit = ["new", "gone", "names"].flatMap { kind in folders.map { "\($0)-\(kind)" } }
        #expect(try workspace.notFresh() == Set(hit).union(["deep"]), "names, wherever they lie")
        #expect(
          try workspace.changes(behind: before)
            == folders.map { "created file:\($0)/new" } + folders.map { "deleted file:\($0)/gone" }
            + folders.map { "modified dir:\($0)" })
        for folder in folders {
          try workspace.remove("\(folder)/new")
          try workspace.write("\(folder)/gone", "1")
        }
        #expect(try workspace.notFresh() == [])
      }
      try edit("2")
      try createAndDelete()

      try namespace.sh("echo 100000 > \(limit)", in: workspace.folder)
      #expect(try workspace.notFresh() == [])
      #expect(try workspace.degraded() == [], "it recovers by itself")
      let status: Status = try workspace.client().call("GET", "/v1/status").decoded()
      #expect(status.watches >= folders.count)
      try edit("3")
      try createAndDelete()
      #expect(workspace.stop() == 0)
    }

    @Test(.enabled(if: Machine.limits, "user namespaces are not allowed here"))
    func withoutAnInotifyInstanceItSaysWhatToDo() throws {
      let workspace = try Workspace(["staled.json": #"{"version":1}"#])
      let namespace = try Namespace(.user)
      try namespace.sh("echo 0 > /proc/sys/user/max_inotify_instances", in: workspace.folder)
      let agent = try AgentProcess(workspace.folder, wrapper: namespace.wrapper)
      #expect(!agent.isReady && agent.status == 4, "\(agent.errors)")
      #expect(agent.errors.contains("sudo sysctl fs.inotify.max_user_instances="), "\(agent.errors)")
      try namespace.sh("echo 1 > /proc/sys/user/max_inotify_instances", in: workspace.folder)
      let next = try AgentProcess(workspace.folder, wrapper: namespace.wrapper)
      #expect(next.isReady, "\(next.errors)")
    }

    /// Either it works, or it says what to do; with 64 it works. With fewer than eight the runtime of Swift does not begin: it
    /// needs three for itself, and ends the process without them.
    @Test(arguments: [10, 14, 16, 18, 20, 24, 32, 64])
    func withFewFileDescriptorsItWorksOrSaysWhatToDo(limit: Int) throws {
      let workspace = try Workspace(["staled.json": #"{"version":1}"#, "a": "1", "b": "1"])
      let agent = try AgentProcess(
        workspace.folder, wrapper: ["/bin/sh", "-c", "ulimit -n \(limit); exec \"$@\"", "sh"])
      guard agent.isReady else {
        #expect(agent.status == 4, "\(limit): \(agent.errors)")
        #expect(agent.errors.contains("open files"), "\(limit): \(agent.errors)")
        #expect(limit < 64)
        return
      }
      // Over one connection: a caller that cannot be let in must not wait for ever, and is told so by its own limit.
      defer { agent.kill() }
      try workspace.mark(["a": "file:a", "b": "file:b"])
      try workspace.write("a", "2")
      #expect(try workspace.notFresh() == ["a"])
      #expect(agent.stop() == 0, "\(agent.errors)")
    }

    /// Callers that take all descriptors are turned away or wait; nobody is told anything wrong, and all is well after.
    @Test func callersThatTakeAllDescriptorsHarmNobodyElse() throws {
      let workspace = try Workspace(["staled.json": #"{"version":1}"#, "a": "1", "b": "1"])
      try workspace.start(wrapper: ["/bin/sh", "-c", "ulimit -n 64; exec \"$@\"", "sh"])
      try workspace.mark(["a": "file:a", "b": "file:b"])
      var callers: [SocketClient] = []
      for _ in 0..<100 { if let caller = try? workspace.client() { callers.append(caller) } }
      try workspace.write("a", "2")
      #expect(try callers[0].call("POST", "/v1/sync").status == 200, "who got in is served")
      #expect(try Faults.notFresh(callers[0]) == ["a"])
      #expect(throws: Never.self, "who waits for a descriptor costs nothing") {
        try Proc(pid: workspace.pid).becomeQuiet()
      }
      callers = []
      #expect(try workspace.notFresh() == ["a"])
      try workspace.write("a", "1")
      #expect(try workspace.notFresh() == [])
      try Proc(pid: workspace.pid).becomeQuiet()
      #expect(workspace.stop() == 0)
    }

    /// As an ordinary user: the superuser may read everything.
    @Test(arguments: ["000", "311", "444"])
    func whatMayNotBeReadIsNeverFreshAndRecovers(mode: String) throws {
      let workspace = try Workspace([
        "staled.json": #"{"version":1}"#, "barred/inside": "1", "barred/deep/inside": "1", "open/file": "1",
      ])
      defer { _ = chmod(workspace.url("barred").path, 0o755) }
      try workspace.start(wrapper: Machine.ordinaryUser)
      try workspace.mark([
        "inside": "file:barred/inside", "deep": "file:barred/deep/inside", "names": "dir:barred",
        "glob": "glob:barred/**/ins*", "calm": "file:open/file",
      ])
      #expect(try workspace.notFresh() == [])
      try workspace.sh("chmod \(mode) barred")
      let barred = try workspace.notFresh()
      // With search permission alone, files whose names are known can still be read.
      let hidden: Set<String> = mode == "311" ? ["names", "glob"] : ["inside", "deep", "glob"]
      #expect(hidden.isSubset(of: barred), "\(barred)")
      #expect(!barred.contains("calm"))
      let degraded = try workspace.degraded()
      #expect(!degraded.isEmpty && degraded.allSatisfy { $0.what.contains("barred") }, "\(degraded)")
      #expect(degraded.allSatisfy { $0.remedy.contains("chmod") }, "\(degraded)")

      // What changes behind the door is known once it is open.
      if geteuid() == 0 {
        try workspace.write("barred/inside", "2")
        try workspace.write("barred/deep/other", "2")
        #expect(hidden.isSubset(of: try workspace.notFresh()))
        try workspace.sh("chmod 755 barred")
        #expect(try workspace.notFresh() == ["inside", "glob"])
        try workspace.write("barred/inside", "1")
        try workspace.remove("barred/deep/other")
      }
      try workspace.sh("chmod 755 barred")
      #expect(try workspace.notFresh() == [])
      #expect(try workspace.degraded() == [])
      try workspace.write("barred/deep/inside", "2")
      #expect(try workspace.notFresh() == ["deep", "glob"], "it is watched again")
    }

    @Test func aFileThatMayNotBeReadIsNeverFresh() throws {
      let workspace = try Workspace(["staled.json": #"{"version":1}"#, "a": "1", "b": "1"])
      try workspace.start(wrapper: Machine.ordinaryUser)
      try workspace.mark(["a": "file:a", "b": "file:b", "both": "glob:[ab]"])
      try workspace.sh("chmod 000 a")
      #expect(try workspace.notFresh() == ["a", "both"])
      #expect(try workspace.degraded().map(\.what) == ["a"])
      #expect(try workspace.degraded().map(\.remedy) == ["chmod u+r 'a'"])
      try workspace.sh("chmod 600 a")
      #expect(try workspace.notFresh() == [])
      #expect(try workspace.degraded() == [])
    }
  }
}
