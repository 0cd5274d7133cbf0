import Freshness
import Glibc
import Paths
import StaledAPI
import Testing
import Watching

@testable import StaledAgent

/// Mark now, act later: an event makes what rests on it `suspect` at once; only confirming, logging and telling wait for
/// the settle time.
@Suite(.timeLimit(.minutes(1))) struct MarkNowTests {
  @Test func anEditIsMarkedBeforeItHasSettled() async {
    await #expect(processExitsWith: .success) {
      let live = try await LiveAgent([
        "staled.json": #"{"version":1,"watch":{"settle":"1h","maxDelay":"1h"}}"#, "a.c": "1", "b.c": "1", "d/x": "1",
      ])
      for (name, id) in [("t/a", "file:a.c"), ("t/b", "file:b.c"), ("t/glob", "glob:*.c"), ("t/dir", "dir:d")] {
        try await live.make(name, of: [id])
      }
      try await live.make("t/app", of: ["entry:t/a"])
      let agent = live.agent
      let seq = await agent.recorder.seq

      try live.folder.write("a.c", "2")
      try live.folder.write("d/y", "new")
      // Everything that the kernel has to say is taken in; nothing is looked at.
      #expect(await agent.barrier() != nil)
      for name in ["t/a", "t/glob", "t/dir", "t/app"] { #expect(try await live.state(name) == .suspect, "\(name)") }
      #expect(try await live.state("t/b") == .fresh)
      guard
        case .miss("suspect", kept: false, _) = try await agent.read(
          try EntryName("t/a"), sync: false, allowStale: false)
      else {
        Issue.record("served")
        return
      }
      #expect(try live.types(after: seq) == [])
      #expect(await agent.debouncer.due != nil)

      _ = try await agent.sync()
      #expect(
        try live.types(after: seq) == [
          .change, .change, .invalidated, .invalidated, .invalidated, .invalidated, .batch,
        ])
      #expect(try live.records().filter { $0.seq > seq }.compactMap(\.resource) == ["dir:d", "file:a.c"])
      for (name, state) in [("a", Freshness.State.stale), ("glob", .stale), ("dir", .stale), ("app", .suspect)] {
        #expect(try await live.state("t/\(name)") == state, "\(name)")
      }
      // The batch is over: nothing is due any more.
      #expect(await agent.debouncer.due == nil)
      await agent.end()
    }
  }

  @Test func withoutASyncTheBatchIsActedOnWhenItHasSettled() async {
    await #expect(processExitsWith: .success) {
      let live = try await LiveAgent([
        "staled.json": #"{"version":1,"watch":{"settle":"1ms"}}"#, "a.c": "1",
      ])
      try await live.make("t/a", of: ["file:a.c"])
      let seq = await live.agent.recorder.seq
      let mailbox = await live.agent.bus.subscribe()
      try live.folder.write("a.c", "2")
      for await _ in mailbox where try live.types(after: seq).contains(.batch) { break }
      #expect(try live.types(after: seq).contains(.invalidated))
      #expect(try await live.state("t/a") == .stale)
      await live.agent.end()
    }
  }

  /// Whoever sleeps until an hour has passed must wake when the manifest says otherwise.
  /// Where only a directory is told, everything that its names may be is in doubt, the manifest too.
  @Test func namesThatMayHaveComeAndGoneAreDoubted() async {
    await #expect(processExitsWith: .success) {
      let live = try await LiveAgent([
        "staled.json": #"{"version":1,"watch":{"settle":"1h","maxDelay":"1h"}}"#, "a.c": "1", "d/x": "1",
      ])
      for (name, id) in [("t/a", "file:a.c"), ("t/x", "file:d/x"), ("t/all", "glob:**/*.c")] {
        try await live.make(name, of: [id])
      }
      let agent = live.agent
      func states() async throws -> [String: State] {
        [
          "a": try await live.state("t/a"), "x": try await live.state("t/x"), "all": try await live.state("t/all"),
        ]
      }
      await agent.take([.names("d")])
      #expect(try await states() == ["a": .fresh, "x": .suspect, "all": .suspect])
      #expect(await !agent.manifest.touched)
      _ = try await agent.sync()
      #expect(try await states() == ["a": .fresh, "x": .fresh, "all": .fresh])
      await agent.take([.names(.root)])
      #expect(try await states() == ["a": .suspect, "x": .fresh, "all": .suspect])
      #expect(await agent.manifest.touched)
      _ = try await agent.sync()
      #expect(try await states() == ["a": .fresh, "x": .fresh, "all": .fresh])
      await agent.end()
    }
  }

  @Test func aShorterSettleTimeHoldsAtOnce() async {
    await #expect(processExitsWith: .success) {
      let live = try await LiveAgent([
        "staled.json": #"{"version":1,"watch":{"settle":"1h","maxDelay":"1h"}}"#, "a.c": "1",
      ])
      try await live.make("t/a", of: ["file:a.c"])
      // A batch is open, and its end an hour away.
      try live.folder.write("a.c", "2")
      #expect(await live.agent.barrier() != nil)
      try live.folder.write("staled.json", #"{"version":1,"watch":{"settle":"0ms","maxDelay":"0ms"}}"#)
      _ = try await live.agent.sync()
      let seq = await live.agent.recorder.seq
      let mailbox = await live.agent.bus.subscribe()
      try live.folder.write("a.c", "3")
      for await _ in mailbox where try live.types(after: seq).contains(.change) { break }
      await live.agent.end()
    }
  }

  /// A write through a memory map leaves no trace in `stat`: the kernel's word alone makes the file be read, and it
  /// counts until a look was taken in.
  @Test func whatTheKernelReportedWrittenIsReadUntilALookCounts() async {
    await #expect(processExitsWith: .success) {
      let live = try await LiveAgent([
        "staled.json": #"{"version":1,"watch":{"settle":"1h","maxDelay":"1h"}}"#, "mapped": "1",
      ])
      let agent = live.agent
      let file = live.folder.at("mapped")
      try await live.make("t/mapped", of: ["file:mapped"])
      let descriptor = open(file.terminated, O_RDWR | O_CLOEXEC)
      let memory = mmap(nil, 1, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
      func put(_ character: Unicode.Scalar) { memory?.storeBytes(of: UInt8(ascii: character), as: UInt8.self) }
      func stat() -> StatFingerprint? { FileLook.status(of: file, following: true).map { StatFingerprint($0) } }
      while true {
        // The first write of a page is stamped; once the stamp is old enough to be trusted, it is looked at.
        put("2")
        guard let stamped = stat() else { break }
        while SystemTime.wall() < stamped.changed + 2 * FileLook.racyWindow(stamped) {}
        await agent.take([.modified("mapped")])
        _ = try await agent.sync()
        put("3")
        // The kernel may have written the page back meanwhile, and stamped it anew.
        if stat() == stamped { break }
      }
      await agent.take([.modified("mapped")])
      // The look at it comes too late: while it was under way the name was touched.
      let bus = await agent.bus
      bus.connect { confirmed in
        bus.connect { await agent.invalidateDependents(of: $0) }
        await agent.take([.renamed("mapped")])
        await agent.invalidateDependents(of: confirmed)
      }
      _ = try await agent.sync()
      #expect(try await live.state("t/mapped") != .fresh)
      _ = try await agent.sync()
      #expect(await agent.engine.lastLook(.file("mapped"))?.fingerprint == .digest(digest("3")))
      munmap(memory, 1)
      close(descriptor)
      await agent.end()
    }
  }
}
