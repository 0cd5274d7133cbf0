/// What a bound counts.
enum Measure: Sendable { case entries, bytes }

/// The order in which entries are evicted to keep one bound: S3-FIFO (Yang, Zhang, Qiu, Yue and Rashmi, "FIFO queues are all
/// you need for cache eviction", SOSP 2023).
///
/// What comes goes through a *small* queue, a tenth of the space. At its end, what was read twice moves on to the *main* queue,
/// all else is evicted and its name kept as a *ghost*; a ghost that comes back enters the main queue at once. At the end of the
/// main queue, what was read since it last came up goes around again, up to three times a read; the rest is evicted.
///
/// A scan (every entry listed, verified or warmed once) therefore only ever replaces the tenth. That is why it is not:
/// - LRU: a scan as long as the cache empties it, and each hit reorders the list;
/// - SIEVE: one queue and simpler, but not scan-resistant by its authors' own word;
/// - W-TinyLFU: as good on scans, but it needs a frequency sketch that ages and a window tuned to the load.
///
/// A read only counts. Everything else takes constant time, amortised: a step of `victim` that evicts nobody uses up a read.
struct EvictionQueues: Sendable {
  private(set) var small = SlotList()
  private(set) var main = SlotList()
  private(set) var ghosts = GhostNames()

  var count: Int { small.count + main.count }

  /// Lets an entry in that is in neither queue.
  mutating func admit(_ slot: UInt32, name: Int, bytes: Int, in places: inout [Place]) {
    places[Int(slot)] = Place(isMain: ghosts.take(name), bytes: bytes)
    append(slot, in: &places)
  }

  /// Takes an entry out. `recalling` the name of one that will be back with another value: if it has earned its place in the main
  /// queue, it keeps it.
  mutating func remove(_ slot: UInt32, recalling name: Int? = nil, in places: inout [Place]) {
    if let name, places[Int(slot)].isWanted { ghosts.insert(name) }
    if places[Int(slot)].isMain { main.remove(slot, in: &places) } else { small.remove(slot, in: &places) }
    places[Int(slot)] = Place()
  }

  /// The entry to evict next; nil if there is none. Whoever comes up on the way and has earned it is moved on.
  mutating func victim(by measure: Measure, in places: inout [Place]) -> UInt32? {
    while true {
      let isSmall = !small.isEmpty && (main.isEmpty || smallIsFull(by: measure))
      let slot = isSmall ? small.first : main.first
      if slot == Place.none { return nil }
      guard places[Int(slot)].isWanted else { return slot }
      if isSmall {
        small.remove(slot, in: &places)
        places[Int(slot)].forgetUses()
        places[Int(slot)].isMain = true
      } else {
        main.remove(slot, in: &places)
        places[Int(slot)].passOver()
      }
      append(slot, in: &places)
    }
  }

  /// The entry that `victim` gave is about to be removed: from the small queue, its name is kept as a ghost.
  mutating func noteEviction(of slot: UInt32, name: Int, in places: [Place]) {
    if !places[Int(slot)].isMain { ghosts.insert(name) }
  }

  /// As many ghosts as entries: what has been out for longer than the queues take to turn over is new.
  mutating func trimGhosts() { ghosts.trim(to: count) }

  /// A tenth of what is there, which is all the space when somebody has to go.
  private func smallIsFull(by measure: Measure) -> Bool {
    switch measure {
    case .entries: small.count * 10 >= count
    case .bytes: small.bytes * 10 >= small.bytes + main.bytes
    }
  }

  private mutating func append(_ slot: UInt32, in places: inout [Place]) {
    if places[Int(slot)].isMain { main.append(slot, in: &places) } else { small.append(slot, in: &places) }
  }

  /// Slots have new numbers: `numbers[old]`.
  mutating func renumber(_ numbers: [UInt32]) {
    small.renumber(numbers)
    main.renumber(numbers)
  }
}
