import Foundation
import StaledAPI
import Testing

/// The usual patterns of caches, as commands.
@Suite struct PatternTests {
  /// Programs that run side by side.
  private final class Running {
    let process = Process()
    private let output = Pipe(), errors = Pipe()

    init(_ workspace: Workspace, _ arguments: [String]) throws {
      process.executableURL = Binaries.tool
      process.arguments = arguments
      process.currentDirectoryURL = workspace.folder
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = output
      process.standardError = errors
      try process.run()
    }

    func end() -> (status: Int32, text: String, errors: String) {
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      // A few lines at most, which the pipe holds. Somebody else may have it still.
      let end = errors.fileHandleForReading
      let said = isReadable(end.fileDescriptor, within: .zero) ? end.availableData : Data()
      return (process.terminationStatus, text, String(decoding: said, as: UTF8.self))
    }
  }

  /// A command that says that it runs, and goes on when it is told to.
  private static let slow = """
    echo run >> .staled/ran; while [ ! -e .staled/go ]; do sleep 0.02; done; echo "made by $(wc -l < .staled/ran)"
    """

  private func runs(_ workspace: Workspace) -> Int {
    ((try? workspace.read(".staled/ran")) ?? "").split(separator: "\n").count
  }

  @Test func readThroughPrintsRunsOrServesWhatIsKept() throws {
    let workspace = try HTTPTests.running(["in.txt": "1"])
    let ensure = [
      "ensure", "tool/x", "--capture", "--dep", "in.txt", "--", "sh", "-c", "echo run >> .staled/ran; cat in.txt",
    ]
    #expect(try workspace.stale(ensure).text == "1")
    #expect(try workspace.stale(ensure).text == "1" && runs(workspace) == 1)
    try workspace.write("in.txt", "2")
    #expect(try workspace.stale(ensure).text == "2" && runs(workspace) == 2)
    let verbose = try workspace.stale(["ensure", "-v"] + ensure.dropFirst())
    #expect(verbose.errors.contains("fresh: nothing to do") && verbose.text == "2")
  }

  /// What was not taken to its end is no value.
  @Test(arguments: [150_000, 180_000, 400_000]) func halfAnOutputIsNotKept(_ size: Int) throws {
    let workspace = try HTTPTests.running(["big": String(repeating: "x", count: size)])
    let tool = Binaries.tool.path
    for command in ["cat big", "sh -c 'trap \"\" PIPE; cat big; true'"] {
      // `head` is gone before the second part is passed on.
      let ended = try workspace.sh("\(tool) ensure tool/x --capture --dep big -- \(command) | head -c 1; true")
      #expect(ended.text == "x")
      #expect(try workspace.stale("check", "tool/x").status == 1, "\(command): \(ended)")
    }
    #expect(try workspace.stale("ensure", "tool/x", "--capture", "--dep", "big", "--", "cat", "big").text.count == size)
    #expect(try workspace.stale("check", "tool/x").status == 0)
  }

  /// Of many who want it one makes it.
  @Test func oneOfManyMakesItAndTheOthersWait() throws {
    let workspace = try HTTPTests.running()
    let command = ["ensure", "tool/x", "--capture", "--", "sh", "-c", Self.slow]
    let all = try (0..<8).map { _ in try Running(workspace, command) }
    try workspace.sync(until: "the command runs") { runs(workspace) == 1 }
    try workspace.write(".staled/go", "")
    let ended = all.map { $0.end() }
    #expect(ended.allSatisfy { $0.status == 0 && $0.text == "made by 1\n" }, "\(ended)")
    #expect(runs(workspace) == 1)
  }

  /// If the one who makes it dies the next one does.
  @Test func theTurnPassesOnIfTheFirstDies() throws {
    let workspace = try HTTPTests.running()
    let command = ["ensure", "tool/x", "--capture", "--", "sh", "-c", Self.slow]
    let first = try Running(workspace, command)
    try workspace.sync(until: "the command runs") { runs(workspace) == 1 }
    let others = try (0..<3).map { _ in try Running(workspace, command) }
    // Not waited for: its command lives on, and Foundation takes that for it.
    kill(first.process.processIdentifier, SIGKILL)
    try workspace.sync(until: "another one makes it") { runs(workspace) == 2 }
    try workspace.write(".staled/go", "")
    let ended = others.map { $0.end() }
    #expect(ended.allSatisfy { $0.status == 0 && $0.text == "made by 2\n" }, "\(ended)")
    #expect(runs(workspace) == 2)
  }

