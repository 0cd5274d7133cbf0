/// `.staled/agent.json`: where the running agent is.
public struct AgentFile: Codable, Hashable, Sendable {
  public var pid: Int
  /// The path of its socket.
  public var socket: String
  public var version: String
  /// RFC 3339.
  public var started: String

  public init(pid: Int, socket: String, version: String, started: String) {
    self.pid = pid
    self.socket = socket
    self.version = version
    self.started = started
  }
}

/// The version of this build, as `--version` and `status` say it.
public let staledVersion = "0.1.0"
