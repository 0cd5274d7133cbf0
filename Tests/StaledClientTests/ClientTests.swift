import FakeAgent
import StaledAPI
import Synchronization
import Testing

@testable import StaledClient

@Suite struct ClientTests {
  /// Runs `body` with a client of an agent that gives `answer` to everything.
  @discardableResult
  func withClient<Result>(
    _ answer: @escaping @Sendable (FakeAgent.Request) -> FakeAgent.Answer,
    _ body: (StaledClient, FakeAgent) async throws -> Result
  ) async throws -> Result {
    try await Scratch.with { (scratch) async throws in
      try await FakeAgent.listening(on: scratch("s"), answer: answer) { agent in
        try await body(StaledClient(socket: scratch("s"), patience: .seconds(20)), agent)
      }
    }
  }

  @Test func everyRouteAsItIsAskedFor() async throws {
    let made = #"{"namespace":"n","key":"k","state":"fresh","digest":"sha256:00","created":true,"unknown":[]}"#
    let entry = #"{"namespace":"n","key":"k","state":"fresh","tags":[],"hits":0,"declared":true}"#
    let replies: [String: String] = [
      "GET /v1/status":
        #"{"state":"watching","clock":"1","workspace":"/w","pid":1,"version":"0","started":"","manifest":{"ok":true},"watches":1,"entries":{},"resources":0,"degraded":[]}"#,
      "POST /v1/sync": #"{"clock":"c"}"#,
      "POST /v1/leases": #"{"lease":"L","clock":"c"}"#,
      "POST /v1/check": #"{"entries":[\#(entry)]}"#,
      "POST /v1/invalidate": #"{"seq":1,"invalidated":0,"matched":0,"entries":[],"truncated":false}"#,
      "GET /v1/graph?format=json&id=entry%3An%2Fk&depth=2": #"{"nodes":[],"edges":[]}"#,
      "GET /v1/why/n/k?sync=true": #"{"namespace":"n","key":"k","state":"fresh","chain":[]}"#,
      "GET /v1/entries/n/k": entry,
      "GET /v1/entries?namespace=n&tag=t&state=stale&limit=5&cursor=x": #"{"entries":[\#(entry)],"next":"y"}"#,
      "PUT /v1/cache/n/k?dep=file%3Aa&out=file%3Ao&tag=t&ttl=9s&lease=L": made,
      "POST /v1/entries/n/k/mark": made,
      "DELETE /v1/cache/n/k": #"{"deleted":true}"#,
    ]
    try await withClient { request in
      replies["\(request.method) \(request.target)"].map { .reply(200, $0) } ?? .problem(404, "no route")
    } _: { (client, agent) async throws in
      #expect(try await client.status().state == "watching")
      #expect(try await client.sync().clock == "c")
      #expect(try await client.lease().lease == "L")
      #expect(try await client.check(["n/k"]).entries.map(\.state) == ["fresh"])
      var invalidate = InvalidateRequest()
      invalidate.tags = ["t"]
      #expect(try await client.invalidate(invalidate).matched == 0)
      #expect(try await client.graph(around: "entry:n/k", depth: 2).nodes.isEmpty)
      #expect(try await client.why(namespace: "n", key: "k").chain.isEmpty)
      #expect(try await client.entry(namespace: "n", key: "k").declared)
      let filter = EntryFilter(namespace: "n", tag: "t", state: "stale", limit: 5)
      #expect(try await client.entries(filter, cursor: "x").next == "y")
      let stored = try await client.setValue(
        Array("value".utf8), namespace: "n", key: "k", dependencies: ["file:a"], outputs: ["file:o"], tags: ["t"],
        ttl: "9s", lease: "L")
      #expect(stored.created)
      #expect(try await client.mark(namespace: "n", key: "k", MarkRequest(lease: "L")).key == "k")
      #expect(try await client.delete(namespace: "n", key: "k").deleted)
      let bodies = agent.received.filter { $0.hasSuffix("}") || $0.hasSuffix("value") }
      #expect(
        bodies == [
          #"POST /v1/check {"entries":["n\/k"]}"#, #"POST /v1/invalidate {"tags":["t"]}"#,
          "PUT /v1/cache/n/k?dep=file%3Aa&out=file%3Ao&tag=t&ttl=9s&lease=L value",
          #"POST /v1/entries/n/k/mark {"lease":"L"}"#,
        ])
    }
  }

  @Test func valuesHitAndMissed() async throws {
    try await withClient { request in
      switch request.target {
      case "/v1/cache/n/hit":
        .reply(200, "bytes", headers: [("cache-status", "staled; hit"), ("staled-state", "fresh")])
      case "/v1/cache/n/old?stale=allow":
        .reply(200, "old", headers: [("cache-status", "staled; fwd=stale"), ("staled-state", "stale")])
      case "/v1/cache/n/miss":
        .reply(404, "{}", headers: [("cache-status", "staled; fwd=miss"), ("staled-lease", "L7")])
      default: .problem(404, "the namespace is bad")
      }
    } _: { (client, _) async throws in
      #expect(
        try await client.value(namespace: "n", key: "hit")
          == CachedValue(bytes: Array("bytes".utf8), state: "fresh", isHit: true, lease: nil))
      #expect(
        try await client.value(namespace: "n", key: "old", allowingStale: true)
          == CachedValue(bytes: Array("old".utf8), state: "stale", isHit: false, lease: nil))
      #expect(
        try await client.value(namespace: "n", key: "miss")
          == CachedValue(bytes: nil, state: nil, isHit: false, lease: "L7"))
      await #expect(throws: ClientError.self) { try await client.value(namespace: "n", key: "elsewhere") }
    }
  }

  @Test func problemsAreTyped() async throws {
    try await withClient { _ in
      .problem(409, "src/a.c changed", ids: ["file:src/a.c"])
    } _: { (client, _) async throws in
      let expected = Problem("x", title: "T", status: 409, detail: "src/a.c changed", ids: ["file:src/a.c"])
      await #expect(throws: ClientError.refused(expected)) { try await client.lease() }
    }
    try await withClient { _ in
      .reply(503, "", headers: [("retry-after", "3")])
    } _: { (client, _) async throws in
      let expected = Problem(
        "http", title: "Service Unavailable", status: 503, detail: "the agent answered with status 503", retryAfter: 3)
      await #expect(throws: ClientError.refused(expected)) { try await client.sync() }
    }
  }

  @Test func nobodyListens() async throws {
    try await Scratch.with(["file": ""]) { (scratch) async throws in
      for name in ["absent", "file", "file/below"] {
        let client = StaledClient(socket: scratch(name))
        await #expect(throws: ClientError.noAgent(socket: scratch(name))) { try await client.status() }
      }
      let long = scratch(String(repeating: "x", count: 120))
      // No socket can have that path, so no agent listens there.
      await #expect(throws: ClientError.noAgent(socket: long)) { try await StaledClient(socket: long).status() }
    }
  }

  @Test func repliesThatNeverCome() async throws {
    try await withClient { _ in
      .hangUp
    } _: { (client, _) async throws in
      await #expect(throws: ClientError.disconnected(request: "GET /v1/status")) { try await client.status() }
    }
    try await withClient { _ in
      .silence
    } _: { (client, _) async throws in
      var client = client
      client.patience = .milliseconds(20)
      await #expect(throws: ClientError.timedOut(request: "POST /v1/sync", seconds: 0)) { try await client.sync() }
    }
    try await withClient { _ in
      .reply(200, "{\"clock\":7}")
    } _: { (client, _) async throws in
      let error = await #expect(throws: ClientError.self) { try await client.sync() }
      guard case .notUnderstood(request: "POST /v1/sync", _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test func whoeverWaitsIsToldOnce() async throws {
    try await withClient { _ in
      .silence
    } _: { (client, _) async throws in
      let told = Mutex(0)
      var client = client
      client.patience = .milliseconds(300)
      client.noticed = .milliseconds(1)
      client.whenSilent = { told.withLock { $0 += 1 } }
      let silent = client
      await #expect(throws: ClientError.timedOut(request: "POST /v1/sync", seconds: 0)) {
        _ = try await silent.sync()
      }
      #expect(told.withLock { $0 } == 1)
    }
  }

  @Test func whoeverIsAnsweredIsNotTold() async throws {
    try await withClient { _ in
      .reply(200, #"{"clock":"c"}"#)
    } _: { (client, _) async throws in
      let told = Mutex(0)
      var client = client
      client.whenSilent = { told.withLock { $0 += 1 } }
      _ = try await client.sync()
      #expect(told.withLock { $0 } == 0)
    }
  }

  @Test func bodiesOfMegabytes() async throws {
    let value = [UInt8](repeating: 97, count: 8 << 20)
    try await withClient { request in
      .reply(413, "{\"type\":\"t\",\"title\":\"too large\",\"status\":413,\"detail\":\"\(request.body.utf8.count)\"}")
    } _: { (client, _) async throws in
      var problem = Problem("", title: "too large", status: 413, detail: "8388608")
      problem.type = "t"
      await #expect(throws: ClientError.refused(problem)) {
        try await client.setValue(value, namespace: "n", key: "k")
      }
    }
  }

  @Test func theLogLineByLine() async throws {
    let text = """
      {"seq":1,"time":"t","type":"started"}
      {"seq":2,"time":"t","type":"batch"}

      {"seq":3,"time":"t","type":"stopped"}

      """
    try await withClient { _ in
      .reply(200, text)
    } _: { (client, agent) async throws in
      let seen = try await client.withLog(since: 0, follow: true, types: [.started, .batch]) { lines in
        var seen: [UInt64] = []
        for try await line in lines { seen.append(try line.record().seq) }
        return seen
      }
      #expect(seen == [1, 2, 3])
      #expect(agent.received == ["GET /v1/log?since=0&follow=true&type=started&type=batch"])
    }
    try await withClient { _ in
      .problem(422, "no such type")
    } _: { (client, _) async throws in
      await #expect(throws: ClientError.self) { try await client.withLog { _ in } }
    }
  }

  @Test func whereTheAgentIs() async throws {
    let file = #"{"pid":12,"socket":"/run/user/1/staled/ab.sock","version":"1","started":"t"}"#
    try await Scratch.with(["a/.staled/agent.json": file, "b/.staled/x": ""]) { (scratch) async throws in
      #expect(AgentLocation(workspace: scratch("a")).socket == "/run/user/1/staled/ab.sock")
      #expect(AgentLocation(workspace: scratch("a")).agentFile?.pid == 12)
      #expect(AgentLocation(workspace: scratch("b")).socket == scratch("b/.staled/agent.sock"))
      #expect(AgentLocation(workspace: "/w", override: "/var/s").stateDirectory == "/var/s")
      #expect(AgentLocation(workspace: "/w", override: "s").stateDirectory == "/w/s")
      #expect(AgentLocation(workspace: "/w", override: "").stateDirectory == "/w/.staled")
      #expect(AgentLocation(workspace: "/").stateDirectory == "/.staled")
    }
  }
}
