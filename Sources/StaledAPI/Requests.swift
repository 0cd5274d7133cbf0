/// A body that the agent reads. Its members are listed so that an unknown one can be named.
public protocol RequestBody: Codable, Hashable, Sendable {
  /// Every member it may have.
  static var members: [String] { get }
}

/// `POST /v1/entries/{ns}/{key}/mark`
public struct MarkRequest: RequestBody {
  /// Ids, each perhaps followed by `@DIGEST` of what was read.
  public var dependencies: [String]?
  /// `file:` ids that the maker wrote.
  public var outputs: [String]?
  public var tags: [String]?
  /// A duration, a number of seconds, or `never`.
  public var ttl: DurationText?
  /// Tags and the time to live stay as calls gave them where this call gives none.
  public var keep: Bool?
  public var lease: String?
  /// What the entry stands for, if neither a value nor outputs say so: `sha256:HEX`.
  public var digest: String?

  public init(
    dependencies: [String]? = nil, outputs: [String]? = nil, tags: [String]? = nil, ttl: DurationText? = nil,
    keep: Bool? = nil, lease: String? = nil, digest: String? = nil
  ) {
    self.dependencies = dependencies
    self.outputs = outputs
    self.tags = tags
    self.ttl = ttl
    self.keep = keep
    self.lease = lease
    self.digest = digest
  }

  public static let members = ["dependencies", "outputs", "tags", "ttl", "keep", "lease", "digest"]
}

/// `PATCH /v1/entries/{ns}/{key}`: what the entry is to have besides, and what not any more. What it has already, or has not,
/// is no mistake.
public struct AmendRequest: RequestBody {
  public var addTags: [String]?
  public var removeTags: [String]?
  /// Ids, each perhaps followed by `@DIGEST` of what was read. The caller vouches that the entry was made from what is there.
  public var addDependencies: [String]?
  public var removeDependencies: [String]?
  /// A duration, a number of seconds, or `never`.
  public var ttl: DurationText?

  public init(
    addTags: [String]? = nil, removeTags: [String]? = nil, addDependencies: [String]? = nil,
    removeDependencies: [String]? = nil, ttl: DurationText? = nil
  ) {
    self.addTags = addTags
    self.removeTags = removeTags
    self.addDependencies = addDependencies
    self.removeDependencies = removeDependencies
    self.ttl = ttl
  }

  public static let members = ["addTags", "removeTags", "addDependencies", "removeDependencies", "ttl"]
}

/// The answer to `PATCH /v1/entries/{ns}/{key}`: the members of the entry's record, and `unknown`.
public struct AmendReply: Codable, Hashable, Sendable {
  public var entry: Entry
  /// Entries among the new dependencies that nobody declared or made.
  public var unknown: [String]?

  public init(entry: Entry, unknown: [String]) {
    self.entry = entry
    self.unknown = unknown.isEmpty ? nil : unknown
  }

  private enum Member: String, CodingKey { case unknown }

  public init(from decoder: any Decoder) throws {
    entry = try Entry(from: decoder)
    unknown = try decoder.container(keyedBy: Member.self).decodeIfPresent([String].self, forKey: .unknown)
  }

  public func encode(to encoder: any Encoder) throws {
    try entry.encode(to: encoder)
    var container = encoder.container(keyedBy: Member.self)
    try container.encodeIfPresent(unknown, forKey: .unknown)
  }
}

/// `POST /v1/invalidate`
public struct InvalidateRequest: RequestBody {
  /// `namespace/key` each.
  public var keys: [String]?
  public var tags: [String]?
  /// Only entries of these namespaces are meant by `tags`; all, if it is left out.
  public var within: [String]?
  /// All entries of these.
  public var namespaces: [String]?
  /// Ids whose dependents are meant.
  public var resources: [String]?
  public var all: Bool?
  /// Keep the values, for `?stale=allow`.
  public var soft: Bool?
  /// Whether dependents become suspect; by default they do, except for namespaces and all.
  public var cascade: Bool?
  public var dryRun: Bool?

  public init() {}

  public static let members = [
    "keys", "tags", "within", "namespaces", "resources", "all", "soft", "cascade", "dryRun",
  ]
}

/// `POST /v1/check`: the states of many entries, after a sync.
public struct CheckRequest: RequestBody {
  /// `namespace/key` each.
  public var entries: [String]

  public init(entries: [String]) { self.entries = entries }

  public static let members = ["entries"]
}

/// `POST /v1/verify`
public struct VerifyRequest: RequestBody {
  /// `namespace/key` each; all that are fresh, if it is left out.
  public var entries: [String]?
  /// So many of the fresh ones, drawn at random.
  public var sample: Int?

  public init(entries: [String]? = nil, sample: Int? = nil) {
    self.entries = entries
    self.sample = sample
  }

  public static let members = ["entries", "sample"]
}
