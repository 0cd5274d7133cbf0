import Foundation
import Scenarios
import StaledAPI
import Testing

/// One agent with some scenarios, each in a folder of its own, with an entry for each tracked path.
final class ScenarioBench {
  static let namespace = "scenario"

  let workspace: Workspace
  private(set) var runs: [ScenarioRun] = []
  private let outside: URL
  private var logEnd: UInt64 = 0

  /// Prepares the scenarios and starts the agent. One whose program is not installed is left out, with a warning.
  ///
  /// - Parameter rules: those of the manifest.
  init(_ scenarios: [Scenario], settle: String, rules: String = "[]") throws {
    workspace = try Workspace([
      "staled.json": """
      {"version": 1, "watch": {"settle": "\(settle)", "maxDelay": "\(settle)"}, "rules": \(rules)}
      """
    ])
    outside = workspace.folder.appendingPathExtension("outside")
    try FileManager.default.createDirectory(at: outside, withIntermediateDirectories: true)
    for (index, scenario) in scenarios.enumerated() {
      if let missing = scenario.missingTool {
        Issue.record("\(scenario.name): not run, \(missing) is not installed", severity: .warning)
        continue
      }
      runs.append(try ScenarioRun(scenario, "s\(index)", in: workspace.folder, outside: outside))
    }
    try workspace.start()
  }

  deinit { try? FileManager.default.removeItem(at: outside) }

  private func http(_ method: String, _ target: String, _ body: String = "") throws -> [UInt8] {
    let reply = try UnixHTTP(socket: try workspace.socket()).request(method, target, body)
    #expect(reply.status / 100 == 2, "\(method) \(target): \(reply.text)")
    return reply.body
  }

  /// Makes the entries, and sees that all are fresh.
  func markAll() throws {
    for run in runs {
      for name in run.tracked {
        let key = Percent.encode(run.key(name).utf8)
        let body = #"{"dependencies": ["file:\#(run.place)/\#(Percent.encode(name.bytes))"]}"#
        _ = try http("POST", "/v1/entries/\(Self.namespace)/\(key)/mark", body)
      }
    }
    _ = try syncedRecords()
    for run in runs {
      let states = try states(of: run)
      #expect(states.count == run.tracked.count && states.values.allSatisfy { $0 == "fresh" }, "\(run): before")
    }
  }

  /// Syncs, and gives what the log has got since the last time.
  func syncedRecords() throws -> [LogRecord] {
    _ = try http("POST", "/v1/sync")
    let log = workspace.url(".staled/invalidations.ndjson")
    let handle = try FileHandle(forReadingFrom: log)
    defer { try? handle.close() }
    try handle.seek(toOffset: logEnd)
    let text = try handle.readToEnd() ?? Data()
    logEnd += UInt64(text.count)
    return try text.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(LogRecord.self, from: $0) }
  }

  /// The states of a scenario's entries, by key, percent-encoded: as texts, `é` composed and decomposed would be one
  /// key.
  func states(of run: ScenarioRun, in namespace: String = namespace) throws -> [String: String] {
    var states: [String: String] = [:]
    var cursor: String?
    repeat {
      let after = cursor.map { "&cursor=\(Percent.encode($0.utf8))" } ?? ""
      let body = try http("GET", "/v1/entries?namespace=\(namespace)&prefix=\(run.place)/&limit=1000\(after)")
      let page = try JSONDecoder().decode(EntryPage.self, from: Data(body))
      for entry in page.entries { states[Percent.encode(Percent.decode(entry.key))] = entry.state }
      cursor = page.next
    } while cursor != nil
    return states
  }

  // MARK: judging

  /// - Parameter exactly: the log must hold the difference and nothing else. Otherwise what happened on the way may be
  ///   in it too, as long as it adds up to the difference.
  func judge(_ run: ScenarioRun, _ records: [LogRecord], exactly: Bool) throws {
    let found = try run.differences()
    #expect(found == run.scenario.expected, "\(run): what the list says is not what differs")
    let notFresh = try states(of: run).filter { $0.value != "fresh" }
    #expect(notFresh == run.keys(found).mapValues { _ in "stale" }, "\(run): states")
    let (changes, invalidated) = run.told(records)
    if exactly {
      #expect(changes.map(\.name).sorted() == found.keys.sorted(), "\(run): changes")
      for change in changes { #expect(change.kind == found[change.name]?.rawValue, "\(run): \(change.name)") }
      #expect(invalidated.sorted() == run.keys(found).keys.sorted(), "\(run): invalidated")
    } else {
      #expect(Self.sums(changes) == Set(found.keys), "\(run): changes do not add up")
      let changed = Set(changes.map { run.key($0.name) })
      #expect(changed.isSuperset(of: invalidated), "\(run): invalidated without a change")
    }
  }

  /// The same once all is put back: everything is fresh again, and nothing else was said to be changed.
  func judgeRestored(_ run: ScenarioRun, _ records: [LogRecord], exactly: Bool) throws {
    #expect(try run.differences().isEmpty, "\(run): it was not put back")
    #expect(try states(of: run).filter { $0.value != "fresh" }.isEmpty, "\(run): put back")
    let (changes, invalidated) = run.told(records)
    if exactly {
      #expect(changes.map(\.name).sorted() == run.scenario.expected.keys.sorted(), "\(run): changes back")
      #expect(invalidated == [], "\(run): invalidated when put back")
    } else {
      #expect(Self.sums(changes) == Set(run.scenario.expected.keys), "\(run): changes back do not add up")
    }
  }

  /// The log as a whole: without a gap, and about tracked paths only.
  func judgeTheWhole() throws {
    let records = try workspace.log()
    #expect(records.map(\.seq) == Array(1...UInt64(records.count)))
    let tracked = Set(runs.flatMap { run in run.tracked.map { "\(run.place)/\($0)" } })
    for record in records where record.type == .change {
      let resource = record.resource ?? ""
      #expect(tracked.contains(Percent.encode(Percent.decode(resource.dropFirst(5)))), "\(resource) is not tracked")
    }
    #expect(records.allSatisfy { $0.type != .error && $0.type != .warning })
  }

  /// The paths whose changes lead to something else than what they began with.
  private static func sums(_ changes: [ScenarioRun.Told]) -> Set<Name> {
    var first: [Name: String?] = [:]
    var last: [Name: String?] = [:]
    for change in changes {
      first[change.name] = first[change.name] ?? change.from
      last[change.name] = change.to
    }
    return Set(first.keys.filter { first[$0] != last[$0] })
  }
}

