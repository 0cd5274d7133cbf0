import Freshness
import Paths

/// A generator of a whole history from one number.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func one(in n: Int) -> Bool { Int.random(in: 0..<n, using: &self) == 0 }
  mutating func pick<T>(_ items: [T]) -> T { items[Int.random(in: 0..<items.count, using: &self)] }
}

/// The true files, and the kernel's event queue. Time is the number of steps taken.
struct World {
  /// ctime is coarser than the order of events: so many steps share one.
  static let tick: WallClock = 4
  static let files: [Path] = ["a", "b", "s/c", "s/d"]
  static let outputs: [Path] = ["o/p", "o/q", "o/r"]

  enum Item: Hashable {
    case touch(Touch)
    case cookie(Int)
    case overflow
  }

  var now = 3 * tick
  /// How many events fit into the queue.
  let limit: Int
  /// All directories are watched from the start; otherwise only what the agent watches file by file.
  let covered: Bool
  var contents: [Path: String] = Dictionary(uniqueKeysWithValues: files.map { ($0, "0") })
  private var ctimes: [Path: WallClock] = [:]
  private var directories: [Path: WallClock] = [:]
  var history: [[Path: String]] = []
  var watched: Set<Leaf> = []
  var queue: [Item] = []

  init(limit: Int, covered: Bool) {
    self.limit = limit
    self.covered = covered
    history = [contents]
  }

  /// Writes in place (perhaps the same bytes), creates or deletes (nil); or moves a directory with an old file into place.
  mutating func change(_ path: Path, _ new: String?, moved: Bool = false) {
    let before = contents[path]
    let tick = now - now % Self.tick
    ctimes[path] = new == nil ? nil : moved ? 0 : tick
    if moved || before == nil || new == nil { directories[path.parent ?? .root] = tick }
    contents[path] = new
    history.append(contents)
    let isName = moved || before == nil || new == nil
    let seen =
      covered || watched.contains(.file(path))
      || isName && watched.contains { if case .listing = $0 { path.parent == "s" } else { false } }
    if seen { emit(.touch(moved && path.parent == "s" ? .tree("s") : isName ? .name(path) : .content(path))) }
  }

  /// The kernel merges an event with an equal one at the tail, and drops what does not fit.
  mutating func emit(_ item: Item) {
    if queue.count >= limit {
      if !queue.contains(.overflow) { queue.append(.overflow) }
    } else if queue.last != item {
      queue.append(item)
    }
  }

  static func fingerprint(_ contents: String?) -> Fingerprint {
    contents.map { .digest(Digest(of: $0.utf8)) } ?? .absent
  }

  var members: [Path] { contents.keys.filter { $0.parent == "s" }.sorted() }

  func look(_ leaf: Leaf) -> Observation {
    switch leaf {
    case .file(let path):
      let newest = max(ctimes[path] ?? 0, directories[path.parent ?? .root] ?? 0)
      return Observation(fingerprint: Self.fingerprint(contents[path]), newestOnPath: newest, time: now)
    case .dir, .listing:
      return Observation(fingerprint: .unknown, newestOnPath: directories["s"] ?? 0, time: now, members: members)
    }
  }
}
