public import StaledAPI

/// Why a call of the client did not yield a reply.
public enum ClientError: Error, Hashable, Sendable {
  /// Nobody listens: there is no socket, or a stale one.
  case noAgent(socket: String)
  /// There is a socket, and it cannot be used: permissions, a name that is too long, a full queue.
  case unreachable(socket: String, reason: String)
  /// The agent answered with a problem.
  case refused(Problem)
  /// The agent accepted the connection and did not reply in time.
  case timedOut(request: String, seconds: Int)
  /// The agent closed the connection before the reply was complete.
  case disconnected(request: String)
  /// The reply is not what this client's version expects.
  case notUnderstood(request: String, reason: String)
}

extension ClientError: CustomStringConvertible {
  /// What happened, in a line.
  public var description: String {
    switch self {
    case .noAgent(let socket): "no agent listens on \(socket)"
    case .unreachable(let socket, let reason): "the agent's socket \(socket) cannot be used: \(reason)"
    case .refused(let problem): "\(problem.title): \(problem.detail)"
    case .timedOut(let request, let seconds): "the agent did not answer \(request) within \(seconds) s"
    case .disconnected(let request): "the agent closed the connection before it had answered \(request)"
    case .notUnderstood(let request, let reason): "the reply to \(request) could not be understood: \(reason)"
    }
  }
}