  /// Whoever waits when the agent ends asks another one.
  @Test func whoWaitsStartsAnotherAgentIfThisOneEnds() throws {
    let workspace = try HTTPTests.running()
    let command = ["ensure", "tool/x", "--capture", "--", "sh", "-c", Self.slow]
    let first = try Running(workspace, command)
    try workspace.sync(until: "the command runs") { runs(workspace) == 1 }
    let second = try Running(workspace, command)
    #expect(try workspace.stale("stop").status == 0)
    try workspace.write(".staled/go", "")
    _ = first.end()
    let ended = second.end()
    #expect(ended.status == 0, "\(ended.errors)")
    #expect(try workspace.stale("get", "tool/x").status == 0)
    #expect(try workspace.stale("stop").status == 0)
  }

  /// A failure is its caller's alone: the next one tries it again.
  @Test func whoFailsLetsTheNextOneTry() throws {
    let workspace = try HTTPTests.running()
    let command = [
      "ensure", "tool/x", "--", "sh", "-c",
      "echo run >> .staled/ran; while [ ! -e .staled/go ]; do sleep 0.02; done; test $(wc -l < .staled/ran) -gt 1",
    ]
    let all = try (0..<4).map { _ in try Running(workspace, command) }
    try workspace.sync(until: "the command runs") { runs(workspace) == 1 }
    try workspace.write(".staled/go", "")
    #expect(all.map { $0.end().status }.sorted() == [0, 0, 0, 1])
    #expect(runs(workspace) == 2)
  }

  @Test func writeThroughStoresOnlyWhatWasWritten() throws {
    let workspace = try HTTPTests.running(["settings.json": "{}", "other.txt": "1"])
    func through(_ value: String, _ script: String) throws -> Ended {
      try workspace.stale(
        ["set", "app/settings", "--dep", "settings.json", "--tag", "t", "--through", "--", "sh", "-c", script],
        input: Data(value.utf8))
    }
    #expect(try through("{1}", "cat > settings.json").status == 0)
    #expect(try workspace.read("settings.json") == "{1}")
    #expect(try workspace.stale("get", "app/settings").text == "{1}")
    let failed = try through("{2}", "cat > /dev/null; exit 9")
    #expect(failed.status == 9 && failed.errors.contains("stays invalidated"), "\(failed)")
    #expect(try workspace.stale("get", "app/settings").status == 1)
    #expect(try workspace.http("GET", "/v1/cache/app/settings?stale=allow").status == 404)
    #expect(try workspace.stale("why", "app/settings").text.contains("invalidated by call"))
    #expect(try through("{3}", "cat > settings.json").status == 0)
    #expect(try workspace.stale("get", "app/settings").text == "{3}")
    #expect(try through("{4}", "exec /no/such").status == 127)
    #expect(try workspace.stale(["set", "app/x", "--", "true"]).status == 2)
    #expect(try workspace.stale(["set", "app/x", "--through"]).status == 2)
    // What is wrong is told before the source is written.
    let wrong = try workspace.stale(
      ["set", "app/settings", "--ttl", "soon", "--through", "--", "sh", "-c", "cat > settings.json"],
      input: Data("{5}".utf8))
    #expect(wrong.status == 2 && wrong.errors.contains("--ttl soon"), "\(wrong)")
    #expect(try workspace.read("settings.json") == "{3}")
    // Many at once write one after the other, and what is kept is what was written last.
    let folder = workspace.folder
    let write = ["set", "app/settings", "--dep", "settings.json", "--through", "--", "sh", "-c", "cat > settings.json"]
    let writers = inParallel(6) { number in
      try? run(Binaries.tool, write, in: folder, input: Data("{w\(number)}".utf8))
    }
    #expect(writers.map { $0?.status } == Array(repeating: 0, count: 6), "\(writers)")
    #expect(try workspace.stale("get", "app/settings").text == workspace.read("settings.json"))
    // What is larger than a pipe.
    let large = String(repeating: "0123456789", count: 100_000)
    #expect(try through(large, "cat > settings.json").status == 0)
    #expect(try workspace.read("settings.json") == large)
  }

  @Test func aTimeToLiveIsChangedByCommand() throws {
    let workspace = try HTTPTests.running()
    #expect(try workspace.stale("ttl", "app/x", "1m").status == 1)
    #expect(try workspace.stale(["set", "app/x"], input: Data("v".utf8)).status == 0)
    #expect(try workspace.stale("ttl", "app/x", "1m").status == 0)
    #expect(try workspace.json("GET", "/v1/entries/app/x")["ttl"] as? Double == 60)
    #expect(try workspace.stale("ttl", "app/x", "never").status == 0)
    #expect(try workspace.json("GET", "/v1/entries/app/x")["ttl"] == nil)
    #expect(try workspace.stale("ttl", "app/x", "tomorrow").status == 2)
    // What expired is not brought back, and one is told.
    #expect(try workspace.stale("ttl", "app/x", "0").status == 0)
    let late = try workspace.stale("ttl", "app/x", "1h")
    #expect(late.status == 1 && late.errors.contains("app/x had expired already"), "\(late)")
  }
}
