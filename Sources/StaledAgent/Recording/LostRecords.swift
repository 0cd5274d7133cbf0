internal import FoundationEssentials
internal import Paths
internal import StaledAPI
internal import Store

/// Records that the log has and the database lost.
///
/// A power cut takes the last commits with it that were not flushed, and with them nothing that matters: everything is proven
/// anew. Calls that end entries are flushed before they are acknowledged, so where one of those is lost the database was
/// damaged, and its word is worth nothing.
enum LostRecords {
  /// Whether a call that ended entries is, or may be, among them.
  static func holdACall(_ range: ClosedRange<UInt64>, in directory: Path) -> Bool {
    do throws(StoreError) {
      var reader = try LogReader(directory: directory, since: range.lowerBound - 1)
      while let line = try reader.next(), line.seq <= range.upperBound {
        guard let record = try? JSONDecoder().decode(LogRecord.self, from: Data(line.line)) else { return true }
        if isOfCall(record) { return true }
      }
      return false
    } catch { return true }
  }

  static func isOfCall(_ record: LogRecord) -> Bool {
    switch record.type {
    case .invalidated:
      record.cause.map { cause in
        ["call:", "tag:", "namespace:", "event:", "schedule:"].contains { cause.hasPrefix($0) }
      } ?? true
    case .batch: record.calls != nil
    default: false
    }
  }
}
