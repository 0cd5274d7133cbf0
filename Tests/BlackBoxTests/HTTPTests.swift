import Foundation
import StaledAPI
import Testing

/// The API as `curl` sees it.
@Suite struct HTTPTests {
  static func running(_ files: [String: String] = [:]) throws -> Workspace {
    let workspace = try Workspace(files)
    try workspace.start()
    return workspace
  }

  @Test func aMissGivesALeaseThatIsGoodForMakingTheEntry() throws {
    let workspace = try Self.running(["in.txt": "one"])
    var reply = try workspace.http("GET", "/v1/cache/ns/key")
    #expect(reply.status == 404)
    #expect(reply.headers["cache-status"] == "staled; fwd=miss")
    #expect(reply.headers["staled-state"] == "missing")
    #expect(reply.headers["content-type"] == "application/problem+json")
    let lease = try #require(reply.headers["staled-lease"])
    reply = try workspace.http("PUT", "/v1/cache/ns/key?dep=file:in.txt&tag=a&tag=b&lease=\(lease)", body: "value")
    #expect(reply.status == 201, "\(reply)")
    reply = try workspace.http("GET", "/v1/cache/ns/key")
    #expect(reply.status == 200 && reply.body == "value")
    #expect(reply.headers["cache-status"] == "staled; hit")
    #expect(reply.headers["staled-state"] == "fresh")
    reply = try workspace.http("PUT", "/v1/cache/ns/key?dep=file:in.txt&lease=\(lease)", body: "again")
    #expect(reply.status == 409, "it was made since the lease: \(reply)")
    try workspace.write("in.txt", "two")
    reply = try workspace.http("GET", "/v1/cache/ns/key")
    #expect(reply.status == 404 && reply.headers["cache-status"] == "staled; fwd=stale")
    #expect(reply.headers["staled-state"] == "stale")
    reply = try workspace.http("GET", "/v1/cache/ns/key?stale=allow")
    #expect(reply.status == 200 && reply.body == "value")
    #expect(reply.headers["cache-status"] == "staled; fwd=stale")
    #expect(try workspace.http("PUT", "/v1/cache/ns/key?dep=file:in.txt", body: "new").status == 200)
  }

  @Test func aLeaseIsRefusedWhenAFileChangedSince() throws {
    let workspace = try Self.running(["in.txt": "one"])
    for known in [false, true] {
      let lease = try #require(try workspace.json("POST", "/v1/leases")["lease"] as? String)
      try workspace.write("in.txt", "two \(known)")
      let reply = try workspace.http("PUT", "/v1/cache/ns/key?dep=file:in.txt&lease=\(lease)", body: "value")
      #expect(reply.status == 409, "known: \(known)")
      #expect(reply.body.contains("file:in.txt"))
      #expect(try workspace.http("PUT", "/v1/cache/ns/key?dep=file:in.txt", body: "value").status < 300)
    }
  }

  @Test func aStatedDigestIsCompared() throws {
    let workspace = try Self.running(["in.txt": ""])
    let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    let other = "sha256:" + String(repeating: "0", count: 64)
    #expect(try workspace.http("PUT", "/v1/cache/ns/key?dep=file:in.txt@\(other)", body: "v").status == 409)
    #expect(try workspace.http("PUT", "/v1/cache/ns/key?dep=file:in.txt@\(empty)", body: "v").status == 201)
    #expect(try workspace.http("PUT", "/v1/cache/ns/key?dep=file:none@absent", body: "v").status == 200)
    #expect(try workspace.http("PUT", "/v1/cache/ns/key?dep=file:in.txt@absent", body: "v").status == 409)
  }

