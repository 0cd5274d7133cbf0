internal import Freshness
internal import Paths
internal import StaledAPI

/// The path and query of a request line, still percent-encoded: a key may hold `/`, so the path is cut before it is decoded.
struct RequestTarget: Hashable, Sendable {
  let path: String
  let query: String

  /// Reads `/path?query`, or the absolute form `http://staled/path?query`.
  init(_ text: String) {
    var rest = text[...]
    if rest.utf8.first != .slash, let scheme = rest.firstRange(of: "://") {
      rest = rest[scheme.upperBound...]
      rest = rest[(rest.utf8.firstIndex { $0 == .slash || $0 == UInt8(ascii: "?") } ?? rest.endIndex)...]
    }
    let parts = rest.cut(at: UInt8(ascii: "?"))
    path = String(parts.before)
    query = String(parts.after)
  }

  /// The text that a percent-encoded part stands for.
  static func decode(_ part: some StringProtocol, what: String) throws(Problem) -> String {
    guard let bytes = PercentEncoding.decode(part) else {
      throw .malformed(
        "\(what) \"\(clip(part))\" has a % that two hexadecimal digits do not follow; a % itself is written %25")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .malformed("\(what) \"\(clip(part))\" is not UTF-8 once it is decoded")
    }
    return text
  }

  /// The entry that `namespace/key` in a path stands for.
  static func entry(_ part: Substring) throws(Problem) -> EntryName {
    let parts = part.cut(at: .slash)
    let namespace = try decode(parts.before, what: "the namespace")
    let key = try decode(parts.after, what: "the key")
    do { return try EntryName(namespace: namespace, key: key) } catch { throw .meaningless("\(error)") }
  }

  /// Short enough for a message.
  static func clip(_ text: some StringProtocol) -> String {
    text.utf8.count <= 200 ? String(text) : "\(text.prefix(100))…"
  }
}

extension Substring {
  /// What stands before and after the first `byte`, an ASCII one. Not by characters: a separator that a combining mark
  /// follows would be none of those.
  func cut(at byte: UInt8) -> (before: Substring, after: Substring) {
    guard let at = utf8.firstIndex(of: byte) else { return (self, "") }
    return (self[..<at], self[utf8.index(after: at)...])
  }
}
