import Freshness
import Paths

/// An invariant that does not hold.
struct Violation: Error, CustomStringConvertible {
  let description: String
}

/// What an entry is made from.
enum Input: Hashable {
  case file(Path)
  case glob
  case entry(String)
  /// Changes by call only.
  case opaque
  /// Follows the file `a` too.
  case following

  var id: ResourceID {
    switch self {
    case .file(let path): .file(path)
    case .glob: .glob("s/*")
    case .entry(let key): .entry(Input.name(key))
    case .opaque: .opaque(scheme: "env", rest: "CC")
    case .following: .opaque(scheme: "cfg", rest: "./a")
    }
  }

  // The simulation's keys are well-formed.
  static func name(_ key: String) -> EntryName { try! EntryName(namespace: "t", key: key) }
}

struct Recipe {
  var inputs: [Input]
  /// Only whether anything is there counts.
  var lossy: Bool
  var output: Path?
}

/// For the checker: what the client really read, and when its lease was given.
struct Proof {
  var time: WallClock
  var reads: [Input: String]
}

/// One history: a world, an engine, the shell between them, and clients. Whatever happens is a step, and anything else may
/// happen between two of them.
struct Trace {
  /// What survives a crash.
  struct Stored {
    var records: [NodeID: NodeRecord] = [:]
    var lsn = LSN.zero
    var forgottenAt = LSN.zero
    var proofs: [String: Proof] = [:]
    var forced: Set<String> = []
    var standing: Set<String> = []
  }

  static let context = NamingContext(workspace: ["/w"])
  static let entries = ["p", "q", "r"]

  var rng: SplitMix64
  let without: Safeguard?
  var engine: Engine
  var world: World
  var recipes: [String: Recipe] = [:]
  var processes: [Process] = []
  var waiting: Set<Int> = []
  var cookies = 0
  var stored = Stored()
  var commits: [Stored] = []
  var proofs: [String: Proof] = [:]
  var forced: Set<String> = []
  var standing: Set<String> = []
  /// When a call that ended an id was issued that has been acknowledged.
  var acknowledged: [Input: WallClock] = [:]
  /// When namespaces were cleared.
  var cleared: Set<WallClock> = []
  var story: [String]?

  init(seed: UInt64, without: Safeguard?, story: [String]?) {
    rng = SplitMix64(state: seed)
    self.without = without
    self.story = story
    engine = Self.start(Stored(), boot: 1, without)
    world = World(limit: rng.pick([6, 6, 99]), covered: rng.one(in: 2))
    for key in Self.entries.prefix(rng.pick([2, 3])) {
      var inputs = [Input.file("a"), .file("b"), .file("s/c"), .glob, .opaque, .following].shuffled(using: &rng)
      inputs = Array(inputs.prefix(rng.pick([1, 2])))
      let lower = Self.entries.filter { recipes[$0] != nil }
      if !lower.isEmpty {
        inputs =
          inputs.dropFirst(rng.pick([0, 1])) + lower.shuffled(using: &rng).prefix(rng.pick([1, 2])).map(Input.entry)
      }
      let lossy = lower.isEmpty && rng.one(in: 3)
      recipes[key] = Recipe(inputs: inputs, lossy: lossy, output: rng.one(in: 4) ? Path("o/\(key)") : nil)
    }
    declare()
    commit()
    commits.removeFirst(commits.count - 1)
  }

  static func start(_ stored: Stored, boot: UInt64, _ without: Safeguard?) -> Engine {
    #if DEBUG
      var engine = Engine(
        boot: boot, lsn: stored.lsn, forgottenAt: stored.forgottenAt, restoring: Array(stored.records.values),
        context: context, without: without)
    #else
      var engine = Engine(
        boot: boot, lsn: stored.lsn, forgottenAt: stored.forgottenAt, restoring: Array(stored.records.values),
        context: context)
    #endif
    engine.granularity = World.tick
    return engine
  }