/// One scenario in its folder of the workspace.
final class ScenarioRun: CustomStringConvertible {
  /// A `change` record.
  struct Told {
    var name: Name
    var kind: String?
    var from: String?
    var to: String?
  }

  let scenario: Scenario
  /// Its folder, relative to the workspace.
  let place: String
  let tracked: [Name]
  private let before: [Name: Content]
  private let tree: Tree
  private let saved: String

  var description: String { scenario.name }

  init(_ scenario: Scenario, _ place: String, in folder: URL, outside: URL) throws {
    self.scenario = scenario
    self.place = place
    let away = outside.appendingPathComponent(place).path
    tree = try Tree(folder: folder.appendingPathComponent(place).path, outside: away)
    try scenario.prepare(tree)
    tracked = try scenario.tracked(tree)
    before = try tree.contents(tracked)
    saved = outside.appendingPathComponent("saved-\(place)").path
    try tree.shell("mkdir '\(saved)'; cp -a \"$TREE\" '\(saved)/in'; cp -a \"$OUT\" '\(saved)/out'")
  }

  func act() throws { try scenario.act(tree) }

  /// Puts everything back as it was before.
  func restore() throws {
    try tree.shell("cd /; rm -rf \"$TREE\" \"$OUT\"; cp -a '\(saved)/out' \"$OUT\"; cp -a '\(saved)/in' \"$TREE\"")
  }

  /// The files that are there.
  func files() throws -> [Name] { try tree.files().sorted() }

  /// What differs from before, by looking.
  func differences() throws -> [Name: Scenario.Change] {
    let after = try tree.contents(tracked)
    return before.reduce(into: [:]) { $0[$1.key] = $1.value.change(to: after[$1.key] ?? .absent) }
  }

  /// The key of the entry that rests on a path.
  func key(_ name: Name) -> String { "\(place)/\(Percent.encode(name.bytes))" }

  func keys(_ names: [Name: Scenario.Change]) -> [String: Scenario.Change] {
    Dictionary(uniqueKeysWithValues: names.map { (key($0.key), $0.value) })
  }

  /// What these records say of this folder.
  func told(_ records: [LogRecord]) -> (changes: [Told], invalidated: [String]) {
    let start = Array("\(place)/".utf8)
    var changes: [Told] = []
    var invalidated: [String] = []
    for record in records {
      if record.type == .change, let resource = record.resource, resource.hasPrefix("file:") {
        let path = Percent.decode(resource.dropFirst(5))
        guard path.starts(with: start) else { continue }
        changes.append(
          Told(
            name: Name(bytes: Array(path.dropFirst(start.count))), kind: record.kind, from: record.from, to: record.to))
      } else if record.type == .invalidated, let key = record.key, key.hasPrefix("\(place)/") {
        invalidated.append(key)
      }
    }
    return (changes, invalidated)
  }
}
