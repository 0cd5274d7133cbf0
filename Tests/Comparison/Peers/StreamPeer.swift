import Foundation
import Glibc
import Scenarios

/// A watcher that prints what happens as it happens.
///
/// When it has said all it shows by signs: files written in a folder of their own, in the watched tree. What it says of
/// a sign comes after what it says of everything before.
class StreamPeer: Peer {
  let name: String
  private(set) var process: PeerProcess?
  private(set) var place = Place(top: "")
  private var signCount = 0

  init(_ name: String) { self.name = name }

  /// What a kind of watcher defines.
  var missing: String? { nil }
  func command(_ place: Place) -> [String] { [] }
  func waitUntilReady() throws {}
  /// What a record of its output says; nil if it is about nothing here.
  func report(_ record: [UInt8]) -> Report? { nil }

  func start(_ place: Place, tracked: [[UInt8]]) throws {
    self.place = place
    process = try PeerProcess(command(place), place, environment: ["LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1"])
    try waitUntilReady()
  }

  func begin() throws { _ = try reportsUntilSign() }

  /// Two signs, the second made when the first was seen: a watcher that reads several things in turns has been round.
  func end() throws -> [Report] { try reportsUntilSign() + reportsUntilSign() }

  private func reportsUntilSign() throws -> [Report] {
    guard let process else { throw PeerDied(description: "not started") }
    var reports: [Report] = []
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
      signCount += 1
      let sign = place.signs + "/\(signCount)"
      try Data("sign".utf8).write(to: URL(fileURLWithPath: sign))
      // A second for each sign; a watcher that has lost this one gets another.
      let next = ContinuousClock.now + .seconds(1)
      while ContinuousClock.now < next {
        var seen = false
        for record in try process.records(within: 100) {
          guard let report = report(record) else { continue }
          if report.path == Array(sign.utf8) { seen = true } else { reports.append(report) }
        }
        if seen { return reports }
      }
    }
    throw PeerDied(description: "deaf: it saw none of \(signCount) signs. \(process.complaint)")
  }

  func suspend(_ stopped: Bool) { process?.signal(stopped ? SIGSTOP : SIGCONT) }

  func stop() {
    process?.end()
    process = nil
  }

  /// Looks again and again, for a program that does not say when it is ready.
  func wait(_ what: String, until done: () -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while !done() {
      if ContinuousClock.now > deadline {
        throw PeerDied(description: "not ready: \(what). \(process?.complaint ?? "")")
      }
      usleep(5_000)
    }
  }
}

/// inotify-tools.
final class Inotifywait: StreamPeer {
  init() { super.init("inotifywait") }

  override var missing: String? { Programs.path(of: "inotifywait") == nil ? "apt-get install inotify-tools" : nil }

  override func command(_ place: Place) -> [String] {
    ["inotifywait", "-m", "-r", "-e", "modify,close_write,create,delete,move", "--no-newline", "--format", "%e|%w%f%0"]
      + [place.root]
  }

  override func waitUntilReady() throws {
    try wait("watches") { process?.complaint.contains("Watches established.") ?? false }
  }

  override func report(_ record: [UInt8]) -> Report? {
    guard let bar = record.firstIndex(of: UInt8(ascii: "|")) else { return nil }
    let events = String(decoding: record[..<bar], as: UTF8.self)
    let gone = events.contains("DELETE") || events.contains("MOVED_FROM")
    return Report(path: Array(record[(bar + 1)...]), says: gone ? .gone : .here)
  }
}

/// fswatch, with the least time between two looks that its manual allows.
final class Fswatch: StreamPeer {
  init() { super.init("fswatch") }

  override var missing: String? { Programs.path(of: "fswatch") == nil ? "apt-get install fswatch" : nil }

  override func command(_ place: Place) -> [String] {
    ["fswatch", "-m", "inotify_monitor", "-r", "-l", "0.1", "-0", "--format", "%f|%p", "--event-flag-separator", ","]
      + ["Created", "Updated", "Removed", "Renamed", "MovedFrom", "MovedTo"].flatMap { ["--event", $0] } + [place.root]
  }

  override func waitUntilReady() throws {
    var directories = 1
    for case let path as String in FileManager.default.enumerator(atPath: place.root) ?? .init() {
      var isDirectory: ObjCBool = false
      let whole = place.root + "/" + path
      if FileManager.default.fileExists(atPath: whole, isDirectory: &isDirectory), isDirectory.boolValue,
        (try? FileManager.default.destinationOfSymbolicLink(atPath: whole)) == nil
      {
        directories += 1
      }
    }
    try wait("watches") { process.map { $0.watches >= directories } ?? false }
  }

  override func report(_ record: [UInt8]) -> Report? {
    guard let bar = record.firstIndex(of: UInt8(ascii: "|")) else { return nil }
    let flags = Set(String(decoding: record[..<bar], as: UTF8.self).split(separator: ","))
    let gone = !flags.isDisjoint(with: ["Removed", "MovedFrom"])
    let here = !flags.isDisjoint(with: ["Created", "Updated", "MovedTo"])
    return Report(path: Array(record[(bar + 1)...]), says: gone == here ? .either : gone ? .gone : .here)
  }
}
