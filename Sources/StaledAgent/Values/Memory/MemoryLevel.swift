internal import Freshness
internal import Manifest

/// The first level of the cache: the values of entries, in memory, within bounds.
///
/// A value type for one actor. It holds what it is given and decides only what goes when a bound is reached: whether a value is
/// fresh is the engine's to say, and each read states the digest that it wants.
///
/// **Accounting.** Only values count, not names or bookkeeping (some 400 bytes an entry and its key). Entries with the same
/// digest share one copy of the bytes: in all it counts once, however many entries and namespaces hold it. A namespace is
/// charged once for each value that it holds, shared with others or not: its bound never depends on what others store, and
/// the namespaces together may come to more than the total.
///
/// **Bounds.** By entries and by bytes, of each namespace and of all. Each bound has queues of its own (`EvictionQueues`): an
/// entry stands in those of all and in those of its namespace. So a namespace's bound evicts from it alone, the total evicts
/// whatever all namespaces need least, and both are the algorithm unaltered in constant time. Other designs: one set of queues
/// in all makes a namespace's bound walk over others' entries to find its own; one a namespace needs a rule by which
/// namespaces share the total, and every simple one (in turn, the largest first) lets a scan of one push out the hot set of
/// another. The price is a second `Place`, 24 bytes an entry. Room is made before a value comes in, so no bound is passed.
struct MemoryLevel: Sendable {
  struct Slot: Sendable {
    let name: EntryName
    let digest: Digest
    /// The value; entries with the same digest share the storage.
    let bytes: [UInt8]
  }

  /// A value, and how many entries hold it.
  struct Shared: Sendable {
    let bytes: [UInt8]
    var holders = 0
  }

  /// What is held for one namespace; there is none without entries.
  struct Holding: Sendable {
    var queues = EvictionQueues()
    /// How many of its entries hold each value.
    var holders: [Digest: Int] = [:]
    /// Each value once.
    var bytes = 0
  }

  /// A namespace, the same only if its bytes are, as in `EntryName`.
  struct NamespaceName: Hashable, Sendable {
    let text: String
    init(_ text: String) { self.text = text }
    static func == (left: Self, right: Self) -> Bool {
      left.text == right.text && left.text.utf8.elementsEqual(right.text.utf8)
    }
  }

  // What is inside is seen by `checkInvariants` and changed by `MemoryLevel+Slots`.
  var slots: [Slot?] = []
  var free: [UInt32] = []
  var index: [EntryName: UInt32] = [:]
  var values: [Digest: Shared] = [:]
  /// The queues of the total bound, and where each slot stands in them.
  var all = EvictionQueues()
  var placesInAll: [Place] = []
  /// The queues of each namespace, and where each slot stands in those of its own.
  var namespaces: [NamespaceName: Holding] = [:]
  var placesInNamespace: [Place] = []

  private(set) var total: CacheBounds
  private var bounds: [NamespaceName: CacheBounds] = [:]
  /// Of namespaces that are not named.
  private var others = CacheBounds()

  /// The size of all values, each once.
  var bytes = 0
  /// How many entries were let go for a bound, ever. What was removed, replaced or never let in is not among them.
  private(set) var evictions = 0

  /// Unbounded where nothing is said.
  init(total: CacheBounds = CacheBounds(), namespaces: [String: CacheBounds] = [:], others: CacheBounds = CacheBounds())
  {
    self.total = total
    setBounds(total: total, namespaces: namespaces, others: others)
  }

  // MARK: Questions

  /// How many entries have a value here.
  var entries: Int { index.count }

  /// How many entries of a namespace have a value here.
  func count(_ namespace: String) -> Int { namespaces[NamespaceName(namespace)]?.queues.count ?? 0 }

  /// The size of a namespace's values, each once.
  func bytes(_ namespace: String) -> Int { namespaces[NamespaceName(namespace)]?.bytes ?? 0 }

  func bounds(of namespace: NamespaceName) -> CacheBounds { bounds[namespace] ?? others }

  /// Whether a value is here, without counting as a read.
  func contains(_ name: EntryName) -> Bool { index[name] != nil }

  // MARK: Values

  /// An entry's value, if it is the one with this digest: a read of it. A value with another digest is of no use to anybody,
  /// and is removed.
  mutating func value(_ name: EntryName, digest: Digest) -> [UInt8]? {
    guard let slot = index[name], let held = slots[Int(slot)] else { return nil }
    guard held.digest == digest else {
      take(slot, recalling: true)
      settle(NamespaceName(name.namespace))
      return nil
    }
    placesInAll[Int(slot)].noteUse()
    placesInNamespace[Int(slot)].noteUse()
    return held.bytes
  }

