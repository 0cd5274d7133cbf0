import Freshness
import Manifest
import Testing

@testable import StaledAgent

/// What the memory level holds, and what it costs.
@Suite struct MemoryLevelTests {
  private let a = name("n/a"), b = name("n/b"), c = name("m/c")

  @Test func aValueIsFoundByItsNameAndItsDigest() {
    var level = MemoryLevel()
    level.expect(a, 1, is: nil)
    level.expectInsert(a, digest: digest(1), bytes: [1, 2], isHeld: true)
    level.expect(a, 1, is: [1, 2])
    level.expect(b, 1, is: nil)
    #expect(level.entries == 1 && level.bytes == 2 && level.count("n") == 1 && level.bytes("n") == 2)
    #expect(level.count("m") == 0 && level.bytes("m") == 0)
  }

  @Test func aValueOfAnotherDigestIsRemoved() {
    var level = MemoryLevel()
    level.insert(a, digest: digest(1), bytes: [1, 2])
    level.expect(a, 2, is: nil)
    #expect(level.isEmptied)
    level.expect(a, 1, is: nil)
    #expect(level.evictions == 0)
  }

  @Test func aNewValueReplacesTheOld() {
    var level = MemoryLevel()
    level.insert(a, digest: digest(1), bytes: [1, 2])
    level.insert(a, digest: digest(2), bytes: [3])
    #expect(level.entries == 1 && level.bytes == 1 && level.evictions == 0)
    level.expect(a, 2, is: [3])
    #expect(level.checkInvariants() == [])
  }

  @Test func anEntryMayGoAndGoAgain() {
    var level = MemoryLevel()
    level.insert(a, digest: digest(1), bytes: [1])
    level.remove(a)
    level.remove(a)
    #expect(level.isEmptied)
  }

  /// Names are the same if their bytes are: the two ways to write é are two namespaces.
  @Test func namespacesAreToldApartByTheirBytes() {
    let composed = "caf\u{e9}", decomposed = "cafe\u{301}"
    var level = MemoryLevel(namespaces: [composed: CacheBounds(maxEntries: 1)])
    for key in ["x", "y"] {
      level.insert(name("\(composed)/\(key)"), digest: digest(1), bytes: [1])
      level.insert(name("\(decomposed)/\(key)"), digest: digest(1), bytes: [1])
    }
    #expect(level.count(composed) == 1 && level.count(decomposed) == 2)
    for key in ["x", "y"] { level.remove(name("\(composed)/\(key)")) }
    #expect(level.count(composed) == 0 && level.count(decomposed) == 2)
  }

  // MARK: Shared values

  @Test func equalValuesAreHeldOnceAndCountedOnceInEachNamespace() {
    var level = MemoryLevel()
    for entry in [a, b, c] { level.insert(entry, digest: digest(1), bytes: [UInt8](repeating: 5, count: 100)) }
    #expect(level.entries == 3 && level.bytes == 100)
    #expect(level.bytes("n") == 100 && level.count("n") == 2 && level.bytes("m") == 100)
    // One storage, not three copies.
    let storage = [a, b, c].map { level.value($0, digest: digest(1))?.withUnsafeBytes { $0.baseAddress } }
    #expect(Set(storage).count == 1)
    level.remove(a)
    #expect(level.bytes == 100 && level.bytes("n") == 100)
    level.remove(b)
    #expect(level.bytes == 100 && level.bytes("n") == 0 && level.bytes("m") == 100)
    #expect(level.checkInvariants() == [])
    level.remove(c)
    #expect(level.isEmptied)
  }

