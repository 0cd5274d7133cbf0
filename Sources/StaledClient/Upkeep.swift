internal import FoundationEssentials
internal import NIOHTTP1
public import StaledAPI

/// What keeps a workspace in good order.
extension StaledClient {
  /// Has the agent make what is not fresh by its `refresh` command, in the order of dependencies.
  ///
  /// - Parameter progress: called now and then while it goes on.
  /// - Returns: what could not be made, and what has no command.
  public func warm(
    _ request: WarmRequest = WarmRequest(), progress: (WarmReply) throws -> Void = { _ in }
  ) async throws -> WarmReply {
    try await callWithProgress(
      RequestTarget("warm"), body: request, as: WarmReply.self, isLast: { $0.failed != nil }, progress: progress)
  }

  /// What the agent's own figures say could be better, the most worthwhile first.
  public func advice() async throws -> AdviceReply {
    try await call(.GET, RequestTarget("advice"), as: AdviceReply.self)
  }

  /// Posts `body` and reads the reply line by line: all but the last are progress.
  func callWithProgress<Value: Decodable>(
    _ target: RequestTarget, body: any Encodable & Sendable, as type: Value.Type, isLast: (Value) -> Bool,
    progress: (Value) throws -> Void
  ) async throws -> Value {
    let request = Request(
      method: .POST, target: target, contentType: "application/json", accept: "application/x-ndjson",
      body: Array(try JSONEncoder().encode(body)), patience: patience)
    return try await withLines(request, untilTold: true) { lines in
      for try await line in lines {
        let reply: Value
        do { reply = try JSONDecoder().decode(type, from: Data(line.bytes)) } catch {
          throw ClientError.notUnderstood(request: request.name, reason: "\(error)")
        }
        if isLast(reply) { return reply }
        try progress(reply)
      }
      // The agent ended in the middle.
      throw ClientError.disconnected(request: request.name)
    }
  }
}
