/// The textual form of bytes in ids: what is not printable UTF-8, and `%`, is written as `%` and two hexadecimal digits
/// (INTERFACES, "Resource ids"), so that every name a Linux file can have round-trips.
public enum PercentEncoding {
  /// Bytes that are not UTF-8, control characters and `%` are encoded; everything else stays.
  public static func encode(_ bytes: some Collection<UInt8>) -> String {
    let all = Array(bytes)
    // Nearly every name.
    if all.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "%") }) {
      return String(decoding: all, as: UTF8.self)
    }
    var text = ""
    var rest = all[...]
    while let byte = rest.first {
      let length = Self.length(of: rest)
      let control = byte < 0x20 || byte == 0x7F || (byte == 0xC2 && length == 2 && rest[rest.startIndex + 1] < 0xA0)
      if length == 0 || control || byte == UInt8(ascii: "%") {
        for byte in rest.prefix(max(length, 1)) { text += escape(byte) }
      } else {
        text += String(decoding: rest.prefix(length), as: UTF8.self)
      }
      rest = rest.dropFirst(max(length, 1))
    }
    return text
  }

  /// The bytes that `text` stands for, or nil if a `%` is not followed by two hexadecimal digits.
  public static func decode(_ text: some StringProtocol) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue) else {
        return nil
      }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func escape(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
  }

  /// What a hexadecimal digit is worth, or nil.
  static func hexValue(_ digit: UInt8) -> UInt8? {
    Character(Unicode.Scalar(digit)).hexDigitValue.map(UInt8.init)
  }

  /// How many bytes the well-formed UTF-8 scalar at the start of `bytes` takes; 0 if there is none.
  private static func length(of bytes: ArraySlice<UInt8>) -> Int {
    let width: Int
    switch bytes[bytes.startIndex] {
    case 0..<0x80: return 1
    case 0xC2..<0xE0: width = 2
    case 0xE0..<0xF0: width = 3
    case 0xF0..<0xF5: width = 4
    default: return 0
    }
    return String(validating: bytes.prefix(width), as: UTF8.self)?.unicodeScalars.count == 1 && bytes.count >= width
      ? width : 0
  }
}
