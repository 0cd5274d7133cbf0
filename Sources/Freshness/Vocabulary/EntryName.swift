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
    guard let cut = text.utf8.firstIndex(of: UInt8(ascii: "/")) else {
      throw IDError("an entry is named namespace/key", in: String(text))
    }
    try self.init(namespace: String(text[..<cut]), key: String(text[text.utf8.index(after: cut)...]))
  }

  /// Names are the same if their bytes are. (Texts compare as characters: `é` in one code point equals `e` and an accent.)
  public static func == (left: EntryName, right: EntryName) -> Bool {
    // The first comparison is the standard library's fast path, and decides nearly always.
    left.key == right.key && left.namespace == right.namespace && left.key.utf8.elementsEqual(right.key.utf8)
      && left.namespace.utf8.elementsEqual(right.namespace.utf8)
  }

  /// The order of their characters, the namespace first; names that differ only in how an accent is written, by bytes.
  public static func < (left: EntryName, right: EntryName) -> Bool {
    if left.namespace != right.namespace { return left.namespace < right.namespace }
    if left.key != right.key { return left.key < right.key }
    return left.namespace.utf8.elementsEqual(right.namespace.utf8)
      ? left.key.utf8.lexicographicallyPrecedes(right.key.utf8)
      : left.namespace.utf8.lexicographicallyPrecedes(right.namespace.utf8)
  }
}

extension EntryName: CustomStringConvertible {
  /// `namespace/key`.
  public var description: String { "\(namespace)/\(key)" }
}
