import Foundation
import StaledAPI
import Testing

/// Refreshes that meet what happens meanwhile. The commands wait for the test at a gate, a named pipe.
@Suite struct RefreshTests {
  /// Its first run says that it began and waits; later ones do not.
  private static let script = """
    #!/bin/sh
    if [ ! -e .staled/began ]; then : > .staled/began; read x < .staled/gate || :; fi
    cat in.txt

    """

  private static func running(_ manifest: String) throws -> Workspace {
    let workspace = try Workspace(["staled.json": manifest, "in.txt": "1", "again": script])
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: workspace.url("again").path)
    try FileManager.default.createDirectory(at: workspace.url(".staled"), withIntermediateDirectories: true)
    #expect(mkfifo(workspace.url(".staled/gate").path, 0o600) == 0)
    try workspace.start()
    return workspace
  }

  private static func awaitBegin(_ workspace: Workspace) throws {
    try workspace.sync(until: "the command runs") { workspace.has(".staled/began") }
  }

  /// For whoever waits there now.
  private static func openGate(_ workspace: Workspace) throws {
    try FileHandle(forWritingTo: workspace.url(".staled/gate")).close()
  }

  /// A change that comes while a hot entry is made ahead of its expiry is followed up, though it joined that run.
  @Test func aChangeDuringARefreshAheadOfTimeIsNotLost() throws {
    let workspace = try Self.running(
      #"""
      {"version": 1, "namespaces": {"h": {"ttl": "1h", "predictive": {"threshold": 1},
        "refresh": {"run": ["./again"], "on": ["expiry", "invalidation"]}}}}
      """#)
    let follower = try Follower(workspace, types: ["refreshed"])
    #expect(try workspace.http("PUT", "/v1/cache/h/a?dep=file:in.txt", body: "1").status == 201)
    #expect(try workspace.http("GET", "/v1/cache/h/a").status == 200)
    #expect(try workspace.stale("ttl", "h/a", "10s").status == 0)
    try Self.awaitBegin(workspace)
    try workspace.write("in.txt", "2")
    #expect(try workspace.http("GET", "/v1/cache/h/a").status == 404)
    try Self.openGate(workspace)
    let record = try #require(follower.next())
    #expect(record.key == "a")
    #expect(try workspace.http("GET", "/v1/cache/h/a?sync=false&stale=allow").body == "2")
  }

  /// What the end of the agent kept from being made again is made again after its next start.
  @Test func whatEndedBeforeTheStartIsMadeAgain() throws {
    let workspace = try Self.running(
      #"""
      {"version": 1, "namespaces": {"h": {"refresh": {"run": ["./again"], "on": ["invalidation"]}}}}
      """#)
    #expect(try workspace.http("PUT", "/v1/cache/h/a?dep=file:in.txt", body: "1").status == 201)
    try workspace.write("in.txt", "2")
    try Self.awaitBegin(workspace)
    #expect(workspace.stop() == 0)
    let follower = try Follower(workspace, types: ["refreshed"])
    try workspace.start()
    let record = try #require(follower.next())
    #expect(record.key == "a" && record.cause == "file:in.txt")
    #expect(try workspace.http("GET", "/v1/cache/h/a").body == "2")
  }

  /// Who deletes an entry ends the command that makes it again, and nobody makes it for what happened before.
  @Test func aDeletionEndsTheRefresh() throws {
    let workspace = try Self.running(
      #"""
      {"version": 1, "entries": [{"key": "a", "namespace": "h", "files": ["in.txt"],
        "refresh": {"run": ["./again"], "on": ["invalidation"]}}]}
      """#)
    #expect(try workspace.http("PUT", "/v1/cache/h/a", body: "1").status == 201)
    try workspace.write("in.txt", "2")
    try Self.awaitBegin(workspace)
    #expect(try workspace.stale("delete", "h/a").status == 0)
    // The place of its command is free again.
    let warmed = try workspace.stale("warm", "--namespace", "h")
    #expect(warmed.status == 0, "\(warmed.errors)")
    let causes = try workspace.log().filter { $0.type == .refreshed }.map(\.cause)
    #expect(causes == ["call:warm"])
  }

  /// What is known of use, and hooks that wait, outlive an edit of the manifest that is none of their business.
  @Test func anEditOfTheManifestLosesNothing() throws {
    let manifest = #"""
      {"version": 1, "namespaces": {"h": {"ttl": "1h", "predictive": {"threshold": 1}, "refresh": ["cat", "in.txt"]}},
       "hooks": [{"when": {"namespaces": ["k"]}, "run": ["sh", "-c", "[ -e .staled/open ] || read x < .staled/gate; echo $STALED_KEY >> .staled/heard"]}]}
      """#
    let workspace = try Self.running(manifest)
    let follower = try Follower(workspace, types: ["refreshed", "expired"])
    #expect(try workspace.http("PUT", "/v1/cache/h/a", body: "1").status == 201)
    #expect(try workspace.http("GET", "/v1/cache/h/a").status == 200)
    for number in 10..<30 { #expect(try workspace.http("PUT", "/v1/cache/k/\(number)", body: "v").status == 201) }
    #expect(try workspace.stale("invalidate", "--namespace", "k").status == 0)
    try workspace.write("staled.json", manifest + "\n")
    try workspace.stale("sync")
    #expect(try workspace.stale("ttl", "h/a", "10s").status == 0)
    #expect(follower.next()?.type == .refreshed)
    try workspace.write(".staled/open", "")
    try Self.openGate(workspace)
    try workspace.sync(until: "20 hooks ran") {
      (try? workspace.read(".staled/heard"))?.split(separator: "\n").count == 20
    }
    #expect(Set(try workspace.read(".staled/heard").split(separator: "\n")).count == 20)
  }

  /// A shorter life is refreshed ahead of its end as well.
  @Test func anotherTimeToLiveMovesTheRefresh() throws {
    let workspace = try Self.running(
      #"""
      {"version": 1, "namespaces": {"h": {"ttl": "1h", "predictive": {"threshold": 1}, "refresh": ["cat", "in.txt"]}}}
      """#)
    let follower = try Follower(workspace, types: ["refreshed", "expired"])
    #expect(try workspace.http("PUT", "/v1/cache/h/a", body: "1").status == 201)
    #expect(try workspace.http("GET", "/v1/cache/h/a").status == 200)
    #expect(try workspace.stale("ttl", "h/a", "10s").status == 0)
    #expect(follower.next()?.type == .refreshed)
  }

  /// An agent that comes too late to be ahead of the end makes it all the same.
  @Test func aRefreshThatComesLateIsMade() throws {
    let workspace = try Self.running(
      #"""
      {"version": 1, "namespaces": {"h": {"ttl": "1h", "predictive": {"threshold": 1}, "refresh": ["cat", "in.txt"]}}}
      """#)
    let follower = try Follower(workspace, types: ["refreshed"])
    #expect(try workspace.http("PUT", "/v1/cache/h/a", body: "0").status == 201)
    #expect(try workspace.http("GET", "/v1/cache/h/a").status == 200)
    // Over before any timer rings.
    try workspace.stale("ttl", "h/a", "1ms")
    #expect(follower.next()?.key == "a")
  }
}
