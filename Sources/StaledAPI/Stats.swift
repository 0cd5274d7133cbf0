/// `GET /v1/stats`: what happened since the agent started, and what there is.
public struct Stats: Codable, Hashable, Sendable {
  /// Tags of entries.
  public struct Tags: Codable, Hashable, Sendable {
    /// Distinct ones.
    public var totalTags: Int
    public var taggedEntries: Int
    /// Of the entries that have any.
    public var avgTagsPerEntry: Double

    public init(totalTags: Int, taggedEntries: Int, avgTagsPerEntry: Double) {
      self.totalTags = totalTags
      self.taggedEntries = taggedEntries
      self.avgTagsPerEntry = avgTagsPerEntry
    }
  }

  /// What entries depend on.
  public struct Dependencies: Codable, Hashable, Sendable {
    public var resources: Int
    /// Entries with at least one dependency.
    public var dependentEntries: Int
    public var totalDependencies: Int

    public init(resources: Int, dependentEntries: Int, totalDependencies: Int) {
      self.resources = resources
      self.dependentEntries = dependentEntries
      self.totalDependencies = totalDependencies
    }
  }

  /// In seconds.
  public var uptime: Double
  /// Values asked for and served as fresh, or not.
  public var hits: Int
  public var misses: Int
  /// Of both; 0 if nothing was asked for.
  public var hitRate: Double
  /// Entries made worse: each `invalidated` record of the log.
  public var invalidations: Int
  /// Parts of `invalidations`: named by a call through a tag; reached by a cascade.
  public var tagInvalidations: Int
  public var dependencyInvalidations: Int
  /// Entries whose time was over: each `expired` record of the log.
  public var expirations: Int
  /// Entries that became fresh again without having been made.
  public var revalidations: Int
  public var refusedLeases: Int
  /// Looks that verified what was proven, and how many showed something else.
  public var verified: Int
  public var violations: Int
  public var tags: Tags
  public var dependencies: Dependencies

  public init(
    uptime: Double, hits: Int, misses: Int, hitRate: Double, invalidations: Int, tagInvalidations: Int,
    dependencyInvalidations: Int, expirations: Int, revalidations: Int, refusedLeases: Int, verified: Int,
    violations: Int, tags: Tags,
    dependencies: Dependencies
  ) {
    self.uptime = uptime
    self.hits = hits
    self.misses = misses
    self.hitRate = hitRate
    self.invalidations = invalidations
    self.tagInvalidations = tagInvalidations
    self.dependencyInvalidations = dependencyInvalidations
    self.expirations = expirations
    self.revalidations = revalidations
    self.refusedLeases = refusedLeases
    self.verified = verified
    self.violations = violations
    self.tags = tags
    self.dependencies = dependencies
  }
}
