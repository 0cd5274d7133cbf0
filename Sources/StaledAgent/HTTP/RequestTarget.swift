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
    if !rest.hasPrefix("/"), let scheme = rest.firstRange(of: "://") {
      rest = rest[scheme.upperBound...]
      rest = rest[(rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex)...]
    }
    let cut = rest.firstIndex(of: "?") ?? rest.endIndex
    path = String(rest[..<cut])
    query = String(rest[cut...].dropFirst())
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
  static func entry(_ part: some StringProtocol) throws(Problem) -> EntryName {
    let cut = part.firstIndex(of: "/") ?? part.endIndex
    let namespace = try decode(part[..<cut], what: "the namespace")
    let key = try decode(part[cut...].dropFirst(), what: "the key")
    do { return try EntryName(namespace: namespace, key: key) } catch { throw .meaningless("\(error)") }
  }

  /// Short enough for a message.
  static func clip(_ text: some StringProtocol) -> String {
    text.utf8.count <= 200 ? String(text) : "\(text.prefix(100))…"
  }
}
