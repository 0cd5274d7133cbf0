import Foundation
import StaledAPI
import Testing

/// The command line's contract: exit statuses, help, errors of two lines, paths relative to where one stands.
@Suite struct CommandTests {
  static let commands = [
    "init", "validate", "start", "stop", "status", "tail", "affected", "why", "check", "lease", "mark", "ensure", "get",
    "set", "delete", "tag", "untag", "depend", "undepend", "list", "graph", "invalidate", "sync", "verify", "stats",
  ]

  @Test(arguments: commands) func everyCommandHasHelp(command: String) throws {
    let ended = try run(Binaries.tool, [command, "--help"])
    #expect(ended.status == 0)
    #expect(ended.text.contains("USAGE: stale \(command)"))
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func completions(shell: String) throws {
    let ended = try run(Binaries.tool, ["--generate-completion-script", shell])
    #expect(ended.status == 0)
    #expect(ended.text.contains("invalidate"))
  }

  @Test(arguments: [
    ["nonsense"], ["check"], ["mark"], ["list", "--state", "rotten"], ["get"], ["tail", "-n", "many"], ["mark", "/x"],
    ["graph", "--format", "jpeg"],
  ]) func wrongUseEndsWith2(arguments: [String]) throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#])
    try workspace.start()
    let ended = try workspace.stale(arguments)
    #expect(ended.status == 2, "\(ended)")
    #expect(!ended.errors.isEmpty && ended.text.isEmpty)
  }

