import Foundation
import StaledAPI
import Testing

/// What is wrong is said, and nothing that was acknowledged is lost by it.
@Suite struct BadInputTests {
  @Test func aFullDiskIsReportedAndReadingGoesOn() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#, "a": "1"])
    let runtime = try Workspace()
    // The path is too long for a socket, which therefore lies outside the small file system.
    let state = workspace.url(String(repeating: "s", count: 100))
    try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
    let mounting = "mount -t tmpfs -o size=3m tmpfs '\(state.path)' && exec \"$@\""
    let probe = try run(
      URL(fileURLWithPath: "/usr/bin/unshare"), ["-rm", "sh", "-c", mounting, "sh", "true"], in: workspace.folder)
    guard probe.status == 0 else {
      print("SKIPPED: no small file system can be mounted here: \(probe.errors)")
      return
    }
    try workspace.start(
      ["STALED_DIR": state.appendingPathComponent("d").path, "XDG_RUNTIME_DIR": runtime.folder.path],
      wrapper: ["/usr/bin/unshare", "-rm", "sh", "-c", mounting, "sh"])
    let sockets = try FileManager.default.contentsOfDirectory(atPath: runtime.url("staled").path)
    let socket = runtime.url("staled/\(try #require(sockets.first))").path
    func ask(_ arguments: [String], _ path: String, _ body: Data = Data()) throws -> (status: Int, body: String) {
      let curl = URL(fileURLWithPath: "/usr/bin/curl")
      let all = ["-sS", "-w", "\n%{http_code}", "--unix-socket", socket] + arguments + ["http://staled\(path)"]
      let lines = try run(curl, all, input: body).text.split(separator: "\n", omittingEmptySubsequences: false)
      return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"))
    }
    let put = ["-X", "PUT", "--data-binary", "@-"]
    #expect(try ask(put, "/v1/cache/n/small?dep=file:a", Data("small".utf8)).status == 201)
    let large = try ask(put, "/v1/cache/n/large", Data(repeating: 7, count: 8 << 20))
    #expect(large.status == 507, "\(large)")
    #expect(large.body.contains("disk-full"))
    #expect(try ask([], "/v1/cache/n/small").body == "small")
    #expect(try ask([], "/v1/cache/n/large").status == 404)
    #expect(try ask(["-X", "POST"], "/v1/sync").status == 200)
    #expect(try ask(put, "/v1/cache/n/other", Data("other".utf8)).status == 201, "there is room for small things")
    #expect(try ask([], "/v1/cache/n/other").body == "other")
    try workspace.write("a", "2")
    #expect(try ask([], "/v1/cache/n/small").status == 404)
    #expect(workspace.stop() == 0)
  }

  @Test func namesHaveLimits() throws {
    let workspace = try HTTPTests.running()
    let long = String(repeating: "k", count: 4096)
    #expect(try workspace.http("PUT", "/v1/cache/n/\(long)", body: "v").status == 201)
    #expect(try workspace.http("PUT", "/v1/cache/n/\(long)k", body: "v").status == 422)
    #expect(try workspace.http("PUT", "/v1/cache/\(String(repeating: "n", count: 256))/k", body: "v").status == 422)
    #expect(try workspace.http("PUT", "/v1/cache/n/%00", body: "v").status == 422)
    #expect(try workspace.http("PUT", "/v1/cache/n/%zz", body: "v").status == 400)
    #expect(try workspace.http("PUT", "/v1/cache/n/%C3%BC/%2F", body: "v").status == 201)
    #expect(try workspace.http("GET", "/v1/cache/n/%C3%BC/%2F").body == "v")
  }

  @Test(arguments: [
    #"{"version":2}"#, #"{"version":1,}"#, "[]", "", #"{"version":1,"entries":[{"key":"a","entries":["a"]}]}"#,
    #"{"version":1,"version":1}"#, #"{"version":1,"watch":{"settle":"5 parsecs"}}"#,
    #"{"version":1,"rules":[{"files":"src/{a}.c","key":"{b}"}]}"#,
    #"{"version":1,"entries":[{"key":"a","files":["["]}]}"#,
  ]) func brokenManifestsEndWith2AndAPlace(manifest: String) throws {
    let workspace = try Workspace(["staled.json": manifest])
    for ended in [
      try run(Binaries.agent, ["--workspace", workspace.folder.path]), try workspace.stale("validate"),
      try workspace.stale("start"),
    ] {
      #expect(ended.status == 2, "\(ended)")
      #expect(ended.errors.contains("staled.json:1:"), "\(ended)")
    }
  }

  @Test func whatCannotBeReadIsNeverOpenedOrFresh() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#])
    #expect(mkfifo(workspace.url("pipe").path, 0o600) == 0)
    try workspace.start()
    #expect(try workspace.stale("mark", "fifo", "--dep", "pipe").status == 0)
    #expect(try workspace.stale("mark", "device", "--dep", "/dev/zero").status == 0)
    #expect(try workspace.stale("mark", "folder", "--dep", "/proc").status == 0)
    #expect(try workspace.stale("check", "fifo", "device", "folder").status == 0)
    let entry = try workspace.json("GET", "/v1/entries/default/fifo")
    #expect((entry["dependencies"] as? [[String: Any]])?.first?["current"] as? String == "special")
  }

  @Test func theLogCanBeTakenAwayAndTheStateToo() throws {
    let workspace = try CascadeTests.workspace()
    try workspace.start()
    try CascadeTests.makeAll(workspace)
    try workspace.remove(".staled/invalidations.ndjson")
    try workspace.write("src/util.c", "changed")
    #expect(try workspace.fresh() == ["build/obj/main.o"])
    try workspace.write("src/util.c", "changed again")
    try workspace.stale("sync")
    #expect(try workspace.log().contains { $0.type == .change })
    try workspace.remove(".staled")
    try workspace.write("src/main.c", "changed")
    #expect(workspace.waitForEnd() == 0)
    try workspace.start()
    #expect(try workspace.fresh() == [])
  }

  @Test func aFileThatIsWrittenAllTheTimeHoldsUpNobody() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#, "busy": "", "calm": ""])
    try workspace.start()
    #expect(try workspace.stale("mark", "busy", "--dep", "busy").status == 0)
    #expect(try workspace.stale("mark", "calm", "--dep", "calm").status == 0)
    let writer = Process()
    writer.executableURL = URL(fileURLWithPath: "/bin/sh")
    writer.arguments = ["-c", "while :; do echo x >> busy; sleep 0.001; done"]
    writer.currentDirectoryURL = workspace.folder
    try writer.run()
    defer {
      // Not SIGTERM: a child inherits that this thread blocks it.
      kill(writer.processIdentifier, SIGKILL)
      writer.waitUntilExit()
    }
    #expect(try workspace.stale("sync").status == 0)
    #expect(try workspace.stale("check", "busy").status == 1)
    #expect(try workspace.stale("check", "calm").status == 0)
    #expect(try workspace.stale("get", "busy").status == 1)
  }

  @Test func nothingCanRestOnTheAgentsOwnState() throws {
    let workspace = try Workspace([
      "staled.json": #"{"version":1,"entries":[{"key":"declared","files":[".staled/note"]}]}"#, ".staled/note": "1",
    ])
    try FileManager.default.createSymbolicLink(atPath: workspace.url("way").path, withDestinationPath: ".staled/note")
    try workspace.start()
    for id in ["file:.staled/note", "dir:.staled", "file:way"] {
      #expect(try workspace.http("PUT", "/v1/cache/n/k?dep=\(id)", body: "v").status == 422, "\(id)")
    }
    #expect(try workspace.stale("mark", "declared").status == 4)
    #expect(try workspace.stale("check", "declared").status == 1)
  }
}
