internal import Glibc
internal import Subprocess
internal import Synchronization
internal import SystemPackage

/// One run of a command that the manifest names: an argument array, never a shell's text.
///
/// It runs in the workspace root, in a session of its own, without standard input, and inherits no descriptor. It is over when
/// it has ended; where its output is taken, when nobody holds that any more, as in a shell's `$(…)`: whoever stays behind for
/// longer has to redirect it. When its time is over, or its task is cancelled, it is ended with its session: SIGTERM, and SIGKILL
/// two seconds later. A child that makes itself a session of its own is nobody's.
struct CommandRun: Sendable {
  /// At least one, the program first.
  var arguments: [[UInt8]]
  /// All of it: nothing is inherited.
  var environment: [String: String]
  /// Absolute.
  var directory: String
  var timeout: Duration

  /// How it ended.
  enum End: Hashable, Sendable {
    case exited(Int32)
    case signalled(Int32)
    case timedOut
    /// Who takes its output would take no more: why.
    case outputRefused(String)
    case notStarted(String)
    case cancelled
  }

  /// What came of it.
  struct Outcome: Hashable, Sendable {
    var end: End
    /// The last lines of its standard error, or of its output where there are none.
    var lastLines: [String] = []
    var took: Duration = .zero

    var isSuccess: Bool { end == .exited(0) }
  }

  /// Thrown by who takes the output, to end the command.
  struct OutputRefused: Error {
    let reason: String
  }

  /// How long a command that was told to end may take.
  private static let grace = Duration.seconds(2)

  /// Takes a command's standard output as it comes. Throws to end the command.
  typealias Taker = @Sendable ([UInt8]) async throws -> Void

  /// Runs it to its end. `output` gets all of its standard output; nil: nobody takes it.
  func run(output: Taker? = nil) async -> Outcome {
    let begun = ContinuousClock.now
    let watch = Watch()
    var end = End.cancelled
    do {
      end = try await withThrowingTaskGroup(of: End.self) { group in
        group.addTask { try await self.end(output: output, watch) }
        group.addTask {
          try await Task.sleep(for: timeout)
          return .timedOut
        }
        defer { group.cancelAll() }
        return try await group.next() ?? .cancelled
      }
    } catch {
      end = .notStarted(Self.reason(error))
    }
    if Task.isCancelled { end = .cancelled }
    // Its leader may have gone before its children.
    if end == .cancelled || end == .timedOut { watch.endSession() }
    if let reason = watch.refusal { end = .outputRefused(reason) }
    return Outcome(end: end, lastLines: watch.lastLines, took: begun.duration(to: .now))
  }

  /// What a command left behind may still write: where its output is taken, that is waited for.
  private func end(output: Taker?, _ watch: Watch) async throws -> End {
    let said = try OutputPipe()
    guard let output else { return try await end(said, watch, heard: [(said, watch.said)]) }
    async let isRead: Void = said.read { bytes in
      watch.said.add(bytes)
      // What is left in the pipe is read to its end all the same.
      if watch.refusal != nil { return }
      do { try await output(bytes) } catch { watch.refuse((error as? OutputRefused)?.reason ?? "\(error)") }
    }
    let end = try await end(said, watch, heard: [])
    try await isRead
    return end
  }

  /// What is heard counts until the command's own end: whoever has it still then says nothing that anybody waits for.
  private func end(_ said: OutputPipe, _ watch: Watch, heard: [(OutputPipe, Tail)]) async throws -> End {
    let errors: OutputPipe
    do { errors = try OutputPipe() } catch {
      try? said.writeEnd.close()
      throw error
    }
    return try await withThrowingTaskGroup(of: Void.self) { group in
      for (pipe, tail) in heard + [(errors, watch.errors)] {
        group.addTask { do { try await pipe.read { tail.add($0) } } catch is CancellationError {} }
      }
      let result = try await withTaskCancellationHandler {
        try await Subprocess.run(
          configuration, input: .none, output: .fileDescriptor(said.writeEnd, closeAfterSpawningProcess: true),
          error: .fileDescriptor(errors.writeEnd, closeAfterSpawningProcess: true)
        ) { watch.begins($0.processIdentifier.value) }
      } onCancel: {
        watch.signal(SIGTERM)
      }
      group.cancelAll()
      try await group.waitForAll()
      switch result.terminationStatus {
      case .exited(let status): return .exited(status)
      case .signaled(let signal): return .signalled(signal)
      }
    }
  }

