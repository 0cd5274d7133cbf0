internal import AsyncAlgorithms
internal import Freshness
internal import Glibc
internal import Logging
internal import Manifest
internal import Paths
internal import ServiceLifecycle
internal import StaledAPI
internal import Store
internal import Watching
internal import UnixSignals

/// Runs an agent from start to end: what the program `staled` does.
struct AgentRunner: Sendable {
  private let workspace: Path
  private let readyPipe: ReadyPipe?
  private let environment: [String: String]
  private let logger: Logger
  private let connections: Int

  /// - Parameters:
  ///   - folder: the workspace; nil looks for `staled.json` in the current directory and those above it.
  ///   - readyDescriptor: gets a newline once the agent watches.
  ///   - connections: how many there may be at a time.
  init(
    folder: String?, readyDescriptor: Int32?, connections: Int, environment: [String: String], logger: Logger
  ) throws(StartupError) {
    readyPipe = if let readyDescriptor { try ReadyPipe(readyDescriptor) } else { nil }
    workspace = try WorkspaceFinder.find(folder: folder)
    self.environment = environment
    self.connections = connections
    self.logger = logger
  }

  /// Returns when the agent has ended as it was asked to.
  func run() async throws {
    // Whatever is relative is so to the workspace; and the folder the agent was started in can be unmounted.
    if FileLook.withCString(workspace, { chdir($0) }) != 0 {
      throw StartupError(.current, "enter the workspace", workspace)
    }
    let directory = try StateDirectory.prepare(workspace: workspace, environment: environment)
    let lock = try WorkspaceLock.acquire(at: directory.lock)
    let remote = RemoteCalls()
    let context = NamingContext(
      workspace: WorkspaceFinder.names(of: workspace),
      isSymbolicLink: { [workspace] path in
        let path = workspace.resolving(path)
        // Where no answer comes it may be one.
        return remote.reach(path) { FileLook.status(of: path, following: false).map(FileLook.isLink) ?? false } ?? true
      })
    let manifest: LoadedManifest
    do throws(ManifestBroken) {
      manifest = try LoadedManifest.load(workspace: workspace, context: context, remote: remote)
    } catch {
      throw StartupError(
        error.problems.joined(separator: "\n"), remedy: "mend staled.json; `stale validate` checks it", exitCode: 2)
    }
    let (store, recovered) = try Self.openStore(in: directory.path)
    ManifestSchema.write(into: directory.path, logger: logger)
    let settings = AgentSettings(
      workspace: workspace, stateDirectory: directory.path, boot: UInt64.random(in: 1...UInt64.max),
      environment: environment, remote: remote)
    let agent = Agent(
      settings: settings, manifest: manifest, store: store, recovered: recovered, context: context, logger: logger)
    do { try await agent.begin() } catch {
      await agent.end()
      throw error
    }
    let socket = try directory.socketPath()
    try directory.removeStaleSocket(at: socket, holding: lock)
    defer { directory.removeTraces(socket: socket, holding: lock) }
    try await serve(
      agent, limits: manifest.manifest.limits, connections: connections, socket: socket, directory: directory)
  }

  private func serve(
    _ agent: Agent, limits: Manifest.Limits, connections: Int, socket: String, directory: StateDirectory
  ) async throws {
    let manager = ServiceManager(environment: environment)
    var options = AgentServer.Options()
    options.maxValueBytes = limits.maxValueBytes
    options.maxJSONBytes = limits.maxBodyBytes
    options.maxConnections = connections
    let file = AgentFile(
      pid: Int(getpid()), socket: socket, version: staledVersion, started: SystemTime.text(SystemTime.wall()))
    let (logger, readyPipe, workspace) = (logger, readyPipe, workspace)
    let server = AgentServer(
      service: agent, socketPath: socket, options: options, logger: logger,
      onListening: {
        do throws(StartupError) { try directory.write(file) } catch {
          logger.error("\(error.what)", metadata: ["remedy": "\(error.remedy)"])
        }
        readyPipe?.signal()
        manager.ready(status: "watching \(workspace)")
        logger.info("watching", metadata: ["workspace": "\(workspace)", "socket": "\(socket)"])
      })
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [
          .init(service: AgentLife(manager: manager), failureTerminationBehavior: .gracefullyShutdownGroup),
          .init(service: server, failureTerminationBehavior: .gracefullyShutdownGroup),
          .init(service: Reloading(agent: agent), failureTerminationBehavior: .ignore),
        ],
        gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    do { try await group.run() } catch {
      await agent.end()
      throw error
    }
    await agent.end()
    logger.info("stopped")
  }

  private static func openStore(in directory: Path) throws(StartupError) -> (Store, Recovered) {
    do throws(StoreError) { return try Store.open(directory: directory) } catch {
      throw StartupError("cannot open the state: \(error)", remedy: error.remedy)
    }
  }
}

/// Tells the service manager that the end begins.
private struct AgentLife: Service {
  let manager: ServiceManager

  func run() async throws {
    try? await gracefulShutdown()
    manager.stopping()
  }
}

/// Reads the manifest again on SIGHUP.
private struct Reloading: Service {
  let agent: Agent

  func run() async throws {
    for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() { await agent.reload() }
  }
}
