internal import ArgumentParser
internal import Freshness
internal import Glibc
internal import StaledAPI
internal import StaledClient

/// `stale ensure`
struct Ensure: StaleCommand {
  static let configuration = CommandConfiguration(
    commandName: "ensure",
    abstract: "Runs a command only if an entry is not fresh, and marks it then.",
    discussion: """
      A lease is taken before the command starts: what is edited while it runs leaves the entry not fresh. The command's \
      output and exit status pass through; only if it succeeds the entry is marked. Failures of ensure itself end 125, a \
      command that cannot be run 126, one that is not found 127, one killed by a signal 128 plus its number.

      Of several that ask for the same entry at once one runs its command, and the others wait for it; if it fails or is killed, \
      the next one runs its own.

      --tag and --ttl count from when it is made; without them those that calls gave before stay.

      Without an agent one is started; with --no-agent=run the command runs unrecorded instead.

      Examples:
        stale ensure build/util.o --depfile util.d --out util.o -- cc -MMD -c util.c
        stale ensure build/docs --dep 'glob:docs/**/*.md' -- make docs
        stale ensure tool/lines --capture --dep 'glob:src/*.c' -- wc -l src/main.c
      """)

  /// What to do where no agent runs.
  enum NoAgent: String, ExpressibleByArgument, CaseIterable {
    case start, run
  }

  @OptionGroup var global: GlobalOptions
  @OptionGroup var namespace: NamespaceOption
  @Argument(help: "The entry.") var entry: String
  @OptionGroup var made: MadeOptions
  @Flag(help: "Keep the command's output as the value, and print that when the entry is fresh.") var capture = false
  @Flag(name: .shortAndLong, help: "Say on standard error whether the command is run, and why.") var verbose = false
  @Option(help: "Where no agent runs: start one, or run the command unrecorded.") var noAgent = NoAgent.start
  @Argument(parsing: .postTerminator, help: "The command and its arguments, after --.") var command: [String] = []

  func validate() throws {
    if command.isEmpty { throw ValidationError("The command is missing: write it after --") }
  }

  func execute(_ session: Session) async throws -> Int32 {
    let naming = try session.naming([entry], namespace: namespace.namespace)
    let name = try naming.entry(entry)
    // Before the command runs for minutes: what can be wrong with the other names is said now.
    try made.check(naming)
    // If the agent ends while somebody else makes the entry, another one is asked.
    var restarts = 0
    while true {
      do {
        switch try await standing(of: name, session) {
        case .fresh(let value): return try useFresh(value, name, session)
        case .toBeMade: return try await makeInTurn(name, naming, session)
        }
      } catch ClientError.noAgent where noAgent == .run {
        return try run(session).status
      } catch ClientError.disconnected where restarts < 3 {
        restarts += 1
      } catch ClientError.noAgent where restarts < 3 {
        restarts += 1
      }
    }
  }

  private func useFresh(_ value: [UInt8]?, _ name: EntryName, _ session: Session) throws -> Int32 {
    if verbose { session.complain("stale: \(Display.safe("\(name)")) is fresh: nothing to do") }
    if let value { try session.output.write(value) }
    return 0
  }

  /// Of many who find the entry not fresh at once one makes it; the others wait for that.
  private func makeInTurn(_ name: EntryName, _ naming: Naming, _ session: Session) async throws -> Int32 {
    let client = try session.client()
    while true {
      let status: Int32? = try await client.withTurn(
        namespace: name.namespace, key: name.key, needsValue: capture,
        waiting: { if verbose { session.complain("stale: somebody else makes \(Display.safe("\(name)")): waiting") } }
      ) { turn in
        guard turn.turn == .yours, let lease = turn.lease else { return nil }
        if verbose { session.complain("stale: \(Display.safe("\(name)")) is \(turn.state): it is made") }
        let (status, output) = try run(session)
        guard status == 0 else { return status }
        guard let output else {
          session.warn("\(Display.safe("\(name)")) is not recorded as fresh: its output was not taken to its end")
          return 0
        }
        try await record(name, naming, client, lease: lease, value: output, session)
        return 0
      }
      if let status { return status }
      // Somebody else has made it; unless it is stale again already.
      if case .fresh(let value) = try await ask(name, client) { return try useFresh(value, name, session) }
    }
  }

