internal import ArgumentParser
internal import FoundationEssentials
internal import Freshness
internal import Glibc
internal import Paths
internal import StaledAPI
internal import StaledClient

/// `stale get`
struct Get: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints an entry's value if it is fresh.",
    discussion: """
      The bytes go to standard output as they were stored. If the entry is not fresh, or has no value, nothing is printed \
      there, its state goes to standard error, and the status is 1.

      Examples:
        stale get tool/report > report.html
        stale get --stale tool/report
        stale get -n tool report || ./make-report | stale set -n tool report
      """)

  /// What `--json` prints.
  struct Value: Encodable {
    var namespace: String
    var key: String
    var state: String
    var size: Int
    /// The value, where it is UTF-8.
    var value: String?
    /// The value in Base64, where it is not.
    var base64: String?
  }

  @OptionGroup var global: GlobalOptions
  @OptionGroup var namespace: NamespaceOption
  @Argument(help: "The entry.") var entry: String
  @Flag(help: "Print what is kept though it is not fresh; its state goes to standard error.") var stale = false

  func execute(_ session: Session) async throws -> Int32 {
    let name = try session.naming([entry], namespace: namespace.namespace).entry(entry)
    let found = try await session.client().value(namespace: name.namespace, key: name.key, allowingStale: stale)
    if stale, !found.isHit, found.bytes != nil {
      session.warn("\(Display.safe("\(name)")) is \(found.state ?? "stale")")
    }
    guard found.isHit || stale, let bytes = found.bytes else {
      let state = found.state ?? "missing"
      if global.json {
        try session.output.json(["namespace": name.namespace, "key": name.key, "state": state])
        return 1
      }
      let text = state == "fresh" ? "fresh, but has no value" : state
      session.complain("\(Display.safe("\(name)")) is \(text)")
      return 1
    }
    guard global.json else {
      try session.output.write(bytes)
      return 0
    }
    let text = String(validating: bytes, as: UTF8.self)
    try session.output.json(
      Value(
        namespace: name.namespace, key: name.key, state: found.state ?? "fresh", size: bytes.count, value: text,
        base64: text == nil ? Data(bytes).base64EncodedString() : nil))
    return 0
  }
}

