import Foundation
import Glibc
import Scenarios

/// watchman: its own server, asked for what changed since a moment, with its own way to make sure that it has seen
/// everything before it answers. The answers are taken as BSER, which holds names as bytes.
final class Watchman: Peer {
  let name = "watchman"
  private var server: PeerProcess?
  private var place = Place(top: "")
  private var clock = ""

  var missing: String? { Programs.path(of: "watchman") == nil ? "apt-get install watchman" : nil }

  func start(_ place: Place, tracked: [[UInt8]]) throws {
    self.place = place
    let state = place.state
    try Data("{}".utf8).write(to: URL(fileURLWithPath: state + "/config.json"))
    server = try PeerProcess(
      [
        "watchman", "--foreground", "--sockname=\(state)/sock", "--logfile=\(state)/log", "--pidfile=\(state)/pid",
        "--statefile=\(state)/saved",
      ], place, environment: ["WATCHMAN_CONFIG_FILE": state + "/config.json"])
    let deadline = ContinuousClock.now + .seconds(30)
    while (try? ask(#"["version"]"#)) == nil {
      if ContinuousClock.now > deadline { throw PeerDied(description: "not ready: \(server?.complaint ?? "")") }
      usleep(20_000)
    }
    _ = try ask(#"["watch", "\#(place.root)"]"#)
  }

  func begin() throws {
    let reply = try ask(#"["clock", "\#(place.root)", {"sync_timeout": 60000}]"#)
    guard case .text(let bytes)? = reply["clock"] else { throw PeerDied(description: "no clock: \(reply)") }
    clock = String(decoding: bytes, as: UTF8.self)
  }

  func end() throws -> [Report] {
    let reply = try ask(
      #"["query", "\#(place.root)", {"since": "\#(clock)", "fields": ["name", "exists"], "sync_timeout": 60000}]"#)
    guard case .list(let files)? = reply["files"] else { throw PeerDied(description: "no files: \(reply)") }
    let root = Array(place.root.utf8) + [UInt8(ascii: "/")]
    var reports: [Report] = []
    for case .object(let file) in files {
      guard case .text(let name)? = file["name"], case .truth(let exists)? = file["exists"] else { continue }
      reports.append(Report(path: root + name, says: exists ? .here : .gone))
    }
    // It began anew: what it does not name is gone. Its documentation asks the reader to take it so.
    if case .truth(true)? = reply["is_fresh_instance"] { reports += goneWithout(reports) }
    return reports
  }

  var known: [[UInt8]] = []
  private func goneWithout(_ reports: [Report]) -> [Report] {
    let named = Set(reports.map(\.path))
    return known.filter { !named.contains($0) }.map { Report(path: $0, says: .gone) }
  }

  private func ask(_ command: String) throws -> [String: BSER] {
    let request = place.state + "/request"
    try Data(command.utf8).write(to: URL(fileURLWithPath: request))
    let printed = try Programs.run(
      [
        "sh", "-c", "exec watchman --sockname=\"$0/sock\" --no-spawn --output-encoding=bser -j < \"$0/request\"",
        place.state,
      ])
    guard case .object(let reply)? = BSER(document: printed) else {
      throw PeerDied(description: "no answer: \(String(decoding: printed, as: UTF8.self))")
    }
    if case .text(let error)? = reply["error"] { throw PeerDied(description: String(decoding: error, as: UTF8.self)) }
    return reply
  }

  func suspend(_ stopped: Bool) { server?.signal(stopped ? SIGSTOP : SIGCONT) }

  func stop() {
    server?.end()
    server = nil
  }
}

/// The parts of watchman's binary encoding that its replies consist of.
enum BSER {
  case text([UInt8])
  case number(Int)
  case truth(Bool)
  case list([BSER])
  case object([String: BSER])
  case null

  /// Reads a document: two bytes of magic, its length, a value.
  init?(document: [UInt8]) {
    guard document.starts(with: [0, 1]) else { return nil }
    var reader = Reader(bytes: document, at: 2)
    guard reader.number() != nil, let value = reader.value(depth: 0) else { return nil }
    self = value
  }

  private struct Reader {
    let bytes: [UInt8]
    var at: Int

    mutating func byte() -> UInt8? {
      guard at < bytes.count else { return nil }
      defer { at += 1 }
      return bytes[at]
    }

    mutating func number() -> Int? {
      guard let kind = byte(), (3...6).contains(kind) else { return nil }
      return number(size: 1 << (kind - 3))
    }

    mutating func number(size: Int) -> Int? {
      guard at + size <= bytes.count else { return nil }
      defer { at += size }
      var value: UInt64 = 0
      for index in 0..<size { value |= UInt64(bytes[at + index]) << (8 * index) }
      let unused = 64 - 8 * size
      return Int(Int64(bitPattern: value << unused) >> unused)
    }

    mutating func text() -> [UInt8]? {
      guard byte() == 2, let count = number(), count >= 0, at + count <= bytes.count else { return nil }
      defer { at += count }
      return Array(bytes[at..<at + count])
    }

    mutating func value(depth: Int) -> BSER? {
      guard depth < 16, let kind = byte() else { return nil }
      switch kind {
      case 0:
        guard let count = number() else { return nil }
        var values: [BSER] = []
        for _ in 0..<max(count, 0) {
          guard let value = value(depth: depth + 1) else { return nil }
          values.append(value)
        }
        return .list(values)
      case 1:
        guard let count = number() else { return nil }
        var members: [String: BSER] = [:]
        for _ in 0..<max(count, 0) {
          guard let name = text(), let value = value(depth: depth + 1) else { return nil }
          members[String(decoding: name, as: UTF8.self)] = value
        }
        return .object(members)
      case 2:
        at -= 1
        return text().map { .text($0) }
      case 3...6: return number(size: 1 << (kind - 3)).map { .number($0) }
      case 7:
        at += 8
        return .null
      case 8: return .truth(true)
      case 9: return .truth(false)
      case 10: return .null
      case 11: return templates(depth: depth)
      default: return nil
      }
    }

    /// A table: the members' names once, then the rows' values; 12 stands for a member that a row lacks.
    private mutating func templates(depth: Int) -> BSER? {
      guard case .list(let names)? = value(depth: depth + 1), let count = number() else { return nil }
      var rows: [BSER] = []
      for _ in 0..<max(count, 0) {
        var row: [String: BSER] = [:]
        for case .text(let name) in names {
          if at < bytes.count, bytes[at] == 12 {
            at += 1
            continue
          }
          guard let value = value(depth: depth + 1) else { return nil }
          row[String(decoding: name, as: UTF8.self)] = value
        }
        rows.append(.object(row))
      }
      return .list(rows)
    }
  }
}
