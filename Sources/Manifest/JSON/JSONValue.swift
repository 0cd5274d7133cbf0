/// A JSON value and where it stands.
struct JSONValue: Sendable {
  enum Kind: Sendable {
    case null
    case bool(Bool)
    /// The number as it is written, which is well-formed.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])
  }

  var kind: Kind
  /// The first byte's offset in the text.
  var offset: Int

  /// What it is called in messages.
  var typeName: String {
    switch kind {
    case .null: "null"
    case .bool: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// A member of an object, in the order they are written, repeated ones included.
struct JSONMember: Sendable {
  var name: String
  var nameOffset: Int
  var value: JSONValue
}

/// Finds lines and columns of byte offsets.
struct SourceMap: Sendable {
  private static let stride = 64
  private let bytes: [UInt8]
  /// Offsets at which lines begin.
  private let lines: [Int]
  /// How many characters begin before each multiple of the stride: so that a place is found at once in a file that is
  /// one long line.
  private let characters: [Int]

  init(_ bytes: [UInt8]) {
    var lines = [0]
    var characters: [Int] = []
    characters.reserveCapacity(bytes.count / Self.stride + 1)
    var count = 0
    for (offset, byte) in bytes.enumerated() {
      if offset % Self.stride == 0 { characters.append(count) }
      if byte & 0xC0 != 0x80 { count += 1 }
      if byte == UInt8(ascii: "\n") { lines.append(offset + 1) }
    }
    if bytes.count % Self.stride == 0 { characters.append(count) }
    self.bytes = bytes
    self.lines = lines
    self.characters = characters
  }

  /// The place of the byte at `offset`, which may be the end.
  func position(_ offset: Int) -> SourcePosition {
    var low = 0
    var high = lines.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lines[middle] <= offset { low = middle } else { high = middle }
    }
    return SourcePosition(line: low + 1, column: charactersBefore(offset) - charactersBefore(lines[low]) + 1)
  }

  private func charactersBefore(_ offset: Int) -> Int {
    let block = min(offset, bytes.count) / Self.stride
    return characters[block] + bytes[(block * Self.stride)..<min(offset, bytes.count)].count { $0 & 0xC0 != 0x80 }
  }
}
