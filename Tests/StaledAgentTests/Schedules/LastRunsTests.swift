import SeededRandom
import Testing

@testable import StaledAgent

/// Last runs as bytes, and what damage makes of them.
@Suite struct LastRunsTests {
  static let some = LastRuns([
    "0 3 * * * Europe/Berlin tags:a": .init(clock: .wall, time: 1_795_402_800_000_000_000),
    "every 1h keys:ü": .init(clock: .engine, time: -1), "": .init(clock: .wall, time: .min),
    "long": .init(clock: .engine, time: .max),
  ])

  @Test func theyComeBackAsTheyWere() throws {
    for runs in [
      LastRuns(), Self.some, LastRuns([String(repeating: "x", count: 70_000): .init(clock: .wall, time: 0)]),
    ] {
      #expect(LastRuns(encoded: runs.encoded) == runs)
    }
  }

  @Test func theSameRunsAreTheSameBytes() {
    let keys = (0..<100).map { "schedule \($0)" }
    func encoded(_ keys: [String]) -> [UInt8] {
      LastRuns(Dictionary(uniqueKeysWithValues: keys.map { ($0, .init(clock: .wall, time: 7)) })).encoded
    }
    #expect(encoded(keys) == encoded(keys.reversed()))
    let written = LastRuns(["a": .init(clock: .engine, time: 0x0102)]).encoded.dropLast(8)
    var expected = Array("staled schedules 1\n".utf8)
    expected += [1, 2, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0] as [UInt8]
    expected += Array("a".utf8)
    #expect(Array(written) == expected)
  }

  @Test func everyChangedBitAndEveryCutIsFound() {
    let bytes = Self.some.encoded
    for cut in 0..<bytes.count {
      #expect(LastRuns(encoded: Array(bytes.prefix(cut))) == nil)
      #expect(LastRuns(encoded: Array(bytes.dropFirst(cut + 1))) == nil)
    }
    for bit in 0..<bytes.count * 8 {
      var damaged = bytes
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(LastRuns(encoded: damaged) == nil, "bit \(bit)")
    }
    #expect(LastRuns(encoded: bytes + [0]) == nil)
    #expect(LastRuns(encoded: bytes + bytes) == nil)
  }

  /// Whose checksum is right all the same.
  @Test(
    arguments: [
      // No such clock, no UTF-8, a key that is longer than what is left, a run cut short.
      [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0xFF],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x61], [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0], [0],
    ] as [[UInt8]]) func whatIsNoRunIsRefused(_ run: [UInt8])
  {
    let bytes = Array("staled schedules 1\n".utf8) + run
    let sum = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    #expect(LastRuns(encoded: bytes + (0..<8).map { UInt8(truncatingIfNeeded: sum >> ($0 * 8)) }) == nil)
  }

  @Test func bytesOfAnySortAreNoTrap() {
    var random = Seeded(7)
    for count in 0..<300 {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      #expect(LastRuns(encoded: bytes) == nil)
      #expect(ScheduleBook(stored: bytes).nextWall == nil)
    }
  }
}
