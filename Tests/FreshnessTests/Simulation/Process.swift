import Freshness
import Paths

/// A client or a hashing job, as far as it got. It dies with the agent.
struct Process {
  enum Kind {
    case hash
    case get(String)
    case make(String, bits: Int)
  }

  enum Phase { case begin, read, ask }

  let kind: Kind
  let boot: UInt64
  var phase = Phase.begin
  /// What to look at before the next pass, and the look under way.
  var todo: [Leaf] = []
  var look: (leaf: Leaf, seen: Observation, begun: LSN)?
  var cookie: Int?
  var begun = LSN.zero
  // Of a get: the state of the world when it began.
  var since = 0
  // Of a make.
  var lease = Lease(boot: 0, lsn: .zero, time: 0)
  var arrived = LSN.zero
  var named: [Input] = []
  var toRead: [Input] = []
  var reads: [Input: String] = [:]
  /// Members of the glob that are still to be read, and what was read of it.
  var members: [Path]?
  var lines = ""

  init(kind: Kind, boot: UInt64, todo: [Leaf] = []) {
    self.kind = kind
    self.boot = boot
    self.todo = todo
  }
}

extension Trace {
  mutating func start(_ kind: Process.Kind) {
    var process = Process(kind: kind, boot: engine.boot)
    switch kind {
    case .hash: break
    case .get(let key):
      process.since = world.history.count - 1
      barrier(&process)
      tell("get \(key)")
    case .make(let key, _):
      process.lease = Lease(boot: engine.boot, lsn: engine.stamp(), time: world.now)
      (process.named, process.toRead) = plan(key)
      process.phase = .read
      tell("make \(key) from \(process.named.map(\.id)), lease \(process.lease.lsn.rawValue)")
    }
    processes.append(process)
  }

  private mutating func barrier(_ process: inout Process) {
    process.begun = engine.stamp()
    cookies += 1
    process.cookie = cookies
    waiting.insert(cookies)
    world.emit(.cookie(cookies))
    process.phase = .ask
  }

  /// What a client of `key` names as dependencies, and what it reads: through an entry that is not made it reads what
  /// that is made from, and names that itself unless the manifest does.
  private func plan(_ key: String) -> (named: [Input], reads: [Input]) {
    var named: [Input] = [], reads: [Input] = []
    var work = recipes[key]!.inputs.map { ($0, true) }, next = 0
    while next < work.count {
      let (input, isNamed) = work[next]
      next += 1
      if isNamed, !named.contains(input) { named.append(input) }
      if case .entry(let lower) = input, engine.standing(of: Input.name(lower)).state == .missing {
        let declared = engine.entry(Input.name(lower))?.declared ?? false
        work += recipes[lower]!.inputs.map { ($0, !declared) }
      } else if !reads.contains(input) {
        reads.append(input)
      }
    }
    return (named, reads)
  }

  mutating func run(_ index: Int) throws {
    var process = processes[index]
    if let cookie = process.cookie {
      if waiting.contains(cookie) { return }
      process.cookie = nil
    }
    let isOver = try advance(&process)
    if isOver { processes.remove(at: index) } else { processes[index] = process }
  }

  private mutating func advance(_ process: inout Process) throws -> Bool {
    if let look = process.look {
      engine.resolve([look])
      process.look = nil
      tell("has looked at \(look.leaf)")
      if case .hash = process.kind, process.todo.isEmpty { return true }
      return false
    }
    if let leaf = process.todo.first {
      takeTracking()
      process.todo.removeFirst()
      process.look = (leaf, world.look(leaf), engine.stamp())
      // The stamp comes before the look: nothing lies between them here.
      tell("looks at \(leaf)")
      return false
    }
    switch process.kind {
    case .hash: return true
    case .get(let key):
      if process.phase != .ask {
        barrier(&process)
        return false
      }
      return try ask(key, &process)
    case .make(let key, let bits):
      if process.phase == .read {
        if try read(&process) { return true }
        if process.toRead.isEmpty {
          if let output = recipes[key]!.output { world.change(output, rng.pick(["0", "1"])) }
          process.arrived = engine.stamp()
          barrier(&process)
        }
        return false
      }
      if process.phase != .ask {
        barrier(&process)
        return false
      }
      return try set(key, bits, &process)
    }
  }

