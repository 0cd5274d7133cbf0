import Foundation
import StaledAPI
import Testing

/// What the agent does by itself: schedules, refreshes, warming, hooks.
@Suite struct UpkeepTests {
  /// A script in the workspace that the manifest's commands run.
  private static func script(_ text: String) -> String { "#!/bin/sh\nset -e\n\(text)\n" }

  private static func running(_ files: [String: String], scripts: [String: String] = [:]) throws -> Workspace {
    let workspace = try Workspace(files.merging(scripts.mapValues(script)) { $1 })
    for name in scripts.keys {
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: workspace.url(name).path)
    }
    try workspace.start()
    return workspace
  }

  // MARK: Schedules

  @Test func schedulesInvalidateByThemselvesAndShowTheirNextTimes() throws {
    let workspace = try Self.running([
      "staled.json": #"""
      {"version": 1, "schedules": [
        {"every": "1s", "invalidate": {"tags": ["hourly_data"]}},
        {"cron": "0 3 * * *", "timeZone": "UTC", "invalidate": {"namespaces": ["temp"]}}]}
      """#
    ])
    let follower = try Follower(workspace, types: ["invalidated"])
    #expect(try workspace.http("PUT", "/v1/cache/g/hourly?tag=hourly_data", body: "v").status == 201)
    #expect(try workspace.http("PUT", "/v1/cache/temp/a", body: "v").status == 201)
    let record = try #require(follower.next())
    #expect(record.key == "hourly" && record.cause == "schedule:every 1s" && record.state == "stale")
    #expect(try workspace.http("GET", "/v1/cache/temp/a").status == 200)
    let listed = try JSONDecoder().decode(
      SchedulesReply.self, from: try workspace.stale("schedules", "--json").output)
    #expect(listed.schedules.map(\.time) == ["every 1s", "0 3 * * * UTC"])
    #expect(listed.schedules[1].next?.hasSuffix("T03:00:00.000000Z") == true, "\(listed)")
    #expect(listed.schedules[1].invalidate.namespaces == ["temp"])
    let text = try workspace.stale("schedules").text
    #expect(text.contains("tags hourly_data") && text.contains("namespaces temp"), "\(text)")
    #expect(try workspace.stale("why", "g/hourly").text.contains("schedule every 1s"))
  }

  /// What was missed while no agent was there is made up for once.
  @Test func aRunThatWasMissedIsMadeUpForAtTheStart() throws {
    let workspace = try Self.running([
      "staled.json": #"{"version": 1, "schedules": [{"every": "2s", "invalidate": {"keys": ["g/a"]}}]}"#
    ])
    #expect(workspace.stop() == 0)
    // Time passes only while the machine's clock does: it is told that it was long ago.
    let record = try workspace.log().last
    #expect(record?.type == .stopped)
    let follower = try Follower(workspace, types: ["invalidated"])
    try workspace.start()
    #expect(try workspace.http("PUT", "/v1/cache/g/a", body: "v").status < 300)
    #expect(follower.next()?.cause == "schedule:every 2s")
  }

  // MARK: Refresh

  /// The ten-access refresh: an entry that is used often is made again before its time is over.
  @Test func whatIsUsedTenTimesIsRefreshedAheadOfItsExpiry() throws {
    let workspace = try Self.running(
      [
        "in.txt": "1",
        "staled.json": #"""
        {"version": 1, "namespaces": {"hot": {"strategy": "predictive", "ttl": "10s", "predictive": {"threshold": 10},
          "refresh": ["./again", "{key}", "{cause}"]}}}
        """#,
      ], scripts: ["again": "echo \"$1 made for $2 as $STALED_ID in $(basename $PWD) $STALED_NAMESPACE\""])
    let follower = try Follower(workspace, types: ["refreshed", "expired"])
    #expect(try workspace.http("PUT", "/v1/cache/hot/cold?dep=file:in.txt&tag=t", body: "old").status == 201)
    #expect(try workspace.http("PUT", "/v1/cache/hot/used?dep=file:in.txt&tag=t", body: "old").status == 201)
    for _ in 0..<10 { #expect(try workspace.http("GET", "/v1/cache/hot/used?sync=false").body == "old") }
    let first = try #require(follower.next())
    #expect(first.type == .refreshed && first.key == "used" && first.cause == "clock:ttl" && first.state == "fresh")
    let value = try workspace.http("GET", "/v1/cache/hot/used?sync=false")
    #expect(
      value.status == 200
        && value.body == "used made for clock:ttl as entry:hot/used in \(workspace.folder.lastPathComponent) hot\n")
    #expect(value.headers["cache-status"] == "staled; hit")
    let second = try #require(follower.next())
    #expect(second.type == .expired && second.key == "cold", "it was not used")
    // What calls gave is kept: tags, dependencies, and its time to live.
    let entry = try workspace.json("GET", "/v1/entries/hot/used")
    #expect(entry["tags"] as? [String] == ["t"] && entry["ttl"] as? Double == 10)
    #expect((entry["dependencies"] as? [[String: Any]])?.first?["id"] as? String == "file:in.txt")
    let stats = try workspace.json("GET", "/v1/stats")
    #expect(stats["refreshes"] as? Int ?? 0 >= 1)
    let hot = try #require(stats["hotKeys"] as? [[String: Any]])
    #expect(hot.first?["key"] as? String == "used" && hot.first?["accesses"] as? Int == 11)
  }

  @Test func whatAFailingCommandSaysIsToldAndTheValueServedUntilItsTimeIsOver() throws {
    let workspace = try Self.running(
      [
        "staled.json": #"""
        {"version": 1, "namespaces": {"hot": {"ttl": "10s", "predictive": {"threshold": 2}, "refresh": ["./again"]}}}
        """#
      ], scripts: ["again": "echo 'no network' >&2; exit 7"])
    let follower = try Follower(workspace, types: ["warning", "expired", "refreshed"])
    #expect(try workspace.http("PUT", "/v1/cache/hot/a", body: "old").status == 201)
    for _ in 0..<2 { #expect(try workspace.http("GET", "/v1/cache/hot/a").body == "old") }
    let warning = try #require(follower.next())
    #expect(warning.type == .warning && warning.key == "a")
    #expect(warning.message?.contains("ended with status 7: no network") == true, "\(warning)")
    let meanwhile = try workspace.http("GET", "/v1/cache/hot/a?sync=false")
    #expect(try meanwhile.body == "old" || workspace.log().contains { $0.type == .expired })
    // It is tried again meanwhile.
    var last = follower.next()
    while last?.type == .warning { last = follower.next() }
    #expect(last?.type == .expired)
    #expect(try workspace.http("GET", "/v1/cache/hot/a").status == 404)
  }

  @Test func entriesAreMadeAgainInTheOrderOfTheirDependenciesAfterABatch() throws {
    let workspace = try Self.running(
      [
        "src/a.txt": "1", "src/b.txt": "1",
        "staled.json": #"""
        {"version": 1, "watch": {"ignore": ["out/"]}, "defaults": {"namespace": "b"},
         "entries": [
           {"key": "all", "entries": ["part/a", "part/b"], "refresh": {"run": ["./make", "all"], "on": ["invalidation"]},
            "outputs": ["out/all"]},
           {"key": "other", "files": ["src/b.txt"]}],
         "rules": [{"files": "src/{name}.txt", "key": "part/{name}", "outputs": ["out/{name}"],
                    "refresh": {"run": ["./make", "part", "{name}"], "on": ["invalidation"]}}]}
        """#,
      ],
      scripts: [
        "make":
          "mkdir -p out; case $1 in part) cp src/$2.txt out/$2;; all) cat out/a out/b > out/all;; esac; echo $* >> .staled/ran"
      ])
    let warmed = try workspace.stale("warm")
    #expect(warmed.status == 0, "\(warmed)")
    #expect(try workspace.read(".staled/ran").split(separator: "\n").sorted() == ["all", "part a", "part b"])
    #expect(try workspace.read(".staled/ran").hasSuffix("all\n"))
    #expect(try workspace.fresh() == ["b/all", "b/part/a", "b/part/b"])
    let follower = try Follower(workspace, types: ["refreshed"])
    try workspace.write("src/a.txt", "22")
    #expect(follower.next()?.key == "part/a")
    let last = try #require(follower.next())
    #expect(last.key == "all" && last.cause == "file:src/a.txt" && last.state == "fresh")
    #expect(try workspace.read("out/all") == "221")
    #expect(try workspace.fresh() == ["b/all", "b/part/a", "b/part/b"])
    #expect(try workspace.read(".staled/ran").split(separator: "\n").count == 5)
  }

  @Test func whatIsToBeWarmIsMadeAtStartAndByCall() throws {
    let workspace = try Self.running(
      [
        "staled.json": #"""
        {"version": 1, "namespaces": {"w": {"refresh": ["./again", "{key}"]}},
         "entries": [{"key": "start", "namespace": "w", "warm": true}, {"key": "later", "namespace": "w", "tags": ["t"]},
                     {"key": "broken", "namespace": "w", "tags": ["t"], "refresh": ["./nothing"]},
                     {"key": "byhand", "namespace": "x", "tags": ["t"]}]}
        """#
      ], scripts: ["again": "echo value of $1"])
    let follower = try Follower(workspace, types: ["refreshed"])
    if try workspace.http("GET", "/v1/cache/w/start").status != 200 { #expect(follower.next()?.key == "start") }
    #expect(try workspace.stale("get", "w/start").text == "value of start\n")
    #expect(try workspace.stale("get", "w/later").status == 1)
    let warmed = try workspace.stale("warm", "--tag", "t", "--json")
    #expect(warmed.status == 1)
    let reply = try JSONDecoder().decode(WarmReply.self, from: warmed.output)
    #expect(reply.done == 2 && reply.of == 2 && reply.unable == ["x/byhand"])
    #expect(
      reply.failed?.map(\.entry) == ["w/broken"] && reply.failed?.first?.reason.contains("no such program") == true)
    #expect(try workspace.stale("get", "w/later").text == "value of later\n")
    // What was hot is known after a restart.
    for _ in 0..<3 { #expect(try workspace.stale("get", "w/later").status == 0) }
    #expect(workspace.stop() == 0)
    try workspace.start()
    #expect(try workspace.stale("invalidate", "--namespace", "w").status == 0)
    let hot = try JSONDecoder().decode(WarmReply.self, from: try workspace.stale("warm", "--hot", "1", "--json").output)
    #expect(hot.done == 1 && hot.failed?.isEmpty == true)
    #expect(try workspace.stale("get", "w/later").status == 0)
  }

  /// Commands end with the agent, and their children.
  @Test func commandsEndWithTheAgent() throws {
    let workspace = try Self.running(
      [
        "staled.json": #"""
        {"version": 1, "entries": [{"key": "slow", "namespace": "w", "warm": true, "refresh": ["./slow"]}]}
        """#
      ],
      scripts: [
        "slow": "trap '' TERM; echo $$ > .staled/pid.new; mv .staled/pid.new .staled/pid; sleep 1000 & wait; wait"
      ])
    try workspace.sync(until: "the command runs") { workspace.has(".staled/pid") }
    let group = try #require(Int32(try workspace.read(".staled/pid").dropLast()))
    #expect(workspace.stop() == 0)
    let alive = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
      guard let text = try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8),
        let close = text.lastIndex(of: ")")
      else { return false }
      let fields = text[close...].split(separator: " ")
      return fields.count > 3 && fields[3] == "\(group)" && fields[1] != "Z"
    }
    #expect(alive == [])
  }

  /// What a call adds while the command runs is not lost.
  @Test func aDependencyThatIsAddedMeanwhileHolds() throws {
    let workspace = try Self.running(
      [
        "x": "1", "y": "1",
        "staled.json":
          #"{"version": 1, "namespaces": {"w": {"refresh": {"run": ["./slow"], "on": ["invalidation"]}}}}"#,
      ], scripts: ["slow": "touch .staled/begun; while [ ! -e .staled/go ]; do sleep 0.02; done; cat x"])
    let follower = try Follower(workspace, types: ["refreshed"])
    #expect(try workspace.stale(["set", "w/t", "--dep", "x"], input: Data("old".utf8)).status == 0)
    try workspace.write("x", "2")
    try workspace.sync(until: "the command runs") { workspace.has(".staled/begun") }
    #expect(try workspace.stale("depend", "w/t", "y").status == 0)
    try workspace.write(".staled/go", "")
    #expect(follower.next()?.key == "t")
    #expect(try workspace.stale("get", "w/t").text == "2")
    let entry = try workspace.json("GET", "/v1/entries/w/t")
    let rests = try #require(entry["dependencies"] as? [[String: Any]]).compactMap { $0["id"] as? String }
    #expect(rests == ["file:x", "file:y"])
  }

  /// What was evicted has nothing left of what it was made from: it is not made again by itself.
  @Test func whatIsEvictedIsNotMadeAgainFromNothing() throws {
    let workspace = try Self.running([
      "src/f": "one",
      "staled.json": #"""
      {"version": 1, "namespaces": {"s": {"disk": {"maxEntries": 2},
        "refresh": {"run": ["cat", "src/f"], "on": ["invalidation"]}}}}
      """#,
    ])
    for key in ["b", "c", "d"] {
      #expect(try workspace.stale(["set", "s/\(key)", "--dep", "src/f"], input: Data("one".utf8)).status == 0)
    }
    #expect(try workspace.log().filter { $0.type == .evicted }.map(\.key) == ["b"])
    let follower = try Follower(workspace, types: ["refreshed"])
    try workspace.write("src/f", "two")
    var refreshed: [String] = []
    for _ in 0..<2 { refreshed.append(follower.next()?.key ?? "-") }
    #expect(refreshed.sorted() == ["c", "d"])
    #expect(try workspace.stale("get", "s/d").text == "two" && workspace.stale("get", "s/c").text == "two")
    #expect(try workspace.stale("get", "s/b").status == 1)
    #expect(try workspace.log().filter { $0.type == .refreshed }.count == 2)
  }

  /// A build that broke and is mended: the next change is a reason to make it, though the entry is stale already.
  @Test func afterAFailureTheNextChangeIsTriedAgain() throws {
    let workspace = try Self.running(
      [
        "src": "good",
        "staled.json": #"""
        {"version": 1, "entries": [{"key": "out", "namespace": "b", "files": ["src"],
          "refresh": {"run": ["./build"], "on": ["invalidation"]}}]}
        """#,
      ], scripts: ["build": "grep good src || { echo broken >&2; exit 1; }"])
    #expect(try workspace.stale("warm").status == 0)
    let follower = try Follower(workspace, types: ["warning", "refreshed"])
    try workspace.write("src", "bad")
    for _ in 0..<4 { #expect(follower.next()?.message?.contains("broken") == true) }
    // It is given up.
    #expect(try workspace.stale("check", "b/out").status == 1)
    try workspace.write("src", "good again")
    #expect(follower.next()?.type == .refreshed)
    #expect(try workspace.stale("get", "b/out").text == "good again\n")
  }

  /// Two commands that change each other's files do not keep the machine busy.
  @Test func commandsThatRunInCirclesAreHeldBackAndTold() throws {
    let workspace = try Self.running(
      [
        "x": "0", "y": "0",
        "staled.json": #"""
        {"version": 1, "watch": {"settle": "1ms"}, "defaults": {"namespace": "b"}, "entries": [
          {"key": "a", "files": ["x"], "refresh": {"run": ["./next", "y"], "on": ["invalidation"]}},
          {"key": "b", "files": ["y"], "refresh": {"run": ["./next", "x"], "on": ["invalidation"]}}]}
        """#,
      ], scripts: ["next": "echo run $1 >> .staled/ran; wc -l < .staled/ran | tee $1"])
    let follower = try Follower(workspace, types: ["warning"])
    #expect(try workspace.stale(["set", "a", "--dep", "x"]).status == 0)
    #expect(try workspace.stale(["set", "b", "--dep", "y"]).status == 0)
    try workspace.write("x", "1")
    let warning = try #require(follower.next())
    #expect(warning.message?.contains("ran 10 times within a minute: it is tried again in 15 s") == true, "\(warning)")
    #expect(try workspace.read(".staled/ran").split(separator: "\n").count <= 21)
  }

  /// To fill the cache is to have the values there.
  @Test func warmingMakesWhatWasEvictedToo() throws {
    let workspace = try Self.running([
      "staled.json": #"""
      {"version": 1, "namespaces": {"w": {"disk": {"maxEntries": 1}, "refresh": ["echo", "{key}"]}},
       "entries": [{"key": "one", "namespace": "w"}, {"key": "two", "namespace": "w"}]}
      """#
    ])
    #expect(try workspace.stale("warm").status == 0)
    let gone = try #require(try workspace.log().last { $0.type == .evicted }?.key)
    #expect(try workspace.stale("check", "w/\(gone)").status == 0 && workspace.stale("get", "w/\(gone)").status == 1)
    let warmed = try JSONDecoder().decode(WarmReply.self, from: try workspace.stale("warm", "--json").output)
    #expect(warmed.of == 1 && warmed.done == 1)
    #expect(try workspace.stale("get", "w/\(gone)").text == "\(gone)\n")
  }

  @Test func aScheduleThatCannotRunIsToldByStatus() throws {
    let workspace = try Self.running([
      "staled.json": #"""
      {"version": 1, "schedules": [{"cron": "0 3 * * *", "timeZone": "Europe/Berln", "invalidate": {"all": true}}]}
      """#
    ])
    let manifest = try #require(try workspace.json("GET", "/v1/status")["manifest"] as? [String: Any])
    let problem = (manifest["problems"] as? [String])?.first ?? ""
    #expect(manifest["ok"] as? Bool == false)
    #expect(
      problem.hasPrefix(#"staled.json:1:30: the schedule does not run: "Europe/Berln" is no time zone"#), "\(problem)")
    #expect(try workspace.stale("validate").errors.contains("Europe/Berln"))
    let status = try workspace.stale("status").text
    #expect(status.contains("manifest   not all of it is carried out\n    staled.json:1:30:"), "\(status)")
    try workspace.write("staled.json", "{")
    try workspace.stale("sync")
    #expect(try workspace.stale("status").text.contains("manifest   broken; the last good one is in force"))
  }

  /// Refresh commands that wait for others do not take away the places that those need, nor wait for themselves.
  @Test(.timeLimit(.minutes(2))) func aCommandMayWarmWhatItNeeds() throws {
    let outer = (0..<2 * ProcessInfo.processInfo.activeProcessorCount + 2).map { number in
      #"{"key": "\#(number)", "namespace": "outer", "refresh": {"run": ["stale", "warm", "-n", "inner"], "timeout": "60s"}}"#
    }
    let workspace = try Workspace([
      "staled.json": #"""
      {"version": 1, "entries": [\#(outer.joined(separator: ", ")),
        {"key": "all", "refresh": {"run": ["stale", "warm"], "timeout": "60s"}}, {"key": "one", "namespace": "inner", "refresh": ["echo", "1"]}, {"key": "two", "namespace": "inner", "refresh": ["echo", "2"]}]}
      """#
    ])
    try workspace.start(["PATH": "\(Binaries.folder.path):/usr/bin:/bin"])
    let warmed = try workspace.stale("warm", "--json")
    #expect(warmed.status == 0, "\(warmed.errors)")
    #expect(try workspace.states().values.allSatisfy { $0 == "fresh" })
    #expect(try workspace.http("POST", "/v1/warm", body: #"{"within":"file:x"}"#).status == 422)
  }

  /// What is over already is not ended again and again, and the log is not filled by that.
  @Test func schedulesThatChangeNothingLeaveTheLogAlone() throws {
    let workspace = try Self.running([
      "staled.json": #"""
      {"version": 1, "schedules": [{"every": "1s", "invalidate": {"tags": ["often"]}}, {"every": "3s", "invalidate": {"tags": ["seldom"]}}]}
      """#
    ])
    let follower = try Follower(workspace, types: ["invalidated", "batch"])
    for tag in ["often", "seldom"] {
      #expect(try workspace.http("PUT", "/v1/cache/n/\(tag)?tag=\(tag)", body: "v").status == 201)
    }
    var told: [String] = []
    while told.count < 3, let record = follower.next() { told.append(record.key ?? "\(record.matched ?? 0)") }
    // A run at least lies between.
    #expect(told == ["often", "1", "seldom"])
  }

  // MARK: Hooks

  /// Of what is gone the tags are known that it had.
  @Test func hooksByTagHearOfWhatIsDeletedAndEvicted() throws {
    let workspace = try Self.running(
      [
        "staled.json": #"""
        {"version": 1, "watch": {"ignore": ["heard"]}, "namespaces": {"small": {"disk": {"maxEntries": 1}}},
         "hooks": [{"when": {"tags": ["t"], "states": ["missing"]}, "run": ["./hear", "{key}", "{state}", "{cause}"]}]}
        """#
      ], scripts: ["hear": "echo \"$*\" >> heard"])
    #expect(try workspace.http("PUT", "/v1/cache/n/gone?tag=t", body: "v").status == 201)
    #expect(try workspace.http("PUT", "/v1/cache/n/other?tag=u", body: "v").status == 201)
    for key in ["gone", "other"] { #expect(try workspace.http("DELETE", "/v1/cache/n/\(key)").status == 200) }
    for key in ["first", "second"] {
      #expect(try workspace.http("PUT", "/v1/cache/small/\(key)?tag=t", body: "v").status == 201)
    }
    try workspace.sync(until: "two hooks ran") { (try? workspace.read("heard"))?.split(separator: "\n").count == 2 }
    #expect(
      try workspace.read("heard").split(separator: "\n").sorted() == [
        "first missing bounds:small", "gone missing call:delete",
      ])
  }

  @Test func hooksRunInOrderForTheStatesThatTheyAreFor() throws {
    let workspace = try Self.running(
      [
        "a.txt": "1",
        "staled.json": #"""
        {"version": 1, "watch": {"ignore": ["heard"]},
         "hooks": [
          {"when": {"tags": ["binary"]}, "run": ["./hear", "tag", "{id}", "{state}", "{cause}"]},
          {"when": {"namespaces": ["n"], "keys": ["lib/*"], "states": ["fresh", "stale"]}, "run": ["./hear", "lib", "{key}", "{state}"]},
          {"when": {"states": ["expired"]}, "run": ["./fails"]}]}
        """#,
      ],
      scripts: ["hear": "echo \"$*\" >> heard", "fails": "echo bad >&2; exit 3"])
    #expect(try workspace.http("PUT", "/v1/cache/n/lib/x?dep=file:a.txt&tag=binary", body: "v").status == 201)
    #expect(try workspace.http("PUT", "/v1/cache/n/app?dep=entry:n/lib/x&tag=binary", body: "v").status == 201)
    func heard(_ count: Int) throws -> [String] {
      var lines: [String] = []
      try workspace.sync(until: "\(count) hooks ran") {
        lines = ((try? workspace.read("heard")) ?? "").split(separator: "\n").map(String.init)
        return lines.count >= count
      }
      return lines.sorted()
    }
    #expect(try heard(1) == ["lib lib/x fresh"])
    try workspace.write("a.txt", "2")
    try workspace.stale("sync")
    #expect(
      try heard(4) == [
        "lib lib/x fresh", "lib lib/x stale", "tag entry:n/app suspect file:a.txt",
        "tag entry:n/lib/x stale file:a.txt",
      ])
    let follower = try Follower(workspace, types: ["warning"])
    #expect(try workspace.http("PUT", "/v1/cache/n/short?ttl=50ms", body: "v").status == 201)
    let warning = try #require(follower.next())
    #expect(warning.message == "the hook ./fails of n/short ended with status 3: bad", "\(warning)")
    let stats = try workspace.json("GET", "/v1/stats")
    #expect(stats["hooks"] as? Int == 5 && stats["failedHooks"] as? Int == 1)
  }
}
