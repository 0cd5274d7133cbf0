/// Writes the packed form of a record.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func byte(_ value: UInt8) { bytes.append(value) }

  /// Seven bits a byte, the lowest first; the high bit says that more follow (LEB128).
  mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// A signed number, so that small ones of either sign are short (zigzag).
  mutating func signed(_ value: Int64) { varint(UInt64(bitPattern: (value << 1) ^ (value >> 63))) }

  /// Eight bytes, the highest first.
  mutating func word(_ value: UInt64) {
    for shift in stride(from: 56, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
    }
  }

  mutating func text(_ value: String) {
    varint(UInt64(value.utf8.count))
    bytes.append(contentsOf: value.utf8)
  }

  mutating func blob(_ value: [UInt8]) {
    varint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  mutating func raw(_ value: some Sequence<UInt8>) { bytes.append(contentsOf: value) }

  mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }
}

/// A stored row that does not hold what the store writes.
struct Damage: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Reads what `ByteWriter` wrote. Every length is checked against what is there: no input makes it trap.
struct ByteReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var left: Int { bytes.count - position }

  mutating func byte() throws(Damage) -> UInt8 {
    guard position < bytes.count else { throw Damage("a record ends early") }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func varint() throws(Damage) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try byte()
      let bits = UInt64(byte & 0x7F)
      guard shift < 64, shift < 63 || bits <= 1 else { throw Damage("a number is too long") }
      value |= bits << shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }

  mutating func signed() throws(Damage) -> Int64 {
    let value = try varint()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  mutating func slice(_ count: UInt64) throws(Damage) -> ArraySlice<UInt8> {
    guard count <= UInt64(left) else { throw Damage("a record ends early") }
    defer { position += Int(count) }
    return bytes[position..<position + Int(count)]
  }

  mutating func blob() throws(Damage) -> [UInt8] { Array(try slice(try varint())) }

  mutating func text() throws(Damage) -> String { try Self.text(of: try slice(try varint())) }

  mutating func rest() -> ArraySlice<UInt8> {
    defer { position = bytes.count }
    return bytes[position...]
  }

  func end() throws(Damage) { if left > 0 { throw Damage("a record has \(left) bytes too many") } }

  static func text(of bytes: ArraySlice<UInt8>) throws(Damage) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw Damage("a text is not UTF-8") }
    return text
  }
}

/// The checksum of stored rows (CRC-32, the polynomial of zlib): SQLite has none of its own for what a page holds.
struct Checksum {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
  }

  private var state: UInt32 = .max

  var value: UInt32 { ~state }

  mutating func update(_ bytes: some Sequence<UInt8>) {
    let table = Self.table
    var state = state
    for byte in bytes { state = table[Int(UInt8(truncatingIfNeeded: state) ^ byte)] ^ (state >> 8) }
    self.state = state
  }

  static func of(_ bytes: [UInt8]) -> UInt32 {
    var sum = Checksum()
    sum.update(bytes)
    return sum.value
  }
}
