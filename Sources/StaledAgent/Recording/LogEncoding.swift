internal import StaledAPI

/// Writes a log record as its line: members in the order of INTERFACES, section 6, `seq` first, absent ones left out.
///
/// A text of more than `longestText` bytes is cut: the store refuses lines that are too long for a reader, and one refused
/// transaction would hold up all that follow it.
enum LogEncoding {
  /// In bytes, as it is written. The longest id has a quarter of that when everything in it is escaped.
  static let longestText = 64 << 10

  static func encode(_ record: LogRecord) -> [UInt8] {
    var line = JSONObject()
    line.add("seq", record.seq)
    line.add("time", record.time)
    line.add("type", record.type.rawValue)
    line.add("batch", record.batch)
    line.add("resource", record.resource)
    line.add("kind", record.kind)
    line.add("namespace", record.namespace)
    line.add("key", record.key)
    line.add("state", record.state)
    line.add("was", record.was)
    line.add("cause", record.cause)
    line.add("via", record.via)
    line.add("depth", record.depth)
    line.add("from", record.from)
    line.add("to", record.to)
    line.add("name", record.name)
    line.add("parameters", record.parameters)
    line.add("handlers", record.handlers)
    line.add("changes", record.changes)
    line.add("unchanged", record.unchanged)
    line.add("matched", record.matched)
    line.add("invalidated", record.invalidated)
    line.add("calls", record.calls)
    line.add("micros", record.micros)
    line.add("version", record.version)
    line.add("pid", record.pid)
    line.add("message", record.message)
    line.add("remedy", record.remedy)
    line.add("undone", record.undone)
    return line.end()
  }
}

/// One flat JSON object in a chosen order of members, which `JSONEncoder` does not keep.
private struct JSONObject {
  private var bytes: [UInt8] = [UInt8(ascii: "{")]
  private static let missing = Array("…".utf8)

  mutating func add(_ name: String, _ value: String?) {
    guard let value else { return }
    begin(name)
    string(value)
  }

  mutating func add(_ name: String, _ value: (some BinaryInteger)?) {
    guard let value else { return }
    begin(name)
    bytes += Array(String(value).utf8)
  }

  /// Sorted by name.
  mutating func add(_ name: String, _ values: [String: String]?) {
    guard let values else { return }
    begin(name)
    bytes.append(UInt8(ascii: "{"))
    for (index, value) in values.sorted(by: { $0.key < $1.key }).enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      string(value.key)
      bytes.append(UInt8(ascii: ":"))
      string(value.value)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  mutating func add(_ name: String, _ values: [UInt64]?) {
    guard let values else { return }
    begin(name)
    bytes += Array("[\(values.map(String.init).joined(separator: ","))]".utf8)
  }

  consuming func end() -> [UInt8] { bytes + [UInt8(ascii: "}")] }

  private mutating func begin(_ name: String) {
    if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
    string(name)
    bytes.append(UInt8(ascii: ":"))
  }

  private mutating func string(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    let start = bytes.count
    var cut = start
    for byte in text.utf8 {
      // A place between characters that leaves room for the sign that something is missing.
      if byte & 0xC0 != 0x80, bytes.count - start <= LogEncoding.longestText - Self.missing.count { cut = bytes.count }
      if bytes.count - start > LogEncoding.longestText { break }
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0..<0x20:
        let digits = String(byte, radix: 16)
        bytes += Array("\\u00\(digits.utf8.count == 1 ? "0" : "")\(digits)".utf8)
      default: bytes.append(byte)
      }
    }
    if bytes.count - start > LogEncoding.longestText {
      bytes.removeSubrange(cut...)
      bytes += Self.missing
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
