public import Freshness

/// When an entry counts as hot enough to be refreshed ahead of its expiry.
public struct Predictive: Hashable, Sendable {
  /// So many accesses…
  public var threshold: Int
  /// …within this time.
  public var window: ManifestDuration

  public static let standard = Predictive(threshold: 10, window: ManifestDuration(nanoseconds: 3_600_000_000_000))
}

/// How an entry is made again by the agent.
public struct Refresh: Hashable, Sendable {
  public enum Moment: String, Hashable, Sendable, CaseIterable {
    /// Hot entries, ahead of their expiry.
    case expiry
    /// In dependency order after each batch.
    case invalidation
  }

  public enum Value: String, Hashable, Sendable, CaseIterable {
    /// The output becomes the value.
    case stdout
    /// The entry is marked.
    case none
  }

  public var run: Command
  public var on: Set<Moment> = [.expiry]
  /// Nil: `stdout`, but `none` where there are outputs.
  public var value: Value?
  public var timeout: ManifestDuration?
}

/// What can be set for all, for a namespace, for a rule and for an entry; nil where it is not said.
public struct EntryOptions: Hashable, Sendable {
  public var strategy: Strategy?
  public var ttl: TimeToLive?
  /// A share of the time to live, 0…1, up to which it is shortened at random.
  public var jitter: Double?
  /// The time without access after which an entry expires.
  public var idle: ManifestDuration?
  /// How long an expired value is kept for those who take it.
  public var keepStale: ManifestDuration?
  public var predictive: Predictive?
  public var refresh: Refresh?
  /// Whether `/` separates levels in tags.
  public var tagHierarchy: Bool?

  public init() {}

  /// These options where they are said, otherwise those of `base`. A strategy without time leaves the base's times behind.
  public func over(_ base: EntryOptions) -> EntryOptions {
    var merged = base
    if let strategy {
      merged.strategy = strategy
      if !strategy.hasTime { (merged.ttl, merged.jitter, merged.idle) = (nil, nil, nil) }
    }
    merged.ttl = ttl ?? merged.ttl
    merged.jitter = jitter ?? merged.jitter
    merged.idle = idle ?? merged.idle
    merged.keepStale = keepStale ?? merged.keepStale
    merged.predictive = predictive ?? merged.predictive
    merged.refresh = refresh ?? merged.refresh
    merged.tagHierarchy = tagHierarchy ?? merged.tagHierarchy
    return merged
  }
}

/// The bounds of one level of the cache; nil is unbounded.
public struct CacheBounds: Hashable, Sendable {
  public var maxEntries: Int?
  public var maxBytes: Int?

  public init(maxEntries: Int? = nil, maxBytes: Int? = nil) {
    self.maxEntries = maxEntries
    self.maxBytes = maxBytes
  }
}
