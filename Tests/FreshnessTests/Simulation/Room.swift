import Freshness
import SeededRandom

/// Values are let go of for want of room.
extension Trace {
  mutating func evict() throws {
    let namespace: String? = rng.pick([nil, "t", "u"])
    let count: Int? = rng.pick([nil, 0, 1, 2]), bytes: Int? = rng.pick([nil, 0, 2, 4, 7])
    let members = keys.filter {
      truth.lasting.values[$0] != nil && Input.name($0).namespace == namespace ?? Input.name($0).namespace
    }
    func totals(_ keys: [String]) -> (count: Int, bytes: Int) {
      (keys.count, keys.reduce(0) { $0 + (truth.lasting.values[$1] ?? 0) })
    }
    func exceeds(_ keys: [String], _ count: Int?, _ bytes: Int?) -> Bool {
      let totals = totals(keys)
      return totals.count > count ?? .max || totals.bytes > bytes ?? .max
    }
    let rank = Dictionary(uniqueKeysWithValues: members.map { key in (key, usefulness(of: key, bound: bytes)) })
    let before = keys.map { engine.standing(of: Input.name($0)) }
    let free = keys.map {
      engine.dependents(of: .entry(Input.name($0)), transitive: false).isEmpty && !engine.isHeld(Input.name($0))
    }
    let evicted = engine.evict(in: namespace, maxValues: count, maxBytes: bytes, because: "bounds")
    var gone: [String] = []
    for ((key, was), isFree) in zip(zip(keys, before), free) {
      let standing = engine.standing(of: Input.name(key))
      if standing.value == was.value {
        try expect(
          standing.state == was.state && standing.digest == was.digest,
          "room: \(key) was \(was.state), and is \(standing.state), though its value stays")
        continue
      }
      try expect(standing.value == nil && members.contains(key), "room: another value of \(key) is let go of")
      gone.append(key)
      let isForgotten = isFree && !truth.declared.contains(key)
      // What goes earlier frees what it rested on.
      try expect(
        standing.state == (standing.state == .missing && !truth.declared.contains(key) ? .missing : was.state),
        "room: \(key) was \(was.state), and is \(standing.state)")
      try expect(
        standing.state == .missing || !isForgotten, "room: \(key) is kept without a value, and nobody needs it")
    }
    tell("room for \(count ?? -1), \(bytes ?? -1) bytes: \(gone) go")
    truth.counts["evicted", default: 0] += gone.count
    truth.counts["evict", default: 0] += 1
    let kept = members.filter { !gone.contains($0) }
    try expect(gone.count == evicted, "room: \(gone) are gone, and the engine says \(evicted)")
    let (least, fewest) = (count.map { $0 - $0 / 10 }, bytes.map { $0 - $0 / 10 })
    if exceeds(members, count, bytes) {
      // The last one does not go for more room than has to be.
      try expect(
        !exceeds(kept, least, fewest) || kept.count == 1 && !exceeds(kept, count, bytes),
        "room: \(kept) are kept, too many")
    } else {
      try expect(gone.isEmpty, "room: \(gone) go without need")
    }
    if let last = gone.max(by: { rank[$0, default: 0] < rank[$1, default: 0] }) {
      try expect(
        kept.allSatisfy { rank[$0, default: 0] >= rank[last, default: 0] }, "room: of use is \(last), not \(kept)")
      let mostUseful = gone.filter { rank[$0] == rank[last] }
      try expect(
        mostUseful.contains { exceeds(kept + [$0], least, fewest) }, "room: \(gone) go, more than has to")
    }
    for key in gone {
      truth.lasting.values[key] = nil
      if engine.state(of: Input.name(key)) == .missing { letGo(key) } else { truth.lasting.evicted.insert(key) }
    }
    follow()
  }

  /// What is larger than all that may be there is in the way, what is not fresh is of no use, and then goes what was used least lately.
  /// What is merely in doubt is as good as fresh until the log says that it is not.
  private func usefulness(of key: String, bound: Int?) -> Int64 {
    if let size = truth.lasting.values[key], let bound, size > bound { return 0 }
    let used = max(truth.lasting.lives[key]?.begun ?? 0, truth.lasting.lives[key]?.used ?? 0, truth.used[key] ?? 0)
    let state = engine.state(of: Input.name(key))
    let mayHold = state == .fresh || state == .suspect && truth.lasting.published[key] == .fresh
    return mayHold ? used + (1 << 40) : used
  }
}
