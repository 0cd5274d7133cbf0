/// The keys asked for most, in bounded memory: the Space-Saving sketch (Metwally, Agrawal, El Abbadi, "Efficient
/// Computation of Frequent and Top-k Elements in Data Streams", 2005).
///
/// At most `capacity` keys have a counter. A key that comes when all are taken takes over the smallest one and counts on
/// from there. So, whatever the stream:
/// - A counter never says less than the accesses of its key, and at most `error` more.
/// - `error` is at most `total / capacity` (rounded up once counts were halved, exact before).
/// - Every key with more than `total / capacity` accesses has a counter.
/// - As long as no more than `capacity` keys were ever asked for, all of it is exact.
///
/// Old accesses count less: `halve()`, which `age(to:halfLife:)` calls as often as is due, halves all counts, rounded
/// down, and forgets what was asked for once. The guarantees then hold for accesses that were halved in the same way.
struct HotKeys<Key: Hashable & Sendable>: Sendable {
  /// What is known of a key.
  struct Counter: Sendable {
    let key: Key
    /// How often it was asked for, at most.
    fileprivate(set) var accesses: Int
    /// How much too large `accesses` may be.
    fileprivate(set) var error: Int
    /// Accesses since the key got this counter, at least 1: those before it were not seen as hits or misses.
    fileprivate(set) var observed: Int
    /// Those of `observed` that were hits.
    fileprivate(set) var hits: Int

    init(key: Key, accesses: Int, error: Int, observed: Int, hits: Int) {
      (self.key, self.accesses, self.error, self.observed, self.hits) = (key, accesses, error, observed, hits)
    }

    /// The share of hits among the accesses since the key got its counter.
    var hitRate: Double { Double(hits) / Double(observed) }
  }

  /// A counter is about 100 bytes besides its key.
  static var standardCapacity: Int { 1024 }
  /// No count is larger in what is taken from outside, so that none overflows.
  private static var countLimit: Int { 1 << 53 }

  /// How many keys have a counter at most.
  let capacity: Int
  /// Accesses of all keys, halved with the counts (rounded up).
  private(set) var total = 0
  /// No key without a counter was asked for more often: the count of the last one taken over. Counters never fall below.
  private(set) var floor = 0
  /// Up to when halvings were done; nil before the first `age`.
  private(set) var agedAt: Int64?
  /// In no order; at most `capacity`, one a key.
  private(set) var counters: [Counter] = []
  /// Where in `counters` a key is.
  private var slots: [Key: Int] = [:]
  /// A binary heap of slots, the smallest count first.
  private var heap: [Int] = []
  /// Where in `heap` a slot is.
  private var places: [Int] = []

  /// A capacity below 1 is taken as 1.
  init(capacity: Int = standardCapacity) { self.capacity = max(1, capacity) }

  /// From what `total`, `floor`, `agedAt` and `counters` said; nil if no stream of accesses leads there.
  init?(capacity: Int, total: Int, floor: Int, agedAt: Int64?, counters: [Counter]) {
    guard capacity > 0, counters.count <= capacity, 0...Self.countLimit ~= total, 0...total ~= floor else { return nil }
    let (missing, overflows) = (capacity - counters.count).multipliedReportingOverflow(by: floor)
    if overflows || missing > total { return nil }
    var sum = missing
    for counter in counters {
      guard max(1, floor)...max(1, total) ~= counter.accesses, 0...counter.accesses ~= counter.error,
        1...counter.accesses ~= counter.observed, 0...counter.observed ~= counter.hits
      else { return nil }
      sum += counter.accesses
      if sum > total { return nil }
    }
    self.init(capacity: capacity)
    (self.total, self.floor, self.agedAt) = (total, floor, agedAt)
    adopt(counters)
    if slots.count != counters.count { return nil }
  }

  /// A key was asked for, and found or not. O(log capacity).
  mutating func note(_ key: Key, isHit: Bool) {
    total += 1
    let hit = isHit ? 1 : 0
    if let slot = slots[key] {
      counters[slot].accesses += 1
      counters[slot].observed += 1
      counters[slot].hits += hit
      sink(from: places[slot])
    } else if counters.count < capacity {
      // A counter may be free because its key was removed: this key may have lost its own before, at `floor` at most.
      slots[key] = counters.count
      counters.append(Counter(key: key, accesses: floor + 1, error: floor, observed: 1, hits: hit))
      places.append(heap.count)
      heap.append(counters.count - 1)
      rise(from: heap.count - 1)
    } else {
      let slot = heap[0]
      slots[counters[slot].key] = nil
      floor = counters[slot].accesses
      slots[key] = slot
      counters[slot] = Counter(key: key, accesses: floor + 1, error: floor, observed: 1, hits: hit)
      sink(from: 0)
    }
  }