  @Test(arguments: [
    ["status"], ["check", "x"], ["mark", "x"], ["get", "x"], ["list"], ["sync"], ["lease"], ["invalidate", "x"],
    ["why", "x"], ["delete", "x"], ["graph"], ["stop"],
  ]) func withoutAnAgentEndsWith3(arguments: [String]) throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#])
    let ended = try workspace.stale(arguments)
    #expect(ended.status == 3, "\(ended)")
    #expect(ended.errors.split(separator: "\n").count == 2, "one line what happened, one what to do: \(ended.errors)")
  }

  @Test func tagsAndDependenciesComeAndGo() throws {
    let workspace = try Workspace([
      "staled.json": #"{"version":1,"entries":[{"key":"d","files":["a.txt"],"tags":["fixed"]}]}"#, "a.txt": "1",
      "sub/b.txt": "1",
    ])
    try workspace.start()
    #expect(try workspace.stale("mark", "x", "--dep", "a.txt").status == 0)
    #expect(try workspace.stale("tag", "x", "red", "blue").text == "default/x  fresh\n")
    #expect(try workspace.stale("untag", "x", "red").status == 0)
    #expect(
      try workspace.stale("depend", "x", "b.txt", "entry:default/nobody", in: "sub").errors
        .contains("nobody declared or made default/nobody"))
    #expect(try workspace.stale("undepend", "x", "entry:default/nobody").status == 0)
    let entry = try workspace.json("GET", "/v1/entries/default/x")
    #expect(entry["tags"] as? [String] == ["blue"])
    let ids = (entry["dependencies"] as? [[String: Any]])?.compactMap { $0["id"] as? String }
    #expect(ids == ["file:a.txt", "file:sub/b.txt"])
    try workspace.write("sub/b.txt", "2")
    #expect(try workspace.stale("check", "x").status == 1)
    #expect(try workspace.stale("undepend", "x", "sub/b.txt").text == "default/x  fresh\n")
    // It outlives the agent.
    workspace.kill()
    try workspace.start()
    #expect(try workspace.stale("list", "--tag", "blue").text == "default/x\tfresh\t\n")

    #expect(try workspace.stale("tag", "none", "t").status == 1)
    #expect(try workspace.stale("tag", "x").status == 2)
    #expect(try workspace.stale("depend", "x", "entry:default/x").status == 4)
    let declared = try workspace.stale("untag", "d", "fixed")
    #expect(declared.status == 4 && declared.errors.contains("staled.json declares tag:fixed"), "\(declared)")
    #expect(try workspace.stale("undepend", "d", "a.txt").status == 4)
    let both = #"{"addTags":["t"],"removeTags":["t"]}"#
    #expect(try workspace.http("PATCH", "/v1/entries/default/x", body: both).status == 422)
    #expect(try workspace.http("PATCH", "/v1/entries/default/x", body: #"{"addTag":["t"]}"#).status == 422)
  }

  @Test func yesAndNo() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#, "sub/a.txt": "a"])
    try workspace.start()
    #expect(try workspace.stale("check", "x").status == 1)
    #expect(try workspace.stale("mark", "x", "--dep", "a.txt", in: "sub").status == 0)
    #expect(try workspace.stale("check", "x").status == 0)
    let entry = try workspace.json("GET", "/v1/entries/default/x")
    #expect((entry["dependencies"] as? [[String: Any]])?.first?["id"] as? String == "file:sub/a.txt")
    #expect(try workspace.stale("get", "x").status == 1, "an entry without a value has none to give")
    #expect(try workspace.stale("delete", "x").status == 0)
    let again = try workspace.stale("delete", "x")
    #expect(again.status == 1 && again.errors.contains("obody declared or made"), "\(again)")
    #expect(try workspace.stale("invalidate", "x").status == 1, "nothing matched")
    #expect(try workspace.stale("set", "-n", "other/no", "k", input: "v").status != 0)
    #expect(try workspace.stale("set", "-n", "other", "k/with/slashes", input: "v").status == 0)
    #expect(try workspace.stale("get", "entry:other/k/with/slashes").text == "v")
    #expect(try workspace.stale("get", "other/k/with/slashes").text == "v")
    #expect(try workspace.stale("get", "nobody/knows").status == 1)
  }

  @Test func optionsStandBeforeOrAfterTheCommand() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#])
    try workspace.start()
    for arguments in [["--json", "status"], ["status", "--json"]] {
      #expect(try workspace.stale(arguments).json["state"] as? String == "watching")
    }
    for arguments in [
      ["--workspace", workspace.folder.path, "status"], ["status", "--workspace", workspace.folder.path],
    ] {
      #expect(try run(Binaries.tool, arguments, in: URL(fileURLWithPath: "/")).status == 0)
    }
  }

  @Test func whyNamesTheFileAndTheChain() throws {
    let workspace = try CascadeTests.workspace()
    try workspace.start()
    try CascadeTests.makeAll(workspace)
    try workspace.write("include/deep/util.h", "changed")
    let ended = try workspace.stale("why", "build/bin/app")
    #expect(ended.status == 0)
    for part in ["build/bin/app", "obj/", "include/deep/util.h"] { #expect(ended.text.contains(part), "\(ended)") }
    let json = try workspace.stale("why", "build/bin/app", "--json").json
    #expect(json["state"] as? String == "suspect")
  }

  @Test func affectedAnswersWithAndWithoutAnAgentAndChangesNothing() throws {
    let workspace = try CascadeTests.workspace()
    for running in [false, true] {
      if running {
        try workspace.start()
        try CascadeTests.makeAll(workspace)
      }
      let ended = try workspace.stale("affected", "util.c", in: "src")
      #expect(ended.status == 0, "\(ended)")
      #expect(ended.text.contains("build/obj/util.o") && ended.text.contains("build/bin/app"), "\(ended)")
      #expect(!ended.text.contains("main.o"))
      let header = try workspace.stale("affected", "include/deep/util.h", "--json")
      #expect(header.text.contains("obj/main.o") && header.text.contains("obj/util.o"))
    }
    #expect(try workspace.fresh().count == 3)
  }

  @Test func invalidateReportsTheCascade() throws {
    let workspace = try CascadeTests.workspace()
    try workspace.start()
    try CascadeTests.makeAll(workspace)
    let dry = try workspace.stale("invalidate", "build/obj/util.o", "--dry-run", "--json").json
    #expect((dry["invalidated"] as? Int, dry["matched"] as? Int) == (2, 2))
    #expect(try workspace.fresh().count == 3)
    let tag = try workspace.stale("invalidate", "--tag", "binary", "--json").json
    #expect((tag["invalidated"] as? Int, tag["matched"] as? Int) == (1, 1))
    let key = try workspace.stale("invalidate", "build/obj/util.o", "--json").json
    #expect((key["invalidated"] as? Int, key["matched"] as? Int) == (1, 2))
    let resource = try workspace.stale("invalidate", "--resource", "include/deep/util.h", "--json").json
    #expect((resource["invalidated"] as? Int, resource["matched"] as? Int) == (1, 3))
    #expect(try workspace.stale("invalidate", "--namespace", "nothing").status == 1)
    #expect(try workspace.stale("invalidate", "--all", "--json").json["matched"] as? Int == 3)
  }

  @Test(arguments: ["text", "json", "dot", "mermaid"]) func graphs(format: String) throws {
    let workspace = try CascadeTests.workspace()
    try workspace.start()
    try workspace.stale("sync")
    let ended = try workspace.stale("graph", "--format", format)
    #expect(ended.status == 0)
    for part in ["bin/app", "obj/util.o", "src/util.c"] { #expect(ended.text.contains(part), "\(format)") }
  }

  @Test func initWritesAManifestThatHolds() throws {
    let workspace = try Workspace(["src/a.c": "int a;", "src/b.c": "int b;", "include/a.h": "", "Makefile": "all:\n"])
    let ended = try run(Binaries.tool, ["init"], in: workspace.folder)
    #expect(ended.status == 0, "\(ended)")
    #expect(try run(Binaries.tool, ["validate"], in: workspace.folder).status == 0)
    #expect(try run(Binaries.tool, ["init"], in: workspace.folder).status != 0, "it never overwrites")
    try workspace.start()
    #expect(try !workspace.states().isEmpty)
    #expect(FileManager.default.fileExists(atPath: workspace.url(".staled/staled.schema.json").path))
  }

  @Test func validateNamesLineColumnAndWhatWasMeant() throws {
    let workspace = try Workspace(["staled.json": "{\"version\": 1,\n  \"entrys\": []}\n"])
    let ended = try workspace.stale("validate")
    #expect(ended.status == 2)
    #expect(ended.errors.contains("staled.json:2:3"), "\(ended)")
    #expect(ended.errors.contains("entries"))
    let agent = try run(Binaries.agent, ["--workspace", workspace.folder.path])
    #expect(agent.status == 2)
    #expect(agent.errors.contains("staled.json:2:3"))
  }

  @Test func aManifestThatWillNotDoWhatItSeemsToSayGetsAWarning() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1,"defaults":{"strategy":"predictive","ttl":"1h"}}"#])
    let ended = try workspace.stale("validate")
    #expect(ended.status == 0 && ended.errors.contains("has no \"refresh\""), "\(ended)")
    try workspace.start()
    #expect(try workspace.log().filter { $0.type == .warning }.count == 1)
  }
}
