internal import FoundationEssentials
internal import NIOHTTP1
internal import StaledAPI

/// A client of one agent.
///
/// Every call opens a connection of its own; calls may run side by side. They throw `ClientError`, and `CancellationError` when
/// their task is cancelled.
public struct StaledClient: Sendable {
  /// The path of the agent's socket.
  public let socket: String
  /// How long the agent may keep silent before a call fails. Generous by default, as a `sync` hashes what changed.
  public var patience: Duration
  /// Called once in a call, when the agent has kept silent for `noticed`: people who wait are told so.
  public var whenSilent: (@Sendable () -> Void)?
  /// How long a silence goes unnoticed.
  public var noticed: Duration = .seconds(3)

  /// - Parameter socket: as `AgentLocation` finds it.
  public init(socket: String, patience: Duration = .seconds(600)) {
    self.socket = socket
    self.patience = patience
  }

  var exchange: Exchange {
    Exchange(
      socket: socket, connectPatience: .seconds(5), notice: whenSilent.map { Exchange.Notice(after: noticed, tell: $0) }
    )
  }

  /// Sends a request without a body, or with a JSON one, and decodes the reply.
  func call<Value: Decodable>(
    _ method: HTTPMethod, _ target: RequestTarget, body: (any Encodable & Sendable)? = nil, as type: Value.Type
  ) async throws -> Value {
    var request = Request(method: method, target: target, patience: patience)
    if let body {
      request.contentType = "application/json"
      request.body = Array(try JSONEncoder().encode(body))
    } else if method == .POST {
      request.body = []
    }
    return try Self.decode(type, from: try await send(request), of: request)
  }

  static func decode<Value: Decodable>(_ type: Value.Type, from reply: Reply, of request: Request) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(reply.body))
    } catch {
      throw ClientError.notUnderstood(request: request.name, reason: "\(error)")
    }
  }

  /// Sends `request`; any status but a 2xx, and those in `accepted`, is thrown as the problem that the agent reported.
  func send(_ request: Request, accepting accepted: Set<Int> = []) async throws -> Reply {
    let reply = try await exchange.reply(to: request)
    if 200..<300 ~= reply.status || accepted.contains(reply.status) { return reply }
    throw ClientError.refused(Self.problem(in: reply))
  }

  /// The problem that a reply tells of, or one made from its status if it is no `application/problem+json`.
  static func problem(in reply: Reply) -> Problem {
    if let problem = try? JSONDecoder().decode(Problem.self, from: Data(reply.body)) { return problem }
    let text = String(decoding: reply.body.prefix(500), as: UTF8.self)
    return Problem(
      "http", title: HTTPResponseStatus(statusCode: reply.status).reasonPhrase, status: reply.status,
      detail: text.isEmpty ? "the agent answered with status \(reply.status)" : text,
      retryAfter: reply.headers.first(name: "retry-after").flatMap { Int($0) })
  }
}
