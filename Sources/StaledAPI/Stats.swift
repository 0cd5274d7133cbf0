/// `GET /v1/stats`: what happened since the agent started, and what there is.
public struct Stats: Codable, Hashable, Sendable {
  /// Tags of entries.
  public struct Tags: Codable, Hashable, Sendable {
    /// Distinct ones.
    public var totalTags = 0
    public var taggedEntries = 0
    /// Of the entries that have any.
    public var avgTagsPerEntry = 0.0

    public init() {}
  }

  /// What entries depend on.
  public struct Dependencies: Codable, Hashable, Sendable {
    public var resources = 0
    /// Entries with at least one dependency.
    public var dependentEntries = 0
    public var totalDependencies = 0

    public init() {}
  }

  /// Values that are held.
  public struct Level: Codable, Hashable, Sendable {
    public var entries = 0
    /// Equal values are counted once in memory, and for each entry in the store.
    public var bytes = 0
    /// Values served from here.
    public var hits = 0

    public init() {}
  }

  /// `l1` is memory, `l2` the store.
  public struct Levels: Codable, Hashable, Sendable {
    public var l1 = Level()
    public var l2 = Level()

    public init() {}
  }

  /// A key that is asked for often.
  public struct HotKey: Codable, Hashable, Sendable {
    public var namespace: String
    public var key: String
    /// Old ones count less; at most `error` too many.
    public var accesses: Int
    public var error: Int
    /// The share of those seen that were hits.
    public var hitRate: Double

    public init(namespace: String, key: String, accesses: Int, error: Int, hitRate: Double) {
      self.namespace = namespace
      self.key = key
      self.accesses = accesses
      self.error = error
      self.hitRate = hitRate
    }
  }

  /// What ended entries.
  public struct Cause: Codable, Hashable, Sendable {
    /// As in the log.
    public var cause: String
    /// Entries made worse; at most `error` too many.
    public var invalidations: Int
    public var error: Int

    public init(cause: String, invalidations: Int, error: Int) {
      self.cause = cause
      self.invalidations = invalidations
      self.error = error
    }
  }

  /// How often, by the last hour (since the start, if that is shorter).
  public struct Rates: Codable, Hashable, Sendable {
    public var hitsPerHour = 0.0
    public var missesPerHour = 0.0
    public var invalidationsPerHour = 0.0
    public var expirationsPerHour = 0.0
    public var refreshesPerHour = 0.0

    public init() {}
  }

  /// One namespace.
  public struct Namespace: Codable, Hashable, Sendable {
    /// What holds for entries that say nothing themselves.
    public var strategy = ""
    public var entries = 0
    public var fresh = 0
    public var hits = 0
    public var misses = 0
    public var hitRate = 0.0
    public var invalidations = 0
    public var expirations = 0
    public var evictions = 0
    public var refreshes = 0
    public var levels = Levels()

    public init() {}
  }

  /// What holds where no namespace says otherwise.
  public var strategy = ""
  /// In seconds.
  public var uptime = 0.0
  /// Values asked for and served as fresh, or not.
  public var hits = 0
  public var misses = 0
  /// Of both; 0 if nothing was asked for.
  public var hitRate = 0.0
  /// Entries made worse: each `invalidated` record of the log.
  public var invalidations = 0
  /// Parts of `invalidations`: named by a call through a tag; reached by a cascade.
  public var tagInvalidations = 0
  public var dependencyInvalidations = 0
  /// Entries whose time was over: each `expired` record of the log.
  public var expirations = 0
  /// Values that the store let go of because of its bounds (`evicted` in the log), and those that memory did.
  public var evictions = 0
  public var memoryEvictions = 0
  /// Entries made again by their `refresh` command (`refreshed` in the log), and runs of it that failed.
  public var refreshes = 0
  public var failedRefreshes = 0
  /// Runs of hooks, and those that failed.
  public var hooks = 0
  public var failedHooks = 0
  /// Entries that became fresh again without having been made.
  public var revalidations = 0
  public var refusedLeases = 0
  /// Looks that verified what was proven, and how many showed something else.
  public var verified = 0
  public var violations = 0
  public var tags = Tags()
  public var dependencies = Dependencies()
  public var levels = Levels()
  /// The hottest first.
  public var hotKeys: [HotKey] = []
  /// What ended most entries, the worst first.
  public var causes: [Cause] = []
  public var rates = Rates()
  public var namespaces: [String: Namespace] = [:]

  public init() {}
}
