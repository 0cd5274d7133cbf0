import FakeAgent
import Testing

@testable import StaleCommands

@Suite struct UpkeepTests {
  static let going = #"{"done":0,"of":2}"# + "\n" + #"{"done":1,"of":2}"# + "\n"

  @Test func warmTellsWhatCouldNotBeMade() async throws {
    let good = #"{"done":2,"of":2,"failed":[]}"#
    let bad =
      #"{"done":2,"of":2,"unable":["n/c"],"failed":[{"entry":"n/b","reason":"it ended with status 1: cat:\nno file"}]}"#
    let cases: [(reply: String, arguments: [String], ended: Ended)] = [
      (Self.going + good, [], Ended(0, "2 entries made\n")),
      (good, ["-q"], Ended(0)),
      (good, ["--json"], Ended(0, #"{"done":2,"failed":[],"of":2}"# + "\n")),
      (#"{"done":0,"of":0,"failed":[]}"#, [], Ended(0, "everything is fresh\n")),
      (
        #"{"done":0,"of":0,"failed":[],"unable":["n/c"]}"#, ["--namespace", "n"],
        Ended(1, "nothing could be made\n", "warning: n/c is not fresh, and has no refresh command\n")
      ),
      (
        Self.going + bad, [],
        Ended(
          1, "failed n/b  it ended with status 1: cat: no file\n1 entry made, 1 could not be made\n",
          "warning: n/c is not fresh, and has no refresh command\n")
      ),
      (bad, ["-q"], Ended(1, "failed n/b  it ended with status 1: cat: no file\n")),
    ]
    for (reply, arguments, ended) in cases {
      try await Scratch.withAgent(["POST /v1/warm": .reply(200, reply + "\n")]) { (scratch, _) async throws in
        #expect(try await scratch.stale(["warm"] + arguments) == ended)
      }
    }
  }

  @Test func warmSaysWhatIsMeant() async throws {
    let answers = ["POST /v1/warm": FakeAgent.Answer.reply(200, #"{"done":0,"of":0,"failed":[]}"# + "\n")]
    try await Scratch.withAgent(answers) { (scratch, agent) async throws in
      #expect(try await scratch.stale("warm").status == 0)
      #expect(try await scratch.stale("warm", "-n", "a", "--namespace", "b", "--tag", "t").status == 0)
      #expect(try await scratch.stale("warm", "--hot", "5").status == 0)
      #expect(try await scratch.stale("warm", "--hot", "0").status == 2)
      #expect(agent.received.first == "POST /v1/warm {}")
      #expect(agent.received.last == #"POST /v1/warm {"hot":5}"#)
      #expect(agent.received.contains { $0.contains(#""namespaces":["a","b"]"#) && $0.contains(#""tags":["t"]"#) })
    }
  }

  @Test func anAgentThatEndsInTheMiddleHasNotMadeEverything() async throws {
    try await Scratch.withAgent(["POST /v1/warm": .reply(200, Self.going)]) { (scratch, _) async throws in
      #expect(try await scratch.stale("warm").status == 4)
    }
    try await Scratch.withAgent(["POST /v1/warm": .reply(200, "{}\n")]) { (scratch, _) async throws in
      #expect(try await scratch.stale("warm").status == 4)
    }
    try await Scratch.with(["staled.json": "{}"]) { (scratch) async throws in
      #expect(try await scratch.stale("warm").status == 3)
    }
  }

  @Test(
    arguments: [
      (0, 4, 80, "warming  ──────────────────────────────    0 %  0 of 4"),
      (1, 4, 80, "warming  ━━━━━━━───────────────────────   25 %  1 of 4"),
      (4, 4, 80, "warming  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  100 %  4 of 4"),
      (0, 0, 80, "warming  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  100 %  0 of 0"),
      (9, 4, 80, "warming  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  100 %  4 of 4"),
      (1, 2, 34, "warming  ━━━━─────   50 %  1 of 2"),
      (1, 2, 28, "warming  50 %  1 of 2"),
      (1, 2, 12, "warming  5…"),
    ] as [(Int, Int, Int, String)])
  func progressFitsTheTerminal(_ done: Int, _ all: Int, _ columns: Int, _ expected: String) {
    let line = Progress.line("warming", done, of: all, columns: columns)
    #expect(line == expected)
    #expect(line.count < columns)
  }
}
