import FakeAgent
import Testing

@testable import StaleCommands

@Suite struct CommandTests {
  @Test func wrongUseEndsTwoAndHelpEndsWell() async throws {
    try await Scratch.with(["staled.json": #"{"version":1}"#]) { (scratch) async throws in
      for arguments in [
        ["bogus"], ["get"], ["get", "a", "b"], ["tail", "-n", "x"], ["tail", "--type", "no"], ["invalidate"],
        ["list", "--state", "no"], ["status", "--bogus"], ["check"], ["graph", "--depth", "-1"], ["check", "a/"],
      ] {
        let ended = try await scratch.stale(arguments)
        #expect(ended.status == 2, "\(arguments)")
        #expect(ended.output == "")
        #expect(ended.errors.split(separator: "\n").count == 2, "\(ended.errors)")
      }
      #expect(
        try await scratch.stale("get")
          == Ended(2, "", "stale: Missing expected argument '<entry>'.\n  See \"stale get --help\".\n"))
      #expect(try await scratch.stale("ensure").status == 125)
      for command in StaleTool.commandNames {
        let ended = try await scratch.stale(command, "--help")
        #expect(ended.status == 0)
        #expect(ended.errors == "")
        #expect(ended.output.contains("Example"), "\(command)")
      }
      #expect(try await scratch.stale("--help").output.contains("OVERVIEW: Tells which results"))
      #expect(try await scratch.stale("--version") == Ended(0, "0.1.0\n"))
      for shell in ["bash", "zsh", "fish"] {
        #expect(try await scratch.stale("--generate-completion-script", shell).output.contains("ensure"))
      }
    }
  }

  @Test func withoutAnAgent() async throws {
    try await Scratch.with(["w/staled.json": #"{"version":1}"#, "w/sub/x": ""]) { (scratch) async throws in
      let noAgent = "stale: No agent is running for this workspace.\n  Start one with \"stale start\".\n"
      for arguments in [
        ["status"], ["check", "n/k"], ["get", "n/k"], ["lease"], ["sync"], ["list"], ["stop"], ["why", "n/k"],
        ["mark", "n/k"], ["set", "n/k"], ["delete", "n/k"], ["invalidate", "n/k"], ["graph"],
      ] {
        #expect(try await scratch.stale(arguments, in: "w/sub") == Ended(3, "", noAgent), "\(arguments)")
      }
      let outside = try await scratch.stale("status")
      #expect(outside.status == 2)
      #expect(outside.errors.hasPrefix("stale: There is no workspace here: no staled.json in \(scratch.path)"))
      #expect(try await scratch.stale("status", "--workspace", "w").status == 3)
      #expect(try await scratch.stale("--workspace", "none", "status").status == 2)
    }
  }

  @Test func checkTellsWhetherAllAreFresh() async throws {
    let answers = ["POST /v1/check": Canned.check(Canned.entry("a", "fresh"), Canned.entry("b", "stale"))]
    try await Scratch.withAgent(answers, files: ["staled.json": #"{"defaults":{"namespace":"n"}}"#]) {
      (scratch, agent) async throws in
      #expect(try await scratch.stale("check", "a", "n/b") == Ended(1, "n/a  fresh\nn/b  stale\n"))
      #expect(try await scratch.stale("-q", "check", "-n", "x/", "a").status == 2)
      #expect(try await scratch.stale("check", "-q", "-n", "other", "a/b") == Ended(1))
      #expect(
        agent.received == [
          #"POST /v1/check {"entries":["n\/a","n\/b"]}"#, #"POST /v1/check {"entries":["other\/a\/b"]}"#,
        ])
    }
    try await Scratch.withAgent(["POST /v1/check": Canned.check(Canned.entry("a", "fresh"))]) {
      (scratch, agent) async throws in
      #expect(try await scratch.stale("check", "a").status == 0)
      #expect(agent.received == [#"POST /v1/check {"entries":["default\/a"]}"#])
      let json = #"{"entries":[{"declared":true,"hits":0,"key":"a","namespace":"n","state":"fresh","tags":[]}]}"#
      #expect(try await scratch.stale("--json", "check", "a") == Ended(0, json + "\n"))
    }
  }

  @Test func aBrokenManifestIsNamedWhereTheDefaultNamespaceIsNeeded() async throws {
    try await Scratch.with(["staled.json": "{"]) { (scratch) async throws in
      #expect(
        try await scratch.stale("check", "a")
          == Ended(
            2, "",
            "stale: The default namespace cannot be told: staled.json is no valid manifest.\n"
              + "  See \"stale validate\", or name the entry as namespace/key.\n"))
      #expect(try await scratch.stale("check", "n/a").status == 3)
    }
  }

