import FakeAgent
import Glibc
import Testing

@testable import StaleCommands

/// `stale doctor` on this machine: what is said of its limits and disks differs, so only what the test made is looked at.
@Suite struct DoctorCommandTests {
  @Test func withoutAnAgentTheRestIsChecked() async throws {
    try await Scratch.with(["staled.json": #"{"version":1}"#]) { (scratch) async throws in
      let ended = try await scratch.stale("doctor")
      #expect(ended.status != 3)
      #expect(ended.errors == "")
      #expect(ended.output.contains("✓ agent       none is running\n"))
      #expect(ended.output.contains("✓ manifest    staled.json is valid, 0 entries\n"))
      #expect(ended.output.contains("✓ state       there is no \(scratch.path)/.staled yet\n"))
      #expect(ended.output.contains("advice: No agent is running for this workspace.\n"))
      let json = try await scratch.stale("doctor", "--json").output
      #expect(
        json.contains(#"{"examples":[],"figure":"what it would say of itself is left out here","level":"advice","#))
      #expect(json.hasPrefix(#"{"findings":["#))
    }
  }

  @Test func whatTheManifestAndTheStateDirectoryLack() async throws {
    let files = [
      "staled.json": #"{"version":1,"entrys":[]}"#, ".staled/state.db": "",
      ".staled/agent.json": #"{"pid":4194305,"socket":"agent.sock","version":"1","started":"then"}"#,
    ]
    try await Scratch.with(files) { (scratch) async throws in
      for name in ["state.db", "agent.json"] { chmod(scratch(".staled/\(name)"), 0o644) }
      chmod(scratch(".staled"), 0o755)
      let ended = try await scratch.stale("doctor", "-q")
      #expect(ended.status == 1)
      #expect(
        ended.output.contains(
          """
          error: unknown member "entrys" in the manifest
            staled.json:1:14
            → did you mean "entries"?
          """), "\(ended.output)")
      #expect(ended.output.contains("→ chmod 700 '\(scratch(".staled"))'\n"))
      #expect(
        ended.output.contains("→ chmod 600 '\(scratch(".staled/agent.json"))' '\(scratch(".staled/state.db"))'\n"))
      #expect(ended.output.contains("if none is to run: rm '\(scratch(".staled/agent.json"))'\n"))
    }
  }

  @Test func anAgentIsAskedForAdvice() async throws {
    let status =
      #"{"state":"watching","clock":"c7","workspace":"/w","pid":4194305,"version":"0.1.0","started":"x","#
      + #""manifest":{"ok":true},"watches":1,"entries":{},"resources":4,"#
      + #""degraded":[{"what":"/mnt","reason":"emits nothing","remedy":"remount it"}]}"#
    let advice =
      #"{"advice":[{"kind":"noisy-cause","subject":"file:build.log","figure":"90 of 100 invalidations","#
      + #""message":"one file ends most entries","remedy":"leave it out with watch.ignore","examples":["n/app"]}]}"#
    try await Scratch.withAgent(["GET /v1/status": .reply(200, status), "GET /v1/advice": .reply(200, advice)]) {
      (scratch, _) async throws in
      let ended = try await scratch.stale("doctor")
      #expect(ended.status == 1)
      #expect(ended.output.contains("! agent       version 0.1.0, watching, pid 4194305, 1 watch\n"))
      #expect(ended.output.contains("warning: /mnt: emits nothing\n"))
      #expect(
        ended.output.contains(
          """
          advice: file:build.log: one file ends most entries
            90 of 100 invalidations
            - n/app
            → leave it out with watch.ignore
          """))
    }
    // One that has no advice to give, being older, is no less sound.
    try await Scratch.withAgent(["GET /v1/status": .reply(200, status)]) { (scratch, _) async throws in
      #expect(try await scratch.stale("doctor").output.contains("✓ use         nothing to improve\n"))
    }
    try await Scratch.withAgent(["GET /v1/status": .problem(503, "it is starting")]) { (scratch, _) async throws in
      #expect(try await scratch.stale("doctor").output.contains("✓ agent       it is starting or stopping\n"))
    }
    try await Scratch.withAgent(["GET /v1/status": .hangUp]) { (scratch, _) async throws in
      #expect(try await scratch.stale("doctor").output.contains("error: The agent's socket does not answer.\n"))
    }
  }
}
