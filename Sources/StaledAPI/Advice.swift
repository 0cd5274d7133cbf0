/// `GET /v1/advice`: what the agent's own figures say could be better, the most worthwhile first.
public struct AdviceReply: Codable, Hashable, Sendable {
  /// One thing.
  public struct Item: Codable, Hashable, Sendable {
    /// What it is about.
    public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
      /// A time to live ends entries that nothing has changed.
      case shortTTL = "short-ttl"
      /// A tag that almost every entry bears.
      case broadTag = "broad-tag"
      /// Entries that were stored and never served.
      case neverHit = "never-hit"
      /// A resource that causes most invalidations.
      case noisyCause = "noisy-cause"
      /// Entries that were made from nothing: no change ends them.
      case noDependency = "no-dependency"
      /// Commands that fail.
      case failingCommand = "failing-command"
      /// Values that memory or the store lets go of for want of room.
      case tightBounds = "tight-bounds"
      /// Something that cannot be watched, read or written.
      case degraded
    }

    public var kind: Kind
    /// The namespace, tag, resource or entry.
    public var subject: String
    /// The figure it rests on, in words: `412 of 430 expirations`.
    public var figure: String
    public var message: String
    public var remedy: String
    /// Some of the entries concerned.
    public var examples: [String]?

    public init(
      kind: Kind, subject: String, figure: String, message: String, remedy: String, examples: [String]? = nil
    ) {
      self.kind = kind
      self.subject = subject
      self.figure = figure
      self.message = message
      self.remedy = remedy
      self.examples = examples
    }
  }

  public var advice: [Item]

  public init(advice: [Item]) { self.advice = advice }
}
