import Freshness
import Paths

/// What holds when nothing moves.
extension Trace {
  /// Lets everything run out, then checks.
  mutating func rest() throws {
    tell("rest")
    isResting = true
    defer { isResting = false }
    var rounds = 0
    while true {
      rounds += 1
      try expect(rounds < 80, "liveness: calls never end")
      track()
      while !world.queue.isEmpty { try deliver(99) }
      try takeInDeclarations()
      let dirty = engine.dirtyLeaves()
      if dirty.isEmpty, processes.isEmpty { break }
      let begun = engine.stamp()
      if !dirty.isEmpty { resolve(dirty.map { ($0, look($0), begun) }) }
      world.now += 1
      try tick()
      for index in processes.indices.reversed() { try run(index) }
      try check()
    }
    try checkTruth()
    try record()
    try store()
    try checkLog()
    try checkPublished()
    try checkTold()
    try checkRecomputation()
  }

  /// I6: fresh ⇔ unforced and matching, from what the clients really read and the files really hold.
  private func checkTruth() throws {
    let truth = truth.lasting
    var holds: [String: Bool] = [:]
    for key in keys {  // dependencies come first
      guard let proof = truth.proofs[key] else { continue }
      guard let view = engine.entry(Input.name(key)), view.standing.state != .missing else {
        throw Violation(description: "I9: \(key) was made, and is missing")
      }
      var matches = true
      for (input, read) in proof.reads {
        if case .entry(let lower) = input {
          matches = matches && holds[lower] == true && known(input)?.description == read
        } else {
          matches = matches && input.read(world.contents) == read
        }
      }
      for dependency in view.dependencies {
        if case .file(let path) = dependency.id {
          matches = matches && Fingerprints.of(world.contents[path]) == dependency.observed
        } else if !proof.reads.keys.contains(where: { $0.id == dependency.id }) {
          matches = matches && dependency.current == dependency.observed
        }
      }
      let policy = self.truth.policy(key)
      if policy.strategy == .manual {
        matches = view.dependencies.allSatisfy { !$0.roles.contains(.called) || isTrue($0, of: proof, holds) }
      } else if !policy.strategy.followsDependencies {
        matches = true
      }
      let isFresh = matches && !truth.forced.contains(key) && !isOver(key)
      try expect(
        (view.standing.state == .fresh) == isFresh,
        "I6: \(key) is \(view.standing.state) at rest; what it was made from \(matches ? "holds" : "does not hold")")
      if !isFresh {
        let cause = view.standing.cause
        let via = view.dependencies.first { $0.id == cause?.via }
        try expect(
          truth.forced.contains(key) || isOver(key) || via.map { !$0.isProven || $0.observed != $0.current } ?? false,
          "I10: \(key) is \(view.standing.state) because of \(cause?.cause ?? "nothing"), which is no reason")
      }
      holds[key] = matches && (!truth.forced.contains(key) || truth.standing.contains(key))
    }
  }

  /// Whether a dependency is what it was when the entry was made.
  private func isTrue(_ dependency: EntryView.Dependency, of proof: Proof, _ holds: [String: Bool]) -> Bool {
    guard let (input, read) = proof.reads.first(where: { $0.key.id == dependency.id }) else {
      return dependency.isProven && dependency.current == dependency.observed
    }
    if case .entry(let lower) = input { return holds[lower] == true && known(input)?.description == read }
    return input.read(world.contents) == read
  }

  /// What the log said last is how things stand, or worse where a change for the better is not told.
  private func checkPublished() throws {
    for record in disk.state.records.values {
      guard let entry = record.entry, entry.made, case .entry(let name) = record.name else { continue }
      let state = engine.standing(of: name).state
      try expect(
        (entry.published == .fresh) == (state == .fresh) && state <= entry.published,
        "I10: \(name.key) is \(state) at rest, and the log says \(entry.published)")
      try expect(state == .fresh || entry.cause != nil, "I10: \(name.key) is \(state), and the log says no cause")
    }
  }

  /// I11: however events were ordered and merged, the files decide. From the records and a look at everything comes the
  /// same, and the log has nothing to tell.
  private func checkRecomputation() throws {
    var again = Self.start(disk.state, boot: engine.boot + 1, profile, world, without)
    again.pin(manifest.rules)
    var isDeclared = false
    while true {
      if !isDeclared, let all = manifest.expand(ruled, in: again) {
        _ = again.declare(all, policies: manifest.policies)
        again.expire()
        isDeclared = true
      }
      for leaf in again.takeTracking().add { again.watching(leaf, covered: false) }
      let dirty = again.dirtyLeaves()
      if dirty.isEmpty { break }
      let begun = again.stamp()
      again.resolve(dirty.map { ($0, world.look($0), begun) })
    }
    let onlyHeld = onlyHeld()
    for key in keys where !onlyHeld.contains(key) {
      let (was, now) = (engine.standing(of: Input.name(key)), again.standing(of: Input.name(key)))
      try expect(
        was.state == now.state && was.digest == now.digest && was.value == now.value,
        "I11: \(key) is \(was.state), recomputed \(now.state)")
    }
    let batch = again.endBatch()
    // But of what was evicted, and goes now.
    let told = batch.outcomes.filter { $0.kind != .evicted || !onlyHeld.contains($0.name.key) }
    try expect(batch.changes.isEmpty && told.isEmpty, "I9: a restart at rest tells \(batch)")
  }
}
