/// `POST /v1/warm`: which entries are to be made that are not fresh; all that can be, if nothing is said.
public struct WarmRequest: RequestBody {
  public var namespaces: [String]?
  public var tags: [String]?
  /// So many of the hottest keys.
  public var hot: Int?
  /// Asked by the refresh command of this entry (an `entry:` id): its place is lent meanwhile, and it is not waited for itself.
  public var within: String?

  public init(namespaces: [String]? = nil, tags: [String]? = nil, hot: Int? = nil, within: String? = nil) {
    self.namespaces = namespaces
    self.tags = tags
    self.hot = hot
    self.within = within
  }

  public static let members = ["namespaces", "tags", "hot", "within"]
}

/// The answer to `POST /v1/warm`, and its progress: a line each with `Accept: application/x-ndjson`.
public struct WarmReply: Codable, Hashable, Sendable {
  public struct Failure: Codable, Hashable, Sendable {
    /// `namespace/key`
    public var entry: String
    public var reason: String

    public init(entry: String, reason: String) {
      self.entry = entry
      self.reason = reason
    }
  }

  /// How many entries have come to an end, of how many.
  public var done: Int
  public var of: Int
  /// How many entries are meant, fresh ones too. Nil while it goes on.
  public var matched: Int?
  /// Entries that are meant, are not fresh, and have no `refresh` command.
  public var unable: [String]?
  /// What could not be made. Nil while it goes on.
  public var failed: [Failure]?

  public init(done: Int, of: Int, unable: [String]? = nil, failed: [Failure]? = nil) {
    self.done = done
    self.of = of
    self.unable = unable
    self.failed = failed
  }
}
