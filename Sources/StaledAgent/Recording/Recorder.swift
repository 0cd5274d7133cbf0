internal import Freshness
internal import StaledAPI
internal import Store

/// A custom event that was triggered.
struct EventNote: Hashable, Sendable {
  var name: String
  var parameters: [String: String] = [:]
  /// How many the manifest declares for it.
  var handlers = 0
}

/// Numbers what happened and turns it into log records. `seq` rises by one, across restarts.
struct Recorder {
  /// The last `seq` given.
  private(set) var seq: UInt64
  /// The number of the last batch.
  private(set) var batch: UInt64
  private var lines: [StoredLine] = []

  init(seq: UInt64, batch: UInt64) {
    self.seq = seq
    self.batch = batch
  }

  /// The lines recorded since the last call.
  mutating func takeLines() -> [StoredLine] {
    defer { lines = [] }
    return lines
  }

  /// Records one thing.
  mutating func record(_ type: LogRecord.Kind, at time: WallClock, _ fill: (inout LogRecord) -> Void = { _ in }) {
    seq += 1
    var record = LogRecord(seq: seq, time: SystemTime.text(time), type: type)
    fill(&record)
    lines.append(StoredLine(seq: seq, line: LogEncoding.encode(record)))
  }

  /// Records a batch: its changes, what they did in the order of the cascade, and a summary; `event` first, if one was the
  /// reason.
  mutating func record(_ confirmed: Batch, at time: WallClock, micros: Int, event: EventNote? = nil) {
    if !confirmed.isEmpty { batch += 1 }
    let number = batch
    if let event {
      record(.event, at: time) {
        $0.batch = confirmed.isEmpty ? nil : number
        $0.name = event.name
        $0.parameters = event.parameters.isEmpty ? nil : event.parameters
        $0.handlers = event.handlers
      }
    }
    if confirmed.isEmpty { return }
    for change in confirmed.changes {
      record(.change, at: time) {
        $0.batch = number
        $0.resource = change.resource.description
        $0.kind = change.kind.rawValue
        $0.from = Self.shown(change.from)
        $0.to = Self.shown(change.to)
      }
    }
    for outcome in confirmed.outcomes {
      record(Self.kind(of: outcome), at: time) {
        $0.batch = number
        $0.namespace = outcome.name.namespace
        $0.key = outcome.name.key
        $0.state = outcome.state.rawValue
        $0.was = outcome.kind == .reached ? nil : outcome.was.rawValue
        $0.cause = outcome.cause
        $0.via = outcome.via.description
        $0.depth = outcome.depth
        $0.from = Self.shown(outcome.from)
        $0.to = Self.shown(outcome.to)
      }
    }
    record(.batch, at: time) {
      $0.batch = number
      $0.changes = confirmed.changes.count
      $0.unchanged = confirmed.unchanged
      $0.matched = confirmed.matched
      $0.invalidated = confirmed.invalidated
      $0.calls = confirmed.calls > 0 ? confirmed.calls : nil
      $0.micros = micros
    }
  }

  private static func kind(of outcome: Batch.Outcome) -> LogRecord.Kind {
    switch outcome.kind {
    case .invalidated: .invalidated
    case .reached: .reached
    case .revalidated: .revalidated
    case .expired: .expired
    case .evicted: .evicted
    }
  }

  private static func shown(_ fingerprint: Fingerprint?) -> String? {
    fingerprint == .unknown ? nil : fingerprint?.description
  }
}
