import Freshness
import Paths

/// The invariants that hold at all times. I1 and I5 stand where calls end, I6 and I11 at rest.
extension Trace {
  /// After every step.
  func check() throws {
    if let broken = engine.checkInvariants().first { throw Violation(description: broken) }
    try checkTime()
    for key in keys where engine.state(of: Input.name(key)) == .fresh {
      guard let proof = truth.lasting.proofs[key] else {
        throw Violation(description: "I9: \(key) is fresh, and nobody made it")
      }
      try expect(
        max(truth.ended[.entry(key)] ?? -1, truth.endedAlone[key] ?? -1) < proof.time,
        "I5, I9: \(key) is fresh, made before an acknowledged call ended it")
      if !truth.policy(key).strategy.followsDependencies { continue }
      try checkEnded(engine.entry(Input.name(key))?.dependencies.map(\.id) ?? [], of: key, proof)
    }
  }

  /// Nothing that an entry rests on was ended since its lease. (What is made stands for its digest until it is made
  /// again.)
  private func checkEnded(_ dependencies: [ResourceID], of key: String, _ proof: Proof) throws {
    for (input, time) in truth.ended
    where time >= proof.vouched[input.id] ?? proof.time && dependencies.contains(input.id) {
      if case .entry(let lower) = input, truth.lasting.proofs[lower] != nil { continue }
      throw Violation(description: "I5, I9: \(key) is fresh, made before the acknowledged invalidation of \(input.id)")
    }
  }

  /// I5, at its root: what was observed is what the client read, and nothing that its lease rests on was ended since.
  func checkAccepted(_ key: String, _ proof: Proof, _ process: Process, named: [ResourceID]) throws {
    guard let view = engine.entry(Input.name(key)) else { throw Violation(description: "I5: \(key) is unknown") }
    for (input, read) in proof.reads {
      let expected = input.fingerprint(of: read)
      if let edge = view.dependencies.first(where: { $0.id == input.id }) {
        try expect(
          edge.observed == expected, "I5: \(key) accepted, made from \(input.id) = \(read), observed otherwise")
      } else if let known = known(input) {
        try expect(known == expected, "I5: \(key) accepted, made from \(input.id) = \(read), known otherwise")
      }
    }
    let declared = view.dependencies.filter { $0.roles.contains(.declared) }.map(\.id)
    try expect(
      Set(view.dependencies.map(\.id)) == Set(named + declared + proof.outputs.keys.map(ResourceID.file)),
      "I8: \(key) was made from \(named), and depends on \(view.dependencies.map(\.id))")
    for (input, time) in truth.ended where time >= process.time {
      // Who has no lease vouches for the entry itself at the moment it is accepted.
      try expect(
        input == .entry(key) ? process.lease == nil : !named.contains(input.id),
        "I5: \(key) accepted, though \(input.id) was invalidated after its lease")
    }
    try expect((truth.endedAlone[key] ?? -1) < proof.time, "I5: \(key) accepted, though it was ended after its lease")
    for tag in proof.tags where process.lease != nil {
      try expect(
        (truth.endedTags["\(Input.name(key).namespace) \(tag)"] ?? -1) < proof.time,
        "I5: \(key) accepted, though its tag \(tag) was ended after its lease")
    }
    guard let lease = process.lease else { return }
    try expect(lease.boot == engine.boot, "I5: \(key) accepted, though its lease is of another run")
    try expect(!isOverLimit(lease), "lease: \(key) accepted, though its lease is too old")
  }

  func checkRefused(_ outcome: SetOutcome, _ process: Process) throws {
    guard case .refused(let refusal) = outcome else {
      throw Violation(description: "there are no cycles: \(outcome)")
    }
    guard refusal.kind == .leaseTooOld, let lease = process.lease else { return }
    // That the clock was set forward is forgotten when it is set back.
    try expect(isOverLimit(lease) || world.setting > 0, "lease: it is not too old: \(refusal)")
  }

  private func isOverLimit(_ lease: Lease) -> Bool {
    let limits = engine.leaseLimits
    guard let place = truth.leases.firstIndex(where: { $0.lsn == lease.lsn }) else { return true }
    if truth.leases.count - place > limits.count { return true }
    // Once the clock was set, leases do not age in their order: number alone bounds them for sure.
    return world.setting == 0 && world.wall - truth.leases[place].time >= limits.age
  }

  func known(_ input: Input) -> Fingerprint? {
    switch input {
    case .file(let path): return engine.lastLook(.file(path))?.fingerprint
    case .following: return engine.lastLook(.file("a"))?.fingerprint
    case .directory(let path): return engine.lastLook(.dir(path))?.fingerprint
    case .entry(let key): return engine.standing(of: Input.name(key)).digest.map(Fingerprint.digest)
    case .opaque, .glob: return nil
    }
  }

  // MARK: The log

  /// Nothing without need: an entry is told to be worse only if something that it rests on was confirmed to be something
  /// else since it was told to be fresh.
  mutating func checkNeed(_ batch: Batch) throws {
    for outcome in batch.outcomes {
      let key = outcome.name.key
      if [.revalidated, .invalidated, .expired].contains(outcome.kind) { truth.lasting.published[key] = outcome.state }
      switch outcome.kind {
      case .revalidated: truth.lasting.freshSince[key] = truth.confirmed.count
      case .reached, .evicted: break
      case .expired: try expect(isOver(key), "time: the log says that \(key) expired before its time")
      case .invalidated:
        let since = truth.confirmed[(truth.lasting.freshSince[key] ?? 0)...]
        if since.contains(.entry(outcome.name)) { continue }
        let below = Set(engine.dependencies(of: .entry(outcome.name), transitive: true).map(\.id))
        try expect(
          since.contains { below.contains($0) || isFollowed($0, in: below) },
          "need: the log says that \(key) is \(outcome.state) because of \(outcome.cause), and nothing below it changed"
        )
      }
    }
  }

  private func isFollowed(_ id: ResourceID, in below: Set<ResourceID>) -> Bool {
    guard case .file(let path) = id else { return false }
    return below.contains {
      if case .glob(let pattern) = $0 { World.matches(pattern, path) } else { $0 == Input.following.id && path == "a" }
    }
  }

  /// The log and the database say the same: each record is in the log once, and what it said last of an entry is what the
  /// database says was told.
  func checkLog() throws {
    let seqs = disk.file.map(\.seq)
    try expect(zip(seqs, seqs.dropFirst()).allSatisfy { $0 < $1 }, "I9: a number in the log is used again")
    var told: [String: State] = [:]
    for line in disk.log { told[line.key] = line.state }
    for record in disk.state.records.values {
      guard let entry = record.entry, case .entry(let name) = record.name else { continue }
      if disk.state.truth.gone.contains(name.key) { continue }
      let said = told[name.key] ?? .missing
      try expect(
        said == entry.published, "I9: the log says that \(name.key) is \(said), the database \(entry.published)")
    }
  }
}