  private mutating func ask(_ key: String, _ process: inout Process) throws -> Bool {
    switch engine.get(Input.name(key), begun: process.begun) {
    case .again(let leaves):
      process.todo = leaves
      process.phase = .begin
      return false
    case .answer(let standing):
      tell("get \(key): \(standing.state)")
      if standing.state == .fresh {
        let isTrue = world.history[process.since...].contains { then in
          value(key) { Self.read($0, in: then) } == standing.digest?.description
        }
        try expect(isTrue, "I1: get answers \(key) fresh, true at no moment during the call")
      }
      return true
    }
  }

  /// One read; true if the client gives up.
  private mutating func read(_ process: inout Process) throws -> Bool {
    guard let input = process.toRead.first else { return false }
    switch input {
    case .glob:
      guard var members = process.members else {
        process.members = world.members
        return false
      }
      if let path = members.first {
        members.removeFirst()
        process.lines += "\(path)=\(world.contents[path] ?? "-");"
        process.members = members
        return false
      }
      process.reads[input] = process.lines
    case .entry(let lower):
      guard let digest = engine.standing(of: Input.name(lower)).digest else { return true }
      process.reads[input] = digest.description
    case .file, .opaque, .following:
      process.reads[input] = Self.read(input, in: world.contents)
    }
    process.toRead.removeFirst()
    return false
  }

  /// What the engine must have observed of what was read; nil where nothing was.
  static func fingerprint(_ input: Input, _ read: String) -> Fingerprint? {
    switch input {
    case .file, .following: World.fingerprint(read == "-" ? nil : read)
    case .entry: .digest(Digest(read)!)
    case .opaque: nil
    case .glob:
      .digest(
        Digest(
          of: read.split(separator: ";").map { line in
            let parts = line.split(separator: "=")
            return "file:\(parts[0]) \(World.fingerprint(parts[1] == "-" ? nil : String(parts[1])))\n"
          }.joined().utf8))
    }
  }

  private mutating func set(_ key: String, _ bits: Int, _ process: inout Process) throws -> Bool {
    let declared = engine.entry(Input.name(key))?.dependencies.filter { $0.roles.contains(.declared) }.map(\.id) ?? []
    var dependencies: [(id: ResourceID, stated: Fingerprint?)] = []
    for (index, input) in process.named.enumerated() {
      // What is declared goes unsaid by some clients.
      if bits & 4 != 0, declared.contains(input.id) { continue }
      let stated = bits >> index & 1 == 1 ? process.reads[input].flatMap { Self.fingerprint(input, $0) } : nil
      dependencies.append((input.id, stated))
    }
    let made = value(key) { process.reads[$0] }
    let request = SetRequest(
      name: Input.name(key), dependencies: dependencies, outputs: recipes[key]!.output.map { [$0] } ?? [],
      lease: process.lease, arrived: process.arrived, arrivedAt: world.now, result: .value(Digest(made)!, size: 1))
    switch engine.set(request, begun: process.begun) {
    case .again(let leaves):
      process.todo = leaves
      process.phase = .begin
      return false
    case .answer(.accepted):
      tell("set \(key): accepted, from \(process.reads)")
      proofs[key] = Proof(time: process.lease.time, reads: process.reads)
      forced.remove(key)
      standing.remove(key)
      try checkAccepted(key, process)
      return true
    case .answer(let refused):
      tell("set \(key): \(refused)")
      return true
    }
  }

  /// I5, at its root: what was observed is what the client read.
  private func checkAccepted(_ key: String, _ process: Process) throws {
    guard let view = engine.entry(Input.name(key)) else { throw Violation(description: "I5: \(key) is unknown") }
    for (input, read) in process.reads {
      guard let expected = Self.fingerprint(input, read) else { continue }
      if let edge = view.dependencies.first(where: { $0.id == input.id }) {
        try expect(edge.observed == expected, "I5: \(key) accepted, made from \(input) = \(read), observed otherwise")
      } else if let known = known(input) {
        try expect(known == expected, "I5: \(key) accepted, made from \(input) = \(read), known otherwise")
      }
    }
  }

  func known(_ input: Input) -> Fingerprint? {
    switch input {
    case .file(let path): return engine.lastLook(.file(path))?.fingerprint
    case .following: return engine.lastLook(.file("a"))?.fingerprint
    case .entry(let key): return engine.standing(of: Input.name(key)).digest.map(Fingerprint.digest)
    case .opaque, .glob: return nil
    }
  }
}
