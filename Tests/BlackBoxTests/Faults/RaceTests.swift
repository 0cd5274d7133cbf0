import Foundation
import StaledAPI
import Testing

extension Faults {
  /// Edits that race with whoever asks, marks or makes.
  @Suite struct Races {
    /// While one file is written without a pause, what rests on another is answered, quickly and exactly.
    @Test func whoeverHammersAFileHoldsUpNobodyElse() throws {
      let workspace = try Workspace([
        "staled.json": #"{"version":1,"watch":{"settle":"50ms","maxDelay":"200ms"}}"#, "busy": "", "calm": "0",
      ])
      try workspace.start()
      try workspace.mark(["busy": "file:busy", "calm": "file:calm", "never": "file:never"])
      let stopped = Shared(false)
      let busy = workspace.url("busy").path
      let writers = DispatchSemaphore(value: 0)
      for _ in 0..<2 {
        Thread {
          let file = open(busy, O_WRONLY | O_APPEND)
          while !stopped.value { _ = write(file, "x", 1) }
          close(file)
          writers.signal()
        }.start()
      }
      let client = try workspace.client()
      let body = try JSONEncoder().encode(CheckRequest(entries: ["t/calm", "t/never"]))
      var slowest = Duration.zero
      for round in 1...40 {
        try workspace.write("calm", "\(round % 2)")
        let begun = ContinuousClock.now
        let checked: CheckReply = try client.call("POST", "/v1/check", body).decoded()
        slowest = max(slowest, begun.duration(to: .now))
        #expect(checked.entries.map(\.state) == [round % 2 == 0 ? "fresh" : "stale", "fresh"], "round \(round)")
      }
      let checked: CheckReply = try client.call(
        "POST", "/v1/check", JSONEncoder().encode(CheckRequest(entries: ["t/busy"]))
      ).decoded()
      #expect(checked.entries[0].state != "fresh")
      #expect(slowest < .seconds(2), "a question about \(40) edits took \(slowest)")
      stopped.change { $0 = true }
      for _ in 0..<2 { writers.wait() }
      #expect(try workspace.notFresh() == ["busy"])
      try workspace.write("busy", "")
      #expect(try workspace.notFresh() == [])
      try Proc(pid: workspace.pid).becomeQuiet()
    }

