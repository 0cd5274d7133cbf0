/// What makes an entry not fresh (INTERFACES, "States").
public enum Strategy: String, Hashable, Sendable, CaseIterable {
  case ttl, event, manual, predictive, hybrid

  /// Whether time ends entries: if not, a time to live is an error.
  public var hasTime: Bool { self != .event && self != .manual }

  /// Whether dependencies count. Otherwise they are recorded: a lease is checked against them, and no more.
  public var followsDependencies: Bool { self == .event || self == .hybrid }

  /// Whether the cascade of a call reaches it.
  public var followsCalls: Bool { followsDependencies || self == .manual }
}

/// How long something lasts.
public enum Lifetime: Hashable, Sendable {
  case forever
  /// Nanoseconds.
  case limited(Int64)
}

/// What ends an entry besides calls that name it. Times are in nanoseconds.
public struct EntryPolicy: Hashable, Sendable {
  public var strategy = Strategy.hybrid
  /// From when it was made, unless the call that made it said another.
  public var ttl = Lifetime.forever
  /// The share of the time to live, 0…1, by which it is shortened at most.
  public var jitter = 0.0
  /// It expires without a use for so long.
  public var idle = Lifetime.forever
  /// How long the value of one that expired is kept.
  public var keepStale: Int64 = 0
  /// Whether `/` separates levels in its tags: `code/src` is reached by `code` too.
  public var hasTagLevels = false

  public init() {}
}

/// What holds for entries, by namespace.
public struct Policies: Hashable, Sendable {
  /// Where nothing else is said.
  public var base = EntryPolicy()
  public var namespaces: [String: EntryPolicy] = [:]

  public init() {}

  public subscript(namespace: String) -> EntryPolicy { namespaces[namespace] ?? base }
}

/// An entry's time.
public struct LifeRecord: Hashable, Sendable {
  /// What a call said of its time to live; nil: the policy's.
  public var given: Lifetime?
  /// When its time to live began, on the engine's clock.
  public var begun: Int64 = 0
  /// Of the time that jitter may take away the share that it took, 0…1 as 0…65535.
  public var draw: UInt16 = 0
  /// When it was used last, as far as it is stored.
  public var used: Int64 = 0
  /// When its time was over, if it is.
  public var expired: Int64?
  /// When a call ended it last, if one did since it was made.
  public var ended: Int64?

  public init() {}
}
