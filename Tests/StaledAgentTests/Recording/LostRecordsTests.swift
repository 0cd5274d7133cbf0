import Paths
import StaledAPI
import Testing

@testable import StaledAgent

/// Which of the records that a database lost tell that it was damaged: calls are flushed, a power cut takes none.
@Suite struct LostRecordsTests {
  private static func record(_ type: LogRecord.Kind, _ fill: (inout LogRecord) -> Void) -> LogRecord {
    var record = LogRecord(seq: 1, time: "", type: type)
    fill(&record)
    return record
  }

  @Test func whatACallEndedIsToldFromWhatChanged() {
    let calls = [
      Self.record(.invalidated) { $0.cause = "call:invalidate" }, Self.record(.invalidated) { $0.cause = "tag:x" },
      Self.record(.invalidated) { $0.cause = "namespace:n" }, Self.record(.invalidated) { $0.cause = "call:delete" },
      // It ended what was not fresh already.
      Self.record(.batch) { ($0.changes, $0.invalidated, $0.matched, $0.calls) = (59, 0, 2, 1) },
    ]
    let others = [
      Self.record(.invalidated) { $0.cause = "file:a" }, Self.record(.invalidated) { $0.cause = "entry:t/a" },
      Self.record(.batch) { ($0.changes, $0.invalidated, $0.matched) = (1, 0, 2) },
      Self.record(.batch) { ($0.changes, $0.invalidated, $0.matched) = (0, 0, 2) }, Self.record(.change) { _ in },
      Self.record(.revalidated) { $0.cause = "call:invalidate" }, Self.record(.stopped) { _ in },
    ]
    #expect(calls.allSatisfy(LostRecords.isOfCall))
    #expect(!others.contains(where: LostRecords.isOfCall))
  }

  @Test func onlyTheRangeCounts() throws {
    let folder = try TemporaryFolder()
    let lines = ["file:a", "call:invalidate", "file:a"].enumerated().map { index, cause in
      #"{"seq":\#(index + 1),"time":"","type":"invalidated","cause":"\#(cause)"}"#
    }
    try folder.write("invalidations.ndjson", lines.map { $0 + "\n" }.joined())
    #expect(LostRecords.holdACall(1...3, in: folder.root))
    #expect(LostRecords.holdACall(2...2, in: folder.root))
    #expect(!LostRecords.holdACall(1...1, in: folder.root))
    #expect(!LostRecords.holdACall(3...3, in: folder.root))
  }
}
