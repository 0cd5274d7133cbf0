internal import FoundationEssentials
internal import NIOHTTP1
public import StaledAPI

/// Whether what is served is true.
extension StaledClient {
  /// Has the agent look at what fresh entries rest on, as if no event had ever come.
  ///
  /// - Parameters:
  ///   - entries: `namespace/key` each; all that are fresh, if nil.
  ///   - sample: so many of them only, drawn at random.
  ///   - progress: called now and then while it goes on.
  public func verify(
    _ entries: [String]? = nil, sample: Int? = nil, progress: (VerifyReply) throws -> Void = { _ in }
  ) async throws -> VerifyReply {
    let body = Array(try JSONEncoder().encode(VerifyRequest(entries: entries, sample: sample)))
    let request = Request(
      method: .POST, target: RequestTarget("verify"), contentType: "application/json", accept: "application/x-ndjson",
      body: body, patience: patience)
    return try await withLines(request, untilTold: true) { lines in
      for try await line in lines {
        let reply: VerifyReply
        do { reply = try JSONDecoder().decode(VerifyReply.self, from: Data(line.bytes)) } catch {
          throw ClientError.notUnderstood(request: request.name, reason: "\(error)")
        }
        if reply.violations != nil { return reply }
        try progress(reply)
      }
      // The agent ended in the middle.
      throw ClientError.disconnected(request: request.name)
    }
  }

  /// What happened since the agent started, and what there is.
  public func stats() async throws -> Stats { try await call(.GET, RequestTarget("stats"), as: Stats.self) }
}
