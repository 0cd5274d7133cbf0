import SeededRandom

@testable import StaledAgent

/// Accesses that are hard on a sketch in different ways.
enum Stream: CaseIterable, Sendable {
  /// Key `n` is asked for with a probability of 1 to `n`.
  case zipf
  /// Any key as often as any other.
  case uniform
  /// One key more than there are counters, in turn: each access takes over a counter.
  case carousel
  /// A few hot keys between keys that are asked for once.
  case scan
  /// Keys one after the other, each many times in a row.
  case bursts

  func keys(_ count: Int, capacity: Int, seed: Int) -> [Int] {
    var random = Seeded(seed)
    switch self {
    case .zipf:
      var sums: [Double] = []
      for key in 1...(capacity * 20) { sums.append((sums.last ?? 0) + 1 / Double(key)) }
      return (0..<count).map { _ in
        let drawn = Double.random(in: 0..<sums[sums.count - 1], using: &random)
        return sums.firstIndex { $0 > drawn } ?? 0
      }
    case .uniform: return (0..<count).map { _ in Int.random(in: 0..<(capacity * 5), using: &random) }
    case .carousel: return (0..<count).map { $0 % (capacity + 1) }
    case .scan:
      return (0..<count).map { Bool.random(using: &random) ? -1 - Int.random(in: 0..<3, using: &random) : $0 }
    case .bursts:
      var keys: [Int] = []
      while keys.count < count {
        let key = Int.random(in: 0..<(capacity * 3), using: &random)
        keys += Array(repeating: key, count: Int.random(in: 1...30, using: &random))
      }
      return Array(keys.prefix(count))
    }
  }
}

/// What a sketch must be true to: every access, counted.
struct ExactCounts {
  private(set) var accesses: [Int: Int] = [:]
  private(set) var hits: [Int: Int] = [:]

  mutating func note(_ key: Int, isHit: Bool) {
    accesses[key, default: 0] += 1
    if isHit { hits[key, default: 0] += 1 }
  }

  mutating func remove(_ key: Int) { accesses[key] = nil }

  mutating func halve() { accesses = accesses.mapValues { $0 / 2 }.filter { $0.value > 0 } }

  /// What of the promises of `HotKeys` does not hold; nil if all do.
  func broken(by sketch: HotKeys<Int>, wasHalved: Bool = false) -> String? {
    let top = sketch.top(.max)
    if top.count > sketch.capacity { return "\(top.count) counters" }
    let known = Set(top.map(\.key))
    if known.count < top.count { return "a key has two counters" }
    for counter in top {
      let accesses = accesses[counter.key] ?? 0
      if counter.accesses < accesses { return "\(counter) says less than \(accesses)" }
      if counter.accesses - counter.error > accesses { return "\(counter) is sure of more than \(accesses)" }
      if counter.error * sketch.capacity >= sketch.total + (wasHalved ? sketch.capacity : 1) {
        return "the error of \(counter) is more than its share of \(sketch.total)"
      }
      if counter.hits > counter.observed || counter.observed > counter.accesses {
        return "\(counter) has too many hits"
      }
    }
    for (key, accesses) in accesses where !known.contains(key) && accesses * sketch.capacity > sketch.total {
      return "\(key) has \(accesses) of \(sketch.total) accesses and no counter"
    }
    if zip(top, top.dropFirst()).contains(where: { ($0.accesses, -$0.key) < ($1.accesses, -$1.key) }) {
      return "the order is wrong"
    }
    return nil
  }
}
