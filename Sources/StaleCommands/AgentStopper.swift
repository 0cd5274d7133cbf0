internal import Glibc
internal import Paths
internal import StaledAPI
internal import StaledClient

/// Ends the agent of a workspace.
struct AgentStopper {
  let location: AgentLocation
  /// How long an agent may take to end.
  var patience: Duration = .seconds(30)

  /// Sends SIGTERM to whoever listens on the socket and returns its number once it is gone.
  func stop() async throws -> pid_t {
    let pid = try listener()
    guard kill(pid, SIGTERM) == 0 || errno == ESRCH else {
      throw Failure(
        "The agent (pid \(pid)) cannot be asked to end: \(String(cString: strerror(errno))).",
        remedy: "Ask the user who started it.", status: .refused)
    }
    // No child of ours, and a pidfd tells nothing while one of its threads hangs in the kernel, as on a dead file system. This
    // takes tens of milliseconds.
    let deadline = ContinuousClock.now + patience
    while Self.isAlive(pid) {
      if ContinuousClock.now > deadline {
        throw Failure(
          "The agent (pid \(pid)) has not ended within \(patience.components.seconds) s.",
          remedy: "Look into \(location.file("agent.log")); \"kill -9 \(pid)\" ends it at once and loses nothing.",
          status: .refused)
      }
      try await Task.sleep(for: .milliseconds(5))
    }
    return pid
  }

  /// The process that listens on the agent's socket: the kernel knows it, so that a number in an old `agent.json` cannot hit
  /// a stranger, and an agent that hangs is found too.
  private func listener() throws -> pid_t {
    let noAgent = Failure(ClientError.noAgent(socket: location.socket))
    let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw noAgent }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let name = Array(location.socket.utf8)
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
      guard name.count < room.count else { return false }
      room.copyBytes(from: name)
      return true
    }
    let connected = withUnsafePointer(to: &address) { pointer in
      // A sockaddr_un may be passed where a sockaddr is wanted: that is how C has it.
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard fits, connected == 0 else {
      // Its socket was taken away: it still holds the lock, and wrote its number there.
      if let pid = LockHolder.find(location) { return pid }
      throw noAgent
    }
    // struct ucred: pid, uid, gid, 32 bits each; it is only declared for GNU sources. SO_PEERCRED tells who called listen.
    var credentials: [Int32] = [0, 0, 0]
    var size = socklen_t(12)
    let failed = getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size)
    if failed == 0, credentials[0] > 0 { return credentials[0] }
    // In another PID namespace the kernel gives 0.
    guard let pid = location.agentFile?.pid, pid > 0 else { throw noAgent }
    return pid_t(pid)
  }

  /// Whether a process is there and not a mere entry that nobody has collected.
  private static func isAlive(_ pid: pid_t) -> Bool {
    guard let stat = Files.read(Path("/proc/\(pid)/stat")) else { return false }
    // The name before it is in parentheses, and may hold some itself.
    guard let end = stat.lastIndex(of: UInt8(ascii: ")")), end + 2 < stat.count else { return false }
    return stat[end + 2] != UInt8(ascii: "Z") && stat[end + 2] != UInt8(ascii: "X")
  }
}
