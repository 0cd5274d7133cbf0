import Freshness
import Manifest
import SeededRandom
import Testing

@testable import StaledAgent

/// Who goes when a bound is reached.
@Suite struct EvictionTests {
  // MARK: Exactly

  /// What happens, each with the value 1 byte long unless it says otherwise, and what is held after it, small | main.
  enum Step: Sendable {
    case put(String, bytes: Int = 1, held: String)
    case read(String, hit: Bool, held: String)
    case drop(String, held: String)
    case remake(String, held: String)
  }

  static let histories: [(bounds: CacheBounds, steps: [Step])] = [
    // Nobody reads: first in, first out.
    (
      CacheBounds(maxEntries: 3),
      [
        .put("a", held: "a|"), .put("b", held: "ab|"), .put("c", held: "abc|"), .put("d", held: "bcd|"),
        .put("e", held: "cde|"),
      ]
    ),
    // Read once, which is what one does with what one made: goes all the same. Read twice: moves on to the main queue.
    (
      CacheBounds(maxEntries: 3),
      [
        .put("a", held: "a|"), .put("b", held: "ab|"), .put("c", held: "abc|"), .read("a", hit: true, held: "abc|"),
        .put("d", held: "bcd|"), .read("a", hit: false, held: "bcd|"), .read("b", hit: true, held: "bcd|"),
        .read("b", hit: true, held: "bcd|"), .put("e", held: "de|b"), .put("f", held: "ef|b"),
        .read("b", hit: true, held: "ef|b"),
      ]
    ),
    // A ghost that comes back goes to the main queue at once; one that has been gone for as many entries as there are is new.
    (
      CacheBounds(maxEntries: 2),
      [
        .put("a", held: "a|"), .put("b", held: "ab|"), .put("c", held: "bc|"), .put("a", held: "c|a"),
        .put("d", held: "d|a"), .put("e", held: "e|a"), .put("f", held: "f|a"), .put("c", held: "c|a"),
        .put("e", held: "|ae"),
      ]
    ),
    // The main queue: once it alone is left, its oldest that nobody read goes, and is no ghost.
    (
      CacheBounds(maxEntries: 2),
      [
        .put("a", held: "a|"), .put("b", held: "ab|"), .put("c", held: "bc|"), .put("a", held: "c|a"),
        .put("b", held: "|ab"), .read("a", hit: true, held: "|ab"), .put("d", held: "d|a"), .put("e", held: "e|a"),
        .put("b", held: "b|a"),
      ]
    ),
    // What was removed leaves no ghost.
    (
      CacheBounds(maxEntries: 2),
      [.put("a", held: "a|"), .put("b", held: "ab|"), .drop("a", held: "b|"), .put("a", held: "ba|")]
    ),
    // Made anew: an entry that was read enough keeps its place, one that was not starts over.
    (
      CacheBounds(maxEntries: 4),
      [
        .put("a", held: "a|"), .put("b", held: "ab|"), .read("a", hit: true, held: "ab|"),
        .read("a", hit: true, held: "ab|"), .remake("a", held: "b|a"), .remake("b", held: "b|a"),
        .remake("a", held: "ba|"),
      ]
    ),
    // Bytes: as many go as are needed, …
    (
      CacheBounds(maxBytes: 10),
      [
        .put("a", bytes: 4, held: "a|"), .put("b", bytes: 4, held: "ab|"), .put("c", bytes: 2, held: "abc|"),
        .put("d", bytes: 5, held: "cd|"), .put("e", bytes: 10, held: "e|"),
      ]
    ),
    // … nobody for what does not fit, and its tenth is of bytes: of 20, two in the small queue are too many, one is not,
    // and then the main queue gives.
    (
      CacheBounds(maxBytes: 20),
      [
        .put("a", bytes: 18, held: "a|"), .read("a", hit: true, held: "a|"), .read("a", hit: true, held: "a|"),
        .put("x", bytes: 21, held: "a|"), .put("b", held: "ab|"), .put("c", held: "abc|"), .put("d", held: "cd|a"),
        .put("e", held: "de|a"), .put("f", bytes: 2, held: "ef|"),
      ]
    ),
    // Nothing is let in where nothing may be, not even what takes no room.
    (CacheBounds(maxEntries: 0), [.put("a", bytes: 0, held: "|")]),
    (CacheBounds(maxBytes: 0), [.put("a", held: "|"), .put("b", bytes: 0, held: "b|")]),
  ]

  /// Once by the bound of all, once by that of the namespace.
  @Test(arguments: histories.indices, [false, true]) func history(_ index: Int, ofNamespace: Bool) {
    let (bounds, steps) = Self.histories[index]
    var level = ofNamespace ? MemoryLevel(namespaces: ["n": bounds]) : MemoryLevel(total: bounds)
    var digests: [String: Int] = [:], next = 0
    func put(_ key: String, bytes: Int) {
      next += 1
      digests[key] = next
      level.insert(name("n/\(key)"), digest: digest(next), bytes: [UInt8](repeating: 0, count: bytes))
    }
    for step in steps {
      let expected: String
      switch step {
      case .put(let key, let bytes, let held):
        put(key, bytes: bytes)
        expected = held
      case .read(let key, let hit, let held):
        let found = level.value(name("n/\(key)"), digest: digest(digests[key] ?? 0))
        #expect((found != nil) == hit, "\(step)")
        expected = held
      case .drop(let key, let held):
        level.remove(name("n/\(key)"))
        expected = held
      case .remake(let key, let held):
        put(key, bytes: 1)
        expected = held
      }
      #expect(level.queued(inNamespace: ofNamespace ? "n" : nil) == expected, "\(step)")
      #expect(level.checkInvariants() == [], "\(step)")
    }
  }

