import Freshness
import SeededRandom
import Testing

@testable import StaledAgent

/// Hot entries as bytes.
@Suite struct HotKeysCodingTests {
  private static func sketch(capacity: Int = 4, _ names: [String]) throws -> HotKeys<EntryName> {
    var sketch = HotKeys<EntryName>(capacity: capacity)
    for (number, name) in names.enumerated() { sketch.note(try EntryName(name), isHit: number % 3 > 0) }
    return sketch
  }

  /// With the checksum that belongs to them.
  private static func sealed(_ bytes: [UInt8]) -> [UInt8] {
    var sum: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { sum = (sum ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    return bytes + stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: sum >> UInt64($0)) }
  }

  private static func lines(_ sketch: HotKeys<EntryName>?) -> [String]? {
    sketch?.top(.max).map { "\($0.key) \($0.accesses)-\($0.error) \($0.hits)/\($0.observed)" }
  }

  @Test func theBytes() throws {
    let sketch = try Self.sketch(capacity: 300, ["n/k", "n/k"])
    let bytes = sketch.encode()
    #expect(
      bytes.dropLast(8) == [
        1, 0xAC, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, UInt8(ascii: "n"), 1, UInt8(ascii: "k"), 2, 0, 2, 1,
      ])
  }

  @Test func whatIsReadGoesOnAsIfNothingHadBeen() throws {
    var sketch = try Self.sketch(["b/x", "b/x", "b/y", "n/é", "n/e\u{301}", "n/é", "b/z/1", "b/x"])
    sketch.remove(try EntryName("b/x"))
    sketch.age(to: -5, halfLife: 10)
    var again = try #require(HotKeys(decoding: sketch.encode(), capacity: 4))
    #expect(Self.lines(again) == ["b/z/1 2-1 0/1", "n/é 2-0 1/2", "n/e\u{301} 1-0 1/1"])
    #expect(Self.lines(again) == Self.lines(sketch) && again.encode() == sketch.encode())
    #expect(again.total == 8 && again.floor == 1 && again.agedAt == -5)
    // The floor counts for what comes, and half-lives are counted on.
    again.note(try EntryName("b/y"), isHit: true)
    #expect(Self.lines(again)?.contains("b/y 2-1 1/1") == true)
    #expect(again.age(to: 5, halfLife: 10) == 1)
  }

  @Test func emptyCountsAreReadToo() throws {
    let again = try #require(HotKeys(decoding: HotKeys<EntryName>().encode()))
    #expect(again.total == 0 && again.agedAt == nil && again.capacity == 1024 && again.top(1).isEmpty)
  }

  @Test func noChangedByteAndNoLostEndIsRead() throws {
    let bytes = try Self.sketch(["b/x", "b/x", "b/y", "n/key", "b/1", "b/2"]).encode()
    #expect(HotKeys(decoding: bytes, capacity: 4) != nil)
    for place in bytes.indices {
      #expect(HotKeys(decoding: Array(bytes.prefix(place)), capacity: 4) == nil)
      for bit in 0..<8 {
        var damaged = bytes
        damaged[place] ^= 1 << bit
        #expect(HotKeys(decoding: damaged, capacity: 4) == nil)
      }
    }
    #expect(HotKeys(decoding: bytes + [0], capacity: 4) == nil)
  }

  @Test func anotherCapacityStartsAnew() throws {
    let bytes = try Self.sketch(capacity: 4, ["b/x"]).encode()
    #expect(HotKeys(decoding: bytes, capacity: 3) == nil && HotKeys(decoding: bytes, capacity: 5) == nil)
  }

  /// As a checksum finds accidents only, bytes with a right one must not trap either.
  @Test func noBytesWithARightChecksumTrap() throws {
    var random = Seeded(7)
    let bytes = try Array(Self.sketch(["b/x", "b/x", "b/y", "n/key", "b/1", "b/2"]).encode().dropLast(8))
    for _ in 0..<20_000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: 0..<damaged.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: damaged[place] = UInt8.random(in: 0...255, using: &random)
        case 1: damaged.insert(UInt8.random(in: 0...255, using: &random), at: place)
        default: damaged.remove(at: place)
        }
      }
      guard var sketch = HotKeys(decoding: Self.sealed(damaged), capacity: 4) else { continue }
      // What is taken is in order, and counts on.
      for name in ["b/x", "b/new", "b/newer"] { sketch.note(try EntryName(name), isHit: true) }
      sketch.halve()
      #expect(sketch.top(.max).allSatisfy { $0.hits <= $0.observed && $0.error <= $0.accesses })
      #expect(HotKeys(decoding: sketch.encode(), capacity: 4)?.encode() == sketch.encode())
    }
  }

  @Test func bytesOfAnotherShapeAreNotReadWhateverTheirChecksum() throws {
    let bytes = Array(try Self.sketch(["b/x", "b/x"]).encode().dropLast(8))
    #expect(HotKeys(decoding: Self.sealed(bytes), capacity: 4) != nil)
    var others = [bytes + [0], Array(bytes.dropLast()), []]
    // The version; whether there is a time of ageing; the count of counters; a namespace with a slash, one not of UTF-8.
    for (place, byte) in [(0, 2), (4, 2), (13, 5), (15, UInt8(ascii: "/")), (15, 0xFF)] as [(Int, UInt8)] {
      var other = bytes
      other[place] = byte
      others.append(other)
    }
    for other in others { #expect(HotKeys(decoding: Self.sealed(other), capacity: 4) == nil) }
    // A number that never ends.
    #expect(HotKeys(decoding: Self.sealed([1] + Array(repeating: 0xFF, count: 40)), capacity: 4) == nil)
  }

  struct Parts: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var capacity = 2
    var total = 9
    var floor = 1
    /// Accesses, error, observed, hits of each.
    var counters = [[5, 1, 4, 2], [3, 0, 3, 3]]
    var keys = [1, 2]
  }

  @Test(arguments: [
    Parts(testDescription: "no capacity", capacity: 0, counters: [], keys: []),
    Parts(testDescription: "more counters than there may be", capacity: 1),
    Parts(testDescription: "more accesses than in all", total: 7),
    Parts(testDescription: "more keys missing than there were accesses", capacity: 4),
    Parts(testDescription: "so many that they cannot be counted", capacity: .max),
    Parts(testDescription: "a negative total", total: -1, floor: 0, counters: [], keys: []),
    Parts(testDescription: "a total that would overflow", total: .max),
    Parts(testDescription: "a negative floor", floor: -1),
    Parts(testDescription: "a floor above the total", total: 0, counters: [], keys: []),
    Parts(testDescription: "a counter below the floor", floor: 4),
    Parts(testDescription: "a counter of nothing", floor: 0, counters: [[0, 0, 0, 0]], keys: [1]),
    Parts(testDescription: "an error above the count", counters: [[5, 6, 4, 2]], keys: [1]),
    Parts(testDescription: "a negative error", counters: [[5, -1, 4, 2]], keys: [1]),
    Parts(testDescription: "more seen than counted", counters: [[5, 1, 6, 2]], keys: [1]),
    Parts(testDescription: "nothing seen", counters: [[5, 1, 0, 0]], keys: [1]),
    Parts(testDescription: "more hits than accesses", counters: [[5, 1, 4, 5]], keys: [1]),
    Parts(testDescription: "negative hits", counters: [[5, 1, 4, -1]], keys: [1]),
    Parts(testDescription: "a key twice", keys: [1, 1]),
  ]) func countsThatNoStreamLeadsToAreNotTaken(_ parts: Parts) {
    func made(_ parts: Parts) -> HotKeys<Int>? {
      HotKeys(
        capacity: parts.capacity, total: parts.total, floor: parts.floor, agedAt: nil,
        counters: zip(parts.keys, parts.counters).map {
          HotKeys<Int>.Counter(key: $0, accesses: $1[0], error: $1[1], observed: $1[2], hits: $1[3])
        })
    }
    #expect(made(Parts(testDescription: "right")) != nil)
    #expect(made(parts) == nil)
  }
}
