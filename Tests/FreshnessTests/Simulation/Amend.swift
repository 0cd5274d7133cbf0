import Freshness
import Paths
import SeededRandom

/// Entries that are amended, and made again in their maker's place.
extension Trace {
  /// A client is to have tags, dependencies or the time of an entry changed.
  mutating func propose(_ key: String, _ process: inout Process) {
    process.since = world.history.count - 1
    var amendment = Amendment(name: Input.name(key), arrived: engine.stamp(), arrivedAt: world.wall)
    let lower = keys.prefix { $0 != key }.map(Input.entry)
    let known = engine.entry(Input.name(key))?.dependencies ?? []
    for _ in 0..<rng.pick([1, 1, 2]) {
      switch Int.random(in: 0..<6, using: &rng) {
      case 0: amendment.addTags.append(rng.pick(["x", "y", "x/y"]))
      case 1: amendment.removeTags.append(rng.pick(["x", "y", "x/y"]))
      case 2, 3:
        let added = rng.pick(
          [.file(rng.pick(World.files)), .glob("s/*"), .directory("s"), .opaque, .following] + lower)
        if !process.named.contains(added) {
          process.named.append(added)
          amendment.addDependencies.append((added.id, nil))
        }
      case 4: if !known.isEmpty { amendment.removeDependencies.append(rng.pick(known).id) }
      default: if profile.isTimed { (amendment.ttl, amendment.draw) = (time(), rng.pick([0, .max / 2, .max])) }
      }
    }
    amendment.removeDependencies.removeAll { id in process.named.contains { $0.id == id } }
    process.amendment = amendment
    barrier(&process)
    tell("amend \(key): \(amendment)")
  }

  mutating func amend(_ key: String, _ process: inout Process) throws -> Bool {
    guard let amendment = process.amendment else { return true }
    try takeInDeclarations()
    let name = Input.name(key)
    let before = engine.entry(name)
    let edges = before?.dependencies ?? []
    // What was read through an entry that was not made is not told apart.
    let reads = truth.lasting.proofs[key]?.reads.keys.map(\.id) ?? []
    if !amendment.removeDependencies.isEmpty, !reads.allSatisfy({ id in edges.contains { $0.id == id } }) {
      return true
    }
    defer { follow() }
    switch engine.amend(amendment, begun: process.begun) {
    case .again(let leaves):
      process.todo = leaves
      process.phase = .begin
      return false
    case .answer(.amended):
      tell("amend \(key): done")
      truth.counts["amended", default: 0] += 1
      guard let view = engine.entry(name) else { throw Violation(description: "amend: \(key) is gone") }
      let added = process.named.filter { input in !edges.contains { $0.id == input.id } }
      let fixed = Set(edges.filter { $0.roles.contains(.output) }.map(\.id))
      let removed = Set(amendment.removeDependencies).subtracting(fixed)
      try expect(
        Set(view.dependencies.map(\.id)) == Set(edges.map(\.id)).subtracting(removed).union(added.map(\.id)),
        "amend: \(key) rests on \(view.dependencies.map(\.id)), not \(edges.map(\.id)) - \(removed) + \(added)")
      if !added.isEmpty || !removed.isEmpty { truth.confirmed.append(.entry(name)) }
      try vouch(key, added, view, process)
      for input in truth.lasting.proofs[key]?.reads.keys.map({ $0 }) ?? [] where removed.contains(input.id) {
        truth.lasting.proofs[key]?.reads[input] = nil
      }
      truth.lasting.tags[key, default: []].subtract(amendment.removeTags)
      truth.lasting.tags[key, default: []].formUnion(amendment.addTags)
      if let ttl = amendment.ttl, !isOver(key), truth.lasting.lives[key] != nil {
        truth.lasting.lives[key]?.given = ttl
        truth.lasting.lives[key]?.begun = world.clock
        truth.lasting.lives[key]?.draw = amendment.draw
      }
      let wasOver = isOver(key)
      try tick(by: 0)
      if amendment.ttl == .limited(0), isOver(key), !wasOver { truth.lasting.values[key] = nil }
      return true
    case .answer(let outcome):
      tell("amend \(key): \(outcome)")
      if case .cycle = outcome { throw Violation(description: "there are no cycles: \(outcome)") }
      if case .unknown = outcome { try expect(before == nil, "amend: \(key) is known") }
      return true
    }
  }

  /// What was added was there at a moment of the call.
  private mutating func vouch(_ key: String, _ added: [Input], _ view: EntryView, _ process: Process) throws {
    guard truth.lasting.proofs[key] != nil, !added.isEmpty else { return }
    func observed(_ input: Input) -> Fingerprint? { view.dependencies.first { $0.id == input.id }?.observed }
    let then = world.history[process.since...].last { then in
      added.allSatisfy { input in input.read(then).map { input.fingerprint(of: $0) == observed(input) } ?? true }
    }
    guard let then else {
      throw Violation(description: "amend: \(key) rests on what was true at no moment of the call")
    }
    for input in added {
      truth.lasting.proofs[key]?.vouched[input.id] = world.now
      if case .entry(let lower) = input {
        if truth.lasting.proofs[lower] == nil { continue }
        let digest = engine.standing(of: Input.name(lower)).digest
        try expect(digest.map(Fingerprint.digest) == observed(input), "amend: \(key) observes \(lower) otherwise")
        truth.lasting.proofs[key]?.reads[input] = digest?.description
      } else {
        truth.lasting.proofs[key]?.reads[input] = input.read(then)
      }
    }
  }

  /// The agent makes an entry from what it was made from last.
  /// False if what it rests on has to be made first.
  mutating func takeOver(_ key: String, _ process: inout Process) -> Bool {
    let known = engine.remaking(of: Input.name(key))
    let inputs =
      recipes.values.flatMap(\.inputs) + World.files.map(Input.file) + keys.map(Input.entry)
      + [.glob("s/*"), .glob("**/c"), .directory("s"), .opaque, .following]
    var taken: [Input] = []
    let declared = (engine.entry(Input.name(key))?.dependencies ?? []).filter {
      $0.roles.contains(.declared) && !$0.roles.contains(.output)
    }
    for id in known.dependencies + declared.map(\.id) {
      if let input = inputs.first(where: { $0.id == id }), !taken.contains(input) { taken.append(input) }
    }
    for input in taken {
      if case .entry(let lower) = input, engine.state(of: Input.name(lower)) == .missing { return false }
    }
    process.named = taken.filter { known.dependencies.contains($0.id) }
    process.toRead = taken
    process.outputs = known.outputs
    process.ttl = known.ttl
    truth.counts["remake", default: 0] += 1
    return true
  }
}