  // MARK: Hit ratios

  /// The hot set is made and read twice, then a scan of ten times the capacity comes with a read of a hot entry every 20: longer
  /// apart, over the whole set, than the cache is large.
  @Test func aScanDoesNotPushOutTheHotSet() {
    let capacity = 500, hot = 0..<250, scan = 1000..<6000
    let warmUp = hot.flatMap { [$0, $0, $0] }
    let during = scan.flatMap { $0 % 20 == 0 ? [$0, hot[($0 / 20) % hot.count]] : [$0] }
    func share(_ cache: some NumberCache) -> (during: Int, after: Int) {
      var cache = cache
      _ = cache.hitRatio(warmUp)
      var hits = 0, reads = 0
      for number in during {
        let isHit = cache.read(number)
        if hot.contains(number) { (reads, hits) = (reads + 1, hits + (isHit ? 1 : 0)) }
      }
      return (hits * 100 / reads, cache.hitRatio(hot))
    }
    let entries = share(LevelUnderTest(CacheBounds(maxEntries: capacity), numbers: 6000))
    #expect(entries == (100, 100))
    let bytes = share(LevelUnderTest(CacheBounds(maxBytes: 8 * capacity), numbers: 6000))
    #expect(bytes == (100, 100))
    // The few hits are of what was still there when the scan began, and of what it read last.
    #expect(share(ListModel.lru(capacity)) == (6, 8))
    #expect(share(ListModel.fifo(capacity)) == (6, 8))
  }

  /// The same between namespaces: under the total bound, a scan of one leaves the other's hot set alone.
  @Test func aScanOfOneNamespaceLeavesTheOthersAlone() {
    var level = MemoryLevel(total: CacheBounds(maxEntries: 100))
    for number in 0..<50 {
      level.insert(name("hot/\(number)"), digest: digest(number), bytes: [1])
      for _ in 0..<2 { _ = level.value(name("hot/\(number)"), digest: digest(number)) }
    }
    for number in 0..<1000 { level.insert(name("scan/\(number)"), digest: digest(number), bytes: [1]) }
    #expect(level.count("hot") == 50 && level.count("scan") == 50 && level.evictions == 950)
  }

  @Test func oneHitWondersReplaceOnlyOneAnother() {
    var cache = LevelUnderTest(CacheBounds(maxEntries: 100), numbers: 20_000)
    for _ in 0..<3 { _ = cache.hitRatio(0..<90) }
    // Each is made and read once.
    let misses = (1000..<20_000).count { !cache.read($0) && cache.read($0) }
    let hot = cache.hitRatio(0..<90)
    #expect(misses == 19_000 && hot == 100)
    #expect(cache.level.evictions == 18_990)
  }

  /// Reads by Zipf's law with exponent 1, of 10,000 entries.
  @Test(arguments: [100, 500, 1000]) func onAZipfTraceItHitsAtLeastAsOftenAsLRU(_ capacity: Int) {
    var sums: [Double] = []
    for rank in 1...10_000 { sums.append((sums.last ?? 0) + 1 / Double(rank)) }
    var numbers = Seeded(capacity)
    let trace = (0..<60_000).map { _ in
      let at = Double(numbers.next() >> 11) / Double(1 << 53) * sums[sums.count - 1]
      var low = 0, high = sums.count - 1
      while low < high {
        let middle = (low + high) / 2
        if sums[middle] < at { low = middle + 1 } else { high = middle }
      }
      return low
    }
    var lru = ListModel.lru(capacity)
    var level = LevelUnderTest(CacheBounds(maxEntries: capacity), numbers: 10_000)
    var bytes = LevelUnderTest(CacheBounds(maxBytes: 8 * capacity), numbers: 10_000)
    let (least, byEntries, byBytes) = (lru.hitRatio(trace), level.hitRatio(trace), bytes.hitRatio(trace))
    #expect(byEntries >= least && byBytes >= least)
    // With entries of one size, it makes no difference what is counted.
    #expect(byEntries == byBytes)
  }
}

extension MemoryLevel {
  /// The keys in the queues of all or of a namespace, the oldest first: `small|main`.
  fileprivate func queued(inNamespace namespace: String?) -> String {
    let queues = namespace.map { namespaces[NamespaceName($0)]?.queues ?? EvictionQueues() } ?? all
    return [queues.small, queues.main].map { list in
      list.slots(in: namespace == nil ? placesInAll : placesInNamespace)
        .compactMap { slots[Int($0)]?.name.key }.joined()
    }.joined(separator: "|")
  }
}