  private var configuration: Configuration {
    let name = arguments.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
    var options = PlatformOptions()
    options.createSession = true
    options.teardownSequence = [
      .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: Self.grace)
    ]
    return Configuration(
      executable: name.utf8.contains(UInt8(ascii: "/")) ? .path(FilePath(name)) : .name(name),
      arguments: Arguments(
        executablePathOverride: arguments.first.map(Self.terminated),
        remainingValues: arguments.dropFirst().map(Self.terminated)),
      environment: .custom(environment.map { Self.terminated(Array("\($0.key)=\($0.value)".utf8)) }),
      workingDirectory: FilePath(directory), platformOptions: options)
  }

  /// The library takes bytes as the kernel does: up to a NUL, which it does not add.
  private static func terminated(_ bytes: [UInt8]) -> [UInt8] { bytes.prefix { $0 != 0 } + [0] }

  private static func reason(_ error: any Error) -> String {
    guard let error = error as? SubprocessError else { return "\(error)" }
    if error.code == .executableNotFound { return "there is no such program, or it may not be run" }
    return error.underlyingError.map { "\($0)" } ?? error.description
  }
}

/// What is known of a command that runs.
private final class Watch: Sendable {
  let said = Tail(), errors = Tail()
  private let state = Mutex<(leader: pid_t?, refusal: String?)>((nil, nil))

  /// It runs. Its output may have been refused before that was known here.
  func begins(_ leader: pid_t) {
    let isRefused = state.withLock {
      $0.leader = leader
      return $0.refusal != nil
    }
    if isRefused { endSession() }
  }

  var refusal: String? { state.withLock { $0.refusal } }

  var lastLines: [String] { errors.lines.isEmpty ? said.lines : errors.lines }

  /// Its output is not taken any more: it ends.
  func refuse(_ reason: String) {
    state.withLock { $0.refusal = reason }
    endSession()
  }

  /// To all of its session.
  func signal(_ number: Int32) {
    if let leader = state.withLock({ $0.leader }) { ProcessSession.signal(leader, number) }
  }

  func endSession() { if let leader = state.withLock({ $0.leader }) { ProcessSession.end(leader) } }
}

/// The end of what a command says.
private final class Tail: Sendable {
  /// So much is kept, and told, of it.
  private static let longest = 1 << 10, mostLines = 5
  private let bytes = Mutex<[UInt8]>([])

  func add(_ more: [UInt8]) {
    bytes.withLock { bytes in
      bytes += more.suffix(Self.longest)
      if bytes.count > 2 * Self.longest { bytes.removeFirst(bytes.count - Self.longest) }
    }
  }

  var lines: [String] {
    bytes.withLock { bytes in
      bytes.suffix(Self.longest).split(separator: UInt8(ascii: "\n")).suffix(Self.mostLines).map {
        String(decoding: $0, as: UTF8.self)
      }
    }
  }
}

extension CommandRun.Outcome {
  /// For people: how it ended.
  var description: String {
    switch end {
    case .exited(0): "succeeded"
    case .exited(let status): "ended with status \(status)"
    case .signalled(let signal): "was ended by signal \(signal)"
    case .timedOut: "took longer than it may, and was ended"
    case .outputRefused(let reason): "was ended: \(reason)"
    case .notStarted(let reason): "could not be started: \(reason)"
    case .cancelled: "was ended with the agent"
    }
  }
}
