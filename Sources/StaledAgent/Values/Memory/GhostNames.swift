internal import DequeModule

/// The names that left the small queue last, without their values, the oldest first: one that comes back was let go too soon.
///
/// A name is held as its 64-bit hash. Two that collide, once in 2⁶⁴ pairs, cost one entry a place it has not earned.
struct GhostNames: Sendable {
  private struct Item: Sendable {
    var name: Int
    var number: UInt64
  }

  /// In the order they came. One that was taken out or came again since is passed over.
  private var order = Deque<Item>()
  private var numbers: [Int: UInt64] = [:]
  private var next: UInt64 = 0

  var count: Int { numbers.count }

  mutating func insert(_ name: Int) {
    numbers[name] = next
    order.append(Item(name: name, number: next))
    next += 1
    dropPassed()
  }

  /// Takes a name out; whether it was there.
  mutating func take(_ name: Int) -> Bool {
    guard numbers.removeValue(forKey: name) != nil else { return false }
    dropPassed()
    return true
  }

  /// Lets the oldest go until there are at most `limit`.
  mutating func trim(to limit: Int) {
    guard limit > 0 else {
      if !order.isEmpty { (order, numbers) = ([], [:]) }
      return
    }
    while numbers.count > limit, let oldest = order.popFirst() {
      if numbers[oldest.name] == oldest.number { numbers[oldest.name] = nil }
    }
    dropPassed()
  }

  /// So that the queue is never longer than twice what it stands for, and gives memory back.
  private mutating func dropPassed() {
    guard order.count > 2 * numbers.count + 16 || numbers.isSparse else { return }
    order = Deque(order.filter { numbers[$0.name] == $0.number })
    numbers.shrinkIfSparse()
  }

  /// For tests.
  var isWithinSize: Bool { order.count <= 2 * numbers.count + 16 }
}

extension Dictionary {
  /// Three quarters of it stand empty, and it is worth while.
  var isSparse: Bool { capacity > 4 * count + 64 }

  /// Gives memory back once it is sparse, which a dictionary never does by itself. Amortised over the removals.
  mutating func shrinkIfSparse() {
    guard isSparse else { return }
    // Not `filter`, which keeps the storage if nothing falls out.
    var small = Dictionary(minimumCapacity: count)
    for (key, value) in self { small[key] = value }
    self = small
  }
}
