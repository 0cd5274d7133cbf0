public import Freshness
public import Paths

/// What clocks showed at one moment, in nanoseconds.
public struct ClockReading: Hashable, Sendable {
  /// The engine's, which is never set back.
  public var engine: Int64 = 0
  /// Since 1970.
  public var wall: Int64 = 0
  /// Since this run of the machine began.
  public var steady: Int64 = 0

  public init() {}
}

/// The counters that rise with every input, and what the database belongs to: one row.
public struct Meta: Hashable, Sendable {
  /// The run of the agent.
  public var boot: UInt64 = 0
  /// The engine's last log sequence number.
  public var lsn: LSN = .zero
  /// The last log record's number; 0 before the first.
  public var seq: UInt64 = 0
  /// The last batch's number.
  public var batch: UInt64 = 0
  /// The watermark for leases on what was forgotten (the specification's `forgottenAt`).
  public var forgottenAt: LSN = .zero
  /// The engine's clock when this was written, and what the machine's clocks showed then.
  public var clock = ClockReading()
  /// The workspace's root. The store only keeps it.
  public var workspace: Path = .root

  public init() {}
}

/// A line of the log, without its line feed.
public struct StoredLine: Hashable, Sendable {
  /// The record's number, which the line starts with: `{"seq":N`.
  public var seq: UInt64
  public var line: [UInt8]

  public init(seq: UInt64, line: [UInt8]) {
    self.seq = seq
    self.line = line
  }
}

/// What becomes durable together: all of it or nothing.
///
/// `lines` number on from the last record, by one; `meta.seq` is the number of the last. A line starts with `{"seq":N`,
/// ends with `}`, holds no line feed and no more than `LogFormat.longestLine` bytes. Anything else is
/// `StoreError.invalid`, and so is a note over `longestKept`.
///
/// An entry's record names its value by its digest. The value is stored before (`Store.beginValue`); one that is not
/// stored reads as lost.
public struct Transaction: Sendable {
  /// Nodes whose rows are written, new or not. They follow the removals: a removed id can be used again at once.
  public var changed: [NodeRecord]
  /// Nodes whose rows go. An id that there is no row of is passed over.
  public var removed: [NodeID]
  /// Small things the agent keeps under a name, for itself: each replaces what was under it, and an empty one removes it.
  /// What is not named stays.
  public var kept: [String: [UInt8]]
  public var lines: [StoredLine]
  public var meta: Meta

  /// What is kept under one name has at most so many bytes.
  public static let longestKept = 64 << 10

  public init(
    changed: [NodeRecord] = [], removed: [NodeID] = [], kept: [String: [UInt8]] = [:], lines: [StoredLine] = [],
    meta: Meta
  ) {
    self.changed = changed
    self.removed = removed
    self.kept = kept
    self.lines = lines
    self.meta = meta
  }
}

/// What was durable when the store was opened.
public struct Recovered: Sendable {
  /// In ascending order of their ids.
  public var nodes: [NodeRecord]
  /// `meta.seq` is the number to go on after: the larger of the database's and the log's.
  public var meta: Meta
  /// The machine has been running since `meta` was written.
  public var isSameRun = false
  /// What was kept under names. One whose row was damaged is left out.
  public var kept: [String: [UInt8]] = [:]
  public var problems: [StoreProblem]
}
