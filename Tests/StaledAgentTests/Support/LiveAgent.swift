import Foundation
import Freshness
import Glibc
import Logging
import Paths
import StaledAPI
import Store
import Watching

@testable import StaledAgent

/// An agent in the test's own process, with a real watcher on a folder of its own.
///
/// The library below the watcher allows one in a process, and all tests share theirs: so each of these tests runs in a
/// process of its own (`#expect(processExitsWith: .success)`).
struct LiveAgent {
  let folder: TemporaryFolder
  let agent: Agent
  private let log: Path

  init(_ files: [String: String]) async throws {
    // A test that fails must not hang: it ends by a signal, with its process.
    alarm(60)
    folder = try TemporaryFolder()
    for (name, text) in files { try folder.write(name, text) }
    let workspace = folder.root
    let state = try StateDirectory.prepare(workspace: workspace, environment: [:])
    let context = NamingContext(workspace: [workspace])
    let (store, recovered) = try Store.open(directory: state.path)
    agent = Agent(
      settings: AgentSettings(workspace: workspace, stateDirectory: state.path, boot: 7),
      manifest: try LoadedManifest.load(workspace: workspace, context: context, remote: RemoteCalls()), store: store,
      recovered: recovered,
      context: context, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    log = state.path.appending(Array("invalidations.ndjson".utf8))
    try await agent.begin()
    // What changed while no agent was there is looked for in the background; a sync waits for that too.
    _ = try await agent.sync()
  }

  /// Marks an entry, which is fresh then.
  func make(_ name: String, of dependencies: [String] = []) async throws {
    let made = try await agent.mark(try EntryName(name), MarkRequest(dependencies: dependencies))
    if made.state != "fresh" { throw ConnectionError(what: "\(name) is \(made.state)") }
  }

  /// As the engine has it now: nobody waits or looks.
  func state(_ name: String) async throws -> Freshness.State {
    let name = try EntryName(name)
    return await agent.engine.standing(of: name).state
  }

  func records() throws -> [LogRecord] {
    try Data(contentsOf: URL(fileURLWithPath: "\(log)")).split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(LogRecord.self, from: $0)
    }
  }

  func types(after seq: UInt64) throws -> [LogRecord.Kind] { try records().filter { $0.seq > seq }.map(\.type) }
}
