/// Where an entry stands in a set of queues: between which others, in which queue, and how often it was read there.
///
/// The queues are linked through the entries rather than arrays, so that one in the middle leaves in constant time: entries are
/// removed by invalidation far more often than by eviction.
struct Place: Sendable, Equatable {
  /// No slot: the end of a list.
  static let none = UInt32.max

  var previous = Place.none
  var next = Place.none
  /// In the main queue; otherwise in the small one.
  var isMain = false
  /// Reads since it came in or was passed over, at most 3 (two bits).
  private(set) var uses: UInt8 = 0
  /// The size of its value.
  var bytes = 0

  mutating func noteUse() { uses = min(uses + 1, 3) }
  mutating func forgetUses() { uses = 0 }
  mutating func passOver() { uses -= 1 }

  /// Whether an entry that comes up has earned a place in the main queue: its uses there, or two of them in the small one,
  /// since what is made is usually read once.
  var isWanted: Bool { uses > (isMain ? 0 : 1) }

  /// Slots have new numbers: `numbers[old]`.
  func renumbered(_ numbers: [UInt32]) -> Place {
    var place = self
    if previous != Place.none { place.previous = numbers[Int(previous)] }
    if next != Place.none { place.next = numbers[Int(next)] }
    return place
  }
}

/// A first-in-first-out list of slots, linked through `places`, the oldest first.
struct SlotList: Sendable, Equatable {
  private(set) var first = Place.none
  private(set) var last = Place.none
  private(set) var count = 0
  /// The sizes of its entries' values together, shared or not.
  private(set) var bytes = 0

  var isEmpty: Bool { count == 0 }

  mutating func append(_ slot: UInt32, in places: inout [Place]) {
    places[Int(slot)].previous = last
    places[Int(slot)].next = Place.none
    if last == Place.none { first = slot } else { places[Int(last)].next = slot }
    last = slot
    count += 1
    bytes += places[Int(slot)].bytes
  }

  mutating func remove(_ slot: UInt32, in places: inout [Place]) {
    let place = places[Int(slot)]
    if place.previous == Place.none { first = place.next } else { places[Int(place.previous)].next = place.next }
    if place.next == Place.none { last = place.previous } else { places[Int(place.next)].previous = place.previous }
    count -= 1
    bytes -= place.bytes
  }

  /// Its slots, the oldest first. Stops after `count` of them, whatever the links say.
  func slots(in places: [Place]) -> [UInt32] {
    var slots: [UInt32] = []
    var next = first
    while next != Place.none, slots.count < count {
      slots.append(next)
      next = places[Int(next)].next
    }
    return slots
  }

  /// Slots have new numbers: `numbers[old]`.
  mutating func renumber(_ numbers: [UInt32]) {
    if first != Place.none { first = numbers[Int(first)] }
    if last != Place.none { last = numbers[Int(last)] }
  }
}
