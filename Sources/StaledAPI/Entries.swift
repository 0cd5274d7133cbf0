/// One entry (`GET /v1/entries/{ns}/{key}`).
public struct Entry: Codable, Hashable, Sendable {
  /// What it was made from.
  public struct Dependency: Codable, Hashable, Sendable {
    public var id: String
    /// What was observed when the entry was made; missing if it never was.
    public var observed: String?
    /// What it is now, as far as is proven.
    public var current: String
    /// Whether `current` is proven.
    public var proven: Bool

    public init(id: String, observed: String?, current: String, proven: Bool) {
      self.id = id
      self.observed = observed
      self.current = current
      self.proven = proven
    }
  }

  public var namespace: String
  public var key: String
  /// `fresh`, `suspect`, `stale`, `expired` or `missing`.
  public var state: String
  /// RFC 3339: since when it is in that state.
  public var since: String?
  public var cause: Cause?
  /// Left out of lists.
  public var dependencies: [Dependency]?
  public var outputs: [Dependency]?
  public var tags: [String]
  /// What makes it not fresh: `ttl`, `event`, `manual`, `predictive` or `hybrid`; missing of what nobody knows.
  public var strategy: String?
  public var digest: String?
  /// Of its value, in bytes.
  public var size: Int?
  /// In seconds; missing if time does not end it.
  public var ttl: Double?
  /// RFC 3339: when it expires, or expired.
  public var expires: String?
  public var hits: Int
  /// The manifest names it.
  public var declared: Bool

  public init(
    namespace: String, key: String, state: String, since: String?, cause: Cause?, dependencies: [Dependency]?,
    outputs: [Dependency]?, tags: [String], digest: String?, size: Int?, hits: Int, declared: Bool
  ) {
    self.namespace = namespace
    self.key = key
    self.state = state
    self.since = since
    self.cause = cause
    self.dependencies = dependencies
    self.outputs = outputs
    self.tags = tags
    self.digest = digest
    self.size = size
    self.hits = hits
    self.declared = declared
  }
}

/// Why an entry is not fresh.
public struct Cause: Codable, Hashable, Sendable {
  /// A resource id, or `call:invalidate`, `call:delete`, `call:all`, `tag:NAME`, `namespace:NAME`, `event:NAME`,
  /// `schedule:TIME`, `clock:ttl`, `clock:idle`.
  public var cause: String
  /// The neighbour that the cascade came from.
  public var via: String
  public var depth: Int
  /// The cause's digest before and after.
  public var from: String?
  public var to: String?
  public var time: String?

  public init(cause: String, via: String, depth: Int, from: String?, to: String?, time: String?) {
    self.cause = cause
    self.via = via
    self.depth = depth
    self.from = from
    self.to = to
    self.time = time
  }
}

/// `GET /v1/entries`
public struct EntryPage: Codable, Hashable, Sendable {
  public var entries: [Entry]
  /// The `cursor` of the next page; missing on the last one.
  public var next: String?

  public init(entries: [Entry], next: String?) {
    self.entries = entries
    self.next = next
  }
}

/// `POST /v1/check`
public struct CheckReply: Codable, Hashable, Sendable {
  /// In the order asked for, without dependencies; an unknown one is `missing`.
  public var entries: [Entry]
  public init(entries: [Entry]) { self.entries = entries }
}

/// `GET /v1/why/{ns}/{key}`: the chain from an entry to what made it not fresh.
public struct WhyReply: Codable, Hashable, Sendable {
  /// A step of the chain: the entry first, the cause last.
  public struct Link: Codable, Hashable, Sendable {
    public var id: String
    /// Of an entry.
    public var state: String?
    /// What the step before observed of it, and what it is now.
    public var observed: String?
    public var current: String?
    public var proven: Bool

    public init(id: String, state: String?, observed: String?, current: String?, proven: Bool) {
      self.id = id
      self.state = state
      self.observed = observed
      self.current = current
      self.proven = proven
    }
  }

  public var namespace: String
  public var key: String
  public var state: String
  public var since: String?
  public var cause: Cause?
  public var chain: [Link]

  public init(namespace: String, key: String, state: String, since: String?, cause: Cause?, chain: [Link]) {
    self.namespace = namespace
    self.key = key
    self.state = state
    self.since = since
    self.cause = cause
    self.chain = chain
  }
}
