internal import HeapModule

/// When something is due for which node, the earliest first. A node has one time that counts: what was queued for it before
/// is passed over when it comes up.
struct DueQueue: Sendable {
  private struct Item: Comparable, Sendable {
    var at: Int64
    var node: NodeID

    static func < (left: Item, right: Item) -> Bool { (left.at, left.node) < (right.at, right.node) }
  }

  private var heap = Heap<Item>()
  private var times: [NodeID: Int64] = [:]

  /// How many nodes are waited for.
  var count: Int { times.count }

  /// The earliest time; nil if nothing is due.
  var first: Int64? { heap.min?.at }

  /// Sets a node's time; nil: it has none.
  mutating func set(_ node: NodeID, at time: Int64?) {
    if times[node] == time { return }
    times[node] = time
    if let time { heap.insert(Item(at: time, node: node)) }
    dropPassed()
  }

  /// A node whose time has come.
  mutating func next(upTo now: Int64) -> NodeID? {
    guard let first = heap.min, first.at <= now else { return nil }
    heap.removeMin()
    times[first.node] = nil
    dropPassed()
    return first.node
  }

  /// So that `first` is a time that counts, and the heap no longer than twice what is waited for.
  private mutating func dropPassed() {
    while let first = heap.min, times[first.node] != first.at { heap.removeMin() }
    if heap.count > 2 * times.count + 64 { heap = Heap(times.map { Item(at: $0.value, node: $0.key) }) }
  }
}