  mutating func tell(_ text: @autoclosure () -> String) {
    if story != nil { story?.append("\(world.now)  \(text())") }
  }

  func expect(_ holds: Bool, _ text: @autoclosure () -> String) throws {
    if !holds { throw Violation(description: text()) }
  }

  // MARK: Steps

  mutating func play(steps: Int) throws {
    for key in recipes.keys.sorted() where !rng.one(in: 5) {
      start(.make(key, bits: 0))
      try rest()
    }
    for _ in 0..<steps { try step() }
    try rest()
  }

  mutating func step() throws {
    let key = rng.pick(recipes.keys.sorted())
    let roll = Int.random(in: 0..<140, using: &rng)
    switch roll {
    case 0..<8 where processes.count < 5: start(.get(key))
    case 8..<17 where processes.count < 5: start(.make(key, bits: Int.random(in: 0..<8, using: &rng)))
    case 17, 18: force(key)
    case 19: delete(key)
    case 20: invalidateOpaque()
    case 21: clear()
    case 22..<32: hash()
    case 32..<54: write()
    case 54: burst()
    case 55, 56: move()
    case 57, 58: commit()
    case 59: crash()
    case 60: try rest()
    case 61: declare()
    case 62..<82: deliver(rng.pick([1, 1, 1, 2, 8]))
    default:
      if processes.isEmpty { deliver(2) } else { try run(Int.random(in: 0..<processes.count, using: &rng)) }
    }
    world.now += 1
    engine.now = world.now
    try check()
  }

  mutating func write() {
    let path = rng.one(in: 6) ? rng.pick(World.outputs) : rng.pick(World.files)
    let new: String? = rng.pick(["0", "0", "1", "1", nil])
    tell("write \(path) ← \(new ?? "gone")")
    world.change(path, new)
  }

  mutating func burst() {
    tell("burst")
    for new in ["1", "0", "1", rng.pick(["0", "1"])] { for path in World.files { world.change(path, new) } }
  }

  mutating func move() {
    let path = rng.pick(World.files), new = rng.pick(["0", "1"])
    tell("move \(path) ← \(new)")
    world.change(path, new, moved: true)
  }

  /// The watcher reads some items. Touches between two cookies are one batch.
  mutating func deliver(_ count: Int) {
    let items = world.queue.prefix(count)
    world.queue.removeFirst(items.count)
    if !items.isEmpty { tell("delivered \(items)") }
    var batch: [Touch] = []
    for item in items {
      switch item {
      case .touch(let touch): batch.append(touch)
      case .cookie(let cookie):
        engine.touch(batch)
        batch = []
        waiting.remove(cookie)
      case .overflow:
        engine.touch(batch + [.everything])
        batch = []
        for cookie in waiting.sorted() { world.emit(.cookie(cookie)) }
      }
    }
    engine.touch(batch)
  }

  /// Watching needs no step of its own where directories are covered.
  mutating func watch(_ leaf: Leaf) {
    world.watched.insert(leaf)
    engine.watching(leaf, covered: world.covered)
    tell("watches \(leaf)")
  }

  mutating func takeTracking() {
    let (add, remove) = engine.takeTracking()
    for leaf in remove { world.watched.remove(leaf) }
    for leaf in add {
      // One that was let go and is needed again is set up anew.
      world.watched.remove(leaf)
      watch(leaf)
    }
  }

  mutating func hash() {
    takeTracking()
    let dirty = engine.dirtyLeaves()
    if dirty.isEmpty { return deliver(1) }
    processes.append(Process(kind: .hash, boot: engine.boot, todo: [rng.pick(dirty)]))
  }

  mutating func commit() {
    tell("commit")
    _ = engine.endBatch()
    let (changed, removed) = engine.takeRecords()
    for id in removed { stored.records[id] = nil }
    for record in changed { stored.records[record.id] = record }
    (stored.lsn, stored.forgottenAt) = (engine.lsn, engine.forgottenAt)
    (stored.proofs, stored.forced, stored.standing) = (proofs, forced, standing)
    commits.append(stored)
  }

