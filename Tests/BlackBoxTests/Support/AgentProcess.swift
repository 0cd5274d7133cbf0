import Foundation

/// An agent that may well fail: how it began, what it said, how it ended. Gone when the test ends.
final class AgentProcess {
  private let process = Process()
  private let said: URL
  /// Whether it got ready; if not, it has ended.
  let isReady: Bool

  /// Starts an agent and waits until it watches, or has ended.
  ///
  /// - Parameters:
  ///   - wrapper: a command that runs the agent's command, which follows it, in its own process.
  init(_ folder: URL, _ environment: [String: String] = [:], wrapper: [String] = []) throws {
    said = FileManager.default.temporaryDirectory.appendingPathComponent("staled-said-\(UUID().uuidString)")
    _ = FileManager.default.createFile(atPath: said.path, contents: nil)
    let ready = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    // The pipe for readiness is the agent's descriptor 3.
    process.arguments =
      ["-c", "exec \"$@\" --ready-fd 3 3>&1 >/dev/null", "sh"] + wrapper
      + [Binaries.agent.path, "--workspace", folder.path]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = ready
    process.standardError = try FileHandle(forWritingTo: said)
    var variables = ProcessInfo.processInfo.environment
    variables["STALED_DIR"] = nil
    process.environment = variables.merging(environment) { $1 }
    try process.run()
    isReady = ready.fileHandleForReading.readData(ofLength: 1) == Data("\n".utf8)
    if !isReady { process.waitUntilExit() }
  }

  deinit {
    kill()
    try? FileManager.default.removeItem(at: said)
  }

  var pid: Int32 { process.processIdentifier }

  /// What it wrote to standard error so far.
  var errors: String { (try? String(contentsOf: said, encoding: .utf8)) ?? "" }

  /// How it ended; 128 and the signal if one ended it.
  var status: Int32 {
    process.waitUntilExit()
    return process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus
  }

  /// Ends it as a service manager would, and says how it ended.
  @discardableResult
  func stop() -> Int32 {
    if process.isRunning { process.terminate() }
    return status
  }

  /// Ends it without giving it a chance.
  func kill() {
    if process.isRunning { Foundation.kill(pid, SIGKILL) }
    process.waitUntilExit()
  }
}
