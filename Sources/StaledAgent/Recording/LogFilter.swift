internal import FoundationEssentials
internal import Manifest
package import StaledAPI

/// Which records of the log a reader wants.
package struct LogFilter: Hashable, Sendable {
  /// All, if there are none.
  package var types: Set<LogRecord.Kind>
  /// Of events only those of these names; all, if there are none. The file events (`file_modified` …) are the `change` records.
  package var names: Set<String>

  package init(types: Set<LogRecord.Kind> = [], names: Set<String> = []) {
    self.types = types
    self.names = names
  }

  /// Whether a line of the log is wanted.
  func admits(_ line: [UInt8]) -> Bool {
    if types.isEmpty, names.isEmpty { return true }
    guard let type = Self.type(of: line) else { return false }
    if names.isEmpty { return types.contains(type) }
    switch type {
    case .event:
      guard types.isEmpty || types.contains(.event), let name = Self.record(line)?.name else { return false }
      return names.contains(name)
    case .change:
      if FileEvent.allCases.allSatisfy({ !names.contains($0.rawValue) }) { return types.contains(.change) }
      guard let record = Self.record(line), let kind = record.kind, record.resource?.hasPrefix("file:") == true else {
        return false
      }
      return FileEvent(kind: kind).map { names.contains($0.rawValue) } ?? false
    default: return types.contains(type)
    }
  }

  /// `{"seq":…,"time":"…","type":"…"`: it is the fifth string.
  private static func type(of line: [UInt8]) -> LogRecord.Kind? {
    let parts = line.split(separator: UInt8(ascii: "\""), maxSplits: 10, omittingEmptySubsequences: false)
    return parts.count > 9 ? LogRecord.Kind(rawValue: String(decoding: parts[9], as: UTF8.self)) : nil
  }

  private static func record(_ line: [UInt8]) -> LogRecord? {
    try? JSONDecoder().decode(LogRecord.self, from: Data(line))
  }
}
