import Paths
import SeededRandom
import Synchronization

@testable import Watching

/// A watcher's tree on a model, driven by a seed: what happens, what is read, tracked and asked, and between any two kernel
/// calls something else happens. What must hold is checked at each barrier, and more at rest.
struct History {
  static let workspace = Path("/w")

  struct Violation: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  let world: ModelKernel.Shared
  let desk: BarrierDesk<ModelKernel>
  var tree: WatchTree<ModelKernel>
  private var random: Seeded
  private let subject: Snapshot.Subject
  private let configuration: WatchConfiguration
  private let profile: Profile
  private var places = Places()
  /// What somebody knows who looks at what is reported, and nowhere else.
  private var known: Snapshot
  /// The barriers on their way, and what was there when they were asked for.
  private var asked: [(id: UInt64, snapshot: Snapshot, changes: Int, tracked: [Bool])] = []
  /// What was reported since the last barrier was asked for.
  private var reported: [WatchEvent] = []
  private var cached: (changes: Int, snapshot: Snapshot)?
  private var nextBarrier: UInt64 = 1
  /// How often each path is.
  private var tracked: [Int]
  private let isTelling: Bool

  init(seed: UInt64, without: WatchSafeguard? = nil, telling: Bool = false, isExact: Bool = false) {
    random = Seeded(seed: seed &* 7919 &+ 13)
    var model = ModelWorld(seed: seed)
    isTelling = telling
    if telling { model.story = [] }
    if isExact { model.moments = [] }
    profile = model.profile
    var paths: Set<Path> = ["."]
    for _ in 0..<60 where paths.count < profile.paths {
      let path = Path(model.somePath())
      paths.insert(path.relative(to: Self.workspace) ?? path)
    }
    for _ in 0..<profile.past { model.act() }
    let ignore = [[], ["c/"], ["/a/c"]][model.number(3)]
    var configuration = WatchConfiguration(
      workspace: Self.workspace, roots: model.number(4) == 0 ? [.root, "/o/a"] : [.root], ignore: ignore,
      stateDirectory: "/state")
    tracked = paths.map { _ in 0 }
    world = ModelKernel.Shared(model)
    let kernel = ModelKernel(world)
    desk = BarrierDesk(kernel: kernel, stateDirectory: "/state", token: 1)
    tree = WatchTree(configuration, kernel: kernel, desk: desk)
    #if DEBUG
      tree.without = without
    #endif
    desk.open()
    known = Snapshot()
    world.haste = 4
    tree.start()
    world.haste = 0
    _ = desk.takeOwed()
    // One that was a link stands for what it pointed to then.
    configuration.roots = tree.roots.compactMap { [tree] in tree.path($0) }
    self.configuration = configuration
    subject = Snapshot.Subject(paths: paths.sorted(), configuration, &places)
    known = snapshot()
  }

  var story: [String] { world.world.withLock { $0.story ?? [] } }

  private func number(_ below: Int, _ random: inout Seeded) -> Int { Int.random(in: 0..<below, using: &random) }
  private mutating func number(_ below: Int) -> Int { number(below, &random) }

  private func tell(_ text: @autoclosure () -> String) {
    if isTelling { world.world.withLock { $0.tell(text()) } }
  }

  private mutating func snapshot() -> Snapshot {
    let disk = world.disk
    if let cached, cached.changes == disk.changes { return cached.snapshot }
    let new = snapshot(of: disk)
    cached = (disk.changes, new)
    return new
  }

  private mutating func snapshot(of disk: ModelDisk) -> Snapshot { Snapshot(disk, subject, &places) }

  private var isTracked: [Bool] { tracked.map { $0 > 0 } }

  // MARK: Steps

  mutating func play(steps: Int) throws(Violation) {
    for step in 0..<steps {
      // Under haste something happens between the kernel calls of whatever is done.
      world.haste = profile.haste[number(profile.haste.count)]
      switch profile.step(&random) {
      case .happen: for _ in 0...number(3) { world.act() }
      case .read: try read()
      case .ask: if asked.count < profile.barriers { ask() }
      case .track: trackSomething()
      case .tick:
        tell("tick")
        world.advance(2_500_000_000)
        tree.tick()
        try deliver()
      case .burst: for _ in 0..<40 { world.act() }
      case .rest: try rest()
      }
      if step == steps - 1 { try end() }
    }
  }

  private mutating func read() throws(Violation) {
    let batch = world.read(1 + number(profile.chunk))
    tell("reads \(batch.events.count)")
    for event in batch.events {
      tell(
        "      \(event.descriptor) \(String(event.mask.rawValue, radix: 16)) \(String(decoding: batch.name(event), as: UTF8.self))"
      )
    }
    tree.take(batch)
    try deliver()
  }

