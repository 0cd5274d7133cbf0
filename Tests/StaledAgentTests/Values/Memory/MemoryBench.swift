import Freshness
import Manifest

@testable import StaledAgent

/// A digest that stands for a number: what the level does with one does not depend on how it came about. The number comes
/// first, as a digest's first word is its hash.
func digest(_ number: Int) -> Digest {
  Digest(bytes: (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) } + [UInt8](repeating: 7, count: 24))!
}

func name(_ text: String) -> EntryName { try! EntryName(text) }

/// A cache that holds numbers and may read one, which says whether it was there, and lets it in if it was not.
protocol NumberCache {
  mutating func read(_ number: Int) -> Bool
}

/// The least recently used goes first, or, unless reads count, the first in.
struct ListModel: NumberCache {
  let capacity: Int
  let readsCount: Bool
  private var times: [Int: Int] = [:]
  private var queue: [(number: Int, time: Int)] = []
  private var first = 0
  private var now = 0

  static func lru(_ capacity: Int) -> ListModel { ListModel(capacity: capacity, readsCount: true) }
  static func fifo(_ capacity: Int) -> ListModel { ListModel(capacity: capacity, readsCount: false) }

  init(capacity: Int, readsCount: Bool) { (self.capacity, self.readsCount) = (capacity, readsCount) }

  mutating func read(_ number: Int) -> Bool {
    let isHit = times[number] != nil
    if isHit, !readsCount { return true }
    while !isHit, times.count >= capacity {
      let oldest = queue[first]
      first += 1
      if times[oldest.number] == oldest.time { times[oldest.number] = nil }
    }
    now += 1
    times[number] = now
    queue.append((number, now))
    return isHit
  }
}

/// The level as such a cache, its entries all of one size.
struct LevelUnderTest: NumberCache {
  var level: MemoryLevel
  var size = 8
  /// Their names, made once.
  private let names: [EntryName]

  init(_ bounds: CacheBounds, numbers: Int) {
    level = MemoryLevel(total: bounds)
    names = (0..<numbers).map { name("n/\($0)") }
  }

  mutating func read(_ number: Int) -> Bool {
    if level.value(names[number], digest: digest(number)) != nil { return true }
    level.insert(names[number], digest: digest(number), bytes: [UInt8](repeating: 1, count: size))
    return false
  }
}

extension NumberCache {
  /// How many of these reads found their value, in percent, rounded down.
  mutating func hitRatio(_ reads: some Sequence<Int>) -> Int {
    var hits = 0, all = 0
    for number in reads {
      all += 1
      if read(number) { hits += 1 }
    }
    return all == 0 ? 0 : hits * 100 / all
  }
}
