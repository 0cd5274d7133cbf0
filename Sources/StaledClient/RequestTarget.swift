/// The path and query of a request, every part percent-encoded (RFC 3986, section 2).
public struct RequestTarget: Hashable, Sendable {
  /// As it stands in the request line.
  public private(set) var text: String
  private var hasQuery = false

  /// The route `/v1/` and `parts`, each encoded as a single segment: a slash in one becomes `%2F`.
  ///
  /// Keys may hold slashes unencoded, but then `a//b` or `../b` would be at the mercy of whoever tidies paths on the way.
  public init(_ parts: String...) {
    text = "/v1"
    for part in parts {
      // A segment of dots alone means a place in the hierarchy, to anyone who resolves paths.
      let dots = part == "." || part == ".."
      text += "/" + (dots ? part.utf8.map { _ in "%2E" }.joined() : Self.encode(part))
    }
  }

  /// Adds `name=value` to the query, unless `value` is nil.
  public mutating func add(_ name: String, _ value: String?) {
    guard let value else { return }
    text += "\(hasQuery ? "&" : "?")\(Self.encode(name))=\(Self.encode(value))"
    hasQuery = true
  }

  /// The target with `name=value` added to its query, unless `value` is nil.
  public func adding(_ name: String, _ value: String?) -> RequestTarget {
    var target = self
    target.add(name, value)
    return target
  }

  /// All bytes but the unreserved characters are encoded.
  static func encode(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        bytes.append(byte)
      default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
