internal import Freshness

/// What the agent knows of its own work, as far as advice rests on it. Counts are since the agent started.
struct Figures: Sendable {
  /// One namespace.
  struct Namespace: Sendable {
    var name: String
    /// What holds for entries that say nothing themselves.
    var strategy = Strategy.hybrid
    /// In seconds; nil: none that holds for all of them.
    var ttl: Double?
    var entries = 0
    /// Entries with a value.
    var values = 0
    var hits = 0
    var misses = 0
    /// Entries whose time to live was over. Those ended by `idle` do not count: they make room, and say nothing of change.
    var expirations = 0
    /// Those of `expirations` that rest on something of which nothing had changed.
    var unchangedExpirations = 0
    /// Values that the store let go of for want of room.
    var evictions = 0
    /// Runs of refresh commands that made an entry, and runs that failed.
    var refreshes = 0
    var failedRefreshes = 0

    init(_ name: String) { self.name = name }
  }

  /// A tag that some entry bears.
  struct Tag: Sendable {
    var name: String
    var entries: Int
  }

  /// What made entries worse, from a sketch.
  struct Cause: Sendable {
    /// As in the log.
    var cause: String
    /// At most `error` too many.
    var invalidations: Int
    var error = 0

    /// What is certain of it.
    var guaranteed: Int { max(0, invalidations - max(0, error)) }
  }

  /// Entries of a namespace that have something in common.
  struct Group: Sendable {
    var namespace: String
    var entries: Int
    /// Some of them, as `namespace/key`.
    var examples: [String] = []
  }

  /// A refresh command that failed the last time it ran.
  struct FailingCommand: Sendable {
    /// `namespace/key`.
    var entry: String
    /// The first of its arguments.
    var program: String
    /// Runs since it succeeded last.
    var failures: Int
    /// Of what it wrote before it failed; empty if it wrote nothing.
    var lastLine = ""
  }

  /// A bound of a cache level at which values are let go of.
  struct Bound: Sendable {
    /// As in the manifest.
    enum Level: String, Sendable { case memory, disk }

    var level: Level
    /// Nil: the bound of all namespaces together.
    var namespace: String?
    var evictionsPerHour: Double
    /// What holds; nil: no bound.
    var maxEntries: Int?
    var maxBytes: Int?
  }

  /// Something that cannot be watched, read or written, as `status` tells it.
  struct Degradation: Sendable {
    var what: String
    var reason: String
    var remedy: String
  }

  /// In seconds.
  var uptime = 0.0
  var namespaces: [Namespace] = []
  var entries = 0
  var taggedEntries = 0
  /// All of them, or the most frequent ones: at least two if there are two.
  var tags: [Tag] = []
  /// Entries made worse, by whatever cause.
  var invalidations = 0
  var causes: [Cause] = []
  /// Made entries without any dependency, that no time of their own ends, of namespaces whatever their strategy.
  var unfounded: [Group] = []
  /// Entries with a value that was not served since the start.
  var neverHit: [Group] = []
  var failingCommands: [FailingCommand] = []
  var bounds: [Bound] = []
  var degradations: [Degradation] = []
}