/// `stale set`
struct SetCommand: StaleCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Stores standard input as an entry's value.",
    discussion: """
      With --through the value is written through: the entry is invalidated, the command after -- gets the value on its standard \
      input and writes it to its source, and only if it succeeds the value is stored. If it fails the entry stays invalidated, \
      and its status is passed on. Whoever else edits the source while the command runs has to agree with it on a lock.

      --dep and --tag replace what earlier calls gave. With --lease the value is refused (status 4) if what it rests on \
      changed since the lease was taken; take it before reading the inputs.

      Examples:
        L=$(stale lease); wc -l *.c | stale set tool/lines --dep glob:*.c --lease "$L"
        wc -w text/*.txt | stale set tool/words --dep 'glob:text/**/*.txt' --tag report
        stale set settings --dep settings.json --through -- sh -c 'cat > settings.json' < new.json
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var namespace: NamespaceOption
  @Argument(help: "The entry.") var entry: String
  @Option(help: ArgumentHelp("What it was made from: a path, or an id.", valueName: "id")) var dep: [String] = []
  @Option(help: "A tag of it.") var tag: [String] = []
  @Option(help: ArgumentHelp("How long it lives: 90s, 10m, 1d, or seconds.", valueName: "duration")) var ttl: String?
  @Option(help: "Taken before the inputs were read.") var lease: String?
  @Flag(help: "Write the value to its source first, by the command after --.") var through = false
  @Argument(parsing: .postTerminator, help: "With --through: the command that writes the value, after --.")
  var command: [String] = []

  func validate() throws {
    if through, command.isEmpty { throw ValidationError("--through needs the command that writes the value, after --") }
    if !through, !command.isEmpty { throw ValidationError("A command is run with --through only") }
    if through, lease != nil {
      throw ValidationError("--lease is taken before the inputs are read; what is written through needs none")
    }
  }

  func execute(_ session: Session) async throws -> Int32 {
    let naming = try session.naming([entry], namespace: namespace.namespace)
    let name = try naming.entry(entry)
    let dependencies = try dep.map { try naming.dependency($0) }
    // What is wrong is told before anything is written.
    if let ttl { try TimeToLive.check(ttl, named: "--ttl") }
    guard let bytes = Files.read(session.environment.input) else {
      throw Failure(
        "Standard input cannot be read: \(String(cString: strerror(errno))).",
        remedy: "Pipe the value into \"stale set\".", status: .wrongUse)
    }
    let client = try session.client()
    func store(_ dependencies: [String]) async throws -> Int32 {
      try session.report(
        try await client.setValue(
          bytes, namespace: name.namespace, key: name.key, dependencies: dependencies, tags: tag, ttl: ttl, lease: lease
        ))
    }
    if !through { return try await store(dependencies) }
    // Nobody can tell the command's own edits from another's while it runs; what its end leaves is what is stored for.
    func storeWritten() async throws -> Int32 {
      do {
        return try await store(dependencies.map { stated($0, naming) })
      } catch {
        session.warn(
          "the command has written the value to its source, but it is not stored: \(Display.safe("\(name)")) stays invalidated"
        )
        throw error
      }
    }
    // One writer at a time: what is stored last is what was written last.
    while true {
      var request = InvalidateRequest()
      request.keys = [name.description]
      _ = try await client.invalidate(request)
      let status: Int32? = try await client.withTurn(namespace: name.namespace, key: name.key, needsValue: true) {
        turn in
        // Another writer's value came in between.
        guard turn.turn == .yours else { return nil }
        let status = try write(bytes, session)
        guard status != 0 else { return try await storeWritten() }
        session.warn("\(Display.safe("\(name)")) stays invalidated: the command ended with status \(status)")
        return status
      }
      if let status { return status }
    }
  }
}

extension SetCommand {
  /// A file with its digest as it is now: the value is refused if it is another when that is stored.
  private func stated(_ dependency: String, _ naming: Naming) -> String {
    guard !dependency.contains("@"), case .file(let path)? = try? ResourceID(parsing: dependency, in: naming.context)
    else { return dependency }
    let absolute = naming.context.workspace[0].resolving(path)
    // Nothing else is opened: that could wait for ever.
    guard let status = Files.status(absolute, following: true), status.st_mode & S_IFMT == S_IFREG,
      let bytes = Files.read(absolute)
    else { return dependency }
    return "\(dependency)@\(Digest(of: bytes))"
  }

  /// Runs the command with the value as its standard input; its status.
  private func write(_ bytes: [UInt8], _ session: Session) throws -> Int32 {
    guard let pipe = Files.pipe() else {
      throw Failure("No pipe could be made.", remedy: "Raise the limit of open files.", status: .refused)
    }
    var wiring = ChildProcess.Wiring()
    wiring.descriptors = [(pipe.read, STDIN_FILENO)]
    if session.output.descriptor != STDOUT_FILENO {
      wiring.descriptors.append((session.output.descriptor, STDOUT_FILENO))
    }
    SignalForwarding.begin()
    let child: ChildProcess
    do {
      defer { close(pipe.read) }
      child = try ChildProcess.start(command.map(RawArguments.bytes), wiring)
    } catch {
      SignalForwarding.end()
      close(pipe.write)
      session.complain(
        "stale: \(Display.safe(command[0])) cannot be run: \(error.reason).\n  Check the name, PATH and its permissions."
      )
      return error.status
    }
    SignalForwarding.attach(child.pid)
    // A command that does not read all of it is no mistake: its status tells.
    _ = Files.write(bytes, to: pipe.write)
    close(pipe.write)
    return child.wait().status
  }
}

/// `stale lease`
struct LeaseCommand: StaleCommand {
  static let configuration = CommandConfiguration(
    commandName: "lease",
    abstract: "Prints a lease, for mark --lease and set --lease.",
    discussion: """
      Take it before you read the inputs. What you make is accepted only if none of them changed since.

      Example:
        L=$(stale lease); make app && stale mark build/app --out app --lease "$L"
      """)

  @OptionGroup var global: GlobalOptions

  func execute(_ session: Session) async throws -> Int32 {
    let reply = try await session.client().lease()
    if global.json { try session.output.json(reply) } else { try session.output.line(reply.lease) }
    return 0
  }
}

/// `stale mark`
struct Mark: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Records that an entry was just made, without a value.",
    discussion: """
      --dep, --depfile and --out replace what earlier calls gave, --tag and --ttl too where they are given; what the manifest \
      declares holds all the same. Without --lease you vouch that the entry was made from what is there now.

      Examples:
        stale mark build/app --dep src/main.c --dep entry:build/obj/util.o --out bin/app
        L=$(stale lease); make app && stale mark build/app --depfile app.d --lease "$L"
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var namespace: NamespaceOption
  @Argument(help: "The entry.") var entry: String
  @OptionGroup var made: MadeOptions
  @Option(help: "Taken before the inputs were read.") var lease: String?

  func execute(_ session: Session) async throws -> Int32 {
    let naming = try session.naming([entry], namespace: namespace.namespace)
    let name = try naming.entry(entry)
    var request = try made.request(naming)
    request.lease = lease
    return try session.report(
      try await session.client().mark(namespace: name.namespace, key: name.key, request))
  }
}

