import Foundation
import StaledAPI
import Testing

/// States are not only believed. The one change that the kernel cannot tell of: a write through a hard link, made outside
/// the watched folders after the file came to be tracked.
@Suite struct VerifyTests {
  /// A file, an entry made of it and one made of that; one more beside it; and the file's name outside.
  private static func workspace() throws -> (Workspace, outside: Workspace) {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#, "a.txt": "1", "b.txt": "1"])
    let outside = try Workspace()
    try workspace.start()
    #expect(try workspace.stale("mark", "t/a", "--dep", "a.txt").status == 0)
    #expect(try workspace.stale("mark", "t/b", "--dep", "b.txt").status == 0)
    #expect(try workspace.stale("mark", "t/app", "--dep", "entry:t/a").status == 0)
    #expect(try workspace.stale("verify").status == 0)
    try FileManager.default.linkItem(at: workspace.url("a.txt"), to: outside.url("a"))
    return (workspace, outside)
  }

  /// Writes without a new file in its place.
  private static func overwrite(_ file: URL, _ text: String) throws {
    let handle = try FileHandle(forWritingTo: file)
    try handle.write(contentsOf: Data(text.utf8))
    try handle.close()
  }

  @Test func whatNoEventToldOfIsFoundWithEvidenceAndInvalidated() throws {
    let (workspace, outside) = try Self.workspace()
    try Self.overwrite(outside.url("a"), "2")
    let verified = try workspace.stale("verify", "--json")
    #expect(verified.status == 1)
    let reply = try JSONDecoder().decode(VerifyReply.self, from: verified.output)
    let violation = try #require(reply.violations?.first)
    #expect(reply.violations?.count == 1 && reply.entries == 3)
    #expect(violation.id == "file:a.txt" && violation.entries == ["t/a", "t/app"])
    #expect(violation.expected.hasPrefix("sha256:6b86b273") && violation.found.hasPrefix("sha256:d4735e3a"))
    #expect(try workspace.states() == ["t/a": "stale", "t/app": "suspect", "t/b": "fresh"])
    let error = try #require(try workspace.log().first { $0.type == .error })
    #expect(error.resource == "file:a.txt" && error.from == violation.expected && error.to == violation.found)
    let stats = try JSONDecoder().decode(Stats.self, from: try workspace.stale("stats", "--json").output)
    #expect(stats.violations == 1 && stats.verified > 0)
    // It is told once; what holds now is verified anew.
    #expect(try workspace.stale("mark", "t/a", "--dep", "a.txt").status == 0)
    #expect(
      try workspace.stale("verify").text == "2 fresh entries, resting on 2 resources: all is as it was taken to be\n")
  }

  @Test func theAgentFindsItByItselfAfterSyncs() throws {
    let (workspace, outside) = try Self.workspace()
    try Self.overwrite(outside.url("a"), "2")
    // Each sync earns the agent a few looks, in turn: with two files the next round has it.
    var rounds = 0
    while rounds < 500, !(try workspace.log().contains { $0.type == .error }) {
      try workspace.stale("sync")
      rounds += 1
    }
    #expect(rounds < 500)
    #expect(try workspace.states() == ["t/a": "stale", "t/app": "suspect", "t/b": "fresh"])
    #expect(try workspace.json("GET", "/v1/stats")["violations"] as? Int == 1)
  }

  @Test func editsThatTheKernelToldOfAreNoViolations() throws {
    let workspace = try CascadeTests.workspace()
    try workspace.start()
    try CascadeTests.makeAll(workspace)
    for round in 0..<20 {
      try workspace.write("src/util.c", "round \(round)")
      #expect(try workspace.stale("verify").status == 0)
    }
    let stats = try workspace.json("GET", "/v1/stats")
    #expect(stats["violations"] as? Int == 0)
    #expect(try workspace.log().filter { $0.type == .error } == [])
  }

  @Test func whatIsNamedIsVerifiedAndWhatIsWrongUsedIsSaid() throws {
    let (workspace, outside) = try Self.workspace()
    _ = outside
    let two = try workspace.stale("verify", "t/a", "t/b", "--json").json
    #expect(two["entries"] as? Int == 2 && two["of"] as? Int == 2)
    #expect(try workspace.stale("verify", "--sample", "1", "--json").json["entries"] as? Int == 1)
    #expect(try workspace.stale("verify", "nobody/knows").status == 1)
    #expect(try workspace.stale("verify", "--sample", "0").status == 2)
    #expect(try workspace.http("POST", "/v1/verify", body: #"{"sample":0}"#).status == 422)
    #expect(try workspace.http("POST", "/v1/verify", body: #"{"entries":["nobody/knows"]}"#).status == 404)
    #expect(try workspace.stale("invalidate", "t/b").status == 0)
    let ended = try workspace.stale("verify", "t/b")
    #expect(ended.status == 1 && ended.errors.contains("t/b is not fresh"))
  }

  @Test func progressComesLineByLineToWhoAsksForIt() throws {
    let (workspace, outside) = try Self.workspace()
    _ = outside
    let reply = try workspace.http("POST", "/v1/verify", headers: ["Accept: application/x-ndjson"])
    #expect(reply.headers["content-type"] == "application/x-ndjson")
    let lines = try reply.body.split(separator: "\n").map {
      try JSONDecoder().decode(VerifyReply.self, from: Data($0.utf8))
    }
    #expect(lines.dropLast().allSatisfy { $0.violations == nil })
    #expect(lines.last?.violations == [] && lines.last?.verified == lines.last?.of)
  }

  @Test func aDamagedValueIsFoundAndNotServed() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#])
    try workspace.start()
    let value = String(repeating: "all work and no play ", count: 5_000)
    #expect(try workspace.stale("set", "t/long", input: value).status == 0)
    #expect(workspace.stop() == 0)
    let database = workspace.url(".staled/state.db")
    var bytes = try Data(contentsOf: database)
    let place = try #require(bytes.range(of: Data("work and no play all work".utf8), options: .backwards))
    bytes[place.lowerBound] = UInt8(ascii: "W")
    try bytes.write(to: database)
    try workspace.start()
    let verified = try workspace.stale("verify", "--json")
    let violation = try JSONDecoder().decode(VerifyReply.self, from: verified.output).violations?.first
    #expect(verified.status == 1)
    #expect(violation?.id == "entry:t/long" && violation?.found == "damaged")
    #expect(try workspace.stale("get", "t/long").status == 1)
    #expect(try workspace.states() == ["t/long": "stale"])
  }

  /// Whoever asks for an entry has the files it rests on glanced at: what `stat` tells needs no event.
  @Test func whoAsksIsNotDeceivedByALinkMadeLater() throws {
    let (workspace, outside) = try Self.workspace()
    try Self.overwrite(outside.url("a"), "2")
    #expect(try workspace.stale("check", "t/a", "t/app", "t/b").text == "t/a  stale\nt/app  suspect\nt/b  fresh\n")
    // That name is watched from then on.
    try Self.overwrite(outside.url("a"), "1")
    #expect(try workspace.states() == ["t/a": "fresh", "t/app": "fresh", "t/b": "fresh"])
    #expect(try workspace.json("GET", "/v1/stats")["violations"] as? Int == 0)
  }

  @Test func filesThatAreCutOffAndWrittenAllTheTimeAreNoViolations() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#])
    try workspace.start()
    for index in 0..<50 {
      try workspace.write("f\(index)", "0")
      #expect(try workspace.stale("mark", "t/\(index)", "--dep", "f\(index)").status == 0)
    }
    let writer = Process()
    writer.executableURL = URL(fileURLWithPath: "/bin/sh")
    writer.arguments = [
      "-c", "while :; do for f in \"$1\"/f*; do echo x > \"$f\"; done; done", "sh", workspace.folder.path,
    ]
    try writer.run()
    defer {
      kill(writer.processIdentifier, SIGKILL)
      writer.waitUntilExit()
    }
    for _ in 0..<10 {
      let verified = try workspace.stale("verify", "--json")
      #expect(try JSONDecoder().decode(VerifyReply.self, from: verified.output).violations == [])
    }
    #expect(try workspace.log().filter { $0.type == .error } == [])
  }
}
