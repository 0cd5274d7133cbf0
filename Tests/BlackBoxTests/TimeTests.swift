import Foundation
import StaledAPI
import Testing

/// Times to live as `curl` sees them.
@Suite struct TimeTests {
  private func expires(_ workspace: Workspace, _ entry: String) throws -> Date? {
    let text = try workspace.json("GET", "/v1/entries/\(entry)")["expires"] as? String
    let format = ISO8601DateFormatter()
    format.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
    // Down to the millisecond.
    return text.flatMap { format.date(from: String($0.dropLast(4)) + "Z") }
  }

  @Test func aRestartKeepsTheRemainingTime() throws {
    let workspace = try HTTPTests.running()
    #expect(try workspace.http("PUT", "/v1/cache/ns/key?ttl=1h", body: "v").status == 201)
    let before = try #require(try expires(workspace, "ns/key"))
    #expect((3500...3600).contains(before.timeIntervalSinceNow))
    workspace.kill()
    try workspace.start()
    let after = try #require(try expires(workspace, "ns/key"))
    #expect(abs(after.timeIntervalSince(before)) < 1, "\(before) and then \(after)")
    #expect(try workspace.http("GET", "/v1/cache/ns/key").status == 200)
  }

  /// The manifest is read before the time of what was stored is counted.
  @Test func anExpiredValueIsKeptOverARestartAndTheRestEndsByItself() throws {
    let workspace = try HTTPTests.running([
      "staled.json": #"{"version":1,"namespaces":{"kept":{"keepStale":"1h"}}}"#
    ])
    var follower = try Follower(workspace, types: ["expired"])
    #expect(try workspace.http("PUT", "/v1/cache/kept/a?ttl=50ms", body: "v").status == 201)
    #expect(follower.next()?.key == "a")
    #expect(try workspace.http("PUT", "/v1/cache/other/b?ttl=1s", body: "v").status == 201)
    workspace.kill()
    try workspace.start()
    #expect(try workspace.http("GET", "/v1/cache/kept/a?stale=allow").body == "v")
    let isOver = try workspace.log().contains { $0.type == .expired && $0.key == "b" }
    if !isOver {
      follower = try Follower(workspace, types: ["expired"])
      if try workspace.json("GET", "/v1/entries/other/b")["state"] as? String != "expired" {
        #expect(follower.next()?.key == "b")
      }
    }
    #expect(try workspace.http("GET", "/v1/cache/other/b").status == 404)
  }

  @Test func whatExpiresIsInTheLogAndNoHit() throws {
    let workspace = try HTTPTests.running(["staled.json": #"{"version":1,"namespaces":{"ns":{"keepStale":"1h"}}}"#])
    let follower = try Follower(workspace, types: ["expired"])
    #expect(try workspace.http("PUT", "/v1/cache/ns/key?ttl=100ms", body: "v").status == 201)
    let record = try #require(follower.next())
    #expect(record.type == .expired && record.cause == "clock:ttl" && record.key == "key")
    var reply = try workspace.http("GET", "/v1/cache/ns/key")
    #expect(reply.status == 404 && reply.headers["staled-state"] == "expired")
    #expect(reply.headers["cache-status"] == "staled; fwd=stale")
    reply = try workspace.http("GET", "/v1/cache/ns/key?stale=allow")
    #expect(reply.status == 200 && reply.body == "v" && reply.headers["staled-state"] == "expired")
    let why = try workspace.stale("why", "ns/key")
    #expect(why.status == 0 && why.text.contains("its time to live is over"), "\(why)")
    #expect(try workspace.stale("check", "ns/key").status == 1)
    let changed = try workspace.http("PATCH", "/v1/entries/ns/key", body: #"{"ttl":"1h"}"#)
    #expect(changed.status == 200 && changed.body.contains(#""state":"expired""#), "it is not brought back")
    #expect(try workspace.http("PUT", "/v1/cache/ns/key?ttl=-1", body: "v").status == 422)
    #expect(try workspace.http("PUT", "/v1/cache/ns/key?ttl=0", body: "v").status == 200)
    #expect(try workspace.http("GET", "/v1/cache/ns/key?stale=allow").status == 404)
  }

  /// A namespace whose entries live for nothing takes values and keeps none.
  @Test func withATimeToLiveOfNothingNothingIsStored() throws {
    let workspace = try HTTPTests.running([
      "staled.json": #"{"version":1,"namespaces":{"ns":{"ttl":0,"keepStale":"1h"}}}"#
    ])
    #expect(try workspace.http("PUT", "/v1/cache/ns/key", body: "v").status == 201)
    #expect(try workspace.http("GET", "/v1/cache/ns/key?stale=allow").status == 404)
    #expect(try workspace.http("PUT", "/v1/cache/ns/key?ttl=1h", body: "v").status == 200)
    #expect(try workspace.http("GET", "/v1/cache/ns/key").body == "v")
    #expect(try workspace.http("PUT", "/v1/cache/ns/key", body: "w").status == 200)
    #expect(try workspace.http("GET", "/v1/cache/ns/key?stale=allow").status == 404)
  }

  /// As in the manifest: words, or a number of seconds.
  @Test(arguments: [(#""1h""#, 3600.0), ("90", 90), ("1.5", 1.5), (#""250ms""#, 0.25), (#""never""#, nil)])
  func aTimeToLiveIsWordsOrANumber(_ written: String, _ seconds: Double?) throws {
    let workspace = try HTTPTests.running()
    #expect(try workspace.http("PUT", "/v1/cache/ns/key?ttl=1d", body: "v").status == 201)
    #expect(try workspace.http("PATCH", "/v1/entries/ns/key", body: #"{"ttl":\#(written)}"#).status == 200)
    #expect(try workspace.json("GET", "/v1/entries/ns/key")["ttl"] as? Double == seconds)
  }

  @Test(arguments: ["-1", #""soon""#, "true", "[1]", #""-5s""#, "1e300"]) func whatIsNoTimeToLiveIsRefused(
    _ written: String
  ) throws {
    let workspace = try HTTPTests.running()
    #expect(try workspace.http("PUT", "/v1/cache/ns/key?ttl=1d", body: "v").status == 201)
    let reply = try workspace.http("PATCH", "/v1/entries/ns/key", body: #"{"ttl":\#(written)}"#)
    #expect(reply.status == 422 && reply.body.contains("ttl") && reply.body.contains("90s"), "\(reply)")
  }
}
