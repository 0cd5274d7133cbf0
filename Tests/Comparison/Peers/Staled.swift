import Foundation
import Glibc
import Scenarios

/// staled, with its default settle time: an entry declared for each tracked path, and the `change` records of its log
/// after a sync.
final class Staled: Peer {
  let name = "staled"
  private let binary: String
  private var agent: PeerProcess?
  private var place = Place(top: "")
  private var logEnd: UInt64 = 0

  init(binary: String) { self.binary = binary }

  var missing: String? { access(binary, X_OK) == 0 ? nil : "no \(binary)" }

  func start(_ place: Place, tracked: [[UInt8]]) throws {
    self.place = place
    logEnd = 0
    let root = Array(place.root.utf8) + [UInt8(ascii: "/")]
    let entries = tracked.enumerated().map { index, path in
      #"{"key": "\#(index)", "resources": ["file:\#(Percent.encode(path.dropFirst(root.count)))"]}"#
    }
    let manifest = #"{"version": 1, "entries": [\#(entries.joined(separator: ",\n"))]}"#
    try Data(manifest.utf8).write(to: URL(fileURLWithPath: place.root + "/staled.json"))
    let agent = try PeerProcess(
      ["sh", "-c", "exec \"$0\" --workspace \"$1\" --ready-fd 3 3>&1", binary, place.root], place,
      environment: ["STALED_DIR": place.state + "/staled"])
    self.agent = agent
    guard try agent.record(endedBy: UInt8(ascii: "\n"), within: 60_000) != nil else {
      throw PeerDied(description: "not ready: \(agent.complaint)")
    }
  }

  func begin() throws { _ = try changes() }

  func end() throws -> [Report] { try changes() }

  private func changes() throws -> [Report] {
    let folder = URL(fileURLWithPath: place.state + "/staled")
    let about = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appendingPathComponent("agent.json")))
    guard let socket = (about as? [String: Any])?["socket"] as? String else { throw PeerDied(description: "no socket") }
    let reply = try UnixHTTP(socket: socket).request("POST", "/v1/sync")
    if reply.status != 200 { throw PeerDied(description: reply.text) }
    let log = try FileHandle(forReadingFrom: folder.appendingPathComponent("invalidations.ndjson"))
    defer { try? log.close() }
    try log.seek(toOffset: logEnd)
    let text = try log.readToEnd() ?? Data()
    logEnd += UInt64(text.count)
    return try text.split(separator: UInt8(ascii: "\n")).compactMap { line in
      guard let record = try JSONSerialization.jsonObject(with: line) as? [String: Any],
        record["type"] as? String == "change",
        let resource = record["resource"] as? String, resource.hasPrefix("file:")
      else { return nil }
      let path = Array(place.root.utf8) + [UInt8(ascii: "/")] + Percent.decode(resource.dropFirst(5))
      return Report(path: path, says: record["kind"] as? String == "deleted" ? .gone : .here)
    }
  }

  func suspend(_ stopped: Bool) { agent?.signal(stopped ? SIGSTOP : SIGCONT) }

  func stop() {
    agent?.end()
    agent = nil
  }
}