  private enum Standing {
    case fresh([UInt8]?)
    case toBeMade
  }

  /// Whether the entry is fresh, after a sync.
  private func standing(of name: EntryName, _ session: Session) async throws -> Standing {
    do {
      return try await ask(name, try session.client())
    } catch ClientError.noAgent where noAgent == .start {
      // Below: it is started.
    } catch ClientError.refused(let problem) where problem.status == 503 {
      // It is there and does not watch yet: that is waited for.
    }
    _ = try await AgentStarter(workspace: try session.workspace()).start()
    return try await ask(name, try session.client())
  }

  private func ask(_ name: EntryName, _ client: StaledClient) async throws -> Standing {
    if capture {
      let found = try await client.value(namespace: name.namespace, key: name.key)
      if found.isHit, let bytes = found.bytes { return .fresh(bytes) }
    } else if try await client.check([name.description]).entries.first?.state == "fresh" {
      return .fresh(nil)
    }
    return .toBeMade
  }

  /// Runs the command to its end. Returns its status, and its output if that is captured; nil if that is not all of it.
  private func run(_ session: Session) throws -> (status: Int32, output: [UInt8]?) {
    var wiring = ChildProcess.Wiring()
    var pipe: (read: CInt, write: CInt)?
    if capture {
      pipe = Files.pipe()
      guard let pipe else {
        throw Failure("No pipe could be made.", remedy: "Raise the limit of open files.", status: .ensure)
      }
      wiring.descriptors = [(pipe.write, 1)]
    } else if session.output.descriptor != STDOUT_FILENO {
      wiring.descriptors = [(session.output.descriptor, 1)]
    }
    let child: ChildProcess
    SignalForwarding.begin()
    do {
      defer { if let pipe { close(pipe.write) } }
      child = try ChildProcess.start(command.map(RawArguments.bytes), wiring)
    } catch {
      SignalForwarding.end()
      if let pipe { close(pipe.read) }
      session.complain(
        "stale: \(Display.safe(command[0])) cannot be run: \(error.reason).\n  Check the name, PATH and its permissions."
      )
      return (error.status, [])
    }
    SignalForwarding.attach(child.pid)
    let output = if let pipe { passThrough(from: pipe.read, to: session.output) } else { [UInt8]() }
    return (child.wait().status, output)
  }

  /// Reads to the end, passing everything on as it comes. If nobody reads us the pipe is closed, which the command then
  /// sees as it would without us: nil, for what was read is not the whole.
  private func passThrough(from descriptor: CInt, to output: Output) -> [UInt8]? {
    defer { close(descriptor) }
    var all: [UInt8] = []
    while let chunk = Files.readChunk(descriptor) {
      if chunk.isEmpty { return all }
      all += chunk
      if !Files.write(chunk, to: output.descriptor) { return nil }
    }
    return nil
  }

  private func record(
    _ name: EntryName, _ naming: Naming, _ client: StaledClient, lease: String, value: [UInt8], _ session: Session
  ) async throws {
    var request = try made.request(naming)
    request.lease = lease
    let reply: MadeReply
    do {
      if capture {
        reply = try await client.setValue(
          value, namespace: name.namespace, key: name.key, dependencies: request.dependencies ?? [],
          outputs: request.outputs ?? [], tags: made.tag, ttl: made.ttl, keep: true, lease: lease)
      } else {
        reply = try await client.mark(namespace: name.namespace, key: name.key, request)
      }
    } catch ClientError.refused(let problem) where problem.status == 409 {
      session.warn("\(Display.safe("\(name)")) is not recorded as fresh: \(Display.lines(problem.detail))")
      return
    } catch let error as ClientError {
      let reason =
        switch error {
        case .noAgent, .disconnected: "the agent ended meanwhile"
        default: Display.lines("\(error)")
        }
      throw Failure(
        "The command succeeded, but \(Display.safe("\(name)")) is not recorded as fresh: \(reason).",
        remedy: "Do the same again when that is mended; \"stale status\" tells how the agent is.", status: .ensure)
    }
    session.warn(unknown: reply.unknown)
  }
}