  @Test func cyclesAreRefusedWithThePath() throws {
    let workspace = try Self.running()
    #expect(try workspace.http("PUT", "/v1/cache/n/a?dep=b", body: "").status == 201)
    #expect(try workspace.http("PUT", "/v1/cache/n/b?dep=c", body: "").status == 201)
    let reply = try workspace.http("PUT", "/v1/cache/n/c?dep=a", body: "")
    #expect(reply.status == 409)
    for id in ["entry:n/a", "entry:n/b", "entry:n/c"] { #expect(reply.body.contains(id), "\(reply.body)") }
  }

  @Test func valuesOfEverySizeComeBackAsTheyWere() throws {
    let workspace = try Self.running()
    for size in [0, 1, 4096, 1 << 20, 16 << 20] {
      let bytes = Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
      #expect(try workspace.stale(["set", "v\(size)"], input: bytes).status == 0)
      #expect(try workspace.stale("get", "v\(size)").output == bytes)
    }
  }

  @Test(arguments: [
    ("GET", "/nowhere", "", 404), ("GET", "/v1/entries/none/such", "", 404), ("PUT", "/v1/status", "", 405),
    ("POST", "/v1/invalidate", "{", 400), ("POST", "/v1/invalidate", #"{"kyes":["a/b"]}"#, 422),
    ("POST", "/v1/invalidate", #"{"keys":"a/b"}"#, 422), ("POST", "/v1/invalidate", #"{"keys":["nokey"]}"#, 422),
    ("POST", "/v1/entries/n/k/mark", #"{"dependencies":["file:%zz"]}"#, 422),
    ("POST", "/v1/entries/n/k/mark", #"{"dependencies":["glob:["]}"#, 422),
    ("POST", "/v1/entries/n/k/mark", #"{"outputs":["env:X"]}"#, 422),
    ("POST", "/v1/entries/n/k/mark", #"{"digest":"sha256:12"}"#, 422),
    ("POST", "/v1/entries/n/k/mark", #"{"lease":"nonsense"}"#, 422), ("GET", "/v1/entries?state=rotten", "", 422),
    ("GET", "/v1/entries?limit=many", "", 422), ("GET", "/v1/dependents?id=", "", 422),
    ("GET", "/v1/dependents", "", 422),
    ("PUT", "/v1/cache/n/k?dep=", "v", 422), ("DELETE", "/v1/cache/n/none", "", 404),
    ("GET", "/v1/log?since=x", "", 422),
  ]) func errorsAreProblems(method: String, path: String, body: String, status: Int) throws {
    let workspace = try Self.running()
    let reply = try workspace.http(
      method, path, body: body.isEmpty ? nil : body, headers: ["Content-Type: application/json"])
    #expect(reply.status == status, "\(reply)")
    #expect(reply.headers["content-type"] == "application/problem+json")
    let problem = try JSONDecoder().decode(Problem.self, from: Data(reply.body.utf8))
    #expect(problem.status == status && !problem.title.isEmpty && !problem.detail.isEmpty)
    if status == 405 { #expect(reply.headers["allow"] == "GET, HEAD") }
    #expect(try workspace.http("GET", "/healthz").status == 200)
  }

  @Test func dependentsAndDependencies() throws {
    let workspace = try CascadeTests.workspace()
    try workspace.start()
    try workspace.stale("sync")
    func list(_ path: String) throws -> [String] {
      let neighbours = try JSONDecoder().decode(Neighbours.self, from: Data(workspace.http("GET", path).body.utf8))
      return neighbours.entries.map { "\($0.depth) \($0.id) \($0.via)" }
    }
    #expect(try list("/v1/dependents?id=file:src/util.c") == ["1 entry:build/obj/util.o file:src/util.c"])
    #expect(
      try list("/v1/dependents?id=file:src/util.c&transitive=true") == [
        "1 entry:build/obj/util.o file:src/util.c", "2 entry:build/bin/app entry:build/obj/util.o",
      ])
    #expect(try list("/v1/dependencies?id=entry:build/bin/app").count == 2)
    #expect(try list("/v1/dependents?id=file:include/not-yet.h").count == 2, "it would match the glob")
  }

  @Test func theLogOverHTTPIsTheFile() throws {
    let workspace = try CascadeTests.workspace()
    try workspace.start()
    try CascadeTests.makeAll(workspace)
    try workspace.write("src/util.c", "changed")
    try workspace.stale("sync")
    #expect(try workspace.http("GET", "/v1/log").body == workspace.read(".staled/invalidations.ndjson"))
    let since = try workspace.http("GET", "/v1/log?since=1&type=invalidated").body.split(separator: "\n")
    #expect(since.count == 2)
    let events = try workspace.http("GET", "/v1/log", headers: ["Accept: text/event-stream"])
    #expect(events.headers["content-type"]?.hasPrefix("text/event-stream") == true)
    #expect(events.body.contains("id: 1\n"))
    let beyond = try workspace.http("GET", "/v1/log?since=99999", headers: ["Accept: text/event-stream"])
    #expect(beyond.body.contains("event: reset"))
  }

  @Test func namesAreBytes() throws {
    let workspace = try Self.running()
    for (raw, id) in [
      ("caf\\351.c", "file:caf%E9.c"), ("a\\nb", "file:a%0Ab"), ("100%%", "file:100%25"), ("a b", "file:a b"),
    ] {
      let script = "f=$(printf '\(raw)x'); f=${f%x}; printf 1 > \"$f\""
      #expect(try run(URL(fileURLWithPath: "/bin/sh"), ["-c", script], in: workspace.folder).status == 0)
      #expect(try workspace.stale("mark", "k", "--dep", id).status == 0, "\(id)")
      let entry = try workspace.json("GET", "/v1/entries/default/k")
      let dependency = try #require((entry["dependencies"] as? [[String: Any]])?.first)
      #expect(dependency["id"] as? String == id)
      #expect((dependency["current"] as? String)?.hasPrefix("sha256:") == true)
      let change = script.replacingOccurrences(of: "printf 1", with: "printf 2")
      #expect(try run(URL(fileURLWithPath: "/bin/sh"), ["-c", change], in: workspace.folder).status == 0)
      #expect(try workspace.stale("check", "k").status == 1, "\(id)")
    }
  }
}
