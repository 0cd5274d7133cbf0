internal import Freshness
internal import Manifest

extension MemoryLevel {
  /// What does not hold of all that should between operations. Empty if all does. For tests: it looks at everything.
  package func checkInvariants() -> [String] {
    var broken: [String] = []
    func expect(_ holds: Bool, _ text: @autoclosure () -> String) {
      if !holds { broken.append(text()) }
    }
    let held = slots.indices.filter { slots[$0] != nil }
    expect(held.count == entries, "\(held.count) slots are held, \(entries) names indexed")
    expect(Set(free) == Set(slots.indices.filter { slots[$0] == nil }.map(UInt32.init)), "the free slots differ")
    expect(free.count + held.count == slots.count, "a slot is free twice")
    expect(placesInAll.count == slots.count && placesInNamespace.count == slots.count, "places and slots differ")
    expect(slots.count <= 4 * entries + 64, "\(slots.count) slots for \(entries) entries")
    expect(index.capacity <= 8 * entries + 128, "an index of \(index.capacity) for \(entries) entries")

    var holders: [Digest: Int] = [:]
    var members: [NamespaceName: Set<UInt32>] = [:]
    for slot in held {
      guard let entry = slots[slot] else { continue }
      expect(index[entry.name] == UInt32(slot), "\(entry.name) is not found by its name")
      expect(values[entry.digest]?.bytes == entry.bytes, "\(entry.name) does not share the value of its digest")
      holders[entry.digest, default: 0] += 1
      members[NamespaceName(entry.name.namespace), default: []].insert(UInt32(slot))
      for places in [placesInAll, placesInNamespace] where places.indices.contains(slot) {
        expect(places[slot].bytes == entry.bytes.count, "the size of \(entry.name) is off")
        expect(places[slot].uses <= 3, "\(entry.name) has more than three uses")
      }
    }
    expect(values.mapValues(\.holders) == holders, "the holders of values differ")
    expect(bytes == values.values.reduce(0) { $0 + $1.bytes.count }, "\(bytes) bytes are not those of the values")

    broken += all.broken(holding: Set(held.map(UInt32.init)), in: placesInAll, "all")
    expect(Set(namespaces.keys) == Set(members.keys), "a namespace without entries is left, or one is missing")
    for (namespace, holding) in namespaces {
      let slots = members[namespace] ?? []
      broken += holding.queues.broken(holding: slots, in: placesInNamespace, namespace.text)
      var own: [Digest: Int] = [:]
      for case .some(let entry) in slots.map({ self.slots[Int($0)] }) { own[entry.digest, default: 0] += 1 }
      expect(holding.holders == own, "the holders in \(namespace.text) differ")
      expect(
        holding.bytes == own.keys.reduce(0) { $0 + (values[$1]?.bytes.count ?? 0) }, "the bytes of \(namespace.text)")
      let bound = bounds(of: namespace)
      expect(holding.queues.count <= bound.maxEntries ?? .max, "\(namespace.text) has too many entries")
      expect(holding.bytes <= bound.maxBytes ?? .max, "\(namespace.text) has too many bytes")
    }
    expect(entries <= total.maxEntries ?? .max, "too many entries")
    expect(bytes <= total.maxBytes ?? .max, "too many bytes")
    return broken
  }
}

extension EvictionQueues {
  /// What does not hold of queues that are to have these slots.
  fileprivate func broken(holding slots: Set<UInt32>, in places: [Place], _ whose: String) -> [String] {
    var broken: [String] = []
    for (list, isMain) in [(small, false), (main, true)] {
      let queued = list.slots(in: places)
      if queued.count != list.count || queued.last ?? Place.none != list.last {
        broken.append("\(whose): a list is not linked to its end")
      }
      if queued.contains(where: { places[Int($0)].isMain != isMain }) {
        broken.append("\(whose): a slot is in the wrong queue")
      }
      let previous = [Place.none] + queued.dropLast()
      if zip(queued, previous).contains(where: { places[Int($0)].previous != $1 }) {
        broken.append("\(whose): a list is not linked backwards")
      }
      if list.bytes != queued.reduce(0, { $0 + places[Int($1)].bytes }) { broken.append("\(whose): a list's bytes") }
    }
    let queued = small.slots(in: places) + main.slots(in: places)
    if Set(queued) != slots || queued.count != slots.count { broken.append("\(whose): the queues hold other slots") }
    if ghosts.count > count || !ghosts.isWithinSize { broken.append("\(whose): \(ghosts.count) ghosts for \(count)") }
    return broken
  }
}