  @Test func valuesInAndOut() async throws {
    let answers: [String: FakeAgent.Answer] = [
      "GET /v1/cache/n/k": .reply(
        200, "va\0lue", headers: [("cache-status", "staled; hit"), ("staled-state", "fresh")]),
      "GET /v1/cache/n/old": .reply(
        404, "{}", headers: [("cache-status", "staled; fwd=stale"), ("staled-state", "stale")]),
      "GET /v1/cache/n/none": .reply(404, "{}", headers: [("cache-status", "staled; fwd=miss")]),
      "PUT /v1/cache/n/k": Canned.made(unknown: #""entry:n/z""#),
      "PUT /v1/cache/n/busy": .problem(409, "src/a.c changed since the lease was taken", ids: ["file:src/a.c"]),
      "DELETE /v1/cache/n/k": .reply(200, #"{"deleted":true}"#),
    ]
    try await Scratch.withAgent(answers, files: ["src/a.c": ""]) { (scratch, agent) async throws in
      #expect(try await scratch.stale("get", "n/k") == Ended(0, "va\0lue"))
      #expect(
        try await scratch.stale("get", "n/k", "--json")
          == Ended(0, #"{"key":"k","namespace":"n","size":6,"state":"fresh","value":"va\u0000lue"}"# + "\n"))
      #expect(try await scratch.stale("get", "n/old") == Ended(1, "", "n/old is stale\n"))
      #expect(try await scratch.stale("get", "n/none") == Ended(1, "", "n/none is missing\n"))
      #expect(
        try await scratch.stale(
          ["set", "n/k", "--dep", "a.c", "--dep", "env:CC", "--tag", "t", "--ttl", "9s", "--lease", "L"], in: "src",
          input: "new")
          == Ended(
            0, "n/k  fresh\n", "warning: nobody declared or made entry:n/z, which was named as a dependency\n"))
      #expect(
        agent.received.last
          == "PUT /v1/cache/n/k?dep=file%3Asrc%2Fa.c&dep=env%3ACC&tag=t&ttl=9s&lease=L new")
      let refused = try await scratch.stale("set", "n/busy", "--lease", "L")
      #expect(refused.status == 4)
      #expect(refused.errors.hasPrefix("stale: src/a.c changed since the lease was taken.\n"))
      #expect(try await scratch.stale("delete", "n/k") == Ended(0, "deleted n/k\n"))
      #expect(try await scratch.stale("delete", "n/q").status == 1)
    }
  }

  @Test func markSendsWhatWasNamed() async throws {
    let answers = ["POST /v1/entries/n/k/mark": Canned.made()]
    try await Scratch.withAgent(answers, files: ["sub/k.d": "k: k.c ../inc/k.h\n"]) { (scratch, agent) async throws in
      let arguments = ["mark", "n/k", "--dep", "x.c", "--depfile", "k.d", "--out", "k.o", "--lease", "L"]
      #expect(try await scratch.stale(arguments, in: "sub") == Ended(0, "n/k  fresh\n"))
      #expect(
        agent.received == [
          "POST /v1/entries/n/k/mark "
            + #"{"keep":true,"lease":"L","outputs":["file:sub\/k.o"],"dependencies":["file:sub\/x.c","file:sub\/k.c","file:inc\/k.h"]}"#
        ] || agent.received.first.map { Set($0.split(separator: ",")).count == 6 } == true)
      let missing = try await scratch.stale("mark", "n/k", "--depfile", "none.d")
      #expect(missing.status == 2)
      #expect(missing.errors.hasPrefix("stale: The depfile none.d cannot be read: No such file or directory.\n"))
    }
  }

  @Test func invalidateShowsWhatItReached() async throws {
    let entries =
      #"{"namespace":"n","key":"a","depth":0,"via":"entry:n/a"},{"namespace":"n","key":"b","depth":1,"via":"entry:n/a"},"#
      + #"{"namespace":"n","key":"c","depth":2,"via":"entry:n/b"},{"namespace":"n","key":"d","depth":1,"via":"file:x"}"#
    try await Scratch.withAgent(["POST /v1/invalidate": Canned.reached(matched: 4, entries)]) {
      (scratch, agent) async throws in
      #expect(
        try await scratch.stale("invalidate", "n/a", "--resource", "x", "--tag", "t", "--soft", "--no-cascade").output
          == """
          x
          └─ n/d
          n/a
          └─ n/b
             └─ n/c
          4 of 4 matched invalidated

          """)
      let request = agent.received[0]
      for part in [
        #""keys":["n\/a"]"#, #""resources":["file:x"]"#, #""tags":["t"]"#, #""soft":true"#, #""cascade":false"#,
      ] { #expect(request.contains(part), "\(request)") }
      #expect(!request.contains("dryRun"))
    }
    try await Scratch.withAgent(["POST /v1/invalidate": Canned.reached(matched: 0)]) { (scratch, _) async throws in
      #expect(try await scratch.stale("invalidate", "n/a") == Ended(1, "0 of 0 matched invalidated\n"))
    }
  }

