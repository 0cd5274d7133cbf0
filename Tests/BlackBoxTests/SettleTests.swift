import Foundation
import StaledAPI
import Testing

/// After a change that turns out to be none, `suspect` ends with the confirmation: by itself once it has settled, at the
/// latest after `maxDelay`, and at once for a reader who syncs.
@Suite struct SettleTests {
  private static func workspace(settle: String, maxDelay: String) throws -> Workspace {
    let workspace = try Workspace([
      "staled.json": #"{"version":1,"watch":{"settle":"\#(settle)","maxDelay":"\#(maxDelay)"}}"#, "a.txt": "1",
    ])
    try workspace.start()
    #expect(try workspace.http("PUT", "/v1/cache/t/a?dep=file:a.txt", body: "made of a").status == 201)
    return workspace
  }

  private static func isServed(_ workspace: Workspace) throws -> Bool {
    try workspace.http("GET", "/v1/cache/t/a?sync=false").status == 200
  }

  @Test func itIsFreshAgainByItself() throws {
    let workspace = try Self.workspace(settle: "20ms", maxDelay: "1s")
    let log = try Follower(workspace, types: ["batch"])
    try workspace.write("a.txt", "1")
    // Nobody asks: the batch closes by itself, and says that nothing changed.
    let batch = try #require(log.next())
    #expect(batch.changes == 0 && batch.unchanged == 1 && batch.invalidated == 0)
    #expect(try Self.isServed(workspace))
  }

  @Test func whoSyncsDoesNotWait() throws {
    let workspace = try Self.workspace(settle: "1h", maxDelay: "1h")
    try workspace.write("a.txt", "1")
    #expect(try workspace.http("POST", "/v1/leases").status == 200)
    #expect(try !Self.isServed(workspace))
    #expect(try workspace.stale("check", "t/a").status == 0)
    #expect(try Self.isServed(workspace))
  }

  @Test func aBatchThatNeverSettlesIsConfirmedAfterItsMaximum() throws {
    let workspace = try Self.workspace(settle: "200ms", maxDelay: "400ms")
    #expect(try workspace.http("PUT", "/v1/cache/t/b?dep=file:b.txt", body: "made of b").status == 201)
    let log = try Follower(workspace, types: ["change"])
    // One file is written without a pause, far more often than it could settle.
    let writer = try BusyWriter(workspace.url("b.txt"))
    defer { writer.end() }
    try workspace.write("a.txt", "2")
    var told: Set<String> = []
    while !told.contains("file:a.txt"), let record = log.next() { told.insert(record.resource ?? "") }
    #expect(told.contains("file:a.txt"))
  }
}

/// A program that appends to a file again and again until it is ended.
private final class BusyWriter {
  private let process = Process()

  init(_ file: URL) throws {
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "while :; do echo >> \"$1\"; sleep 0.02; done", "sh", file.path]
    try process.run()
  }

  func end() {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}