  private mutating func ask() {
    let id = nextBarrier
    nextBarrier += 1
    let haste = world.haste
    world.haste = 0
    asked.append((id, snapshot(), world.disk.changes, isTracked))
    reported = []
    tell("barrier \(id)")
    _ = desk.ask(id)
    world.haste = haste
  }

  private mutating func trackSomething() {
    let index = number(subject.paths.count)
    let path = subject.paths[index]
    if tracked[index] > 0, number(3) == 0 {
      tell("untrack \(path)")
      tree.untrack([path])
      tracked[index] -= 1
      // Who lets go of it is told no more, also by a barrier that is on its way.
      if tracked[index] == 0 { for other in asked.indices { asked[other].tracked[index] = false } }
      return
    }
    let covered = tree.track([path])[0]
    tell("track \(path): \(covered)")
    tracked[index] += 1
    // Unless all its changes were reported before, too; of a directory those of names that are not ignored. A file may have
    // had a second name and lost it (README, "Known limits").
    let now = snapshot().sights[index]
    let isLinked = world.disk.files[now.inode].isLinked
    func learn(_ known: inout Snapshot) {
      if covered, !isLinked { known.sights[index].names = now.names } else { known.sights[index] = now }
    }
    learn(&known)
    for index in asked.indices { learn(&asked[index].snapshot) }
  }

  /// Takes what the tree has to say, and checks what it says is complete.
  private mutating func deliver() throws(Violation) {
    let events = tree.drain()
    if events.isEmpty { return }
    let now = snapshot()
    var done = 0
    for (index, event) in events.enumerated() {
      tell("  \(event)")
      guard case .barrier(let id) = event else {
        reported.append(event)
        continue
      }
      learn(events[done..<index], now)
      done = index
      guard let place = asked.firstIndex(where: { $0.id == id }) else { throw Violation("barrier \(id) came twice") }
      let met = asked.remove(at: place)
      let stillTracked = tracked.indices.map { tracked[$0] > 0 && met.tracked[$0] }
      guard error(at: [met.snapshot, now], stillTracked) != nil else { continue }
      let between = world.moments.filter { $0.changes > met.changes }.map { snapshot(of: $0) }
      if let error = error(at: [met.snapshot, now] + between, stillTracked) {
        throw Violation("at barrier \(id) \(error)")
      }
    }
    learn(events[done...], now)
  }

  /// What is looked at after a barrier was asked for is true at a moment of the call.
  private mutating func learn(_ events: ArraySlice<WatchEvent>, _ now: Snapshot) {
    if events.isEmpty { return }
    let told = Told(events, &places)
    let isTracked = isTracked
    known.learn(told, now: now, subject, tracked: isTracked, places)
    for index in asked.indices { asked[index].snapshot.learn(told, now: now, subject, tracked: isTracked, places) }
  }

  private func error(at moments: [Snapshot], _ tracked: [Bool]) -> String? {
    known.error(at: moments, subject, tracked: tracked, judgesContents: profile.isWhole, places)
  }

  /// All that is in the queue, as the reader does it.
  private mutating func drainAll() throws(Violation) {
    var reads = 0
    for _ in 0..<1_000 {
      let owed = desk.takeOwed()
      while world.hasEvents {
        try read()
        reads += 1
        if reads > 5_000 { throw Violation("the queue fills as fast as it is read") }
      }
      for barrier in owed { tree.deliver(barrier) }
      try deliver()
      if !world.hasEvents, owed.isEmpty {
        // Moves whose other half never came.
        tree.take(RawEvents())
        tree.take(RawEvents())
        try deliver()
        if !world.hasEvents { return }
      }
    }
    throw Violation("the queue does not become empty")
  }

  /// A barrier with nothing happening meanwhile, and what was reported between it and the moment it was asked for.
  private mutating func barrierAtRest() throws(Violation) -> [WatchEvent] {
    try drainAll()
    ask()
    try drainAll()
    if !asked.isEmpty { throw Violation("barrier \(nextBarrier - 1) never comes") }
    return reported
  }

  /// Nobody asks: all that is not reported as degraded is told by itself, soon.
  private mutating func restUnasked() throws(Violation) {
    try drainAll()
    for _ in 0..<3 {
      // As long as two rounds of comparing are apart at most.
      world.advance(61_000_000_000)
      if world.mountsDiffer { tree.mountsMayDiffer = true }
      tree.tick()
      try drainAll()
    }
    if tree.failures.keys.contains(where: { tree.looks[$0] == nil && !tree.isHarmless($0) }) { return }
    if let error = error(at: [snapshot()], isTracked) { throw Violation("though nobody asks, \(error)") }
  }