/// What an entry was made from, what its maker wrote, and what it is to be known by.
struct MadeOptions: ParsableArguments {
  @Option(help: ArgumentHelp("What it was made from: a path, or an id.", valueName: "id")) var dep: [String] = []

  @Option(
    help: ArgumentHelp(
      "A file in make's syntax that names what it was made from, as cc -MMD writes it.", valueName: "file"),
    completion: .file())
  var depfile: String?

  @Option(help: ArgumentHelp("What its maker wrote.", valueName: "file"), completion: .file()) var out: [String] = []

  @Option(help: "A tag of it; without any it keeps those that it has.") var tag: [String] = []

  @Option(
    help: ArgumentHelp(
      "How long it lives: 90s, 10m, 1d, or seconds; without it what an earlier call gave holds.", valueName: "duration")
  )
  var ttl: String?

  /// What can be wrong before anything is made is told then.
  func check(_ naming: Naming) throws {
    _ = try (dep.map { try naming.dependency($0) }, outputs(naming))
    if let ttl { try TimeToLive.check(ttl, named: "--ttl") }
  }

  /// All of them, as a call gives them. The depfile is read now.
  func request(_ naming: Naming) throws -> MarkRequest {
    try check(naming)
    return MarkRequest(
      dependencies: try dependencies(naming), outputs: try outputs(naming), tags: tag.isEmpty ? nil : tag,
      ttl: ttl.map { DurationText($0) },
      keep: true)
  }

  /// Those of `--dep` and of the depfile, which is read now.
  func dependencies(_ naming: Naming) throws -> [String] {
    var ids = try dep.map { try naming.dependency($0) }
    if let depfile { ids += try Self.dependencies(in: depfile, naming) }
    var seen: Set<String> = []
    return ids.filter { seen.insert($0).inserted }
  }

  func outputs(_ naming: Naming) throws -> [String] { try out.map { try naming.file($0) } }

  private static func dependencies(in depfile: String, _ naming: Naming) throws(Failure) -> [String] {
    guard let text = Files.read(naming.absolute(try naming.path(depfile))) else {
      throw Failure(
        "The depfile \(depfile) cannot be read: \(String(cString: strerror(errno))).",
        remedy: "The command has to write it, as cc does with -MMD -MF FILE.", status: .wrongUse)
    }
    do {
      return try Depfile.prerequisites(in: text).map { ResourceID.file(try naming.path(bytes: $0)).description }
    } catch let error as Depfile.Malformed {
      throw Failure(
        "\(depfile):\(error.line): no depfile: \(error.problem).",
        remedy: "It has to be in make's syntax: \"target: dependency dependency\".", status: .wrongUse)
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure("\(error)", remedy: "See \"stale mark --help\".", status: .wrongUse)
    }
  }
}

extension Session {
  /// Tells of an entry that was made.
  func report(_ reply: MadeReply) throws -> Int32 {
    warn(unknown: reply.unknown)
    if global.json {
      try output.json(reply)
    } else if !global.quiet {
      try output.line("\(Display.safe("\(reply.namespace)/\(reply.key)"))  \(paint.state(reply.state))")
    }
    return 0
  }
}
