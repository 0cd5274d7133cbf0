/// The name of an entry: a namespace and a key in it.
public struct EntryName: Hashable, Sendable, Comparable {
  /// 1–255 bytes of UTF-8 without `/` and control characters.
  public let namespace: String
  /// 1–4096 bytes of UTF-8 without NUL.
  public let key: String

  /// Checks the limits of INTERFACES, "Resource ids".
  public init(namespace: String, key: String) throws(IDError) {
    let bytes = namespace.utf8.count
    if bytes == 0 { throw IDError("the namespace is empty", in: "\(namespace)/\(key)") }
    if bytes > 255 { throw IDError("the namespace has \(bytes) bytes, at most 255 are allowed", in: namespace) }
    if namespace.unicodeScalars.contains(where: { $0 == "/" || $0.properties.generalCategory == .control }) {
      throw IDError("the namespace holds a slash or a control character", in: namespace)
    }
    if key.isEmpty { throw IDError("the key is empty", in: "\(namespace)/") }
    if key.utf8.count > 4096 {
      throw IDError(
        "the key has \(key.utf8.count) bytes, at most 4096 are allowed", in: "\(namespace)/\(key.prefix(32))…")
    }
    if key.utf8.contains(0) { throw IDError("the key holds a NUL", in: namespace) }
    self.namespace = namespace
    self.key = key
  }

  /// Parses `namespace/key`, cut at the first slash.
  public init(_ text: some StringProtocol) throws(IDError) {
    guard let cut = text.firstIndex(of: "/") else {
      throw IDError("an entry is named namespace/key", in: String(text))
    }
    try self.init(namespace: String(text[..<cut]), key: String(text[text.index(after: cut)...]))
  }

  public static func < (left: EntryName, right: EntryName) -> Bool {
    (left.namespace, left.key) < (right.namespace, right.key)
  }
}

extension EntryName: CustomStringConvertible {
  /// `namespace/key`.
  public var description: String { "\(namespace)/\(key)" }
}
