import Freshness
import Paths
import SeededRandom

/// One history: a world, an engine, the shell between them, and clients. Whatever happens is a step, and anything else may
/// happen between two of them. A step draws all that is left open in it from a number of its own, so that a history can be
/// played again without some of its steps.
struct Trace {
  static let context = NamingContext(workspace: ["/w"])

  let profile: Profile
  let without: Mutation?
  /// Of the step under way.
  var rng: Seeded
  var engine: Engine
  var world: World
  var recipes: [String: Recipe] = [:]
  var keys: [String] = []
  var processes: [Process] = []
  /// Cookies that are not back.
  var waiting: Set<Int> = []
  var cookies = 0
  /// Watched for the engine, but not yet in fact: only if `watchFirst` is taken out.
  var unwatched: Set<Leaf> = []
  /// Leases from before the clock was set vouch for nothing that nobody watched.
  var clockSetAt = LSN.zero
  var disk = Disk()
  var manifest = Manifest()
  /// What was declared last; nil if the manifest was read since.
  var expanded: [Declared]?
  /// The entries that rules give for files.
  private(set) var ruled: [Path: EntryName] = [:]
  var truth = Truth()
  var story: [String]?
  /// The step under way left the agent as it was: what holds of it was checked.
  var isIdle = false
  /// Everything runs out.
  var isResting = false

  init(seed: UInt64, without: Mutation?, telling: Bool) throws {
    rng = Seeded(seed: seed)
    profile = Profile(&rng)
    self.without = without
    story = telling ? [] : nil
    world = World(
      tick: profile.tick, limit: profile.limit, coverage: profile.coverage, tellsDirectories: profile.tellsDirectories)
    engine = Self.start(Disk.Database(), boot: 1, profile, world, without)
    truth.epitaph = profile.epitaph ?? engine.epitaph
    if profile.hasPolicies {
      let policies = policies()
      manifest.policies = policies
    }
    let files = Array(World.files.shuffled(using: &rng).prefix(profile.files))
    for key in Input.keys.prefix(profile.entries) {
      recipes[key] = Recipe(key, files: files, lower: keys, using: &rng)
      keys.append(key)
    }
    for path in World.files { ruled[path] = rng.one(in: 2) ? Input.name(rng.pick(keys)) : Input.rule(path) }
    for (key, recipe) in recipes.sorted(by: { $0.key < $1.key }) {
      tell("\(key) is made from \(recipe.inputs.map(\.id)), \(recipe.result) \(recipe.outputs)")
    }
    try declare()
    try record()
    try store()
    disk.flush()
  }

  static func start(
    _ state: Disk.Database, boot: UInt64, _ profile: Profile, _ world: World, _ without: Mutation?
  ) -> Engine {
    #if DEBUG
      var engine = Engine(
        boot: boot, lsn: state.lsn, forgottenAt: state.forgottenAt, restoring: Array(state.records.values),
        context: context, clock: world.clock, without: without?.safeguard)
    #else
      var engine = Engine(
        boot: boot, lsn: state.lsn, forgottenAt: state.forgottenAt, restoring: Array(state.records.values),
        context: context, clock: world.clock)
    #endif
    engine.granularity = world.tick
    engine.leaseLimits = profile.leases ?? LeaseLimits()
    engine.now = world.wall
    if let epitaph = profile.epitaph { engine.epitaph = epitaph }
    return engine
  }

  func on(_ safeguard: ShellSafeguard) -> Bool { without != .shell(safeguard) }

  mutating func tell(_ text: @autoclosure () -> String) {
    if story != nil { story?.append("\(world.now)  \(text())") }
  }

  func expect(_ holds: Bool, _ text: @autoclosure () -> String) throws {
    if !holds { throw Violation(description: text()) }
  }

  // MARK: Steps

  /// The numbers that the steps of a history are drawn from.
  static func script(seed: UInt64, steps: Int) -> [UInt64] {
    var rng = Seeded(seed: ~seed)
    return (0..<steps).map { _ in rng.next() }
  }

  /// Some or all is made first.
  mutating func begin() throws {
    for key in keys where Int.random(in: 0..<5, using: &rng) < profile.prepared {
      start(.make(key))
      try rest()
    }
  }

  mutating func step(_ number: UInt64) throws {
    rng = Seeded(seed: number)
    isIdle = false
    let kind = profile.kind(&rng)
    let key = rng.pick(keys)
    let isFull = processes.count >= profile.processes
    switch kind {
    case .get where !isFull: start(.get(key))
    case .make where !isFull: start(.make(key))
    case .hash where !isFull: try hash()
    case .amend where !isFull: start(.amend(key))
    case .remake where !isFull: start(.remake(key))
    case .get, .make, .hash, .amend, .remake, .run:
      if processes.isEmpty { try deliver(2) } else { try run(rng.pick(Array(processes.indices))) }
    case .rush: try rush(key)
    case .tear: try tear(key)
    case .end: try end(key)
    case .delete: try delete(key)
    case .declare: try declare()
    case .deliver: try deliver(rng.pick(profile.delivered))
    case .track: track()
    case .record: try record()
    case .store: try store()
    case .write, .burst, .moveIn, .rename, .directory, .clock: disturb(kind)
    case .crash: try crash()
    case .pass: pass()
    case .policies: try changePolicies()
    case .evict: try evict()
    case .rest: try rest()
    }
    world.now += 1
    try tick()
    if !isIdle || profile.isTimed { try check() }
  }
}

/// For stories.
func list(_ items: some Sequence) -> String { items.map { "\($0)" }.joined(separator: ", ") }