  mutating func flush() {
    commit()
    commits.removeFirst(commits.count - 1)
  }

  /// The power goes; commits since the last forced one may be lost.
  mutating func crash() {
    let lost = rng.pick([0, 0, 1, 2]) % commits.count
    stored = commits[commits.count - 1 - lost]
    commits = [stored]
    tell("crash, \(lost) commits lost")
    (proofs, forced, standing) = (stored.proofs, stored.forced, stored.standing)
    // A client that was still reading survives, with a lease of the former run.
    processes.removeAll { if case .make = $0.kind { $0.phase != .read } else { true } }
    waiting = []
    engine = Self.start(stored, boot: engine.boot + 1, without)
    world.queue = []
    world.watched = []
    takeTracking()
  }

  mutating func declare() {
    var declared: [Declared] = []
    for key in recipes.keys.sorted() where rng.one(in: 2) {
      declared.append(
        Declared(
          name: Input.name(key), dependencies: recipes[key]!.inputs.map(\.id),
          outputs: recipes[key]!.output.map { [$0] } ?? []))
    }
    tell("declare \(declared.map(\.name.key))")
    _ = engine.declare(declared)
  }

  // MARK: Calls that end

  private mutating func acknowledge(_ input: Input) {
    flush()
    acknowledged[input] = world.now
  }

  mutating func force(_ key: String) {
    tell("invalidate \(key)")
    var call = Invalidation()
    call.keys = [Input.name(key)]
    call.dryRun = true
    let predicted = engine.invalidate(call)
    call.dryRun = false
    let done = engine.invalidate(call)
    if predicted != done { surprise = "a dry run says \(predicted), the call \(done)" }
    if proofs[key] != nil { forced.insert(key) }
    standing.remove(key)
    acknowledge(.entry(key))
  }

  var surprise: String?

  mutating func delete(_ key: String) {
    tell("delete \(key)")
    _ = engine.delete(Input.name(key))
    proofs[key] = nil
    forced.remove(key)
    standing.remove(key)
    acknowledge(.entry(key))
  }

  mutating func clear() {
    tell("clear the namespace")
    var call = Invalidation()
    call.namespaces = ["t"]
    _ = engine.invalidate(call)
    for key in recipes.keys where proofs[key] != nil {
      if !forced.contains(key) { standing.insert(key) }
      forced.insert(key)
    }
    flush()
    cleared.insert(world.now)
    for key in recipes.keys { acknowledged[.entry(key)] = world.now }
  }

  mutating func invalidateOpaque() {
    tell("invalidate env:CC")
    for key in recipes.keys where proofs[key] != nil {
      let view = engine.entry(Input.name(key))
      if view?.dependencies.contains(where: { $0.id == Input.opaque.id }) == true {
        forced.insert(key)
        standing.remove(key)
      }
    }
    _ = engine.invalidateDependents(of: [Input.opaque.id])
    acknowledge(.opaque)
  }

  // MARK: The truth

  /// The digest of an entry made from what `seen` tells; entries it does not tell of are made first.
  func value(_ key: String, _ seen: (Input) -> String?) -> String {
    let recipe = recipes[key]!
    let values = recipe.inputs.map { input -> String in
      if let value = seen(input) { return value }
      if case .entry(let lower) = input { return value(lower, seen) }
      return "-"
    }
    let text = recipe.lossy ? "\(values.contains { $0 != "-" && $0 != "" })" : values.joined(separator: ",")
    return Digest(of: "\(key)(\(text))".utf8).description
  }

  static func read(_ input: Input, in contents: [Path: String]) -> String? {
    switch input {
    case .file(let path): contents[path] ?? "-"
    case .following: contents["a"] ?? "-"
    case .glob:
      contents.keys.filter { $0.parent == "s" }.sorted().map { "\($0)=\(contents[$0]!);" }.joined()
    case .opaque: "const"
    case .entry: nil
    }
  }
}
