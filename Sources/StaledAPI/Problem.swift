/// An error as the agent reports it: `application/problem+json` (RFC 9457).
public struct Problem: Codable, Hashable, Sendable, Error {
  /// A short stable name of the kind of problem, e.g. `lease-refused`, below `about:staled/`.
  public var type: String
  /// The kind of problem in words.
  public var title: String
  /// The HTTP status.
  public var status: Int
  /// What happened here, on what, and what to do.
  public var detail: String
  /// What changed, where a lease was refused; the path that closes a cycle.
  public var ids: [String]?
  /// When to try again, in seconds; sent as `Retry-After` too.
  public var retryAfter: Int?

  public init(
    _ kind: String, title: String, status: Int, detail: String, ids: [String]? = nil, retryAfter: Int? = nil
  ) {
    type = "about:staled/\(kind)"
    self.title = title
    self.status = status
    self.detail = detail
    self.ids = ids
    self.retryAfter = retryAfter
  }
}
