import Freshness
import Paths
import SeededRandom

/// A client or a hashing job, as far as it got. It dies with the agent.
struct Process {
  enum Kind {
    case hash
    case get(String)
    case make(String)
    /// The agent makes it, in its maker's place.
    case remake(String)
    case amend(String)
  }

  enum Phase { case begin, read, ask }

  let kind: Kind
  var phase = Phase.begin
  /// What to look at before the next pass, and what was seen so far.
  var todo: [Leaf] = []
  var looks: [(leaf: Leaf, seen: Observation, begun: LSN)] = []
  var cookie: Int?
  var begun = LSN.zero
  /// The state of the world when a get or a set began.
  var since = 0
  // Of an amendment.
  var amendment: Amendment?
  // Of a make.
  var lease: Lease?
  /// When the lease was given, or the call without one began, in steps.
  var time: WallClock = 0
  var arrived = LSN.zero
  /// Which of the dependencies the client states the digest of, and whether declared ones go unsaid.
  var stated = 0
  var unsaid = false
  var ttl: Lifetime?
  var draw: UInt16 = 0
  /// Nil: those of the recipe.
  var outputs: [Path]?
  var named: [Input] = []
  var toRead: [Input] = []
  var reads: [Input: String] = [:]
  /// Members of the glob that are still to be read, and what was read of it.
  var members: [Path]?
  var lines = ""

  init(_ kind: Kind, todo: [Leaf] = []) {
    self.kind = kind
    self.todo = todo
  }
}

extension Trace {
  mutating func start(_ kind: Process.Kind) {
    var process = Process(kind)
    switch kind {
    case .hash: break
    case .get(let key):
      process.since = world.history.count - 1
      barrier(&process, on(.getBarrier))
      tell("get \(key)")
    case .amend(let key): propose(key, &process)
    case .remake(let key):
      guard engine.state(of: Input.name(key)) != .missing else { return }
      process.phase = .read
      process.time = world.now
      let lease = engine.lease()
      process.lease = lease
      truth.leases.append((lease.lsn, world.wall))
      guard takeOver(key, &process) else { return }
      tell("make \(key) again from \(process.named.map(\.id)), lease \(lease.lsn.rawValue)")
    case .make(let key):
      if profile.isTimed { (process.ttl, process.draw) = (time(), rng.pick([0, .max / 2, .max])) }
      process.stated = rng.pick([0, 0, 0, 1, 3, 2])
      process.unsaid = rng.one(in: 3)
      (process.named, process.toRead) = plan(recipes[key]?.inputs ?? [])
      process.phase = .read
      process.time = world.now
      if recipes[key]?.result == .derived, rng.one(in: profile.vouched) {
        tell("make \(key) from \(process.named.map(\.id)), without a lease")
      } else {
        let lease = engine.lease()
        process.lease = lease
        truth.leases.append((lease.lsn, world.wall))
        tell("make \(key) from \(process.named.map(\.id)), lease \(lease.lsn.rawValue)")
      }
    }
    processes.append(process)
  }

  mutating func barrier(_ process: inout Process, _ isSet: Bool = true) {
    process.begun = engine.stamp()
    process.phase = .ask
    guard isSet else { return }
    cookies += 1
    process.cookie = cookies
    waiting.insert(cookies)
    world.emit(.cookie(cookies))
  }

  /// What a client of `key` names as dependencies, and what it reads: through an entry that is not made it reads what
  /// that is made from, and names that itself unless the manifest does.
  func plan(_ inputs: [Input]) -> (named: [Input], reads: [Input]) {
    var named: [Input] = [], reads: [Input] = []
    var work = inputs.map { ($0, true) }, next = 0
    while next < work.count {
      let (input, isNamed) = work[next]
      next += 1
      if isNamed, !named.contains(input) { named.append(input) }
      if case .entry(let lower) = input, engine.standing(of: Input.name(lower)).state == .missing {
        let declared = engine.entry(Input.name(lower))?.dependencies.map(\.id) ?? []
        work += (recipes[lower]?.inputs ?? []).map { ($0, !declared.contains($0.id)) }
      } else if !reads.contains(input) {
        reads.append(input)
      }
    }
    return (named, reads)
  }

