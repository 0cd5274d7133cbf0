internal import FoundationEssentials
internal import Freshness
internal import Glibc
package import Paths
package import StaledAPI

/// `.staled`: where the state of a workspace's agent is (INTERFACES, 2).
package struct StateDirectory: Sendable {
  /// The longest path of a socket, in bytes, that is used as it is.
  static let longestSocketPath = 100
  /// The longest that the kernel takes (`unix(7)`).
  static let longestPossiblePath = 107

  /// The directory itself, absolute and without symbolic links.
  package let path: Path
  private let environment: [String: String]

  package var lock: Path { path.appending(Array("lock".utf8)) }
  package var agentFile: Path { path.appending(Array("agent.json".utf8)) }

  /// Makes it where it is not there: mode 0700, with a `.gitignore` that holds `*`.
  ///
  /// - Parameters:
  ///   - workspace: the workspace's root, absolute.
  ///   - environment: `STALED_DIR` moves the directory (a relative one counts from the workspace's root, so that it means the
  ///     same wherever a command is started); `XDG_RUNTIME_DIR` and `TMPDIR` matter to long sockets.
  package static func prepare(
    workspace: Path, environment: [String: String]
  ) throws(StartupError) -> StateDirectory {
    try checkWorkspace(workspace)
    let named = location(workspace: workspace, environment: environment)
    try makePrivate(named, attempt: "make the state directory")
    guard let real = realpath(named.terminated, nil) else {
      throw StartupError(.current, "find the real path of", named)
    }
    defer { free(real) }
    let path = Path(Array(UnsafeBufferPointer(start: real, count: strlen(real))).map { UInt8(bitPattern: $0) })
    let ignore = path.appending(Array(".gitignore".utf8))
    if case .failure(let error) = FileAccess.facts(ignore), error.code == ENOENT,
      let error = FileAccess.replace(ignore, with: Array("*\n".utf8), mode: 0o644)
    {
      throw StartupError(error, "write", ignore)
    }
    return StateDirectory(path: path, environment: environment)
  }

  /// Where the directory is, there or not.
  package static func location(workspace: Path, environment: [String: String]) -> Path {
    let moved = environment["STALED_DIR"] ?? ""
    return workspace.resolving(Path(moved.isEmpty ? ".staled" : moved))
  }

  private static func checkWorkspace(_ workspace: Path) throws(StartupError) {
    var facts = stat()
    if stat(workspace.terminated, &facts) != 0 { throw StartupError(.current, "watch the workspace", workspace) }
    if facts.st_mode & S_IFMT != S_IFDIR {
      throw StartupError(
        "cannot watch the workspace \(workspace): it is not a folder", remedy: "name the folder that holds staled.json",
        exitCode: 2)
    }
    if access(workspace.terminated, R_OK | X_OK) != 0 {
      throw StartupError(.current, "read the workspace", workspace)
    }
  }

  /// Makes a directory that only its owner may enter, or makes sure that the one that is there is such a one.
  private static func makePrivate(_ path: Path, attempt: String) throws(StartupError) {
    if mkdir(path.terminated, 0o700) != 0, errno != EEXIST { throw StartupError(.current, attempt, path) }
    var facts = stat()
    if stat(path.terminated, &facts) != 0 { throw StartupError(.current, attempt, path) }
    if facts.st_mode & S_IFMT != S_IFDIR {
      throw StartupError("cannot \(attempt) \(path): a file is there", remedy: "move that file away", exitCode: 2)
    }
    if facts.st_uid != geteuid() {
      throw StartupError(
        "cannot use \(path): it belongs to user \(facts.st_uid)",
        remedy: "start the agent as that user, or set STALED_DIR to a folder of your own")
    }
    if facts.st_mode & 0o7777 != 0o700, chmod(path.terminated, 0o700) != 0 {
      throw StartupError(.current, "make private", path)
    }
  }

  // MARK: The socket

  /// Where the socket goes; makes the folder for it if it cannot be the state directory: its path would be over 100 bytes,
  /// or is not UTF-8, which neither `agent.json` nor a command line could say.
  package func socketPath() throws(StartupError) -> String {
    let here = path.appending(Array("agent.sock".utf8)).bytes
    if here.count <= Self.longestSocketPath, let text = String(validating: here, as: UTF8.self) { return text }
    let name = "\(Self.hash(of: path)).sock"
    let folder = socketFolder(for: name)
    // Others may write to the temporary directory: a link that is there already is not followed.
    if case .success(let facts) = FileAccess.facts(Path(folder)), facts.st_mode & S_IFMT == S_IFLNK {
      throw StartupError(
        "cannot use \(folder) for the socket: it is a symbolic link", remedy: "remove it, or set XDG_RUNTIME_DIR")
    }
    try Self.makePrivate(Path(folder), attempt: "make the socket's folder")
    return "\(folder)/\(name)"
  }

  /// `$XDG_RUNTIME_DIR/staled`; where that is not set, cannot be used (after `su`, say) or is too long, `staled-UID` in the
  /// temporary directory. Clients find the socket through `agent.json`, so they need not know which.
  private func socketFolder(for name: String) -> String {
    let own = "staled-\(geteuid())"
    let choices = [(environment["XDG_RUNTIME_DIR"], "staled"), (environment["TMPDIR"], own)]
    for case (let parent?, let folder) in choices where parent.hasPrefix("/") {
      let path = "\(parent)/\(folder)"
      if "\(path)/\(name)".utf8.count <= Self.longestPossiblePath, access(parent, W_OK | X_OK) == 0 { return path }
    }
    return "/tmp/\(own)"
  }

  /// 16 hexadecimal digits of the SHA-256 of the state directory's real path.
  static func hash(of path: Path) -> String {
    Digest(of: path.bytes).bytes.prefix(8).map { byte in
      let digits = String(byte, radix: 16)
      return digits.utf8.count == 1 ? "0\(digits)" : digits
    }.joined()
  }

  /// Removes a socket that an agent left behind. Only who holds the lock can know that nobody listens on it.
  package func removeStaleSocket(at socket: String, holding _: WorkspaceLock) throws(StartupError) {
    let socket = Path(socket)
    switch FileAccess.facts(socket) {
    case .failure(let error):
      if error.code != ENOENT { throw StartupError(error, "look at the socket", socket) }
    case .success(let facts):
      guard facts.st_mode & S_IFMT == S_IFSOCK else {
        throw StartupError("cannot listen on \(socket): a file is there", remedy: "move that file away")
      }
      if unlink(socket.terminated) != 0 { throw StartupError(.current, "remove the old socket", socket) }
    }
  }

  // MARK: agent.json

  /// Says where the agent is; whoever reads it sees all of it or none.
  package func write(_ agent: AgentFile) throws(StartupError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    guard let data = try? encoder.encode(agent) else {
      throw StartupError("cannot write \(agentFile): \(agent) is no JSON", remedy: "report this as a mistake of staled")
    }
    if let error = FileAccess.replace(agentFile, with: Array(data) + [0x0A], mode: 0o600) {
      throw StartupError(error, "write", agentFile)
    }
  }

  /// Takes `agent.json` and the socket away at the end; the lock's holder does so before it gives that up.
  ///
  /// Somebody may have removed the whole directory meanwhile, and another agent begun in a new one: that one's are left.
  package func removeTraces(socket: String, holding held: WorkspaceLock) {
    guard held.isStill(at: lock) else { return }
    unlink(agentFile.terminated)
    unlink(socket)
  }
}
