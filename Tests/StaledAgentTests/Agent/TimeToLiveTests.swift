import Foundation
import Freshness
import Paths
import StaledAPI
import Testing

@testable import StaledAgent

/// Times to live and strategies, as the agent carries them out. In processes of their own: there is one watcher in each.
@Suite struct TimeToLiveTests {
  private static func put(_ live: LiveAgent, _ name: String, ttl: String? = nil, dependencies: [String] = [])
    async throws -> MadeReply
  {
    try await live.agent.write(
      try EntryName(name), value: ValueStream(Array("v".utf8)), CacheWrite(dependencies: dependencies, ttl: ttl))
  }

  @Test func anEntryExpiresByItselfAndIsTold() async {
    await #expect(processExitsWith: .success) {
      let live = try await LiveAgent(["staled.json": #"{"version":1,"namespaces":{"t":{"keepStale":"1h"}}}"#])
      let seq = await live.agent.recorder.seq
      let mailbox = await live.agent.bus.subscribe()
      _ = try await Self.put(live, "t/a", ttl: "20ms")
      for await _ in mailbox where try live.types(after: seq).contains(.expired) { break }
      let record = try #require(try live.records().last { $0.type == .expired })
      #expect(record.namespace == "t" && record.key == "a" && record.state == "expired" && record.was == "fresh")
      #expect(record.cause == "clock:ttl" && record.via == "entry:t/a" && record.depth == 0)
      #expect(try await live.state("t/a") == .expired)
      #expect(await live.agent.stats().expirations == 1)
      let name = try EntryName("t/a")
      guard case .miss(state: "expired", kept: true, _) = try await live.agent.read(name, sync: true, allowStale: false)
      else { throw ConnectionError(what: "it is served") }
      guard case .stale(_, state: "expired", _) = try await live.agent.read(name, sync: true, allowStale: true) else {
        throw ConnectionError(what: "it is not kept")
      }
      let entry = try #require(try await live.agent.entry(name, sync: false))
      #expect(entry.ttl == 0.02 && entry.expires != nil && entry.strategy == "hybrid")
      #expect(await live.agent.alarmed.steady != nil, "its value is to go")
      await live.agent.end()
    }
  }

  /// Nothing is waited for where nothing is due.
  @Test func nothingWakesWhileNothingIsDue() async {
    await #expect(processExitsWith: .success) {
      let live = try await LiveAgent([:])
      _ = try await Self.put(live, "t/a")
      #expect(await live.agent.alarmed.steady == nil)
      _ = try await Self.put(live, "t/b", ttl: "1h")
      let first = try #require(await live.agent.alarmed.steady)
      _ = try await Self.put(live, "t/c", ttl: "1m")
      #expect(try #require(await live.agent.alarmed.steady) < first)
      for name in ["t/b", "t/c"] { #expect(try await live.agent.delete(try EntryName(name))) }
      #expect(await live.agent.alarmed.steady == nil)
      await live.agent.end()
    }
  }

  @Test func whatIsNoTimeToLiveIsRefused() async {
    await #expect(processExitsWith: .success) {
      let live = try await LiveAgent([
        "staled.json": #"{"version":1,"namespaces":{"e":{"strategy":"event"},"m":{"strategy":"manual"}}}"#
      ])
      for (name, ttl) in [
        ("t/a", "-1"), ("t/a", "-5s"), ("t/a", "soon"), ("t/a", ""), ("t/a", "nan"), ("t/a", "1e300"), ("e/a", "1h"),
        ("m/a", "never"),
      ] {
        do {
          _ = try await Self.put(live, name, ttl: ttl)
          Issue.record("\(name) with a life of \(ttl) was stored")
        } catch let problem as Problem { #expect(problem.status == 422, "\(ttl)") }
        #expect(try await live.state(name) == .missing)
      }
      #expect(try await Self.put(live, "t/a", ttl: "0").state == "expired")
      for ttl in ["never", "90", "1.5", "1h30m"] { #expect(try await Self.put(live, "t/a", ttl: ttl).state == "fresh") }
      await live.agent.end()
    }
  }

  /// The manifest says what holds for a namespace, an entry, and from when it is edited.
  @Test func theManifestSaysWhatHolds() async {
    await #expect(processExitsWith: .success) {
      let live = try await LiveAgent([
        "staled.json": """
        {"version":1,"watch":{"settle":"1h","maxDelay":"1h"},"defaults":{"ttl":"1d"},
         "namespaces":{"n":{"strategy":"ttl","ttl":"1h"}},
         "entries":[{"key":"own","namespace":"n","ttl":"1m"},{"key":"none","namespace":"n","strategy":"event"}]}
        """, "f": "1",
      ])
      let expected: [(String, String, Double?)] = [
        ("t/a", "hybrid", 86400), ("n/a", "ttl", 3600), ("n/own", "ttl", 60), ("n/none", "event", nil),
      ]
      for (name, strategy, ttl) in expected {
        _ = try await Self.put(live, name, dependencies: ["file:f"])
        let entry = try #require(try await live.agent.entry(try EntryName(name), sync: false))
        #expect(entry.strategy == strategy && entry.ttl == ttl && (entry.expires == nil) == (ttl == nil), "\(name)")
      }
      try live.folder.write("f", "2")
      _ = try await live.agent.sync()
      for (name, state) in [("t/a", State.stale), ("n/a", .fresh), ("n/own", .fresh), ("n/none", .stale)] {
        #expect(try await live.state(name) == state, "\(name)")
      }
      try live.folder.write("staled.json", #"{"version":1,"namespaces":{"n":{"strategy":"hybrid"}}}"#)
      _ = try await live.agent.sync()
      #expect(try await live.state("n/a") == .stale)
      #expect(try await live.agent.entry(try EntryName("n/a"), sync: false)?.ttl == nil)
      await live.agent.end()
    }
  }
}