  @Test func aSharedValueTakesNoRoom() {
    var level = MemoryLevel(
      total: CacheBounds(maxBytes: 150), namespaces: ["m": CacheBounds(maxBytes: 100), "o": CacheBounds(maxBytes: 99)])
    let value = [UInt8](repeating: 5, count: 100)
    for number in 0..<1000 { level.insert(name("n/\(number)"), digest: digest(1), bytes: value) }
    level.insert(c, digest: digest(1), bytes: value)
    #expect(level.entries == 1001 && level.bytes == 100 && level.evictions == 0)
    // But a namespace is charged for what others hold too.
    level.expectInsert(name("o/x"), digest: digest(1), bytes: value, isHeld: false)
    #expect(level.evictions == 0 && level.count("o") == 0)
    level.insert(name("m/d"), digest: digest(2), bytes: [1])
    #expect(level.count("m") == 1 && level.evictions == 1 && level.bytes == 101)
    #expect(level.checkInvariants() == [])
  }

  /// The last that holds a value may go to make room for an entry with the same one.
  @Test func aValueMayLoseItsLastHolderToItself() {
    var level = MemoryLevel(total: CacheBounds(maxEntries: 1, maxBytes: 3))
    level.insert(a, digest: digest(1), bytes: [1, 2, 3])
    level.expectInsert(b, digest: digest(1), bytes: [1, 2, 3], isHeld: true)
    level.expect(b, 1, is: [1, 2, 3])
    #expect(level.entries == 1 && level.bytes == 3 && level.evictions == 1)
    #expect(level.checkInvariants() == [])
  }

  // MARK: Bounds

  /// Sizes that come into namespace n, which may hold 10 bytes of 20 in all, beside 8 bytes in m.
  static let sizes: [(size: Int, isHeld: Bool, evictions: Int)] = [
    (0, true, 0), (2, true, 0), (3, true, 1), (10, true, 2), (11, false, 0), (20, false, 0), (21, false, 0),
  ]

  @Test(arguments: sizes) func whatIsTooLargeIsLeftOutAndEvictsNobody(_ size: Int, isHeld: Bool, evictions: Int) {
    var level = MemoryLevel(total: CacheBounds(maxBytes: 20), namespaces: ["n": CacheBounds(maxBytes: 10)])
    level.insert(a, digest: digest(1), bytes: [UInt8](repeating: 1, count: 4))
    level.insert(b, digest: digest(2), bytes: [UInt8](repeating: 2, count: 4))
    level.insert(c, digest: digest(3), bytes: [UInt8](repeating: 3, count: 8))
    level.expectInsert(name("n/x"), digest: digest(4), bytes: [UInt8](repeating: 4, count: size), isHeld: isHeld)
    #expect(level.contains(name("n/x")) == isHeld)
    #expect(level.evictions == evictions && level.contains(c))
    #expect(level.checkInvariants() == [])
  }

  @Test func whatBecomesTooLargeIsNoLongerHeldAsItWas() {
    var level = MemoryLevel(total: CacheBounds(maxBytes: 10))
    level.insert(a, digest: digest(1), bytes: [1])
    level.expectInsert(a, digest: digest(2), bytes: [UInt8](repeating: 2, count: 11), isHeld: false)
    level.expect(a, 1, is: nil)
    #expect(level.isEmptied && level.evictions == 0)
  }

  @Test func aNamespaceEvictsFromItselfAlone() {
    var level = MemoryLevel(
      total: CacheBounds(maxEntries: 100), namespaces: ["n": CacheBounds(maxEntries: 3)],
      others: CacheBounds(maxEntries: 5))
    level.insert(c, digest: digest(0), bytes: [1])
    for number in 0..<50 {
      level.insert(name("n/\(number)"), digest: digest(number), bytes: [1])
      level.insert(name("o/\(number)"), digest: digest(number), bytes: [1])
    }
    #expect(level.count("n") == 3 && level.count("o") == 5 && level.contains(c))
    #expect(level.evictions == 92)
    #expect(level.checkInvariants() == [])
  }

