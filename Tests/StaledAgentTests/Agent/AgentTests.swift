import Freshness
import Glibc
import Paths
import StaledAPI
import Testing
import Watching

@testable import StaledAgent

/// The actor from its begin to its end.
@Suite(.timeLimit(.minutes(1))) struct AgentTests {
  @Test func beginsWatchingAndEnds() async {
    await #expect(processExitsWith: .success) {
      let live = try await LiveAgent(["a": "1"])
      #expect(await live.agent.isWatching())
      let status = await live.agent.status()
      #expect(status.state == "watching" && status.manifest.ok && status.degraded.isEmpty)
      #expect(status.workspace == live.folder.path && status.watches > 0)
      try await live.make("t/a", of: ["file:a"])
      await live.agent.end()
      await live.agent.end()
      #expect(try live.records().map(\.type).filter { $0 != .batch } == [.started, .stopped])
      #expect(try live.records().map(\.seq) == Array(1...UInt64(live.records().count)))
      #expect(await !live.agent.isWatching())
    }
  }

  @Test func aThousandSyncsShareTheirCookies() async {
    await #expect(processExitsWith: .success) {
      let live = try await LiveAgent(["a": "1"])
      try await live.make("t/a", of: ["file:a"])
      try live.folder.write("a", "2")
      let before = await live.agent.nextCookie
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<1000 {
          group.addTask {
            _ = try await live.agent.sync()
            #expect(try await live.state("t/a") == .stale)
          }
        }
        try await group.waitForAll()
      }
      // How many flights there are hangs on how the callers come in; that they share is plain.
      #expect(await live.agent.nextCookie - before < 200)
      await live.agent.end()
    }
  }

  /// Callers that wait for a barrier that will not come are told so: an answer would be unproven.
  @Test func theEndLetsWaitingCallersGo() async {
    await #expect(processExitsWith: .success) {
      let live = try await LiveAgent(["a": "1"])
      let agent = live.agent
      try await live.make("t/a", of: ["file:a"])
      // The kernel is not listened to any more, so no cookie is met.
      await agent.watcher?.stop()
      try live.folder.write("a", "2")
      func status(_ call: @escaping @Sendable () async throws(Problem) -> Void) -> Task<Int, Never> {
        Task {
          do throws(Problem) {
            try await call()
            return 200
          } catch { return error.status }
        }
      }
      let name = try EntryName("t/a")
      let waiting = [
        status { () async throws(Problem) in _ = try await agent.sync() },
        status { () async throws(Problem) in _ = try await agent.check([name]) },
        status { () async throws(Problem) in _ = try await agent.read(name, sync: true, allowStale: false) },
        status { () async throws(Problem) in _ = try await agent.mark(name, MarkRequest()) },
        status { () async throws(Problem) in _ = try await agent.invalidate(InvalidateRequest()) },
      ]
      while await agent.cookies.isEmpty { await Task.yield() }
      await agent.end()
      for task in waiting { #expect(await task.value == 503) }
      // Whoever comes later does not wait either.
      await #expect(throws: Problem.self) { try await agent.sync() }
      await #expect(throws: Problem.self) { try await agent.check([name]) }
    }
  }

  /// Names that lead through links, and what is ignored but named outright, are as good as any.
  @Test func directoriesAndGlobsBehindLinks() async {
    await #expect(processExitsWith: .success) {
      let live = try await LiveAgent([
        "staled.json": #"{"version":1,"watch":{"settle":"0ms","ignore":["out/"]}}"#, "real/a.c": "1", "out/x": "1",
        "other/b.c": "1", "real/deep/c.c": "1",
      ])
      try live.folder.link("way", to: "real")
      let names = [
        "t/dir": "dir:way", "t/glob": "glob:way/*.c", "t/ignored": "dir:out", "t/file": "file:way/a.c",
        "t/deep": "dir:way/deep",
        "t/deepglob": "glob:way/deep/*",
      ]
      for (name, id) in names { try await live.make(name, of: [id]) }
      try live.folder.write("real/new.c", "1")
      try live.folder.write("out/y", "1")
      try live.folder.write("real/deep/new.c", "1")
      _ = try await live.agent.sync()
      for name in ["t/dir", "t/glob", "t/ignored", "t/deep", "t/deepglob"] {
        #expect(try await live.state(name) == .stale, "\(name)")
      }
      #expect(try await live.state("t/file") == .fresh)
      for (name, id) in names { try await live.make(name, of: [id]) }
      // The link leads elsewhere.
      unlink(live.folder.at("way").terminated)
      try live.folder.link("way", to: "other")
      _ = try await live.agent.sync()
      for name in ["t/dir", "t/glob", "t/file", "t/deep", "t/deepglob"] {
        #expect(try await live.state(name) == .stale, "\(name)")
      }
      #expect(try await live.state("t/ignored") == .fresh)
      await live.agent.end()
    }
  }

  /// The file stays broken whatever else changes, and `status` says so until it is mended.
  @Test func aBrokenManifestIsToldUntilItIsMended() async {
    await #expect(processExitsWith: .success) {
      let good = #"{"version":1,"rules":[{"files":"src/{name}.c","key":"{name}.o"}]}"#
      let live = try await LiveAgent(["staled.json": good, "src/a.c": "1"])
      let agent = live.agent
      try live.folder.write("staled.json", "{")
      _ = try await agent.sync()
      let problems = await agent.status().manifest.problems
      #expect(await !agent.status().manifest.ok)
      #expect(problems?.count == 1)
      // The last good one is in force: its rules follow the files.
      try live.folder.write("src/b.c", "1")
      _ = try await agent.sync()
      #expect(try await live.state("default/b.o") == .missing)
      #expect(await agent.engine.entry(try EntryName("default/b.o"))?.declared == true)
      #expect(await agent.status().manifest == Status.Manifest(ok: false, problems: problems, lastGood: true))
      #expect(try live.records().count { $0.type == .error } == 1)
      try live.folder.write("staled.json", good)
      _ = try await agent.sync()
      #expect(await agent.status().manifest == Status.Manifest(ok: true))
      await agent.end()
    }
  }
}
