internal import Glibc
internal import Paths
internal import StaledAPI
internal import StaledClient

/// Starts the agent of a workspace.
struct AgentStarter {
  enum Outcome: Hashable {
    case started, wasRunning
  }

  let workspace: Workspace
  /// How long an agent may take to end that is not to be reached any more.
  var patience: Duration = .seconds(30)

  /// Returns once an agent is watching: one that was there, or a new one.
  ///
  /// Whoever starts holds a lock meanwhile: of many that find no agent at the same time (a parallel build), one starts it
  /// and the others wait for that.
  func start() async throws -> Outcome {
    if try await isWatching() { return .wasRunning }
    guard let program = Self.findAgent() else {
      throw Failure(
        "The agent's program staled was found neither beside stale nor in PATH.",
        remedy: "Install staled where stale is.", status: .refused)
    }
    try makeStateDirectory()
    let lock = open(workspace.location.file("start.lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw stateFailure("start.lock cannot be opened") }
    defer { close(lock) }
    while flock(lock, LOCK_EX) < 0, errno == EINTR {}
    let deadline = ContinuousClock.now + patience
    while true {
      if try await isWatching() { return .wasRunning }
      // One that ends has the workspace until it is gone. If that takes too long the new one says who is in its way.
      if LockHolder.find(workspace.location) == nil || ContinuousClock.now > deadline { break }
      try await Task.sleep(for: .milliseconds(20))
    }
    try launch(program)
    return .started
  }

  /// Whether an agent watches; waits for one that is just starting, or ending.
  private func isWatching() async throws -> Bool {
    let client = StaledClient(socket: workspace.location.socket)
    for _ in 0..<600 {
      do {
        if try await client.status().state == "watching" { return true }
      } catch ClientError.noAgent {
        return false
      } catch ClientError.refused(let problem) where problem.status == 503 {
        // It listens before it watches.
      } catch ClientError.disconnected {
        // It ended just now.
      }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw Failure(
      "The agent has been starting or stopping for a minute.",
      remedy: "Look into \(workspace.location.file("agent.log")).", status: .refused)
  }

  private func makeStateDirectory() throws {
    let directory = workspace.location.stateDirectory
    if mkdir(directory, 0o700) == 0 {
      // As the agent would: what is in here concerns no version control.
      let ignore = open(workspace.location.file(".gitignore"), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
      if ignore >= 0 {
        _ = Files.write("*\n".utf8, to: ignore)
        close(ignore)
      }
    } else if errno != EEXIST {
      throw stateFailure("it cannot be made")
    }
  }

  private func stateFailure(_ problem: String) -> Failure {
    Failure(
      "State directory \(workspace.location.stateDirectory): \(problem): \(String(cString: strerror(errno))).",
      remedy: "Make it writable, or set STALED_DIR to another place.", status: .refused)
  }

  /// Starts `program` in a session of its own and waits until it watches.
  func launch(_ program: Path) throws {
    let log = try openLog()
    defer { close(log) }
    let begin = lseek(log, 0, SEEK_END)
    let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer { close(null) }
    guard null >= 0, let pipe = Files.pipe() else { throw stateFailure("no pipe") }
    defer { close(pipe.read) }
    var wiring = ChildProcess.Wiring()
    // 3 is free for the child, or is one of ours that it does not need: all of ours are close-on-exec.
    wiring.descriptors = [(null, 0), (log, 1), (log, 2), (pipe.write, 3)]
    wiring.ownSession = true
    // A relative STALED_DIR starts at the workspace, not at the directory that the agent happens to run in.
    if Files.environment("STALED_DIR") != nil {
      wiring.environment = [("STALED_DIR", workspace.location.stateDirectory)]
    }
    let child: ChildProcess
    do {
      defer { close(pipe.write) }
      child = try ChildProcess.start(
        [program.bytes, Array("--workspace".utf8), workspace.root.bytes, Array("--ready-fd".utf8), Array("3".utf8)],
        wiring)
    } catch {
      throw Failure(
        "The agent \(program) cannot be run: \(error.reason).", remedy: "Install staled anew.", status: .refused)
    }
    // A newline: it watches. The end: it died, or closed the pipe without a word.
    if let ready = Files.readChunk(pipe.read, upTo: 1), !ready.isEmpty { return }
    let end = child.wait()
    let words = Self.lastWords(log: workspace.location.file("agent.log"), from: begin)
    let status: Failure.Status = end == .exited(2) ? .wrongUse : .refused
    // What it said last: what happened, and in the last line what to do.
    guard words.count > 1, let remedy = words.last else {
      throw Failure(
        "The agent ended at once with status \(end.status).",
        remedy: "See \(workspace.location.file("agent.log")).", status: status)
    }
    let what = words.dropLast().joined(separator: "\n")
    throw Failure(what.hasPrefix("staled: ") ? String(what.dropFirst(8)) : what, remedy: remedy, status: status)
  }

  /// Appends to the last log unless that is long.
  private func openLog() throws -> CInt {
    let name = workspace.location.file("agent.log")
    if let status = Files.status(Path(name), following: true), status.st_size > 1 << 20 { rename(name, name + ".1") }
    let log = open(name, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard log >= 0 else { throw stateFailure("agent.log cannot be opened") }
    return log
  }

  /// What the agent wrote since `offset`, not more than people read.
  private static func lastWords(log: String, from offset: off_t) -> [String] {
    let descriptor = open(log, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    lseek(descriptor, offset, SEEK_SET)
    let text = String(decoding: Files.read(descriptor) ?? [], as: UTF8.self)
    return text.split(separator: "\n").suffix(20).map(String.init)
  }

  /// `staled` beside this program, or in `PATH`.
  static func findAgent() -> Path? {
    if let own = Files.linkTarget("/proc/self/exe"), let folder = own.parent {
      let path = folder.appending("staled".utf8)
      if access(Files.terminated(path), X_OK) == 0 { return path }
    }
    return ChildProcess.findInPath(Array("staled".utf8))
  }
}
