internal import Freshness

/// Hot entries as bytes, so that the list of what to warm survives restarts.
///
/// A version; capacity, total, floor, the time of ageing, and the counters, the hottest first; a checksum. Numbers are LEB128.
extension HotKeys where Key == EntryName {
  private static var version: UInt8 { 1 }

  /// The same counts give the same bytes.
  func encode() -> [UInt8] {
    var writer = Writer()
    writer.bytes.append(Self.version)
    for number in [capacity, total, floor] { writer.number(number) }
    writer.bytes.append(agedAt == nil ? 0 : 1)
    writer.word(UInt64(bitPattern: agedAt ?? 0))
    writer.number(counters.count)
    for counter in top(counters.count) {
      writer.text(counter.key.namespace)
      writer.text(counter.key.key)
      for number in [counter.accesses, counter.error, counter.observed, counter.hits] { writer.number(number) }
    }
    writer.word(checksum(writer.bytes[...]))
    return writer.bytes
  }

  /// Reads what `encode` wrote. Nil if the bytes are damaged, or were written by another version or for another capacity:
  /// the owner then starts with empty counts. No input makes it trap.
  init?(decoding bytes: [UInt8], capacity: Int = standardCapacity) {
    guard bytes.count > 8 else { return nil }
    var end = Reader(bytes: bytes[(bytes.count - 8)...])
    guard end.word() == checksum(bytes.dropLast(8)) else { return nil }
    var reader = Reader(bytes: bytes.dropLast(8))
    guard reader.byte() == Self.version, reader.number() == capacity, let total = reader.number(),
      let floor = reader.number(), let isAged = reader.byte(), isAged <= 1, let time = reader.word(),
      let count = reader.number(), count <= capacity
    else { return nil }
    var counters: [Counter] = []
    for _ in 0..<count {
      guard let namespace = reader.text(), let key = reader.text(),
        let name = try? EntryName(namespace: namespace, key: key), let accesses = reader.number(),
        let error = reader.number(), let observed = reader.number(), let hits = reader.number()
      else { return nil }
      counters.append(Counter(key: name, accesses: accesses, error: error, observed: observed, hits: hits))
    }
    guard reader.bytes.isEmpty else { return nil }
    self.init(
      capacity: capacity, total: total, floor: floor, agedAt: isAged == 1 ? Int64(bitPattern: time) : nil,
      counters: counters)
  }
}

/// FNV-1a, 64 bits: any change of one byte changes it. Against damage, not against forgers.
private func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
  bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
}

private struct Writer {
  var bytes: [UInt8] = []

  mutating func number(_ value: Int) {
    var rest = UInt64(bitPattern: Int64(value))
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Eight bytes, the highest first.
  mutating func word(_ value: UInt64) {
    for shift in stride(from: 56, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
    }
  }

  mutating func text(_ value: String) {
    number(value.utf8.count)
    bytes.append(contentsOf: value.utf8)
  }
}

/// Each reading gives nil if what is there is not what was to be read.
private struct Reader {
  /// What is left.
  private(set) var bytes: ArraySlice<UInt8>

  init(bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  mutating func byte() -> UInt8? { bytes.popFirst() }

  /// Not negative.
  mutating func number() -> Int? {
    var value = 0
    for shift in stride(from: 0, to: 63, by: 7) {
      guard let byte = byte() else { return nil }
      value |= Int(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }

  mutating func word() -> UInt64? {
    guard bytes.count >= 8 else { return nil }
    defer { bytes = bytes.dropFirst(8) }
    return bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  mutating func text() -> String? {
    guard let count = number(), count <= bytes.count else { return nil }
    defer { bytes = bytes.dropFirst(count) }
    return String(validating: bytes.prefix(count), as: UTF8.self)
  }
}
