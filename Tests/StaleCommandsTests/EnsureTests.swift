import FakeAgent
import Testing

@testable import StaleCommands

@Suite struct EnsureTests {
  static let stale: [String: FakeAgent.Answer] = [
    "POST /v1/check": Canned.check(Canned.entry("k", "stale")), "POST /v1/turns/n/k": Canned.turn(),
    "POST /v1/entries/n/k/mark": Canned.made(),
  ]

  func routes(_ agent: FakeAgent) -> [String] {
    agent.received.map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
  }

  @Test func freshMeansNothingIsRun() async throws {
    try await Scratch.withAgent(["POST /v1/check": Canned.check(Canned.entry("k", "fresh"))]) {
      (scratch, agent) async throws in
      let command = ["ensure", "n/k", "--", "sh", "-c", "touch \(scratch("ran"))"]
      #expect(try await scratch.stale(command) == Ended(0))
      #expect(scratch.read("ran") == nil)
      #expect(routes(agent) == ["POST /v1/check"])
    }
  }

  @Test func leaseThenCommandThenMark() async throws {
    try await Scratch.withAgent(Self.stale, files: ["sub/x": ""]) { (scratch, agent) async throws in
      let command = "echo out; echo err >&2; printf 'k: k.c\\n' > k.d"
      #expect(
        try await scratch.stale(
          "ensure", "n/k", "--dep", "x", "--depfile", scratch("sub/k.d"), "--out", "k.o", "--", "sh", "-c",
          "cd \(scratch("sub")) && { \(command); } 2>/dev/null", in: "sub")
          == Ended(0, "out\n"))
      #expect(routes(agent) == ["POST /v1/check", "POST /v1/turns/n/k", "POST /v1/entries/n/k/mark"])
      let mark = try #require(agent.received.last)
      for part in [
        #""lease":"L1""#, #""outputs":["file:sub\/k.o"]"#, #""dependencies":["file:sub\/x","file:sub\/k.c"]"#,
      ] {
        #expect(mark.contains(part), "\(mark)")
      }
    }
  }

  @Test func theLeaseIsTakenBeforeTheCommandStarts() async throws {
    var answers = Self.stale
    answers["POST /v1/turns/n/k"] = .problem(507, "the disk is full")
    try await Scratch.withAgent(answers) { (scratch, _) async throws in
      let ended = try await scratch.stale("ensure", "n/k", "--", "touch", scratch("ran"))
      #expect(ended == Ended(125, "", "stale: The disk is full.\n  Make room on the disk of the state directory.\n"))
      #expect(scratch.read("ran") == nil)
    }
  }

  @Test(
    arguments: [
      (["sh", "-c", "exit 7"], 7), (["sh", "-c", "kill -9 $$"], 137), (["/tmp"], 126), (["no-such-program-here"], 127),
      (["/no/such/program"], 127), (["false"], 1),
    ] as [([String], Int32)]) func theCommandsOwnEnd(_ command: [String], _ status: Int32) async throws
  {
    try await Scratch.withAgent(Self.stale) { (scratch, agent) async throws in
      #expect(try await scratch.stale(["ensure", "n/k", "--"] + command).status == status)
      #expect(routes(agent) == ["POST /v1/check", "POST /v1/turns/n/k"])
    }
    try await Scratch.with(["staled.json": "{}"]) { (scratch) async throws in
      #expect(try await scratch.stale(["ensure", "--no-agent=run", "n/k", "--"] + command).status == status)
    }
  }

  @Test func anEditMeanwhileIsAWarning() async throws {
    var answers = Self.stale
    answers["POST /v1/entries/n/k/mark"] = .problem(409, "it moved", ids: ["file:src/a.c", "env:CC"])
    try await Scratch.withAgent(answers) { (scratch, _) async throws in
      let warning = "warning: n/k is not recorded as fresh: it moved\n"
      #expect(try await scratch.stale("ensure", "n/k", "--", "true") == Ended(0, "", warning))
      #expect(try await scratch.stale("-q", "ensure", "n/k", "--", "true") == Ended(0))
    }
  }

  @Test func failuresOfItsOwn() async throws {
    var answers = Self.stale
    answers["POST /v1/entries/n/k/mark"] = .hangUp
    try await Scratch.withAgent(answers) { (scratch, agent) async throws in
      let lost = try await scratch.stale("ensure", "n/k", "--", "true")
      #expect(
        lost.status == 125
          && lost.errors.hasPrefix(
            "stale: The command succeeded, but n/k is not recorded as fresh: the agent ended meanwhile.\n  "),
        "\(lost)")
      let asked = agent.received.count
      #expect(try await scratch.stale("ensure", "n/k", "--depfile", "none.d", "--", "true").status == 125)
      #expect(agent.received.count == asked + 2)
      #expect(
        try await scratch.stale("ensure", "n/k", "--dep", "file:%zz", "--", "touch", scratch("ran")).status == 125)
      #expect(try await scratch.stale("ensure", "n/k").status == 125)
      #expect(try await scratch.stale("ensure", "n/k", "--").status == 125)
      #expect(scratch.read("ran") == nil)
    }
  }

  @Test func anAgentThatIsStartingIsWaitedFor() async throws {
    let status =
      #"{"state":"watching","clock":"1","workspace":"/w","pid":1,"version":"0","started":"","#
      + #""manifest":{"ok":true},"watches":1,"entries":{},"resources":0,"degraded":[]}"#
    try await Scratch.withAgent([
      "POST /v1/check": .problem(503, "starting"), "GET /v1/status": .reply(200, status),
    ]) { (scratch, agent) async throws in
      // It still says so when asked again: that is a failure, not a loop.
      #expect(try await scratch.stale("ensure", "n/k", "--", "true").status == 125)
      #expect(routes(agent) == ["POST /v1/check", "GET /v1/status", "POST /v1/check"])
    }
  }

  @Test func captureKeepsAndPrints() async throws {
    let hit = FakeAgent.Answer.reply(200, "kept", headers: [("cache-status", "staled; hit")])
    try await Scratch.withAgent(["GET /v1/cache/n/k": hit]) { (scratch, agent) async throws in
      #expect(try await scratch.stale("ensure", "n/k", "--capture", "--", "echo", "new") == Ended(0, "kept"))
      #expect(routes(agent) == ["GET /v1/cache/n/k"])
    }
    let miss = FakeAgent.Answer.reply(
      404, "{}", headers: [("cache-status", "staled; fwd=miss"), ("staled-lease", "unused")])
    let answers = [
      "GET /v1/cache/n/k": miss, "POST /v1/turns/n/k": Canned.turn("L2"), "PUT /v1/cache/n/k": Canned.made(),
    ]
    try await Scratch.withAgent(answers) { (scratch, agent) async throws in
      #expect(
        try await scratch.stale("ensure", "n/k", "--capture", "--dep", "a", "--out", "o", "--", "echo", "new")
          == Ended(0, "new\n"))
      #expect(
        agent.received == [
          "GET /v1/cache/n/k", "POST /v1/turns/n/k?value=true",
          "PUT /v1/cache/n/k?dep=file%3Aa&out=file%3Ao&keep=true&lease=L2 new\n",
        ])
      #expect(
        try await scratch.stale("ensure", "n/k", "--capture", "--", "sh", "-c", "echo x; exit 3") == Ended(3, "x\n"))
      #expect(agent.received.count == 5)
    }
  }

  @Test func aScriptWithoutAFirstLineIsGivenToTheShell() async throws {
    try await Scratch.with(["staled.json": "{}"]) { (scratch) async throws in
      try scratch.write("echo $1; exit 5\n", to: "script", executable: true)
      #expect(
        try await scratch.stale("ensure", "--no-agent=run", "n/k", "--", scratch("script"), "one") == Ended(5, "one\n"))
    }
  }
}
