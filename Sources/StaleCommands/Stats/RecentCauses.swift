internal import StaledAPI

/// What ended entries lately, as the log tells it: a cause of a batch at a time.
struct RecentCauses: Hashable, Sendable {
  struct Item: Hashable, Sendable {
    /// Of the first record, as the log has it.
    var time: String
    var batch: UInt64?
    var cause: String
    /// How many entries it ended, and the first of them as `namespace/key`.
    var entries: Int
    var example: String
    /// It ended more than were looked at.
    var isCut = false
  }

  /// More fit on no screen.
  private static let most = 200

  /// The newest last.
  private(set) var items: [Item] = []

  /// Takes in what the log has next. With `namespace`, only what befell entries of that. `isCut`: there are more before them.
  mutating func add(_ records: [LogRecord], namespace: String? = nil, isCut: Bool = false) {
    let cutBatch = isCut ? records.first.map(\.batch) : nil
    for record in records where record.type == .invalidated {
      guard let cause = record.cause, namespace == nil || record.namespace == namespace else { continue }
      // The causes of a batch may take turns.
      let candidates = items.indices.reversed().prefix { items[$0].batch == record.batch }
      if let same = candidates.first(where: { items[$0].cause == cause }) {
        items[same].entries += 1
      } else {
        items.append(
          Item(
            time: record.time, batch: record.batch, cause: cause, entries: 1,
            example: "\(record.namespace ?? "")/\(record.key ?? "")", isCut: cutBatch == .some(record.batch)))
      }
    }
    if items.count > Self.most { items.removeFirst(items.count - Self.most) }
  }
}
