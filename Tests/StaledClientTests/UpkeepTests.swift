import FakeAgent
import StaledAPI
import Testing

@testable import StaledClient

@Suite struct UpkeepTests {
  static let going = #"{"done":0,"of":2}"# + "\n" + #"{"done":1,"of":2}"# + "\n"

  /// A client of an agent that answers so.
  private func asking(_ reply: String, _ body: (StaledClient, FakeAgent) async throws -> Void) async throws {
    try await Scratch.with { (scratch) async throws in
      try await FakeAgent.listening(on: scratch("s")) { _ in
        .reply(200, reply)
      } _: { agent in
        try await body(StaledClient(socket: scratch("s")), agent)
      }
    }
  }

  @Test func warmingTellsHowFarItIs() async throws {
    let end = #"{"done":2,"of":2,"unable":["n/c"],"failed":[{"entry":"n/b","reason":"r"}]}"#
    try await asking(Self.going + end + "\n") { (client, agent) async throws in
      var seen: [Int] = []
      let last = try await client.warm(WarmRequest(tags: ["t"])) { seen.append($0.done) }
      #expect(seen == [0, 1])
      #expect(last == WarmReply(done: 2, of: 2, unable: ["n/c"], failed: [.init(entry: "n/b", reason: "r")]))
      #expect(agent.received == [#"POST /v1/warm {"tags":["t"]}"#])
    }
  }

  @Test func warmingThatBreaksOffIsNoSuccess() async throws {
    try await asking(Self.going) { (client, _) async throws in
      await #expect(throws: ClientError.disconnected(request: "POST /v1/warm")) { try await client.warm() }
    }
    try await asking("{}\n") { (client, _) async throws in
      let error = await #expect(throws: ClientError.self) { try await client.warm() }
      guard case .notUnderstood(request: "POST /v1/warm", _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test func advice() async throws {
    let reply =
      #"{"advice":[{"kind":"broad-tag","subject":"t","figure":"9 of 9","message":"m","remedy":"r","examples":["n/a"]}]}"#
    try await asking(reply) { (client, agent) async throws in
      #expect(
        try await client.advice().advice == [
          AdviceReply.Item(
            kind: .broadTag, subject: "t", figure: "9 of 9", message: "m", remedy: "r", examples: ["n/a"])
        ])
      #expect(agent.received == ["GET /v1/advice"])
    }
  }
}
