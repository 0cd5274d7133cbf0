import Foundation
import StaledAPI
import Testing

/// The examples of a usual cache-invalidation guide, with their counts.
@Suite struct GuideTests {
  /// `code/python/src` is reached by `code` and `code/python`; counts are of entries really affected, once each.
  @Test(arguments: [("code", 3), ("python", 2), ("src", 2)])
  func tagsReachWhatBearsThem(tag: String, count: Int) throws {
    let workspace = try HTTPTests.running()
    for (key, tags) in [
      ("file_a", ["code", "python", "src"]), ("file_b", ["code", "python", "tests"]),
      ("file_c", ["code", "js", "src"]),
    ] {
      let query = tags.map { "tag=\($0)" }.joined(separator: "&")
      #expect(try workspace.http("PUT", "/v1/cache/guide/\(key)?\(query)", body: key).status == 201)
    }
    let reply = try workspace.json("POST", "/v1/invalidate", #"{"tags":["\#(tag)"]}"#)
    #expect(reply["invalidated"] as? Int == count && reply["matched"] as? Int == count)
    let again = try workspace.json("POST", "/v1/invalidate", #"{"tags":["\#(tag)"]}"#)
    #expect(again["invalidated"] as? Int == 0, "nothing is counted twice")
    #expect(try workspace.json("GET", "/v1/stats")["tagInvalidations"] as? Int == count)
  }

  @Test func tagsWithLevelsReachWhatIsBelow() throws {
    let workspace = try HTTPTests.running([
      "staled.json": #"{"version":1,"namespaces":{"deep":{"tagHierarchy":true}}}"#
    ])
    for (key, tag) in [("a", "code/python/src"), ("b", "code/python"), ("c", "code/js"), ("d", "codex")] {
      for namespace in ["deep", "flat"] {
        #expect(try workspace.http("PUT", "/v1/cache/\(namespace)/\(key)?tag=\(tag)", body: key).status == 201)
      }
    }
    func reached(_ tag: String, _ more: String = "") throws -> [String] {
      let reply = try workspace.json("POST", "/v1/invalidate", #"{"tags":["\#(tag)"],"dryRun":true\#(more)}"#)
      return try #require(reply["entries"] as? [[String: Any]]).map { "\($0["namespace"] ?? "")/\($0["key"] ?? "")" }
    }
    #expect(try reached("code/python") == ["deep/a", "deep/b", "flat/b"])
    #expect(try reached("code") == ["deep/a", "deep/b", "deep/c"])
    #expect(try reached("code/python/src") == ["deep/a", "flat/a"])
    #expect(try reached("code/python", #","within":["flat"]"#) == ["flat/b"])
    #expect(try reached("co") == [])
    let listed = try workspace.stale("list", "--tag", "code")
    #expect(listed.text.split(separator: "\n").map { String($0.prefix(6)) } == ["deep/a", "deep/b", "deep/c"])
    let reply = try workspace.stale("invalidate", "--tag", "code/python", "--within", "deep", "--json")
    #expect(try JSONDecoder().decode(InvalidateReply.self, from: reply.output).invalidated == 2)
    #expect(try workspace.http("POST", "/v1/invalidate", body: #"{"within":["deep"]}"#).status == 422)
    #expect(
      try workspace.json("GET", "/v1/stats")["tags"] as? [String: Double] == [
        "totalTags": 4, "taggedEntries": 8, "avgTagsPerEntry": 1,
      ])
    // Another manifest: levels count no more.
    try workspace.write("staled.json", #"{"version":1}"#)
    try workspace.stale("sync")
    #expect(try reached("code") == [])
  }

  @Test func dependentsOfAFileAreFoundTransitively() throws {
    let workspace = try HTTPTests.running(["src/main.py": "print(1)\n"])
    #expect(try workspace.http("PUT", "/v1/cache/g/analysis_result?dep=file:src/main.py", body: "a").status == 201)
    #expect(try workspace.http("PUT", "/v1/cache/g/full_report?dep=entry:g/analysis_result", body: "r").status == 201)
    let found = try workspace.json("GET", "/v1/dependents?id=file:src/main.py&transitive=true")
    #expect(
      try #require(found["entries"] as? [[String: Any]]).compactMap { $0["id"] as? String } == [
        "entry:g/analysis_result", "entry:g/full_report",
      ])
    let reply = try workspace.json("POST", "/v1/invalidate", #"{"resources":["file:src/main.py"]}"#)
    #expect(reply["invalidated"] as? Int == 2 && reply["matched"] as? Int == 2)
  }

  @Test func aChainCascades() throws {
    let workspace = try HTTPTests.running()
    #expect(try workspace.http("PUT", "/v1/cache/g/result_a", body: "a").status == 201)
    #expect(try workspace.http("PUT", "/v1/cache/g/result_b?dep=entry:g/result_a", body: "b").status == 201)
    #expect(try workspace.http("PUT", "/v1/cache/g/result_c?dep=entry:g/result_b", body: "c").status == 201)
    let cycle = try workspace.http("PUT", "/v1/cache/g/result_a?dep=entry:g/result_c", body: "a")
    #expect(cycle.status == 409 && cycle.body.contains("entry:g/result_b"), "the path is told: \(cycle.body)")
    let reply = try workspace.json("POST", "/v1/invalidate", #"{"keys":["g/result_a"]}"#)
    #expect(reply["invalidated"] as? Int == 3)
    let entries = try #require(reply["entries"] as? [[String: Any]])
    #expect(entries.map { "\($0["key"] ?? "")@\($0["depth"] ?? "")" } == ["result_a@0", "result_b@1", "result_c@2"])
  }

  @Test func userLogoutClearsTheUsersNamespace() throws {
    let workspace = try HTTPTests.running([
      "staled.json": #"""
      {"version": 1, "events": {"user_logout": [{"namespaces": ["user_{user_id}"]}],
                                "deploy": [{"tags": ["config"]}, {"resources": ["config:app"]}]}}
      """#
    ])
    for key in ["user_user123/profile", "user_user123/cart", "user_other/profile"] {
      #expect(try workspace.http("PUT", "/v1/cache/\(key)", body: "v").status == 201)
    }
    #expect(try workspace.http("PUT", "/v1/cache/g/tagged?tag=config", body: "v").status == 201)
    #expect(try workspace.http("PUT", "/v1/cache/g/both?tag=config&dep=config:app", body: "v").status == 201)
    #expect(try workspace.http("PUT", "/v1/cache/g/above?dep=entry:g/both", body: "v").status == 201)
    let follower = try Follower(workspace, events: ["user_logout"])
    var reply = try workspace.json("POST", "/v1/events/user_logout", #"{"user_id":"user123"}"#)
    #expect(reply["invalidated"] as? Int == 2 && reply["handlers"] as? Int == 1)
    let heard = try #require(follower.next())
    #expect(heard.type == .event && heard.name == "user_logout" && heard.parameters == ["user_id": "user123"])
    #expect(heard.seq <= reply["seq"] as? UInt64 ?? 0)
    #expect(try workspace.states()["user_other/profile"] == "fresh")

    reply = try workspace.json("POST", "/v1/events/deploy", "{}")
    #expect(reply["handlers"] as? Int == 2)
    #expect(reply["invalidated"] as? Int == 3 && reply["matched"] as? Int == 3, "each once: \(reply)")
    let why = try workspace.stale("why", "g/tagged")
    #expect(why.text.contains("event deploy"), "\(why.text)")

    #expect(try workspace.http("POST", "/v1/events/user_logout", body: "{}").status == 422)
    #expect(try workspace.http("POST", "/v1/events/user_logout", body: #"{"user_id":"1","x":"2"}"#).status == 422)
    #expect(try workspace.http("POST", "/v1/events/user_logout", body: #"{"user_id":["1"]}"#).status == 422)
    #expect(try workspace.http("POST", "/v1/events/user_logout", body: #"{"user_id":"a/b"}"#).status == 422)
    #expect(try workspace.http("POST", "/v1/events/user_logout", body: #"{"user_id":"#).status == 400)
    let unknown = try workspace.http("POST", "/v1/events/user_logut", body: "{}")
    #expect(unknown.status == 404 && unknown.body.contains("user_logout"))

    var ended = try workspace.stale("event", "user_logout", "user_id=other")
    #expect(ended.status == 0 && ended.text.contains("user_other/profile"), "\(ended)")
    ended = try workspace.stale("event", "user_logout")
    #expect(ended.status == 4 && ended.errors.contains("user_id"), "\(ended)")
    ended = try workspace.stale("event", "nothing")
    #expect(ended.status == 1 && ended.errors.contains("no event"), "\(ended)")
    ended = try workspace.stale("event", "deploy", "user")
    #expect(ended.status == 2, "\(ended)")
    let tail = try workspace.stale("tail", "-n", "100", "--type", "event")
    #expect(tail.text.contains("event user_logout") && tail.text.contains("user_id=user123"), "\(tail.text)")
  }

  @Test func fileEventsHaveHandlersAndSubscribers() throws {
    let workspace = try HTTPTests.running([
      "a.txt": "1", "b.txt": "1",
      "staled.json": #"""
      {"version": 1, "events": {"file_deleted": [{"keys": ["g/seen {path}"]}, {"tags": ["listing"]}]}}
      """#,
    ])
    #expect(try workspace.http("PUT", "/v1/cache/g/a?dep=file:a.txt", body: "v").status == 201)
    #expect(try workspace.http("PUT", "/v1/cache/g/b?dep=file:b.txt", body: "v").status == 201)
    #expect(try workspace.http("PUT", "/v1/cache/g/seen%20b.txt", body: "v").status == 201)
    #expect(try workspace.http("PUT", "/v1/cache/g/list?tag=listing", body: "v").status == 201)
    let follower = try Follower(workspace, events: ["file_modified"])
    try workspace.write("a.txt", "2")
    #expect(
      try workspace.states() == ["g/a": "stale", "g/b": "fresh", "g/seen b.txt": "fresh", "g/list": "fresh"])
    let heard = try #require(follower.next())
    #expect(heard.type == .change && heard.resource == "file:a.txt" && heard.kind == "modified")
    try workspace.remove("b.txt")
    #expect(
      try workspace.states() == ["g/a": "stale", "g/b": "stale", "g/seen b.txt": "stale", "g/list": "stale"])
    let event = try #require(try workspace.log().first { $0.type == .event })
    #expect(event.name == "file_deleted" && event.parameters?["path"] == "b.txt" && event.handlers == 2)
    #expect(try workspace.log().contains { $0.key == "list" && $0.cause == "event:file_deleted" })
  }
}
