import Foundation
import StaledAPI
import Testing

extension Workspace {
  /// A connection to the agent.
  func client() throws -> SocketClient { try SocketClient(socket()) }

  /// Marks an entry for each: it rests on what is named.
  func mark(_ entries: [String: String]) throws {
    let client = try client()
    for (entry, id) in entries.sorted(by: { $0.key < $1.key }) {
      let body = try JSONEncoder().encode(MarkRequest(dependencies: [id]))
      let answer = try client.call("POST", "/v1/entries/t/\(entry)/mark", body)
      #expect(answer.status == 200 || answer.status == 201, "\(entry): \(answer)")
    }
  }

  /// The entries of the namespace `t` that are not fresh, after a sync.
  func notFresh() throws -> Set<String> {
    let client = try client()
    let synced = try client.call("POST", "/v1/sync")
    #expect(synced.status == 200, "\(synced)")
    return try Faults.notFresh(client)
  }

  /// What the log says changed behind its first `count` records: `modified file:a`.
  func changes(behind count: Int) throws -> [String] {
    try log().dropFirst(count).filter { $0.type == .change }.map { "\($0.kind ?? "") \($0.resource ?? "")" }.sorted()
  }

  /// What works less well than it should.
  func degraded() throws -> [Status.Degradation] {
    try client().call("GET", "/v1/status").decoded(Status.self).degraded
  }

  /// Runs a shell script in the folder.
  @discardableResult
  func sh(_ script: String) throws -> Ended {
    let ended = try run(URL(fileURLWithPath: "/bin/sh"), ["-ec", script], in: folder)
    #expect(ended.status == 0, "\(script): \(ended)")
    return ended
  }
}

/// Faults that the kernel, the disk and the machine make: on the built programs, and with exact expectations.
@Suite(.serialized) enum Faults {
  /// The entries of the namespace `t` that are not fresh now.
  static func notFresh(_ client: SocketClient) throws -> Set<String> {
    var found: Set<String> = []
    var cursor: String?
    repeat {
      let target = "/v1/entries?namespace=t&limit=1000" + (cursor.map { "&cursor=\($0)" } ?? "")
      let page: EntryPage = try client.call("GET", target).decoded()
      found.formUnion(page.entries.filter { $0.state != "fresh" }.map(\.key))
      cursor = page.next
    } while cursor != nil
    return found
  }

  /// How much a long run does: a number from the environment, or what suffices in each run.
  static func amount(_ variable: String, quick: Int) -> Int {
    ProcessInfo.processInfo.environment[variable].flatMap { Int($0) } ?? quick
  }
}