  @Test func boundsThatShrinkEvictAtOnce() {
    var level = MemoryLevel()
    for number in 0..<10 {
      for namespace in ["m", "n", "o"] {
        level.insert(
          name("\(namespace)/\(number)"), digest: digest(number), bytes: [UInt8](repeating: 1, count: number))
      }
    }
    #expect(level.entries == 30 && level.bytes == 45)
    level.setBounds(total: CacheBounds(), namespaces: ["n": CacheBounds(maxEntries: 4)])
    #expect(level.count("n") == 4 && level.entries == 24 && level.evictions == 6)
    // What could not be held alone goes first: the nine bytes, and nobody else for them.
    level.setBounds(total: CacheBounds(), namespaces: [:], others: CacheBounds(maxBytes: 8))
    #expect(level.bytes("m") <= 8 && level.bytes("n") <= 8 && level.bytes("o") <= 8)
    #expect(level.checkInvariants() == [])
    level.setBounds(total: CacheBounds(maxEntries: 1), namespaces: [:])
    #expect(level.entries == 1 && level.evictions == 29)
    level.setBounds(total: CacheBounds(maxEntries: 0), namespaces: [:])
    #expect(level.isEmptied && level.evictions == 30)
    // And wider again.
    level.setBounds(total: CacheBounds(), namespaces: [:])
    level.expectInsert(a, digest: digest(1), bytes: [1], isHeld: true)
  }

  @Test func aShrinkingBoundLetsGoOfTheOneThatIsTooLargeAlone() {
    var level = MemoryLevel()
    for number in 1...10 { level.insert(name("n/\(number)"), digest: digest(number), bytes: [1]) }
    level.insert(a, digest: digest(0), bytes: [UInt8](repeating: 1, count: 100))
    level.setBounds(total: CacheBounds(maxBytes: 50), namespaces: [:])
    #expect(level.entries == 10 && !level.contains(a) && level.evictions == 1)
  }

  // MARK: Back to size

  @Test func allIsCleared() {
    var level = MemoryLevel(total: CacheBounds(maxEntries: 50))
    for number in 0..<100 {
      level.insert(name("n/\(number)"), digest: digest(number), bytes: [1])
      level.insert(name("m/\(number)"), digest: digest(number), bytes: [1])
    }
    level.removeAll()
    #expect(level.isEmptied && level.evictions == 150)
    // The bound is still there.
    for number in 0..<100 { level.insert(name("n/\(number)"), digest: digest(number), bytes: [1]) }
    #expect(level.entries == 50)
  }

  @Test func aHundredThousandEntriesLeaveNothingBehind() {
    var level = MemoryLevel(total: CacheBounds(maxEntries: 60_000))
    func entry(_ number: Int) -> EntryName { name("n\(number % 1000)/\(number)") }
    for number in 0..<100_000 { level.insert(entry(number), digest: digest(number), bytes: [1]) }
    #expect(level.entries == 60_000 && level.bytes == 60_000 && level.evictions == 40_000)
    for number in 0..<99_990 { level.remove(entry(number)) }
    #expect(level.entries == 10)
    #expect(level.checkInvariants() == [])
    for number in 99_990..<100_000 { level.remove(entry(number)) }
    #expect(level.isEmptied)
  }
}

extension MemoryLevel {
  /// Reads a value: the macro cannot.
  fileprivate mutating func expect(
    _ entry: EntryName, _ number: Int, is expected: [UInt8]?, at location: SourceLocation = #_sourceLocation
  ) {
    let found = value(entry, digest: digest(number))
    #expect(found == expected, sourceLocation: location)
  }

  fileprivate mutating func expectInsert(
    _ entry: EntryName, digest: Digest, bytes: [UInt8], isHeld: Bool, at location: SourceLocation = #_sourceLocation
  ) {
    let result = insert(entry, digest: digest, bytes: bytes)
    #expect(result == isHeld && contains(entry) == isHeld, sourceLocation: location)
  }

  /// Nothing is held, and no key, slot or ghost is left of what was.
  var isEmptied: Bool {
    entries == 0 && bytes == 0 && values.isEmpty && namespaces.isEmpty && slots.count <= 64
      && slots.allSatisfy { $0 == nil }
      && index.capacity <= 64 && values.capacity <= 64 && all.ghosts.count == 0 && checkInvariants().isEmpty
  }
}
