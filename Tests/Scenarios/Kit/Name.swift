/// The name of a file below a scenario's folder, or below the folder outside that belongs to it: bytes, as Linux has
/// them.
public struct Name: Hashable, Sendable {
  /// Relative, without a leading or trailing `/`.
  public var bytes: [UInt8]
  /// It lies in the folder that nobody watches.
  public var isOutside: Bool

  public init(bytes: [UInt8], isOutside: Bool = false) {
    self.bytes = bytes
    self.isOutside = isOutside
  }

  public init(_ text: String) { self.init(bytes: Array(text.utf8)) }

  /// A file of the folder outside.
  public static func outside(_ text: String) -> Name { Name(bytes: Array(text.utf8), isOutside: true) }

  /// A file in this directory.
  public static func / (directory: Name, file: Name) -> Name {
    Name(bytes: directory.bytes + [UInt8(ascii: "/")] + file.bytes, isOutside: directory.isOutside)
  }

  public static func + (start: Name, end: String) -> Name {
    Name(bytes: start.bytes + Array(end.utf8), isOutside: start.isOutside)
  }
}

extension Name: ExpressibleByStringLiteral {
  public init(stringLiteral text: String) { self.init(text) }
}

extension Name: CustomStringConvertible {
  /// For messages: whatever is not plain ASCII is percent-encoded.
  public var description: String { (isOutside ? "(outside)/" : "") + Percent.encode(bytes) }
}

extension Name: Comparable {
  public static func < (left: Name, right: Name) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
}

/// Percent-encoding of names, as in resource ids and URLs.
public enum Percent {
  /// Everything but ASCII letters, digits and `-._~/` is encoded.
  public static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var text = ""
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "/"):
        text.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let hex = String(byte, radix: 16, uppercase: true)
        text += hex.utf8.count == 1 ? "%0\(hex)" : "%\(hex)"
      }
    }
    return text
  }

  /// The bytes of an encoded text; a `%` that two hexadecimal digits do not follow stands for itself.
  public static func decode(_ text: some StringProtocol) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      if byte == UInt8(ascii: "%"), digits.utf8.count == 2, !digits.hasPrefix("+"), let value = UInt8(digits, radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return bytes
  }
}
