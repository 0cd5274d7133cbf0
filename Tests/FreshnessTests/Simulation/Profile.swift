import Freshness
import SeededRandom

/// What may happen in a history.
enum Kind: CaseIterable {
  // Clients and the agent's jobs begin, and go on.
  case get, make, hash, run
  // Two of them in a hurry: nothing else happens meanwhile, but for writes between two looks.
  case rush, tear
  // Calls that end entries; the manifest.
  case end, delete, declare
  // The kernel tells, the agent watches, records and stores.
  case deliver, track, record, store
  // Others write.
  case write, burst, moveIn, rename, directory, clock
  case crash, rest
  // Time goes by, the manifest says other times and strategies, room is made, entries are amended and remade.
  case pass, policies, evict, amend, remake

  /// Those that only some histories have.
  static let occasional: [Kind] = [.pass, .policies, .evict, .amend, .remake]
}

/// The character of a history: each draws its own, so that in some of them what is rare elsewhere happens all the time
/// (swarm testing).
struct Profile {
  private var bounds: [(kind: Kind, upTo: Int)] = []
  private var total = 0
  /// The agent sees nothing of what it does not watch, and watches what the manifest names only when a call needs it.
  private let watchesLate: Bool
  /// Of a name that comes or goes only the directory is told.
  let tellsDirectories: Bool
  /// Time ends entries: calls and the manifest say when.
  let isTimed: Bool
  /// The manifest has strategies.
  let hasStrategies: Bool
  /// How long is known what ended for good.
  let epitaph: Int64?
  let entries: Int
  let files: Int
  let coverage: World.Coverage
  let tick: WallClock
  /// How many events fit into the kernel's queue.
  let limit: Int
  /// How many of them are read at a time.
  let delivered: [Int]
  /// How many calls and jobs there are at a time.
  let processes: Int
  /// Of so many that are made one has no lease.
  let vouched: Int
  /// Of five entries so many are made before it begins.
  let prepared: Int
  /// One of so many writes hits an output.
  let outputs: Int
  let leases: LeaseLimits?
  /// The rules that the manifest may have.
  let rules: [String]
  /// One of so many looks cannot be had; 0: none.
  let failing: Int
  /// One of so many writes makes a file unreadable; 0: none.
  let unreadable: Int
  /// How many commits a power cut may take.
  let lost: [Int]

  init(_ rng: inout Seeded) {
    // Drawn apart: the histories of the other seeds stay what they were.
    var apart = Seeded(seed: rng.state ^ 0x6C61_7465)
    watchesLate = apart.one(in: 8)
    tellsDirectories = apart.one(in: 6)
    let isUsual = watchesLate || apart.one(in: 2)
    isTimed = !isUsual && apart.one(in: 2)
    hasStrategies = !isUsual && apart.one(in: 2)
    epitaph = isTimed ? apart.pick([30, 200]) : nil
    entries = rng.pick([1, 2, 3, 3, 4])
    files = rng.pick([1, 2, 3, 5])
    let covered: World.Coverage = rng.pick([.all, .all, .none, .allButB])
    coverage = watchesLate ? .none : covered
    tick = rng.pick([1, 4, 4, 16])
    delivered = rng.pick([[1], [1, 1, 1, 2, 8], [8]])
    let calls = rng.pick([2, 5, 8])
    processes = watchesLate ? 1 : calls
    // Who waits must fit, or their cookies alone overflow the queue for ever. (The agent's callers share cookies.)
    limit = rng.pick([processes + 1, processes + 1, 99])
    vouched = rng.pick([2, 9])
    let made = rng.pick([0, 4, 5])
    prepared = watchesLate ? 0 : made
    outputs = rng.pick([1, 2, 6])
    lost = rng.pick([[0], [0, 0, 1, 2], [1, 2, 3]])
    let patterns = rng.pick([[], [], ["s/*"], ["**/c"], ["s/*", "**/c"]])
    rules = watchesLate ? [] : patterns
    failing = rng.pick([0, 0, 0, 3])
    unreadable = rng.pick([0, 0, 0, 4])
    if rng.one(in: 5) {
      var limits = LeaseLimits()
      limits.count = rng.pick([1, 2, 4])
      limits.age = rng.pick([24, 60, 1000])
      limits.touches = rng.pick([2, 5, 100])
      leases = limits
    } else {
      leases = nil
    }
    for kind in Kind.allCases where !Kind.occasional.contains(kind) {
      let usual: Int, factors: [Int]
      switch kind {
      case .run: (usual, factors) = (170, [1, 3, 3])
      case .deliver: (usual, factors) = (20, [1, 3, 3, 9])
      case .write: (usual, factors) = (20, [0, 1, 3, 3])
      case .make: (usual, factors) = (10, [1, 3, 3])
      case .hash: (usual, factors) = (10, [0, 1, 3, 6])
      case .get: (usual, factors) = (8, [1, 3, 3])
      case .track: (usual, factors) = (6, [0, 3, 9])
      case .record, .store: (usual, factors) = (4, [0, 1, 3, 6])
      case .end: (usual, factors) = (4, [0, 1, 3, 9])
      case .rush, .tear: (usual, factors) = (5, [0, 0, 1, 6])
      case .clock: (usual, factors) = (1, [0, 0, 0, 3])
      case .delete, .declare, .moveIn, .rename, .directory, .burst: (usual, factors) = (1, [0, 1, 3, 9])
      case .crash, .rest: (usual, factors) = (1, [0, 3, 3, 9])
      case .pass, .policies, .evict, .amend, .remake: (usual, factors) = (0, [0])
      }
      let factor = rng.pick(factors)
      total += watchesLate ? Self.late(kind) : usual * factor
      bounds.append((kind, total))
    }
    for kind in Kind.occasional where !isUsual {
      let weight =
        switch kind {
        case .pass: isTimed ? apart.pick([2, 8, 20]) : 0
        case .policies: isTimed || hasStrategies ? apart.pick([1, 3, 9]) : 0
        case .evict: apart.pick([0, 2, 6])
        case .amend, .remake: apart.pick([0, 4, 12])
        default: 0
        }
      total += weight
      bounds.append((kind, total))
    }
  }

  /// How often each kind happens where the agent watches late.
  private static func late(_ kind: Kind) -> Int {
    switch kind {
    case .run, .deliver: 60
    case .write: 30
    case .make, .declare, .delete: 20
    case .record, .store: 4
    case .rest: 1
    default: 0
    }
  }

  /// Whether the manifest has policies.
  var hasPolicies: Bool { isTimed || hasStrategies }

  func kind(_ rng: inout Seeded) -> Kind {
    let roll = Int.random(in: 0..<total, using: &rng)
    return bounds.first { roll < $0.upTo }?.kind ?? .run
  }
}
