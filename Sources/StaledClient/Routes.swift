internal import NIOHTTP1
public import StaledAPI

/// What `value(namespace:key:)` found.
public struct CachedValue: Hashable, Sendable {
  /// The value, unless this is a miss.
  public var bytes: [UInt8]?
  /// The entry's state; nil if nobody knows it.
  public var state: String?
  /// Whether the value is fresh.
  public var isHit: Bool
  /// For a miss: a lease, taken before anything else was done. Store what you make with it.
  public var lease: String?
}

/// What narrows a list of entries.
public struct EntryFilter: Hashable, Sendable {
  public var namespace: String?
  public var tag: String?
  /// `fresh`, `suspect`, `stale`, `expired` or `missing`.
  public var state: String?
  /// Of the key.
  public var prefix: String?
  /// How many entries a page holds at most.
  public var limit: Int?

  public init(
    namespace: String? = nil, tag: String? = nil, state: String? = nil, prefix: String? = nil, limit: Int? = nil
  ) {
    self.namespace = namespace
    self.tag = tag
    self.state = state
    self.prefix = prefix
    self.limit = limit
  }
}

/// What concerns entries.
extension StaledClient {
  /// The states of entries (`namespace/key` each), in their order, after a sync.
  public func check(_ entries: [String]) async throws -> CheckReply {
    try await call(.POST, RequestTarget("check"), body: CheckRequest(entries: entries), as: CheckReply.self)
  }

  /// The chain from an entry to what made it not fresh.
  public func why(namespace: String, key: String, sync: Bool = true) async throws -> WhyReply {
    let target = RequestTarget("why", namespace, key).adding("sync", sync ? "true" : "false")
    return try await call(.GET, target, as: WhyReply.self)
  }

  /// All that is known of an entry.
  public func entry(namespace: String, key: String) async throws -> Entry {
    try await call(.GET, RequestTarget("entries", namespace, key), as: Entry.self)
  }

  /// A page of entries; `cursor` is the `next` of the page before.
  public func entries(_ filter: EntryFilter = EntryFilter(), cursor: String? = nil) async throws -> EntryPage {
    let target = RequestTarget("entries").adding("namespace", filter.namespace).adding("tag", filter.tag)
      .adding("state", filter.state).adding("prefix", filter.prefix)
      .adding("limit", filter.limit.map(String.init)).adding("cursor", cursor)
    return try await call(.GET, target, as: EntryPage.self)
  }

  /// An entry's value if it is fresh, after a sync unless `sync` is false. With `allowingStale` whatever is kept is returned;
  /// `isHit` tells whether it is fresh.
  public func value(
    namespace: String, key: String, sync: Bool = true, allowingStale: Bool = false
  ) async throws -> CachedValue {
    let target = RequestTarget("cache", namespace, key).adding("sync", sync ? nil : "false")
      .adding("stale", allowingStale ? "allow" : nil)
    let reply = try await send(Request(method: .GET, target: target, patience: patience), accepting: [404])
    let state = reply.headers.first(name: "staled-state")
    let cache = reply.headers.first(name: "cache-status")
    // Every answer of this route bears Cache-Status; another 404 is not about the entry.
    guard let cache else { throw ClientError.refused(Self.problem(in: reply)) }
    let hit = cache.split(separator: ";").dropFirst().contains { $0.drop { $0 == " " } == "hit" }
    return CachedValue(
      bytes: reply.status == 200 ? reply.body : nil, state: state, isHit: hit,
      lease: reply.headers.first(name: "staled-lease"))
  }

  /// Stores a value. Dependencies and tags replace what the entry had.
  ///
  /// - Parameters:
  ///   - dependencies: ids, each perhaps followed by `@DIGEST` of what was read.
  ///   - outputs: `file:` ids that the value's maker wrote besides.
  ///   - ttl: a duration as the manifest has them (`90s`), or seconds.
  ///   - keep: tags and the time to live stay as calls gave them where this call gives none.
  ///   - lease: taken before the inputs were read; a 409 says what changed since.
  public func setValue(
    _ bytes: [UInt8], namespace: String, key: String, dependencies: [String] = [], outputs: [String] = [],
    tags: [String] = [], ttl: String? = nil, keep: Bool = false, lease: String? = nil
  ) async throws -> MadeReply {
    var target = RequestTarget("cache", namespace, key)
    for dependency in dependencies { target.add("dep", dependency) }
    for output in outputs { target.add("out", output) }
    for tag in tags { target.add("tag", tag) }
    target.add("ttl", ttl)
    if keep { target.add("keep", "true") }
    target.add("lease", lease)
    let request = Request(
      method: .PUT, target: target, contentType: "application/octet-stream", body: bytes, patience: patience)
    return try Self.decode(MadeReply.self, from: try await send(request), of: request)
  }

  /// Records that an entry was just made, without a value.
  public func mark(namespace: String, key: String, _ mark: MarkRequest) async throws -> MadeReply {
    try await call(.POST, RequestTarget("entries", namespace, key, "mark"), body: mark, as: MadeReply.self)
  }

  /// Adds and takes away tags and dependencies of an entry that is known.
  public func amend(namespace: String, key: String, _ amendment: AmendRequest) async throws -> AmendReply {
    try await call(.PATCH, RequestTarget("entries", namespace, key), body: amendment, as: AmendReply.self)
  }

  /// Forgets an entry's value, tags and dependencies.
  public func delete(namespace: String, key: String) async throws -> DeleteReply {
    try await call(.DELETE, RequestTarget("cache", namespace, key), as: DeleteReply.self)
  }
}
