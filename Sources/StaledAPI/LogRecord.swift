/// A line of the invalidation log (INTERFACES, section 6). Members that a type does not have are left out.
public struct LogRecord: Codable, Hashable, Sendable {
  /// The types of records.
  public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
    case started, stopped, change, invalidated, reached, revalidated, expired, evicted, refreshed, refused, event, batch
    case warning, error
  }

  public var seq: UInt64
  /// RFC 3339 with microseconds, in UTC.
  public var time: String
  public var type: Kind
  public var batch: UInt64?
  /// Of a change.
  public var resource: String?
  /// `created`, `modified` or `deleted`.
  public var kind: String?
  /// The digest before and after, of a change and of what it caused.
  public var from: String?
  public var to: String?
  public var namespace: String?
  public var key: String?
  public var state: String?
  public var was: String?
  public var cause: String?
  public var via: String?
  public var depth: Int?
  /// Of an event: its name, what it was given, and how many handlers the manifest declares for it.
  public var name: String?
  public var parameters: [String: String]?
  public var handlers: Int?
  public var changes: Int?
  public var unchanged: Int?
  public var matched: Int?
  public var invalidated: Int?
  /// Of a batch: how many calls in it ended entries.
  public var calls: Int?
  /// From the first event of the batch to the commit of this record.
  public var micros: Int?
  /// For people: of `warning`, `error`, `refused`, `started`.
  public var message: String?
  public var remedy: String?
  /// The first and last `seq` that a power cut took from the database.
  public var undone: [UInt64]?
  public var version: String?
  public var pid: Int?

  public init(seq: UInt64, time: String, type: Kind) {
    self.seq = seq
    self.time = time
    self.type = type
  }
}
