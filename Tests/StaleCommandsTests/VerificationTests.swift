import FakeAgent
import Testing

@testable import StaleCommands

@Suite struct VerificationTests {
  private static let old = "sha256:" + String(repeating: "a", count: 64)
  private static let new = "sha256:" + String(repeating: "b", count: 64)

  @Test func verifyTellsWhatIsWrongWithItsEvidence() async throws {
    let going = #"{"verified":1,"of":3,"entries":2}"#
    let good = #"{"verified":3,"of":3,"entries":2,"violations":[]}"#
    let bad =
      #"{"verified":3,"of":3,"entries":2,"notFresh":["n/b"],"violations":[{"id":"file:src/a.c","expected":"\#(Self.old)","#
      + #""found":"\#(Self.new)","entries":["n/a","n/app"]}]}"#
    let cases: [(reply: String, arguments: [String], ended: Ended)] = [
      ("\(going)\n\(good)\n", [], Ended(0, "2 fresh entries, resting on 3 resources: all is as it was taken to be\n")),
      ("\(good)\n", ["-q"], Ended(0)),
      ("\(good)\n", ["--json"], Ended(0, #"{"entries":2,"of":3,"verified":3,"violations":[]}"# + "\n")),
      (
        "\(bad)\n", ["n/a", "n/b"],
        Ended(
          1,
          """
          wrong src/a.c  aaaaaaaa → bbbbbbbb
            was served as fresh: n/a
            was served as fresh: n/app
          2 fresh entries, resting on 3 resources: 1 is wrong

          """, "warning: n/b is not fresh: there is nothing to verify\n")
      ),
    ]
    for (reply, arguments, ended) in cases {
      try await Scratch.withAgent(["POST /v1/verify": .reply(200, reply)]) { (scratch, _) async throws in
        #expect(try await scratch.stale(["verify"] + arguments) == ended)
      }
    }
  }

  @Test func anAgentThatEndsInTheMiddleHasProvenNothing() async throws {
    let going = #"{"verified":1,"of":3,"entries":2}"# + "\n"
    try await Scratch.withAgent(["POST /v1/verify": .reply(200, going)]) { (scratch, _) async throws in
      #expect(try await scratch.stale("verify").status == 4)
    }
  }
}