  /// Holds an entry's value, in place of any that it had. Evicts what has to go for it; but a value that could not be held even
  /// alone is left out and evicts nobody. Storing is no read. Whether it is held now.
  ///
  /// `digest` must be that of `bytes`: of two values with the same one, only the first is kept.
  @discardableResult
  mutating func insert(_ name: EntryName, digest: Digest, bytes: [UInt8]) -> Bool {
    let namespace = NamespaceName(name.namespace)
    if let slot = index[name] {
      if slots[Int(slot)]?.digest == digest { return true }
      take(slot, recalling: true)
    }
    // After whatever was decided: the old value's name may have been recalled for nothing.
    defer { settle(namespace) }
    let bound = bounds(of: namespace)
    guard bound.admits(bytes.count), total.admits(bytes.count) else { return false }
    // Asked anew after each: the last holder of this value may be among those that go.
    while let measure = bound.passed(
      entries: count(name.namespace) + 1,
      bytes: self.bytes(name.namespace) + (namespaces[namespace]?.holders[digest] == nil ? bytes.count : 0))
    {
      if !evict(from: namespace, by: measure) { break }
    }
    while let measure = total.passed(
      entries: entries + 1, bytes: self.bytes + (values[digest] == nil ? bytes.count : 0))
    {
      if !evict(by: measure) { break }
    }
    put(Slot(name: name, digest: digest, bytes: values[digest]?.bytes ?? bytes), in: namespace)
    return true
  }

  /// Removes an entry's value, if there is one.
  mutating func remove(_ name: EntryName) {
    guard let slot = index[name] else { return }
    take(slot)
    settle(NamespaceName(name.namespace))
  }

  /// Removes all values, and what is remembered of those that were evicted. Bounds and counters stay.
  mutating func removeAll() {
    (slots, free, placesInAll, placesInNamespace) = ([], [], [], [])
    (index, values, namespaces) = ([:], [:], [:])
    (all, bytes) = (EvictionQueues(), 0)
  }

  // MARK: Bounds

  /// Sets the bounds: of all together, of namespaces by name, and of each of the `others`. Evicts at once what no longer
  /// fits; first what could not be held even alone, so that it does not push out the rest.
  mutating func setBounds(
    total: CacheBounds, namespaces: [String: CacheBounds], others: CacheBounds = CacheBounds()
  ) {
    self.total = total
    self.bounds = [:]
    for (namespace, bound) in namespaces { self.bounds[NamespaceName(namespace)] = bound }
    self.others = others
    for (slot, held) in slots.enumerated() {
      guard let held else { continue }
      let bound = bounds(of: NamespaceName(held.name.namespace))
      if bound.admits(held.bytes.count), total.admits(held.bytes.count) { continue }
      take(UInt32(slot))
      evictions += 1
    }
    for namespace in Array(self.namespaces.keys) {
      let bound = bounds(of: namespace)
      while let held = self.namespaces[namespace],
        let measure = bound.passed(entries: held.queues.count, bytes: held.bytes)
      {
        if !evict(from: namespace, by: measure) { break }
      }
    }
    while let measure = total.passed(entries: entries, bytes: bytes) {
      if !evict(by: measure) { break }
    }
    for namespace in Array(self.namespaces.keys) { self.namespaces[namespace]?.queues.trimGhosts() }
    all.trimGhosts()
    shrinkIfSparse()
  }

  /// Evicts what all namespaces need least; false if there is nothing.
  private mutating func evict(by measure: Measure) -> Bool {
    guard let slot = all.victim(by: measure, in: &placesInAll), let held = slots[Int(slot)] else { return false }
    all.noteEviction(of: slot, name: held.name.hashValue, in: placesInAll)
    take(slot)
    // The operation that made this necessary settles its own namespace, which may be another one.
    namespaces[NamespaceName(held.name.namespace)]?.queues.trimGhosts()
    evictions += 1
    return true
  }

  /// Evicts what a namespace needs least; false if there is nothing.
  private mutating func evict(from namespace: NamespaceName, by measure: Measure) -> Bool {
    guard let slot = namespaces[namespace]?.queues.victim(by: measure, in: &placesInNamespace),
      let held = slots[Int(slot)]
    else { return false }
    namespaces[namespace]?.queues.noteEviction(of: slot, name: held.name.hashValue, in: placesInNamespace)
    take(slot)
    evictions += 1
    return true
  }
}

extension CacheBounds {
  /// Whether a value of this size could be held alone.
  fileprivate func admits(_ size: Int) -> Bool { size <= maxBytes ?? .max && maxEntries ?? .max > 0 }

  /// What does not allow for this much.
  fileprivate func passed(entries: Int, bytes: Int) -> Measure? {
    if entries > maxEntries ?? .max { return .entries }
    if bytes > maxBytes ?? .max { return .bytes }
    return nil
  }
}
