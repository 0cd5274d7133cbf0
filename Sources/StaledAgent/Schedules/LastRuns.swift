/// When schedules ran last, by their keys, and that as bytes for storing.
struct LastRuns: Hashable, Sendable {
  struct Run: Hashable, Sendable {
    /// Of the schedule's clock.
    var clock: ScheduleTimes.Clock
    var time: Int64
  }

  var runs: [String: Run] = [:]

  private static let opening = Array("staled schedules 1\n".utf8)

  init(_ runs: [String: Run] = [:]) { self.runs = runs }

  /// The same bytes for the same runs: a line that names the format, then each run in the order of its key – its clock (a byte), its
  /// time (8), the key's length (4) and the key; last a checksum (8). Numbers start with their lowest byte.
  var encoded: [UInt8] {
    var bytes = Self.opening
    for (key, run) in runs.sorted(by: { $0.key < $1.key }) {
      bytes.append(run.clock == .wall ? 0 : 1)
      bytes.append(contentsOf: Self.bytes(of: UInt64(bitPattern: run.time)))
      bytes.append(contentsOf: Self.bytes(of: UInt32(key.utf8.count)))
      bytes.append(contentsOf: key.utf8)
    }
    return bytes + Self.bytes(of: Self.checksum(bytes))
  }

  /// Nil if the bytes are not what `encoded` gave: cut off, changed, or of another format.
  init?(encoded bytes: [UInt8]) {
    guard bytes.count >= Self.opening.count + 8, bytes.starts(with: Self.opening) else { return nil }
    var sum = bytes.suffix(8)
    if Self.number(UInt64.self, from: &sum) != Self.checksum(bytes.dropLast(8)) { return nil }
    var rest = bytes.dropLast(8).dropFirst(Self.opening.count)
    while let clock = rest.popFirst() {
      guard clock <= 1, let time = Self.number(UInt64.self, from: &rest),
        let length = Self.number(UInt32.self, from: &rest), rest.count >= Int(length),
        let key = String(validating: rest.prefix(Int(length)), as: UTF8.self)
      else { return nil }
      rest = rest.dropFirst(Int(length))
      runs[key] = Run(clock: clock == 0 ? .wall : .engine, time: Int64(bitPattern: time))
    }
  }

  private static func bytes(of number: some FixedWidthInteger) -> [UInt8] {
    (0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
  }

  /// Takes a number from the front; nil if there is not all of it.
  private static func number<Number: FixedWidthInteger>(_: Number.Type, from bytes: inout ArraySlice<UInt8>) -> Number?
  {
    let size = Number.bitWidth / 8
    if bytes.count < size { return nil }
    defer { bytes = bytes.dropFirst(size) }
    return bytes.prefix(size).reversed().reduce(0) { $0 << 8 | Number($1) }
  }

  /// FNV-1a: against damage, not against forgery.
  private static func checksum(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
