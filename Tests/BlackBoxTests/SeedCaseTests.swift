import Foundation
import Testing

/// `result_a` depends on `result_b` depends on `result_c`: the case that the whole agent was first asked for.
@Suite struct SeedCaseTests {
  @Test func invalidatingTheDependentsOfTheLowestReachesBothAboveAndOutlivesTheAgent() throws {
    let workspace = try Workspace()
    try workspace.start()
    for (key, dependency) in [("result_c", ""), ("result_b", "?dep=result_c"), ("result_a", "?dep=result_b")] {
      let reply = try workspace.http("PUT", "/v1/cache/default/\(key)\(dependency)", body: "value of \(key)")
      #expect(reply.status == 201)
    }
    #expect(try workspace.fresh() == ["default/result_a", "default/result_b", "default/result_c"])

    let reply = try workspace.json("POST", "/v1/invalidate", #"{"resources":["entry:default/result_c"]}"#)
    #expect(reply["invalidated"] as? Int == 2)
    #expect(reply["matched"] as? Int == 2)
    #expect(reply["truncated"] as? Bool == false)
    let entries = try #require(reply["entries"] as? [[String: Any]])
    #expect(entries.map { $0["key"] as? String } == ["result_b", "result_a"])
    #expect(entries.map { $0["depth"] as? Int } == [1, 2])
    #expect(entries.map { $0["via"] as? String } == ["entry:default/result_c", "entry:default/result_b"])

    let expected = ["default/result_a": "suspect", "default/result_b": "stale", "default/result_c": "fresh"]
    #expect(try workspace.states() == expected)
    workspace.kill()
    try workspace.start()
    #expect(try workspace.states() == expected)
    #expect(try workspace.http("GET", "/v1/cache/default/result_b").status == 404)

    // Made again to the same value, what rests on it holds again.
    #expect(
      try workspace.http("PUT", "/v1/cache/default/result_b?dep=result_c", body: "value of result_b").status == 200)
    #expect(try workspace.fresh() == ["default/result_a", "default/result_b", "default/result_c"])
    #expect(try workspace.http("GET", "/v1/cache/default/result_a").body == "value of result_a")
  }
}
