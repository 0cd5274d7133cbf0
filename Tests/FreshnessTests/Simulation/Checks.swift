import Freshness
import Paths

extension Trace {
  /// After every step. I1 and I5 stand where calls end, I6 and I11 at rest.
  mutating func check() throws {
    if let broken = engine.checkInvariants().first { throw Violation(description: broken) }
    if let surprise { throw Violation(description: surprise) }
    for key in recipes.keys.sorted() where engine.standing(of: Input.name(key)).state == .fresh {
      guard let proof = proofs[key] else { throw Violation(description: "I9: \(key) is fresh, and nobody made it") }
      var rests: [Input] = [.entry(key)]
      for dependency in engine.entry(Input.name(key))?.dependencies ?? [] {
        if dependency.id == Input.opaque.id { rests.append(.opaque) }
        if case .entry(let name) = dependency.id, proofs[name.key] == nil,
          engine.standing(of: name).state == .missing
        {
          rests.append(.entry(name.key))
        }
      }
      for input in rests {
        // A ghost that a cleared namespace names has nothing to end: that is no end for its dependents.
        if input != .entry(key), input != .opaque, cleared.contains(acknowledged[input] ?? -1) { continue }
        try expect(
          (acknowledged[input] ?? -1) < proof.time,
          "I5, I9: \(key) is fresh, made before the acknowledged invalidation of \(input.id)")
      }
    }
  }

  /// Lets everything run out, then checks what holds when nothing moves.
  mutating func rest() throws {
    tell("rest")
    var rounds = 0
    while true {
      rounds += 1
      try expect(rounds < 200, "liveness: calls never end")
      takeTracking()
      while !world.queue.isEmpty { deliver(99) }
      let dirty = engine.dirtyLeaves()
      if dirty.isEmpty, processes.isEmpty { break }
      for leaf in dirty {
        let begun = engine.stamp()
        engine.resolve([(leaf, world.look(leaf), begun)])
      }
      world.now += 1
      engine.now = world.now
      for index in processes.indices.reversed() { try run(index) }
      try check()
    }
    try checkTruth()
    commit()
    try checkPublished()
    try checkRecomputation()
  }

  /// I6: fresh ⇔ unforced and matching, from what the clients really read and the files really hold.
  private func checkTruth() throws {
    var holds: [String: Bool] = [:]
    for key in recipes.keys.sorted() {  // dependencies come first
      guard let proof = proofs[key], let view = engine.entry(Input.name(key)), view.standing.state != .missing else {
        continue
      }
      var matches = true
      for (input, read) in proof.reads {
        if case .entry(let lower) = input {
          matches = matches && holds[lower] == true && known(input)?.description == read
        } else {
          matches = matches && Self.read(input, in: world.contents) == read
        }
      }
      for dependency in view.dependencies {
        if case .file(let path) = dependency.id {
          matches = matches && World.fingerprint(world.contents[path]) == dependency.observed
        } else if !proof.reads.keys.contains(where: { $0.id == dependency.id }) {
          matches = matches && dependency.current == dependency.observed
        }
      }
      let isFresh = matches && !forced.contains(key)
      try expect(
        (view.standing.state == .fresh) == isFresh,
        "I6: \(key) is \(view.standing.state) at rest; what it was made from \(matches ? "holds" : "does not hold")")
      if !isFresh {
        let cause = view.standing.cause
        let via = view.dependencies.first { $0.id == cause?.via }
        try expect(
          forced.contains(key) || via.map { !$0.isProven || $0.observed != $0.current } ?? false,
          "I10: \(key) is \(view.standing.state) because of \(cause?.cause ?? "nothing"), which is no reason")
      }
      holds[key] = matches && (!forced.contains(key) || standing.contains(key))
    }
  }

  /// What the log said last is how things stand, or worse where a change for the better is not told.
  private func checkPublished() throws {
    for record in stored.records.values {
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
    var again = Self.start(stored, boot: engine.boot + 1, without)
    for leaf in again.takeTracking().add { again.watching(leaf, covered: false) }
    while true {
      let dirty = again.dirtyLeaves()
      if dirty.isEmpty { break }
      let begun = again.stamp()
      again.resolve(dirty.map { ($0, world.look($0), begun) })
      for leaf in again.takeTracking().add { again.watching(leaf, covered: false) }
    }
    for key in recipes.keys {
      let (was, now) = (engine.standing(of: Input.name(key)), again.standing(of: Input.name(key)))
      try expect(
        was.state == now.state && was.digest == now.digest, "I11: \(key) is \(was.state), recomputed \(now.state)")
    }
    let batch = again.endBatch()
    try expect(batch.changes.isEmpty && batch.outcomes.isEmpty, "I9: a restart at rest tells \(batch)")
  }
}
