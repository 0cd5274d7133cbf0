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
    try await callWithProgress(
      RequestTarget("verify"), body: VerifyRequest(entries: entries, sample: sample), as: VerifyReply.self,
      isLast: { $0.violations != nil }, progress: progress)
  }

  /// What happened since the agent started, and what there is.
  public func stats() async throws -> Stats { try await call(.GET, RequestTarget("stats"), as: Stats.self) }
}