  /// The `count` keys with the most accesses, the most first; `order` decides between equals.
  func top(_ count: Int, by order: (Key, Key) -> Bool) -> [Counter] {
    let sorted = counters.sorted {
      $0.accesses == $1.accesses ? order($0.key, $1.key) : $0.accesses > $1.accesses
    }
    return Array(sorted.prefix(max(0, count)))
  }

  /// A key is gone: its accesses up to now are forgotten. `total` stays. No other count changes.
  mutating func remove(_ key: Key) {
    guard let slot = slots.removeValue(forKey: key) else { return }
    let place = places[slot]
    let moved = heap.removeLast()
    if place < heap.count {
      put(moved, at: place)
      rise(from: place)
      sink(from: places[moved])
    }
    // The last counter fills the gap.
    let last = counters.removeLast()
    let lastPlace = places.removeLast()
    if slot < counters.count {
      counters[slot] = last
      slots[last.key] = slot
      put(slot, at: lastPlace)
    }
  }
}

extension HotKeys where Key: Comparable {
  /// The `count` keys with the most accesses, the most first, and equals in the order of their keys.
  func top(_ count: Int) -> [Counter] { top(count, by: <) }
}

/// Ageing.
extension HotKeys {
  /// Halves as often as is due: once for each `halfLife` since the last time. To be called whenever counts are noted or
  /// read; no timer is needed, and a long silence costs no more than a short one.
  ///
  /// An access counts half after one half-life, a quarter after two: with a half-life of a day, what was hot yesterday gives
  /// way to what is hot today, and a steady rate settles between one and two half-lives' worth of accesses.
  ///
  /// `now`, in nanoseconds, is of a clock that is never set back, and goes on over restarts if counts are to survive them.
  /// If it shows less than before all the same, ageing goes on from there. A half-life below 1 means no ageing.
  /// Returns how many halvings were due.
  @discardableResult
  mutating func age(to now: Int64, halfLife: Int64) -> Int {
    guard halfLife > 0 else { return 0 }
    guard let last = agedAt, last <= now else {
      agedAt = now
      return 0
    }
    // Exact although the difference may be more than an `Int64` holds.
    let (due, rest) = UInt64(bitPattern: now &- last).quotientAndRemainder(dividingBy: UInt64(halfLife))
    agedAt = now - Int64(rest)
    // No count outlasts 64 halvings.
    for _ in 0..<min(due, 64) { halve() }
    return Int(clamping: due)
  }

  /// All counts are halved, rounded down; keys left with none are forgotten. Hit rates stay, as far as whole numbers allow.
  mutating func halve() {
    var kept: [Counter] = []
    kept.reserveCapacity(counters.count)
    for var counter in counters where counter.accesses > 1 {
      counter.accesses /= 2
      // Rounded up, so that `accesses - error` still promises too little rather than too much.
      counter.error = min(counter.accesses, (counter.error + 1) / 2)
      let observed = max(1, counter.observed / 2)
      let hits = Int(counter.hitRate * Double(observed) + 0.5)
      (counter.observed, counter.hits) = (observed, min(observed, hits))
      kept.append(counter)
    }
    floor /= 2
    total = kept.isEmpty && floor == 0 ? 0 : (total + 1) / 2
    adopt(kept)
  }
}

/// The heap.
extension HotKeys {
  private mutating func adopt(_ kept: [Counter]) {
    // What is in ascending order is a heap.
    counters = kept.sorted { $0.accesses < $1.accesses }
    heap = Array(counters.indices)
    places = heap
    slots.removeAll(keepingCapacity: true)
    for (slot, counter) in counters.enumerated() { slots[counter.key] = slot }
  }

  private mutating func put(_ slot: Int, at place: Int) {
    heap[place] = slot
    places[slot] = place
  }

  private mutating func rise(from start: Int) {
    let slot = heap[start]
    var place = start
    while place > 0 {
      let parent = (place - 1) / 2
      if counters[heap[parent]].accesses <= counters[slot].accesses { break }
      put(heap[parent], at: place)
      place = parent
    }
    put(slot, at: place)
  }

  private mutating func sink(from start: Int) {
    let slot = heap[start]
    var place = start
    while true {
      var child = 2 * place + 1
      if child >= heap.count { break }
      if child + 1 < heap.count, counters[heap[child + 1]].accesses < counters[heap[child]].accesses { child += 1 }
      if counters[heap[child]].accesses >= counters[slot].accesses { break }
      put(heap[child], at: place)
      place = child
    }
    put(slot, at: place)
  }
}
