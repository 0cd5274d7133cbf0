internal import HeapModule

/// When something is due for which key, the earliest first. A key has one time that counts: what was queued for it before is
/// passed over when it comes up.
package struct DueQueue<Key: Hashable & Comparable & Sendable>: Sendable {
  private struct Item: Comparable, Sendable {
    var at: Int64
    var key: Key

    static func < (left: Item, right: Item) -> Bool { (left.at, left.key) < (right.at, right.key) }
  }

  private var heap = Heap<Item>()
  private var times: [Key: Int64] = [:]

  package init() {}

  /// How many keys are waited for.
  package var count: Int { times.count }

  /// The earliest time; nil if nothing is due.
  package var first: Int64? { heap.min?.at }

  /// Sets a key's time; nil: it has none.
  package mutating func set(_ key: Key, at time: Int64?) {
    if times[key] == time { return }
    times[key] = time
    if let time { heap.insert(Item(at: time, key: key)) }
    dropPassed()
  }

  /// A key whose time has come.
  package mutating func next(upTo now: Int64) -> Key? {
    guard let first = heap.min, first.at <= now else { return nil }
    heap.removeMin()
    times[first.key] = nil
    dropPassed()
    return first.key
  }

  /// So that `first` is a time that counts, and the heap no longer than twice what is waited for.
  private mutating func dropPassed() {
    while let first = heap.min, times[first.key] != first.at { heap.removeMin() }
    if heap.count > 2 * times.count + 64 { heap = Heap(times.map { Item(at: $0.value, key: $0.key) }) }
  }
}