    /// The caller vouches that it read what is there at the time of the call: what it wrote before is no reason to refuse.
    @Test func aFileWrittenJustBeforeTheCallIsNoReasonToRefuse() throws {
      let workspace = try Workspace(["staled.json": #"{"version":1}"#])
      try workspace.start()
      let client = try workspace.client()
      var refused = 0
      for round in 0..<100 {
        try workspace.write("f\(round)", "\(round)")
        let answer = try client.call("PUT", "/v1/cache/t/k\(round)?dep=file:f\(round)", "value")
        if answer.status != 201 { refused += 1 }
      }
      #expect(refused == 0, "of 100 files named for the first time")
      #expect(try workspace.notFresh() == [])
    }

    /// A lease ends by what happens to the entry and its dependencies, not by what happens to others.
    @Test func whatIsForgottenEndsNoOtherLease() throws {
      let workspace = try Workspace(["staled.json": #"{"version":1}"#, "a": "1", "b": "1"])
      try workspace.start()
      let client = try workspace.client()
      #expect(try client.call("PUT", "/v1/cache/t/other?dep=file:b", "value").status == 201)
      let lease: LeaseReply = try client.call("POST", "/v1/leases").decoded()
      #expect(try client.call("DELETE", "/v1/cache/t/other").status == 200)
      let made = try client.call("PUT", "/v1/cache/t/mine?dep=file:a&lease=\(lease.lease)", "value")
      #expect(made.status == 201, "\(made)")
      let own = try client.call("PUT", "/v1/cache/t/other?dep=file:a&lease=\(lease.lease)", "value")
      #expect(own.status == 409, "that one was deleted: \(own)")
    }

    /// What a command reads is edited while it runs, in every way that leaves the same bytes.
    @Test func editsAmidTheCommandLeaveItsEntryNotFresh() throws {
      let workspace = try Workspace(["staled.json": #"{"version":1}"#])
      try workspace.start()
      for (number, script) in Self.editsThatUndoThemselves.enumerated() {
        for known in [false, true] {
          let folder = "\(number)-\(known)"
          for (file, text) in ["in": "1", "way/in": "1", "other/in": "x"] {
            try workspace.write("\(folder)/\(file)", text)
          }
          try FileManager.default.createSymbolicLink(
            atPath: workspace.url("\(folder)/link").path, withDestinationPath: "way")
          func ensure(_ command: String...) throws -> Ended {
            try workspace.stale(
              ["ensure", "t/\(folder)"]
                + ["in", "way/in", "link/in"].flatMap { ["--dep", workspace.url("\(folder)/\($0)").path] } + ["--"]
                + command)
          }
          if known {
            #expect(try ensure("true").status == 0)
            #expect(try workspace.stale("check", "t/\(folder)").status == 0)
            #expect(try workspace.stale("invalidate", "t/\(folder)").status == 0)
          }
          let ended = try ensure("sh", "-c", "cd \(folder); \(script); true")
          #expect(ended.status == 0, "\(script): \(ended)")
          #expect(ended.errors.contains("not recorded as fresh"), "\(script), known before: \(known): \(ended)")
          #expect(try workspace.stale("check", "t/\(folder)").status == 1, "\(script), known before: \(known)")
          // Nothing keeps it from being made in peace.
          #expect(try ensure("true").status == 0)
          #expect(try workspace.stale("check", "t/\(folder)").status == 0, "\(script)")
        }
      }
    }

    private static let editsThatUndoThemselves = [
      "echo x > in; cat in; printf 1 > in", "mv in aside; printf x > in; cat in; mv aside in",
      "cp -p in keep; printf 2 > in; cat in; touch -r keep in; mv keep in",
      "ln in second; printf x > second; cat in; printf 1 > second; rm second",
      "rm in; cat in || true; printf 1 > in", "printf x | dd of=in conv=notrunc; printf 1 | dd of=in conv=notrunc",
      "mv way lost; mkdir way; printf x > way/in; cat way/in; rm -r way; mv lost way",
      "ln -sfn other link; cat link/in; ln -sfn way link",
    ]

    /// Another process edits while the command runs; the command waits for it.
    @Test func aForeignEditAmidTheCommandLeavesItsEntryNotFresh() throws {
      let workspace = try Workspace(["staled.json": #"{"version":1}"#, "in": "1"])
      try workspace.start()
      #expect(mkfifo(workspace.url("started").path, 0o600) == 0)
      #expect(mkfifo(workspace.url("edited").path, 0o600) == 0)
      let folder = workspace.folder
      let ensured = Shared<Ended?>(nil)
      let done = DispatchSemaphore(value: 0)
      let command = "cat in; echo > started; read line < edited"
      Thread {
        let arguments = ["ensure", "t/e", "--capture", "--dep", "in", "--", "sh", "-c", command]
        let ended = try? run(Binaries.tool, arguments, in: folder)
        ensured.change { $0 = ended }
        done.signal()
      }.start()
      try workspace.sh("read line < started || true")
      // The agent hears of this file's name only at the end.
      try workspace.write("in", "2")
      try workspace.write("in", "1")
      try workspace.sh("echo > edited")
      done.wait()
      let ended = try #require(ensured.value)
      #expect(ended.status == 0 && ended.text == "1" && ended.errors.contains("not recorded as fresh"), "\(ended)")
      #expect(try workspace.stale("get", "t/e").status == 1)
    }

    /// Whoever writes into the tree at each change and invalidation, as a hook would, does not keep the agent going: the
    /// second write leaves the same bytes, and so tells of nothing but a batch with one more `unchanged`.
    @Test func aFollowerThatWritesIntoTheTreeDoesNotSpin() throws {
      let workspace = try Workspace([
        "staled.json": #"{"version":1,"watch":{"settle":"5ms"}}"#, "in": "1", "echo": "",
      ])
      try workspace.start()
      try workspace.mark(["in": "file:in", "echo": "file:echo", "all": "glob:*o"])
      let follower = Process()
      follower.executableURL = URL(fileURLWithPath: "/bin/sh")
      follower.arguments = [
        "-c",
        "\"$0\" tail -f --json -n 0 --type change --type invalidated | while read -r line; do printf seen > echo; done",
        Binaries.tool.path,
      ]
      follower.currentDirectoryURL = workspace.folder
      let nothing = Pipe()
      follower.standardInput = FileHandle.nullDevice
      follower.standardOutput = nothing
      try follower.run()
      defer {
        for child in Proc.children(of: follower.processIdentifier) + [follower.processIdentifier] {
          kill(child, SIGKILL)
        }
        follower.waitUntilExit()
      }
      // It follows once a first record made it write.
      var text = 0
      try until { () throws -> Bool in
        text += 1
        try workspace.write("in", "\(text)")
        _ = try workspace.notFresh()
        return try workspace.read("echo") == "seen"
      }
      try Proc(pid: workspace.pid).becomeQuiet()
      let before = try workspace.log().count
      try workspace.write("in", "last")
      try until { try workspace.notFresh() == ["in", "echo", "all"] }
      try Proc(pid: workspace.pid).becomeQuiet()
      let records = try workspace.log().dropFirst(before)
      #expect(records.filter { $0.type == .change }.map(\.resource) == ["file:in"])
      #expect(records.count < 60, "\(records.count) records of one edit")
    }
  }
}
