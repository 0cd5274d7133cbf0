import Foundation
import StaledAPI
import Testing

/// `stale ensure`: a command runs only if its entry is not fresh.
@Suite struct EnsureTests {
  @Test func runsOnceAndAgainOnlyAfterAChange() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#, "in.txt": "one"])
    try workspace.start()
    let command = [
      "ensure", "copy", "--dep", "in.txt", "--out", "out.txt", "--", "sh", "-c", "echo ran; cp in.txt out.txt",
    ]
    #expect(try workspace.stale(command).text == "ran\n")
    #expect(try workspace.stale(command).text == "")
    try workspace.write("in.txt", "two")
    #expect(try workspace.stale(command).text == "ran\n")
    #expect(try workspace.read("out.txt") == "two")
    try workspace.remove("out.txt")
    #expect(try workspace.stale(command).text == "ran\n", "a lost output makes the entry stale")
    try workspace.write("out.txt", "altered")
    #expect(try workspace.stale(command).text == "ran\n", "so does an altered one")
    try workspace.write("in.txt", "two")
    #expect(try workspace.stale(command).text == "")
  }

  @Test func anEditWhileTheCommandRunsLeavesItNotFresh() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#, "in.txt": "one"])
    try workspace.start()
    for known in [false, true] {
      let ended = try workspace.stale(
        ["ensure", "copy", "--dep", "in.txt", "--", "sh", "-c", "cat in.txt; echo two >> in.txt"])
      #expect(ended.status == 0, "known: \(known)")
      #expect(!ended.errors.isEmpty)
      #expect(try workspace.stale("check", "copy").status == 1)
    }
    // A→B→A is a change too: the command may have read B.
    let ended = try workspace.stale(
      [
        "ensure", "copy", "--dep", "in.txt", "--", "sh", "-c",
        "cp in.txt old; echo x > in.txt; cat in.txt; cp old in.txt",
      ])
    #expect(ended.status == 0)
    #expect(try workspace.stale("check", "copy").status == 1)
    #expect(try workspace.stale(["ensure", "copy", "--dep", "in.txt", "--", "cat", "in.txt"]).status == 0)
    #expect(try workspace.stale("check", "copy").status == 0)
    #expect(try workspace.log().filter { $0.type == .refused }.count == 3)
  }

  @Test func depfilesNameWhatTheCompilerRead() throws {
    let workspace = try Workspace([
      "staled.json": #"{"version":1}"#, "a b.c": "#include \"h.h\"\nint f(void) { return N; }\n",
      "h.h": "#define N 1\n",
    ])
    try workspace.start()
    let command = [
      "ensure", "o", "--depfile", "o.d", "--out", "o.o", "--", "cc", "-MMD", "-MF", "o.d", "-c", "a b.c", "-o", "o.o",
    ]
    #expect(try workspace.stale(command).status == 0)
    #expect(try workspace.fresh() == ["default/o"])
    let entry = try workspace.json("GET", "/v1/entries/default/o")
    let ids = (entry["dependencies"] as? [[String: Any]])?.compactMap { $0["id"] as? String }
    #expect(ids.map(Set.init)?.isSuperset(of: ["file:a b.c", "file:h.h"]) == true)
    try workspace.write("h.h", "#define N 2\n")
    #expect(try workspace.stale("check", "o").status == 1)
  }

  @Test func statusesPassThrough() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#])
    try workspace.start()
    #expect(try workspace.stale(["ensure", "x", "--", "sh", "-c", "exit 7"]).status == 7)
    #expect(try workspace.stale(["ensure", "x", "--", "sh", "-c", "kill -TERM $$"]).status == 143)
    #expect(try workspace.stale(["ensure", "x", "--", "/etc/passwd"]).status == 126)
    #expect(try workspace.stale(["ensure", "x", "--", "no-such-command"]).status == 127)
    #expect(try workspace.stale(["ensure", "x", "--depfile", "no.d", "--", "true"]).status == 125)
    #expect(try workspace.stale("check", "x").status == 1)
  }

  @Test func captureKeepsTheOutputAndPrintsItWhenFresh() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#, "in.txt": "one\n"])
    try workspace.start()
    let command = ["ensure", "--capture", "report", "--dep", "in.txt", "--", "sh", "-c", "echo ran >&2; cat in.txt"]
    var ended = try workspace.stale(command)
    #expect((ended.text, ended.errors) == ("one\n", "ran\n"))
    ended = try workspace.stale(command)
    #expect((ended.text, ended.errors) == ("one\n", ""))
    #expect(try workspace.stale("get", "report").text == "one\n")
    try workspace.write("in.txt", "two\n")
    #expect(try workspace.stale(command).text == "two\n")
  }

  @Test func startsAnAgentWhereThereIsNone() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#])
    #expect(try workspace.stale(["ensure", "x", "--no-agent=run", "--", "echo", "ran"]).text == "ran\n")
    #expect(try workspace.stale("status").status == 3)
    #expect(try workspace.stale(["ensure", "x", "--", "echo", "ran"]).text == "ran\n")
    #expect(try workspace.stale(["ensure", "x", "--", "echo", "ran"]).text == "")
    #expect(try workspace.stale("stop").status == 0)
    #expect(try workspace.stale("status").status == 3)
  }

  /// Tags and a time to live that other calls gave stay with who makes it again, unless it gives its own.
  @Test(arguments: [true, false]) func tagsAndTimeStay(isCaptured: Bool) throws {
    let workspace = try HTTPTests.running(["in.txt": "1"])
    let kind = isCaptured ? ["--capture"] : []
    func ensure(_ options: String...) throws -> [String: Any] {
      try workspace.write("in.txt", UUID().uuidString)
      let command = ["ensure", "tool/x", "--dep", "in.txt"] + kind + options + ["--", "cat", "in.txt"]
      #expect(try workspace.stale(command).status == 0)
      return try workspace.json("GET", "/v1/entries/tool/x")
    }
    func tags(_ entry: [String: Any]) -> [String] { (entry["tags"] as? [String] ?? []).sorted() }
    var entry = try ensure("--tag", "one", "--ttl", "1h")
    #expect(tags(entry) == ["one"] && entry["ttl"] as? Double == 3600)
    #expect(try workspace.stale("tag", "tool/x", "two").status == 0)
    #expect(try workspace.stale("ttl", "tool/x", "2h").status == 0)
    entry = try ensure()
    #expect(tags(entry) == ["one", "two"] && entry["ttl"] as? Double == 7200)
    #expect(try workspace.stale("mark", "tool/x", "--dep", "in.txt").status == 0)
    entry = try workspace.json("GET", "/v1/entries/tool/x")
    #expect(tags(entry) == ["one", "two"] && entry["ttl"] as? Double == 7200)
    entry = try ensure("--tag", "three", "--ttl", "never")
    #expect(tags(entry) == ["three"] && entry["ttl"] as? Double == nil)
    #expect(try workspace.stale("mark", "tool/x", "--tag", "four", "--ttl", "1m").status == 0)
    entry = try workspace.json("GET", "/v1/entries/tool/x")
    #expect(tags(entry) == ["four"] && entry["ttl"] as? Double == 60)
    // Over HTTP a call says so; without that it replaces all.
    #expect(try workspace.http("PUT", "/v1/cache/tool/x?keep=true", body: "v").status == 200)
    #expect(tags(try workspace.json("GET", "/v1/entries/tool/x")) == ["four"])
    #expect(try workspace.http("PUT", "/v1/cache/tool/x", body: "v").status == 200)
    entry = try workspace.json("GET", "/v1/entries/tool/x")
    #expect(tags(entry) == [] && entry["ttl"] as? Double == nil)
    let wrong = try workspace.stale("ensure", "tool/x", "--ttl", "soon", "--", "touch", "ran")
    #expect(wrong.status == 125 && wrong.errors.contains("--ttl soon") && !workspace.has("ran"), "\(wrong)")
  }
}
