import Foundation
import StaledAPI
import Testing

/// A workspace that declares, edits and tails: what a change does, and how the log tells it.
@Suite struct CascadeTests {
  static let manifest = """
    {"version": 1, "watch": {"settle": "10ms"}, "defaults": {"namespace": "build"},
     "entries": [{"key": "bin/app", "entries": ["obj/main.o", "obj/util.o"], "tags": ["binary"]}],
     "rules": [{"files": ["src/{name}.c", "include/**/*.h"], "key": "obj/{name}.o"}]}
    """

  static func workspace() throws -> Workspace {
    try Workspace([
      "staled.json": manifest, "src/main.c": "main", "src/util.c": "util", "include/deep/util.h": "header",
    ])
  }

  static func makeAll(_ workspace: Workspace) throws {
    for key in ["obj/main.o", "obj/util.o", "bin/app"] {
      #expect(try workspace.stale("mark", "build/\(key)").status == 0)
    }
    #expect(try workspace.fresh() == ["build/obj/main.o", "build/obj/util.o", "build/bin/app"])
  }

  @Test func anEditReachesWhatDependsOnItAndNothingElse() throws {
    let workspace = try Self.workspace()
    try workspace.start()
    try Self.makeAll(workspace)
    try workspace.write("src/util.c", "util, changed")
    #expect(
      try workspace.states() == [
        "build/obj/main.o": "fresh", "build/obj/util.o": "stale", "build/bin/app": "suspect",
      ])
    let records = try workspace.log().drop { $0.type != .change }
    #expect(records.map(\.type) == [.change, .invalidated, .invalidated, .batch])
    #expect(records.map(\.key) == [nil, "obj/util.o", "bin/app", nil])
    #expect(records.map(\.depth) == [nil, 1, 2, nil])
    #expect(records.map(\.via) == [nil, "file:src/util.c", "entry:build/obj/util.o", nil])
    #expect(records.compactMap(\.cause) == ["file:src/util.c", "file:src/util.c"])
    let change = try #require(records.first)
    #expect((change.kind, change.resource) == ("modified", "file:src/util.c"))
    #expect(change.from != nil && change.to != nil && change.from != change.to)
    let batch = try #require(records.last)
    #expect([batch.changes, batch.unchanged, batch.matched, batch.invalidated] == [1, 0, 2, 2])
  }

  @Test func aHeaderInAGlobReachesBothObjectsThroughTheGlob() throws {
    let workspace = try Self.workspace()
    try workspace.start()
    try Self.makeAll(workspace)
    try workspace.write("include/new.h", "another")
    #expect(try workspace.fresh() == [])
    let invalidated = try workspace.log().filter { $0.type == .invalidated }
    #expect(invalidated.map(\.key) == ["obj/main.o", "obj/util.o", "bin/app"])
    #expect(invalidated.map(\.via).prefix(2) == ["glob:include/**/*.h", "glob:include/**/*.h"])
    #expect(Set(invalidated.map(\.cause)) == ["file:include/new.h"])
    try workspace.remove("include/new.h")
    #expect(try workspace.fresh() == ["build/obj/main.o", "build/obj/util.o", "build/bin/app"])
    #expect(try workspace.log().filter { $0.type == .change }.map(\.kind) == ["created", "deleted"])
  }

  @Test func whatIsNoChangeInvalidatesNothing() throws {
    let workspace = try Self.workspace()
    try workspace.start()
    try Self.makeAll(workspace)
    let before = try workspace.log().filter { [.change, .invalidated].contains($0.type) }.count
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 5)], ofItemAtPath: workspace.url("src/util.c").path)
    try workspace.write("src/main.c", "main")
    try workspace.writeInPlace("src/util.c", "changed")
    try workspace.writeInPlace("src/util.c", "util")
    #expect(try workspace.fresh() == ["build/obj/main.o", "build/obj/util.o", "build/bin/app"])
    try workspace.stale("sync")
    let invalidated = try workspace.log().filter { $0.type == .invalidated && $0.key == "obj/main.o" }
    #expect(invalidated.isEmpty)
    _ = before
  }

  @Test func declaredEntriesThatWereNeverMadeAreReached() throws {
    let workspace = try Self.workspace()
    try workspace.start()
    try workspace.stale("sync")
    try workspace.write("src/util.c", "changed")
    try workspace.stale("sync")
    let reached = try workspace.log().filter { $0.type == .reached }
    #expect(reached.map(\.key) == ["obj/util.o", "bin/app"])
    #expect(reached.map(\.depth) == [1, 2])
    let batches = try workspace.log().filter { $0.type == .batch && $0.changes != 0 }
    #expect(batches.map { [$0.matched, $0.invalidated] } == [[2, 0]])
    let tail = try workspace.stale("tail", "-n", "50").text
    #expect(tail.contains("src/util.c") && tail.contains("obj/util.o") && tail.contains("bin/app"))
  }

  @Test func rulesFollowFilesAsTheyComeAndGo() throws {
    let workspace = try Self.workspace()
    try workspace.start()
    try workspace.write("src/more.c", "more")
    #expect(try workspace.states()["build/obj/more.o"] == "missing")
    try workspace.remove("src/more.c")
    #expect(try workspace.states()["build/obj/more.o"] == nil)
  }

  @Test func filesDirectoriesAndGlobsInNewFoldersAreSeen() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1,"watch":{"settle":"0ms"}}"#])
    try workspace.start()
    for (key, id) in [
      ("absent", "file:a/b/c.txt"), ("dir", "dir:a/b"), ("glob", "glob:a/**/*.txt"), ("other", "file:x.txt"),
    ] {
      #expect(try workspace.stale("mark", key, "--dep", id).status == 0)
    }
    #expect(try workspace.fresh().count == 4)
    try workspace.write("a/b/c.txt", "here")
    #expect(try workspace.fresh() == ["default/other"])
    try FileManager.default.removeItem(at: workspace.url("a"))
    #expect(try workspace.fresh().count == 4)
  }

  @Test func gitignoreAndIgnoreKeepFilesOutOfGlobsButNotWhatIsNamedOutright() throws {
    let workspace = try Workspace([
      "staled.json": #"{"version":1,"watch":{"settle":"0ms","ignore":["*.tmp"]}}"#, ".gitignore": "/out/\n",
      "a.txt": "a",
      "out/named.txt": "1",
    ])
    try workspace.start()
    try workspace.stale("mark", "all", "--dep", "glob:**/*")
    try workspace.stale("mark", "named", "--dep", "file:out/named.txt")
    #expect(try workspace.fresh() == ["default/all", "default/named"])
    try workspace.write("b.tmp", "x")
    try workspace.write("out/new.txt", "x")
    #expect(try workspace.fresh() == ["default/all", "default/named"])
    try workspace.write("out/named.txt", "2")
    #expect(try workspace.fresh() == ["default/all"])
    try workspace.write("c.txt", "x")
    #expect(try workspace.fresh() == [])
  }

  @Test func aLinkThatLeadsNowhereIsAMemberToBe() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#, "g/a": "a"])
    try FileManager.default.createSymbolicLink(atPath: workspace.url("g/link").path, withDestinationPath: "../later")
    try workspace.start()
    try workspace.stale("mark", "glob", "--dep", "glob:g/*")
    #expect(try workspace.fresh() == ["default/glob"])
    try workspace.write("later", "here")
    #expect(try workspace.fresh() == [])
  }

  @Test func globsOutsideAreSeenOrNeverFresh() throws {
    let outside = try Workspace(["a.h": "a"])
    let workspace = try Workspace(["staled.json": #"{"version":1}"#])
    try workspace.start()
    #expect(try workspace.stale("mark", "flat", "--dep", "glob:\(outside.folder.path)/*.h").status == 0)
    #expect(try workspace.stale("mark", "deep", "--dep", "glob:\(outside.folder.path)/**/*.h").status == 4)
    #expect(try workspace.fresh() == ["default/flat"])
    try outside.write("b.h", "b")
    #expect(try workspace.fresh() == [])
  }

  @Test func aNameThatLooksLikeAStatedDigestIsAName() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1}"#, "x@absent": "1"])
    try workspace.start()
    #expect(try workspace.stale("mark", "y", "--dep", "x@absent").status == 0)
    #expect(try workspace.fresh() == ["default/y"])
    try workspace.write("x@absent", "2")
    #expect(try workspace.fresh() == [])
    #expect(try workspace.http("PUT", "/v1/cache/n/k?dep=file:x@sha256:00", body: "").status == 422)
  }

  @Test func theCauseIsWhatDiffersNow() throws {
    let workspace = try Workspace([
      "staled.json": #"{"version":1,"watch":{"settle":"1h","maxDelay":"1h"}}"#, "s/a": "1", "s/b": "1",
    ])
    try workspace.start()
    try workspace.stale("mark", "g", "--dep", "glob:s/*")
    try workspace.write("s/b", "2")
    try workspace.stale("sync")
    try workspace.write("s/b", "1")
    try workspace.write("s/a", "3")
    try workspace.stale("sync")
    let why = try workspace.stale("why", "g").text
    #expect(why.contains("s/a") && !why.contains("s/b"), "\(why)")
  }

  @Test func tailBeginsWithAWholeCause() throws {
    let workspace = try Self.workspace()
    try workspace.start()
    try Self.makeAll(workspace)
    try workspace.write("src/util.c", "changed")
    try workspace.stale("sync")
    let tail = try workspace.stale("tail", "-n", "1").text
    for part in ["src/util.c modified", "build/obj/util.o", "build/bin/app"] { #expect(tail.contains(part), "\(tail)") }
  }
}
