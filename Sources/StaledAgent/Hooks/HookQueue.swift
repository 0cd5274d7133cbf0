internal import DequeModule
internal import Freshness

/// A run of a hook that is to come.
struct HookCall: Hashable, Sendable {
  var name: EntryName
  var state: State
  var cause: String
  /// What a hook may ask for; of one that is gone, those it had.
  var tags: Set<String> = []
}

/// Which hook runs when: for one entry in order and one at a time, and what comes while it waits takes the place of what waited.
///
/// Bounded: beyond `capacity` nothing new is taken, which is told once.
struct HookQueue: Sendable {
  /// A hook of the manifest, by its place, on an entry.
  struct Key: Hashable, Sendable {
    var hook: Int
    var name: EntryName
  }

  static let capacity = 10_000

  private var waiting: [Key: HookCall] = [:]
  private var order: Deque<Key> = []
  private var running: Set<EntryName> = []
  /// How many were not taken since `takeLost`.
  private var lost = 0

  var isEmpty: Bool { waiting.isEmpty && running.isEmpty }

  mutating func add(_ hook: Int, _ call: HookCall) {
    let key = Key(hook: hook, name: call.name)
    if waiting[key] == nil {
      guard waiting.count < Self.capacity else {
        lost += 1
        return
      }
      order.append(key)
    }
    waiting[key] = call
  }

  /// Those that may begin now, `places` at most being under way at a time: each has to be ended. All else waits here, where it is
  /// counted and coalesced.
  mutating func takeReady(places: Int) -> [(key: Key, call: HookCall)] {
    var ready: [(key: Key, call: HookCall)] = []
    var at = 0
    while running.count < places, at < order.count {
      let key = order[at]
      if !running.contains(key.name), let call = waiting.removeValue(forKey: key) {
        order.remove(at: at)
        running.insert(key.name)
        ready.append((key, call))
      } else {
        at += 1
      }
    }
    return ready
  }

  mutating func ended(_ key: Key) { running.remove(key.name) }

  mutating func takeLost() -> Int {
    defer { lost = 0 }
    return lost
  }

  /// Lets go of what waits: other hooks are in force, or the agent ends. → how many these were
  @discardableResult
  mutating func clear() -> Int {
    defer { (waiting, order) = ([:], []) }
    return waiting.count
  }
}
