import FakeAgent
import Paths
import Testing

@testable import StaleCommands

@Suite struct AgentTests {
  func starter(_ scratch: Scratch) throws -> AgentStarter {
    AgentStarter(workspace: try Workspace.find(named: scratch.path, from: "/", stateDirectory: nil))
  }

  @Test func itWaitsForTheNewline() async throws {
    try await Scratch.with { (scratch) async throws in
      try scratch.write(
        "#!/bin/sh\nexec >>\(scratch("seen"))\necho \"$@\"\nps -o sid= -p $$ | tr -d ' ' | grep -qx $$ && echo session\n"
          + "cat\necho >&3\n", to: "agent", executable: true)
      try scratch.write("", to: ".staled/x")
      try starter(scratch).launch(Path(scratch("agent")))
      #expect(scratch.read("seen")?.hasPrefix("--workspace \(scratch.path) --ready-fd 3\n") == true)
    }
  }

  @Test func itsLastWordsArePassedOn() async throws {
    try await Scratch.with { (scratch) async throws in
      try scratch.write("", to: ".staled/x")
      try scratch.write("earlier\n", to: ".staled/agent.log")
      try scratch.write(
        "#!/bin/sh\nprintf 'staled: staled.json:1:1: bad\\nmend it\\n' >&2\nexit 2\n", to: "agent", executable: true)
      let failure = #expect(throws: Failure.self) { try starter(scratch).launch(Path(scratch("agent"))) }
      #expect(failure?.what == "staled.json:1:1: bad")
      #expect(failure?.remedy == "mend it")
      #expect(failure?.status == .wrongUse)
      #expect(scratch.read(".staled/agent.log") == "earlier\nstaled: staled.json:1:1: bad\nmend it\n")
      try scratch.write("#!/bin/sh\nexit 70\n", to: "agent", executable: true)
      let silent = #expect(throws: Failure.self) { try starter(scratch).launch(Path(scratch("agent"))) }
      #expect(silent?.what == "The agent ended at once with status 70.")
      #expect(silent?.status == .refused)
    }
  }

  @Test func oneThatRunsIsEnough() async throws {
    let status =
      #"{"state":"watching","clock":"1","workspace":"/w","pid":1,"version":"0","started":"","#
      + #""manifest":{"ok":true},"watches":1,"entries":{},"resources":0,"degraded":[]}"#
    try await Scratch.withAgent(["GET /v1/status": .reply(200, status)]) { (scratch, _) async throws in
      #expect(try await starter(scratch).start() == .wasRunning)
      #expect(try await scratch.stale("start") == Ended(0, "staled is already watching /w  (pid 1)\n"))
    }
  }
}
