import Foundation
import StaledAPI
import Testing

/// Mark now, act later, as clients see it: an edit is no hit any more from the moment the kernel told of it, however long
/// the settle time.
@Suite struct MarkNowTests {
  @Test func anEditIsNoHitBeforeItHasSettled() throws {
    let workspace = try Workspace([
      "staled.json": #"{"version":1,"watch":{"settle":"1h","maxDelay":"1h"}}"#, "a.txt": "1", "b.txt": "1",
    ])
    try workspace.start()
    for name in ["a", "b"] {
      let put = try workspace.http("PUT", "/v1/cache/t/\(name)?dep=file:\(name).txt", body: "made of \(name)")
      #expect(put.status == 201)
    }
    #expect(try workspace.http("PUT", "/v1/cache/t/app?dep=entry:t/a", body: "app").status == 201)
    func got(_ name: String) throws -> Int { try workspace.http("GET", "/v1/cache/t/\(name)?sync=false").status }
    for name in ["a", "b", "app"] { #expect(try got(name) == 200) }
    let before = try workspace.log().count

    try workspace.write("a.txt", "2")
    // A lease is given once everything that the kernel said before is taken in; it confirms nothing.
    #expect(try workspace.http("POST", "/v1/leases").status == 200)
    let miss = try workspace.http("GET", "/v1/cache/t/a?sync=false")
    #expect(miss.status == 404 && miss.headers["staled-state"] == "suspect")
    #expect(miss.headers["cache-status"] == "staled; fwd=stale")
    #expect(try got("app") == 404 && got("b") == 200)
    #expect(try workspace.log().count == before)

    #expect(try workspace.stale("sync").status == 0)
    #expect(try workspace.log().dropFirst(before).map(\.type) == [.change, .invalidated, .invalidated, .batch])
    let stale = try workspace.http("GET", "/v1/cache/t/a?sync=false")
    #expect(stale.status == 404 && stale.headers["staled-state"] == "stale")
    #expect(workspace.stop() == 0)
  }
}
