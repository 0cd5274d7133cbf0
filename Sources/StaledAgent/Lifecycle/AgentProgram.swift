internal import Dispatch
internal import Glibc
internal import Logging

/// The whole of the program `staled` but its options.
package enum AgentProgram {
  /// Runs the agent and returns the exit status (INTERFACES, 4). Errors of start-up go to standard error: what happened,
  /// and what to do, a line each.
  package static func run(workspace: String?, readyDescriptor: Int32?, verbose: Bool) async -> Int32 {
    // A client that goes away while it is answered is no reason to end.
    signal(SIGPIPE, SIG_IGN)
    var logger = Logger(label: "staled") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = verbose ? .info : .notice
    do {
      // First of all: what follows takes descriptors, and Dispatch ends the process where it gets none.
      let connections = try OpenFiles.raise()
      let lastResort = LastResort.arm { say($0) }
      defer { for source in lastResort { source.cancel() } }
      let runner = try AgentRunner(
        folder: workspace, readyDescriptor: readyDescriptor, connections: connections,
        environment: Environment.variables(), logger: logger)
      try await runner.run()
      return 0
    } catch let error as StartupError {
      say("\(error.what)\n\(error.remedy)")
      return error.exitCode
    } catch {
      say("\(error)")
      return 4
    }
  }

  private static func say(_ text: String) { _ = FileAccess.write(Array("staled: \(text)\n".utf8), to: STDERR_FILENO) }
}

/// The process's environment.
enum Environment {
  /// Read once at start, before threads that might set something.
  static func variables() -> [String: String] {
    var variables: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
      let text = String(cString: entry)
      if let cut = text.firstIndex(of: "=") {
        variables[String(text[..<cut])] = String(text[text.index(after: cut)...])
      }
      next += 1
    }
    return variables
  }
}