  /// A client is faster than everyone else: it gets to its end, or makes `key` again that it has just ended.
  mutating func rush(_ key: String) throws {
    if rng.one(in: 2) {
      try end(key)
      try store()
      world.now += 1
      try tick()
      start(.make(key))
    }
    let count = processes.count
    guard count > 0 else { return }
    tell("in a hurry")
    for _ in 0..<40 where processes.count == count {
      try deliver(99)
      try run(count - 1)
    }
    isIdle = false
  }

  mutating func run(_ index: Int) throws {
    var process = processes[index]
    if let cookie = process.cookie {
      if waiting.contains(cookie) {
        isIdle = true
        return
      }
      process.cookie = nil
    }
    let isOver = try advance(&process)
    if isOver { processes.remove(at: index) } else { processes[index] = process }
  }

  private mutating func advance(_ process: inout Process) throws -> Bool {
    if let leaf = process.todo.first {
      if process.looks.isEmpty {
        track()
        process.begun = engine.stamp()
      }
      process.todo.removeFirst()
      if fails() {
        tell("cannot look at \(leaf)")
        return false
      }
      let seen = look(leaf)
      process.looks.append((leaf, seen, process.begun))
      tell(
        "looks at \(leaf): \(seen.members?.description ?? Fingerprints.text(seen.fingerprint) ?? "\(seen.fingerprint)")"
      )
      return false
    }
    if !process.looks.isEmpty {
      resolve(process.looks)
      tell("has looked at \(list(process.looks.map(\.leaf)))")
      process.looks = []
      if case .hash = process.kind { return true }
      return false
    }
    switch process.kind {
    case .hash: return true
    case .get(let key):
      if process.phase != .ask {
        barrier(&process, on(.getBarrier))
        return false
      }
      return try ask(key, &process)
    case .amend(let key):
      if process.phase != .ask {
        barrier(&process)
        return false
      }
      return try amend(key, &process)
    case .make(let key), .remake(let key):
      if process.phase == .read { return try read(key, &process) }
      if process.phase != .ask {
        barrier(&process, on(.setBarrier))
        return false
      }
      return try set(key, &process)
    }
  }

  private mutating func ask(_ key: String, _ process: inout Process) throws -> Bool {
    try takeInDeclarations()
    switch engine.get(Input.name(key), begun: process.begun) {
    case .again(let leaves):
      process.todo = leaves
      process.phase = .begin
      return false
    case .answer(let standing):
      tell("get \(key): \(standing.state)")
      guard standing.state == .fresh else { return true }
      try expect(
        truth.lasting.proofs[key]?.digest == standing.digest?.description, "I1: get answers \(key) with another digest")
      try expect(
        world.history[process.since...].contains { truth.holds(key, in: $0) },
        "I1: get answers \(key) fresh, true at no moment during the call")
      try expect(!isOver(key), "time: get answers \(key) fresh after its time")
      use(key)
      return true
    }
  }

  /// One read, or all at the time of the call if there is no lease; then the call. True if the client gives up.
  private mutating func read(_ key: String, _ process: inout Process) throws -> Bool {
    if process.lease != nil, let input = process.toRead.first {
      switch input {
      case .glob(let pattern):
        guard var members = process.members else {
          process.members = World.members(of: pattern, in: world.contents)
          return false
        }
        if let path = members.first {
          members.removeFirst()
          if world.contents[path] == World.isUnreadable { return true }
          process.lines += "\(path)=\(world.contents[path] ?? "-");"
          process.members = members
          return false
        }
        process.reads[input] = process.lines
        (process.members, process.lines) = (nil, "")
      case .entry(let lower):
        guard let digest = engine.standing(of: Input.name(lower)).digest else { return true }
        process.reads[input] = digest.description
      default:
        let read = input.read(world.contents)
        if read == World.isUnreadable { return true }
        process.reads[input] = read
      }
      process.toRead.removeFirst()
      if !process.toRead.isEmpty { return false }
    }
    for path in process.outputs ?? recipes[key]?.outputs ?? [] { world.write(path, rng.pick(["0", "1"])) }
    process.arrived = engine.stamp()
    process.since = world.history.count - 1
    if process.lease == nil { process.time = world.now }
    barrier(&process, on(.setBarrier))
    return false
  }

  // MARK: Set