  private mutating func rest() throws(Violation) {
    world.haste = 0
    tell("rest")
    try restUnasked()
    _ = try barrierAtRest()
    // What was young becomes old.
    world.advance(3_000_000_000)
    _ = try barrierAtRest()
    world.advance(3_000_000_000)
    let events = try barrierAtRest()
    let isUnseen = tree.failures.keys.contains { tree.looks[$0] == nil && !tree.isHarmless($0) }
    if !isUnseen, !events.isEmpty { throw Violation("reported at rest: \(events)") }
    let held = world.watches(0)
    let known = Set(tree.watches.descriptors.compactMap { held[$0] })
    if known.count != tree.watches.count { throw Violation("watches that the kernel does not hold") }
    // One more is the cookies'.
    if held.count > known.count + 1 { throw Violation("the kernel holds \(held.count), known are \(known.count)") }
    tell("failing \(tree.failures.count), held \(held.count), exhausted \(tree.isExhausted) \(tree.round)")
    let recovers = tree.failures.values.contains(.noSpace)
    if recovers, held.count < world.limit {
      throw Violation(
        "\(held.count) of \(world.limit) watches are used: \(tree.failures.map { "\(Path.root.appending(tree.nodes.absolute($0) ?? [])) \($1.code) \(tree.looks[$0] != nil) \(tree.nodes[$0])" })"
      )
    }
  }

  // MARK: The end

  private mutating func end() throws(Violation) {
    world.haste = 0
    tell("end")
    world.world.withLock { world in
      world.instances[0].limit = .max
      world.openEverything()
    }
    try rest()
    if !tree.failures.isEmpty { throw Violation("still degraded: \(tree.status.degraded)") }
    try compareWithAnother("at the end")
    tell("all is let go")
    for (index, path) in subject.paths.enumerated() {
      for _ in 0..<tracked[index] { tree.untrack([path]) }
      tracked[index] = 0
    }
    try rest()
    try compareWithAnother("after all is let go")
  }

  /// The watches are those that another tree, made now, would have.
  private mutating func compareWithAnother(_ when: String) throws(Violation) {
    // Who begins now would take a root that has become a link for what it points to.
    for root in configuration.roots where world.disk.find(Self.workspace.resolving(root).bytes, .none) == 0 { return }
    let kernel = ModelKernel(world, instance: 1)
    let desk = BarrierDesk(kernel: kernel, stateDirectory: "/state", token: 2)
    var other = WatchTree(configuration, kernel: kernel, desk: desk)
    other.start()
    for (index, path) in subject.paths.enumerated() where tracked[index] > 0 { _ = other.track([path]) }
    let (mine, its) = (world.watches(0), world.watches(1))
    let wanted = Set(other.watches.descriptors.compactMap { its[$0] })
    let held = Set(tree.watches.descriptors.compactMap { mine[$0] })
    let (nodes, looks) = ((tree.nodes.count, other.nodes.count), (tree.looks.count, other.looks.count))
    let disk = world.disk
    let names = { (inodes: Set<Inode>) in inodes.map { disk.path(of: $0).map { Path($0).description } ?? "\($0)" } }
    other.stop()
    world.world.withLock { $0.instances[1] = ModelInotify() }
    if held != wanted {
      throw Violation(
        "\(when) unwatched: \(names(wanted.subtracting(held))), too many: \(names(held.subtracting(wanted)))")
    }
    if nodes.0 != nodes.1 { throw Violation("\(when) \(nodes.0) names, of another \(nodes.1)") }
    if looks.0 != looks.1 {
      for tree in [tree, other] {
        for (node, look) in tree.looks {
          tell(
            "\(tree.path(node).map { "\($0)" } ?? "detached") \(look) \(tree.tracked[node] ?? 0) \(tree.nodes[node])")
        }
        tell("that was one")
      }
      throw Violation("\(when) \(looks.0) compared, of another \(looks.1)")
    }
  }
}

extension ModelKernel.Shared {
  var haste: Int {
    get { world.withLock { $0.haste } }
    set { world.withLock { $0.haste = newValue } }
  }
  var disk: ModelDisk { world.withLock { $0.disk } }
  var moments: [ModelDisk] { world.withLock { $0.moments ?? [] } }
  var hasEvents: Bool { world.withLock { !$0.instances[0].queue.isEmpty } }
  var mountsDiffer: Bool { world.withLock { $0.seenMounts[0] != $0.disk.mountGeneration } }
  var limit: Int { world.withLock { $0.instances[0].limit } }
  func act() { world.withLock { $0.act() } }
  func advance(_ time: Int64) { world.withLock { $0.disk.now += time } }
  func read(_ count: Int) -> RawEvents { world.withLock { $0.instances[0].read(count) } }
  func watches(_ instance: Int) -> [Int32: Inode] { world.withLock { $0.instances[instance].inodes } }
}