  @Test func listPipedIsPlain() async throws {
    let page = #"{"entries":[\#(Canned.entry("a", "fresh")),\#(Canned.entry("b c", "stale", cause: "file:src/a.c"))]}"#
    try await Scratch.withAgent(["GET /v1/entries": .reply(200, page)]) { (scratch, agent) async throws in
      #expect(
        try await scratch.stale("list", "--namespace", "n", "--tag", "t", "--state", "stale")
          == Ended(0, "n/a\tfresh\t\nn/b c\tstale\tsrc/a.c\n"))
      #expect(agent.received == ["GET /v1/entries?namespace=n&tag=t&state=stale"])
    }
  }

  @Test func whyAndStatusForPeople() async throws {
    let why = """
      {"namespace":"n","key":"app","state":"suspect","cause":{"cause":"file:a.c","via":"entry:n/o","depth":2},"chain":[
      {"id":"entry:n/app","state":"suspect","proven":true},
      {"id":"entry:n/o","state":"stale","observed":"sha256:00112233","current":"sha256:00112233","proven":false},
      {"id":"file:a.c","observed":"sha256:aabbccddee","current":"absent","proven":true}]}
      """
    let status = """
      {"state":"watching","clock":"c7","workspace":"/w","pid":3,"version":"0.1.0","started":"x","manifest":{"ok":false,"lastGood":true,
      "problems":["staled.json:1:2: error: bad"]},"watches":1,"entries":{"fresh":2,"stale":1},"resources":4,
      "degraded":[{"what":"/mnt","reason":"emits nothing","remedy":"remount it"}]}
      """
    try await Scratch.withAgent([
      "GET /v1/why/n/app": .reply(200, why), "GET /v1/status": .reply(200, status),
    ]) { (scratch, _) async throws in
      #expect(
        try await scratch.stale("why", "n/app")
          == Ended(
            0,
            """
            n/app is suspect
            └─ n/o  stale
               └─ a.c  aabbccdd → absent

            """))
      #expect(try await scratch.stale("why", "n/none").status == 1)
      #expect(
        try await scratch.stale("status")
          == Ended(
            0,
            """
            staled 0.1.0 is watching /w
              since      x  (pid 3)
              entries    3: 2 fresh, 1 stale
              resources  4  (1 kernel watch)
              clock      c7
              manifest   broken; the last good one is in force
                staled.json:1:2: error: bad
              health     degraded
                /mnt: emits nothing
                  → remount it

            """))
    }
  }

  @Test func initAndValidate() async throws {
    try await Scratch.with(["w/src/a.c": "", "w/Makefile": ""]) { (scratch) async throws in
      #expect(try await scratch.stale("init", in: "w").status == 0)
      let text = try #require(scratch.read("w/staled.json"))
      #expect(try await scratch.stale("init", in: "w").status == 1)
      #expect(scratch.read("w/staled.json") == text)
      #expect(try await scratch.stale("validate", in: "w").status == 0)
      try scratch.write(#"{"version":1,"entrys":[]}"#, to: "w/bad.json")
      let bad = try await scratch.stale("validate", "bad.json", in: "w")
      #expect(bad.status == 2)
      #expect(bad.errors.hasPrefix("bad.json:1:14: error: "))
      #expect(try await scratch.stale("validate", "none.json", in: "w").status == 2)
    }
  }

  @Test func affectedAsksForAllThatRestsOnIt() async throws {
    let neighbours =
      #"{"id":"file:x","entries":[{"id":"entry:n/b","depth":1,"via":"file:x"},{"id":"entry:n/c","depth":2,"via":"entry:n/b"}]}"#
    let replies: [String: FakeAgent.Answer] = [
      "POST /v1/sync": .reply(200, #"{"clock":"1"}"#), "GET /v1/dependents": .reply(200, neighbours),
    ]
    try await Scratch.withAgent(replies) { (scratch, agent) async throws in
      let expected = "x\n└─ n/b\n   └─ n/c\n2 of 2 matched would be invalidated\n"
      #expect(try await scratch.stale("affected", "x") == Ended(0, expected))
      #expect(agent.received.last?.contains("/v1/dependents?id=file%3Ax&transitive=true") == true, "\(agent.received)")
    }
  }

  @Test func affectedWithoutAnAgent() async throws {
    let manifest = """
      {"version":1,"defaults":{"namespace":"b"},
       "entries":[{"key":"app","entries":["obj/a.o","obj/b.o"]},{"key":"doc","files":["doc/**/*.md"],"outputs":["doc.html"]}],
       "rules":[{"files":"src/{name}.c","key":"obj/{name}.o"}]}
      """
    let files = ["staled.json": manifest, "src/a.c": "", "src/b.c": "", "src/old.c": "", ".gitignore": "old.c\n"]
    try await Scratch.with(files) { (scratch) async throws in
      #expect(
        try await scratch.stale("affected", "a.c", "b.c", in: "src")
          == Ended(
            0,
            """
            src/a.c
            └─ b/obj/a.o
               └─ b/app
            src/b.c
            └─ b/obj/b.o
            3 of 3 matched would be invalidated

            """))
      #expect(try await scratch.stale("affected", "doc/new/x.md").output.hasPrefix("glob:doc/**/*.md\n└─ b/doc\n"))
      #expect(try await scratch.stale("affected", "doc.html").output.hasPrefix("doc.html\n└─ b/doc\n"))
      #expect(try await scratch.stale("affected", "src/old.c").status == 1)
      #expect(try await scratch.stale("affected", "entry:b/obj/a.o").status == 0)
    }
  }
}
