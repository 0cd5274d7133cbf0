import Foundation
import Glibc
import ScenarioCalls

/// A program of a scenario that did not end well.
public struct ProgramFailed: Error, CustomStringConvertible {
  public let description: String
}

/// Runs other people's programs.
public enum Programs {
  /// Where a command is, if it is installed.
  public static func path(of command: String) -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
      .map { "\($0)/\(command)" }.first { access($0, X_OK) == 0 }
  }

  /// Runs a program to its end and gives what it printed; a failure throws with that.
  ///
  /// It gets this process's environment if none is given. It starts with no signal blocked or ignored, and all that it
  /// started has closed its output when this returns.
  @discardableResult
  public static func run(_ arguments: [String], environment: [String: String]? = nil) throws -> [UInt8] {
    let environment = environment ?? ProcessInfo.processInfo.environment
    var pipe: [Int32] = [0, 0]
    if scenario_pipe(&pipe) != 0 { throw CallFailed("pipe2", "") }
    defer { close(pipe[0]) }
    let child: pid_t
    do {
      defer { close(pipe[1]) }
      child = try spawn(arguments, environment: environment, output: pipe[1])
    }
    var printed: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      let count = chunk.withUnsafeMutableBytes { read(pipe[0], $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { break }
      printed += chunk[..<count]
    }
    try wait(for: child, arguments, printed)
    return printed
  }

  static func wait(for child: pid_t, _ arguments: [String], _ printed: [UInt8]) throws {
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    if status != 0 {
      throw ProgramFailed(
        description: "\(arguments.joined(separator: " ")) ended with wait status \(status):\n"
          + String(decoding: printed, as: UTF8.self))
    }
  }

  /// Starts a program, found on the PATH.
  ///
  /// It is the leader of a session and a process group of its own.
  ///
  /// - Parameters:
  ///   - input: the path of the standard input; nil for none.
  ///   - output: the descriptor of the output; nil for the input's file (a terminal).
  ///   - errors: the descriptor of the error output; nil for the same as the output.
  /// - Returns: the process id, to be waited for by the caller.
  public static func spawn(
    _ arguments: [String], environment: [String: String], input: String? = nil, output: Int32?, errors: Int32? = nil
  ) throws -> Int32 {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_addopen(&actions, 0, input ?? "/dev/null", O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, output ?? 0, 1)
    posix_spawn_file_actions_adddup2(&actions, errors ?? output ?? 0, 2)
    var all = sigset_t()
    var none = sigset_t()
    sigfillset(&all)
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setsigmask(&attributes, &none)
    // A session of its own: the terminal it opens first becomes its controlling one.
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(scenario_spawn_session))

    let words = arguments.map { strdup($0) } + [nil]
    let variables = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for text in words + variables { free(text) } }
    var child: pid_t = 0
    let error = posix_spawnp(&child, arguments[0], &actions, &attributes, words, variables)
    if error != 0 { throw CallFailed("posix_spawnp", arguments[0], error) }
    return child
  }
}

extension Tree {
  /// Runs shell commands in the folder; `$OUT` is the folder outside.
  public func shell(_ script: String) throws {
    try Programs.run(["sh", "-ec", "cd \"$TREE\"\n" + script], environment: environment)
  }

  /// What programs see: no settings of whoever runs the tests.
  var environment: [String: String] {
    [
      "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
      "TREE": String(decoding: folder, as: UTF8.self), "OUT": String(decoding: outside, as: UTF8.self),
      "HOME": String(decoding: outside, as: UTF8.self), "LC_ALL": "C.UTF-8", "TERM": "xterm",
      "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@b",
      "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@b", "GIT_EDITOR": "true",
    ]
  }
}
