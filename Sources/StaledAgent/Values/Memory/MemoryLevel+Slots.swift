internal import Freshness

/// How an entry comes in and goes: every index is changed here and nowhere else.
extension MemoryLevel {
  /// Lets an entry in that has no value here, into both sets of queues.
  mutating func put(_ held: Slot, in namespace: NamespaceName) {
    let slot: UInt32
    if let reused = free.popLast() {
      slot = reused
      slots[Int(slot)] = held
    } else {
      slot = UInt32(slots.count)
      slots.append(held)
      placesInAll.append(Place())
      placesInNamespace.append(Place())
    }
    index[held.name] = slot
    let size = held.bytes.count, hash = held.name.hashValue
    if values[held.digest, default: Shared(bytes: held.bytes)].hold() { bytes += size }
    all.admit(slot, name: hash, bytes: size, in: &placesInAll)
    namespaces[namespace, default: Holding()].put(slot, held, name: hash, in: &placesInNamespace)
  }

  /// Takes an entry out of everything; `recalling` its name if it will be back with another value. `settle` has to follow once the
  /// operation is over.
  mutating func take(_ slot: UInt32, recalling: Bool = false) {
    guard let held = slots[Int(slot)] else { return }
    let namespace = NamespaceName(held.name.namespace), hash = recalling ? held.name.hashValue : nil
    all.remove(slot, recalling: hash, in: &placesInAll)
    namespaces[namespace]?.take(slot, held, recalling: hash, in: &placesInNamespace)
    if namespaces[namespace]?.queues.count == 0 { namespaces[namespace] = nil }
    if values[held.digest]?.letGo() == true {
      values[held.digest] = nil
      bytes -= held.bytes.count
    }
    index[held.name] = nil
    slots[Int(slot)] = nil
    free.append(slot)
  }

  /// After an operation in a namespace: lets go of ghosts and room that what is left does not need.
  mutating func settle(_ namespace: NamespaceName) {
    namespaces[namespace]?.queues.trimGhosts()
    all.trimGhosts()
    shrinkIfSparse()
  }

  /// Gives memory back once three quarters of the slots stand empty: slots are numbered anew. Amortised over the removals.
  mutating func shrinkIfSparse() {
    index.shrinkIfSparse()
    values.shrinkIfSparse()
    namespaces.shrinkIfSparse()
    guard slots.count > 4 * entries + 64 else { return }
    var numbers = [UInt32](repeating: Place.none, count: slots.count)
    var kept: [Int] = []
    kept.reserveCapacity(entries)
    for (slot, held) in slots.enumerated() where held != nil {
      numbers[slot] = UInt32(kept.count)
      kept.append(slot)
    }
    slots = kept.map { slots[$0] }
    placesInAll = kept.map { placesInAll[$0].renumbered(numbers) }
    placesInNamespace = kept.map { placesInNamespace[$0].renumbered(numbers) }
    free = []
    for name in Array(index.keys) { index[name] = index[name].map { numbers[Int($0)] } }
    all.renumber(numbers)
    for namespace in Array(namespaces.keys) { namespaces[namespace]?.queues.renumber(numbers) }
  }
}

extension MemoryLevel.Shared {
  /// One entry more; whether it is the first.
  fileprivate mutating func hold() -> Bool {
    holders += 1
    return holders == 1
  }

  /// One entry less; whether it was the last.
  fileprivate mutating func letGo() -> Bool {
    holders -= 1
    return holders == 0
  }
}

extension MemoryLevel.Holding {
  fileprivate mutating func put(_ slot: UInt32, _ held: MemoryLevel.Slot, name: Int, in places: inout [Place]) {
    queues.admit(slot, name: name, bytes: held.bytes.count, in: &places)
    holders[held.digest, default: 0] += 1
    if holders[held.digest] == 1 { bytes += held.bytes.count }
  }

  fileprivate mutating func take(
    _ slot: UInt32, _ held: MemoryLevel.Slot, recalling name: Int?, in places: inout [Place]
  ) {
    queues.remove(slot, recalling: name, in: &places)
    holders[held.digest, default: 0] -= 1
    guard holders[held.digest] == 0 else { return }
    holders[held.digest] = nil
    bytes -= held.bytes.count
    holders.shrinkIfSparse()
  }
}
