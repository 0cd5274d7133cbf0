internal import FoundationEssentials
internal import NIOHTTP1
public import StaledAPI

/// One makes what many want.
extension StaledClient {
  /// Asks whether to make an entry that was found not fresh. `body` gets `fresh`, or `yours` with a lease once nobody else makes it;
  /// the turn lasts until `body` ends, and passes on if the entry was not made.
  ///
  /// - Parameters:
  ///   - needsValue: an entry without a value is to be made again.
  ///   - waiting: called if somebody else makes it at the moment.
  public func withTurn<Result>(
    namespace: String, key: String, needsValue: Bool = false, waiting: () -> Void = {},
    _ body: (TurnReply) async throws -> Result
  ) async throws -> Result {
    let target = RequestTarget("turns", namespace, key).adding("value", needsValue ? "true" : nil)
    let request = Request(method: .POST, target: target, accept: "application/x-ndjson", body: [], patience: patience)
    return try await withLines(request, untilTold: false) { lines in
      for try await line in lines {
        let reply: TurnReply
        do { reply = try JSONDecoder().decode(TurnReply.self, from: Data(line.bytes)) } catch {
          throw ClientError.notUnderstood(request: request.name, reason: "\(error)")
        }
        if reply.turn == .waiting { waiting() } else { return try await body(reply) }
      }
      throw ClientError.disconnected(request: request.name)
    }
  }
}
