import Foundation
import StaledAPI
import Testing

/// Values in their two levels.
@Suite struct ValueTests {
  /// A large one is never wholly in the agent's memory, on its way in or out.
  @Test func largeValuesAreStreamed() throws {
    let workspace = try HTTPTests.running()
    #expect(try workspace.http("PUT", "/v1/cache/v/small", body: "x").status == 201)
    #expect(try workspace.http("GET", "/v1/cache/v/small").body == "x")
    let before = Proc(pid: workspace.pid).peak
    let size = 48 << 20
    let large = workspace.url("large.bin")
    var bytes = Data(count: size)
    for index in stride(from: 0, to: size, by: 997) { bytes[index] = UInt8(truncatingIfNeeded: index &* 31) }
    try bytes.write(to: large)
    func curl(_ arguments: String...) throws -> Ended {
      try run(
        URL(fileURLWithPath: "/usr/bin/curl"), ["-sS", "--unix-socket", try workspace.socket()] + arguments,
        input: Data())
    }
    let put = try curl("-T", large.path, "-o", "/dev/null", "-w", "%{http_code}", "http://staled/v1/cache/v/large")
    #expect(put.text == "201")
    for _ in 0..<2 {
      let copy = workspace.url("copy.bin")
      let got = try curl("-o", copy.path, "-w", "%{http_code}", "http://staled/v1/cache/v/large")
      #expect(got.text == "200")
      #expect(try Data(contentsOf: copy) == bytes)
    }
    let growth = Proc(pid: workspace.pid).peak - before
    #expect(growth < size * 3 / 4, "\(growth >> 20) MiB for \(size >> 20)")
    // Over the limit it is refused, and what was there stays.
    try Data(count: 65 << 20).write(to: large)
    #expect(
      try curl("-T", large.path, "-o", "/dev/null", "-w", "%{http_code}", "http://staled/v1/cache/v/large").text
        == "413")
    #expect(try workspace.stale("check", "v/large").status == 0)
    #expect(try workspace.stale("get", "v/large").output == bytes)
  }

  @Test func memoryServesWhatWasReadAndEqualValuesAreHeldOnce() throws {
    let workspace = try HTTPTests.running([
      "staled.json":
        #"{"version":1,"namespaces":{"small":{"memory":{"maxEntries":2}},"none":{"memory":{"maxBytes":0}}}}"#
    ])
    func level(_ name: String, _ figure: String, _ namespace: String? = nil) throws -> Int {
      let stats = try workspace.json("GET", "/v1/stats")
      var levels = stats["levels"] as? [String: [String: Int]]
      if let namespace {
        levels =
          ((stats["namespaces"] as? [String: Any])?[namespace] as? [String: Any])?["levels"] as? [String: [String: Int]]
      }
      return try #require(levels?[name]?[figure])
    }
    for key in ["a", "b", "c"] {
      #expect(try workspace.http("PUT", "/v1/cache/small/\(key)", body: "same").status == 201)
    }
    #expect(try workspace.http("PUT", "/v1/cache/none/a", body: "same").status == 201)
    #expect(try level("l1", "entries") == 2 && level("l1", "bytes") == 4)
    #expect(try level("l2", "entries") == 4 && level("l2", "bytes") == 16)
    for key in ["a", "b", "c"] { #expect(try workspace.http("GET", "/v1/cache/small/\(key)").body == "same") }
    #expect(try workspace.http("GET", "/v1/cache/none/a").body == "same")
    #expect(try level("l1", "hits") + level("l2", "hits") == 4)
    #expect(try level("l2", "hits", "none") == 1 && level("l1", "entries", "none") == 0)
    #expect(try level("l1", "entries", "small") == 2)
    // An invalidation takes it from both.
    #expect(try workspace.http("POST", "/v1/invalidate", body: #"{"namespaces":["small","none"]}"#).status == 200)
    #expect(try level("l1", "entries") == 0 && level("l2", "entries") == 0 && level("l1", "bytes") == 0)
    #expect(try workspace.http("GET", "/v1/cache/small/a?stale=allow").status == 404)
  }

  /// Whether it comes from memory or from the store: its time is over when it is over.
  @Test func aValueThatCameToMemoryLivesNoLonger() throws {
    let workspace = try HTTPTests.running()
    let follower = try Follower(workspace, types: ["expired"])
    #expect(try workspace.http("PUT", "/v1/cache/v/a?ttl=1s", body: "v").status == 201)
    workspace.kill()
    try workspace.start()
    // Memory is empty after the restart: this one comes from the store and is held then.
    if try workspace.http("GET", "/v1/cache/v/a").status == 200 {
      #expect(try workspace.http("GET", "/v1/cache/v/a?sync=false").status != 500)
    }
    #expect(follower.next()?.key == "a")
    #expect(try workspace.http("GET", "/v1/cache/v/a?sync=false").status == 404)
  }

  @Test func theStoreKeepsWithinItsBounds() throws {
    let workspace = try HTTPTests.running([
      "staled.json": #"{"version":1,"namespaces":{"d":{"disk":{"maxBytes":100}}},"disk":{"maxEntries":20}}"#
    ])
    for number in 0..<9 {
      #expect(try workspace.http("PUT", "/v1/cache/d/k\(number)", body: "0123456789").status == 201)
    }
    #expect(try workspace.http("GET", "/v1/cache/d/k0").status == 200)
    for number in 9..<12 {
      #expect(try workspace.http("PUT", "/v1/cache/d/k\(number)", body: "0123456789").status == 201)
    }
    let evicted = try workspace.log().filter { $0.type == .evicted }
    #expect(evicted.map(\.key) == ["k1", "k2"] && evicted.first?.cause == "bounds:d", "\(evicted)")
    #expect(try workspace.http("GET", "/v1/cache/d/k1").status == 404)
    #expect(try workspace.http("GET", "/v1/cache/d/k0").status == 200)
    for number in 0..<15 { #expect(try workspace.http("PUT", "/v1/cache/e/k\(number)", body: "v").status == 201) }
    let stats = try workspace.json("GET", "/v1/stats")
    let held = try #require((stats["levels"] as? [String: [String: Int]])?["l2"]?["entries"])
    #expect(held <= 20 && stats["evictions"] as? Int == 27 - held)
    // It is the same after a restart.
    workspace.kill()
    try workspace.start()
    #expect(try workspace.http("GET", "/v1/cache/d/k1").status == 404)
    let text = try workspace.stale("stats").text
    #expect(text.contains("evicted"), "\(text)")
  }

  /// It is told, and not let go of in silence.
  @Test func aValueForWhichThereIsNeverRoomIsRefused() throws {
    let workspace = try HTTPTests.running([
      "staled.json": #"{"version":1,"disk":{"maxBytes":100},"namespaces":{"small":{"disk":{"maxBytes":10}}}}"#
    ])
    for (target, size, status) in [
      ("small/a", 10, 201), ("small/b", 11, 413), ("big/a", 100, 201), ("big/b", 101, 413),
    ] {
      let reply = try workspace.http("PUT", "/v1/cache/\(target)", body: String(repeating: "x", count: size))
      #expect(reply.status == status, "\(target): \(reply)")
      if status == 413 { #expect(reply.body.contains("disk.maxBytes"), "\(reply)") }
    }
    #expect(try workspace.stale(["set", "small/c"], input: Data(count: 11)).status == 4)
    #expect(try workspace.http("GET", "/v1/cache/big/b").status == 404)
  }

  @Test func tagsOfCallsAreAsTheManifestHasThem() throws {
    let workspace = try HTTPTests.running(["staled.json": #"{"version":1,"limits":{"maxTags":2}}"#])
    let long = String(repeating: "t", count: 256)
    for query in ["tag=", "tag=\(long)", "tag=a%0Ab", "tag=a&tag=b&tag=c"] {
      #expect(try workspace.http("PUT", "/v1/cache/n/k?\(query)", body: "v").status == 422, "\(query)")
    }
    #expect(try workspace.http("PUT", "/v1/cache/n/k?tag=a&tag=b", body: "v").status == 201)
    #expect(try workspace.http("PATCH", "/v1/entries/n/k", body: #"{"addTags":[""]}"#).status == 422)
    #expect(try workspace.http("POST", "/v1/entries/n/k/mark", body: #"{"tags":[""]}"#).status == 422)
    // No entry has such a one.
    #expect(try workspace.http("POST", "/v1/invalidate", body: #"{"tags":["\#(long)"]}"#).status == 422)
    #expect(try workspace.stale("graph", "n/none").status == 1)
  }
}
