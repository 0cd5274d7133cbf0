import Freshness
import Paths
import SeededRandom

/// The agent around the engine, as thin as it is: what the kernel says goes in, what the engine wants is watched and looked
/// at, what it did is recorded.
extension Trace {
  /// The watcher reads some items. Touches between two cookies are one batch.
  mutating func deliver(_ count: Int) throws {
    let items = world.queue.prefix(count)
    isIdle = items.isEmpty
    world.queue.removeFirst(items.count)
    if !items.isEmpty { tell("delivered \(list(items))") }
    var batch: [Touch] = []
    for item in items {
      switch item {
      case .touch(let touch): batch = (on(.everyTouch) ? batch : []) + [touch]
      case .cookie(let cookie):
        engine.touch(batch)
        batch = []
        waiting.remove(cookie)
      case .overflow:
        engine.touch(batch + [.everything])
        batch = []
        if on(.overflowRetries) { for cookie in waiting.sorted() { world.emit(.cookie(cookie)) } }
      }
    }
    engine.touch(batch)
  }

  mutating func track() {
    let (add, remove) = engine.takeTracking()
    for leaf in remove { world.watched.remove(leaf) }
    for leaf in add {
      if on(.watchFirst) { world.watched.insert(leaf) } else { unwatched.insert(leaf) }
      engine.watching(leaf, covered: world.isCovered(leaf))
      tell("watches \(leaf)")
    }
  }

  /// Whether a look cannot be had just now, so that the leaf stays in doubt: too many files are open, a disk is away.
  mutating func fails() -> Bool { !isResting && profile.failing > 0 && rng.one(in: profile.failing) }

  /// A look at a leaf. An unchanged stat that is not as young as the look before spares the hash.
  func look(_ leaf: Leaf, sparing: Bool = true) -> Observation {
    var seen = world.look(leaf, whole: on(.ctimeOfThePath))
    guard sparing, let stat = seen.stat, let last = engine.lastLook(leaf), last.stat == stat, last.fingerprint.isProof
    else { return seen }
    if stat.changed >> 8 + (on(.racyStat) ? world.tick : 0) <= last.lookedAt { seen.fingerprint = last.fingerprint }
    return seen
  }

  mutating func resolve(_ looks: [(leaf: Leaf, seen: Observation, begun: LSN)]) {
    let before = looks.map { engine.lastLook($0.leaf)?.fingerprint }
    engine.resolve(looks)
    follow()
    for (look, was) in zip(looks, before) {
      if unwatched.remove(look.leaf) != nil { world.watched.insert(look.leaf) }
      guard let was, let now = engine.lastLook(look.leaf)?.fingerprint, was != now else { continue }
      switch look.leaf {
      case .file(let path): truth.confirmed.append(.file(path))
      case .dir(let path): truth.confirmed.append(.dir(path))
      case .listing(let glob): truth.confirmed.append(.glob(glob))
      }
    }
  }

  /// A job begins that looks at some of what is dirty.
  mutating func hash() throws {
    if rng.one(in: 2) { track() }
    let dirty = engine.dirtyLeaves()
    if dirty.isEmpty { return try deliver(1) }
    processes.append(Process(.hash, todo: rng.one(in: 2) ? dirty : [rng.pick(dirty)]))
  }

  /// All that is dirty is looked at while others write: what is seen was perhaps never true together. A call whose barrier
  /// is just over goes on at once, before the kernel tells of any of that.
  mutating func tear(_ key: String) throws {
    if processes.count < profile.processes, rng.one(in: 2) { start(.get(key)) }
    let calls = processes.indices.filter { processes[$0].phase == .ask }
    let call = calls.isEmpty ? nil : rng.pick(calls)
    if let call, let cookie = processes[call].cookie {
      while waiting.contains(cookie), !world.queue.isEmpty { try deliver(1) }
    }
    track()
    let dirty = engine.dirtyLeaves().shuffled(using: &rng)
    let begun = engine.stamp()
    var looks: [(leaf: Leaf, seen: Observation, begun: LSN)] = []
    for leaf in dirty {
      while rng.one(in: 2) { disturb(.write) }
      looks.append((leaf, look(leaf), begun))
      tell("looks at \(leaf)")
    }
    while rng.one(in: 2) { disturb(.write) }
    resolve(looks)
    tell("has looked at \(list(dirty))")
    if let call { try run(call) }
    isIdle = false
  }

  // MARK: What lasts

  /// Hands what the engine did to the store, state and log together.
  mutating func record() throws {
    let batch = engine.endBatch()
    try checkNeed(batch)
    follow()
    try checkChanges(batch)
    let (changed, removed) = engine.takeRecords()
    let lines =
      truth.made.map { Disk.Line(key: $0.key, state: $0.state) }
      + batch.outcomes.filter { $0.kind != .reached }.map { Disk.Line(key: $0.name.key, state: $0.state) }
    truth.made = []
    disk.enqueue(
      Disk.Transaction(
        changed: changed, removed: removed, lsn: engine.lsn, forgottenAt: engine.forgottenAt, lines: lines,
        truth: truth.lasting))
    if !lines.isEmpty { tell("log: \(lines.map { "\($0.key) \($0.state)" })") }
  }

  /// The store writes what waits for it, as one transaction; what must not be lost is flushed, and acknowledged then.
  mutating func store() throws {
    disk.commit()
    let committed = disk.committed
    tell("stored up to transaction \(committed)")
    if truth.unacknowledged.isEmpty { return }
    disk.flush()
    for (number, end) in truth.unacknowledged where number <= disk.committed { truth.acknowledge(end) }
    truth.unacknowledged.removeAll { $0.number <= disk.committed }
  }

  /// The agent is killed, or the power goes: then commits since the last flush may be lost. It starts again.
  mutating func crash() throws {
    let lost = disk.crash(losing: rng.pick(profile.lost), mended: on(.oneTransaction), using: &rng)
    tell("crash, \(lost) commits lost")
    if profile.isTimed { world.clock += rng.pick([0, 0, 5, 40]) }
    truth.restore(disk.state.truth)
    // A client that was still reading survives, with a lease of the former run.
    processes.removeAll { if case .make = $0.kind { $0.phase != .read } else { true } }
    waiting = []
    unwatched = []
    clockSetAt = .zero
    world.queue = []
    world.watched = []
    engine = Self.start(disk.state, boot: engine.boot + 1, profile, world, without)
    // Until the manifest is read again, what was stored holds.
    truth.declared = Set(keys.filter { engine.entry(Input.name($0))?.declared == true })
    adopt()
    follow()
    track()
    // Nobody is served before the manifest holds.
    if profile.hasPolicies { try takeInDeclarations() }
    // What was over meanwhile is over before anybody asks.
    try tick(by: 0)
    try checkLog()
  }
}
