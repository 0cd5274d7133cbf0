/// What counts as one character of a file name: a well-formed UTF-8 scalar, or one byte that is part of none.
package enum ByteScalar {
  /// Stray bytes get values above every Unicode scalar.
  package static let strayBase: UInt32 = 0x11_0000

  /// The character at `index`, which must be below `bytes.count`, and how many bytes it takes.
  package static func decode(_ bytes: [UInt8], at index: Int) -> (value: UInt32, length: Int) {
    let first = bytes[index]
    if first < 0x80 { return (UInt32(first), 1) }
    let stray = (strayBase + UInt32(first), 1)
    let width: Int
    let lowest: UInt32
    switch first {
    case 0xC2..<0xE0: (width, lowest) = (2, 0x80)
    case 0xE0..<0xF0: (width, lowest) = (3, 0x800)
    case 0xF0..<0xF5: (width, lowest) = (4, 0x1_0000)
    default: return stray
    }
    if index + width > bytes.count { return stray }
    var value = UInt32(first) & (0xFF >> UInt32(width + 1))
    for next in bytes[(index + 1)..<(index + width)] {
      if next & 0xC0 != 0x80 { return stray }
      value = value << 6 | UInt32(next & 0x3F)
    }
    // Overlong forms, halves of surrogate pairs and what is beyond Unicode are no scalars (RFC 3629, section 3).
    if value < lowest || value > 0x10_FFFF || (0xD800..<0xE000).contains(value) { return stray }
    return (value, width)
  }
}