  private mutating func set(_ key: String, _ process: inout Process) throws -> Bool {
    guard let recipe = recipes[key] else { return true }
    try takeInDeclarations()
    let name = Input.name(key)
    let declared = engine.entry(name)?.dependencies.filter { $0.roles.contains(.declared) }.map(\.id) ?? []
    var dependencies: [(id: ResourceID, stated: Fingerprint?)] = []
    for (index, input) in process.named.enumerated() {
      // What is declared goes unsaid by some clients.
      if process.unsaid, declared.contains(input.id) { continue }
      let isStated = process.stated >> index & 1 == 1
      dependencies.append((input.id, isStated ? process.reads[input].map(input.fingerprint) : nil))
    }
    var lease = process.lease
    if let given = lease, given.boot == engine.boot, given.lsn < clockSetAt {
      lease = Lease(boot: given.boot, lsn: given.lsn, time: 0)
    }
    let result: SetRequest.Result
    switch recipe.result {
    case .value: result = .value(value(key) { process.reads[$0] }, size: Self.size(key))
    case .stated: result = .stated(value(key) { process.reads[$0] })
    case .derived: result = .derived
    }
    defer { follow() }
    let was = engine.standing(of: name).digest
    let isRemade = process.outputs != nil
    var request = SetRequest(
      name: name, dependencies: dependencies, outputs: process.outputs ?? recipe.outputs,
      tags: isRemade ? nil : recipe.tags, lease: lease, arrived: process.arrived, arrivedAt: world.wall, result: result)
    (request.ttl, request.draw) = (process.ttl, process.draw)
    switch engine.set(request, begun: process.begun) {
    case .again(let leaves):
      process.todo = leaves
      process.phase = .begin
      return false
    case .answer(.accepted):
      let standing = engine.standing(of: name)
      if standing.digest != was { truth.confirmed.append(.entry(name)) }
      let proof = try proof(of: key, process)
      tell("set \(key): accepted, from \(proof), \(standing.state)")
      try checkAccepted(key, proof, process, named: dependencies.map(\.id))
      truth.make(key, proof, standing.state)
      begin(key, request)
      try tick(by: 0)
      try record()
      return true
    case .answer(let outcome):
      tell("set \(key): \(outcome)")
      try checkRefused(outcome, process)
      return true
    }
  }

  /// The digest of an entry made from what `seen` tells; entries it does not tell of are made first.
  private func value(_ key: String, _ seen: (Input) -> String?) -> Digest { Digest(of: text(key, seen).utf8) }

  private func text(_ key: String, _ seen: (Input) -> String?) -> String {
    guard let recipe = recipes[key] else { return key }
    let values = recipe.inputs.map { input -> String in
      if let value = seen(input) { return value }
      if case .entry(let lower) = input { return text(lower, seen) }
      return "-"
    }
    return "\(key)(\(recipe.lossy ? "\(values.contains { $0 != "-" && $0 != "" })" : values.joined(separator: ",")))"
  }

  /// What the client read; without a lease what was there at a moment of the call. Outputs are what they were then.
  private func proof(of key: String, _ process: Process) throws -> Proof {
    guard let recipe = recipes[key], let view = engine.entry(Input.name(key)) else {
      throw Violation(description: "I5: \(key) was accepted, and is not known")
    }
    let outputs = process.outputs ?? recipe.outputs
    func observed(_ id: ResourceID) -> Fingerprint? { view.dependencies.first { $0.id == id }?.observed }
    let then = world.history[process.since...].last { then in
      outputs.allSatisfy { Fingerprints.of(then[$0]) == observed(.file($0)) }
        && (process.lease != nil
          || process.toRead.allSatisfy { input in
            input.read(then).map(input.fingerprint) == observed(input.id)
          })
    }
    guard let then else {
      throw Violation(description: "I5: \(key) was accepted, and what was taken in was true at no moment of the call")
    }
    var proof = Proof(
      time: process.lease == nil ? world.now : process.time, reads: process.reads, outputs: [:],
      digest: view.standing.digest?.description ?? "",
      tags: process.outputs == nil ? recipe.tags : [])
    // What the manifest took away meanwhile counts no more when the agent makes it again.
    if process.outputs != nil {
      proof.reads = proof.reads.filter { read in view.dependencies.contains { $0.id == read.key.id } }
    }
    for path in outputs { proof.outputs[path] = then[path] }
    if process.lease == nil { for input in process.toRead { proof.reads[input] = input.read(then) } }
    return proof
  }
}
