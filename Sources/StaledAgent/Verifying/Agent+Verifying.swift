internal import Freshness
internal import Logging
internal import Paths
internal import StaledAPI
internal import Store
internal import Watching

/// States are not believed but looked at, as if no event had ever come.
extension Agent {
  /// So many leaves are looked at between two reports of progress.
  private static let portion = 128

  /// `POST /v1/verify`
  func verify(_ request: VerifyRequest) async throws(Problem) -> ReplyStream<VerifyReply> {
    // Not `syncAll`: what the agent verifies after a sync is found here, and told to whoever asked.
    guard await barrier() != nil else { throw .stopping }
    await confirm()
    let found = await verifying?.value ?? []
    var fresh: [EntryName] = []
    var notFresh: [String]?
    if let texts = request.entries {
      notFresh = []
      for text in Set(texts) {
        let name: EntryName
        do { name = try EntryName(text) } catch { throw Problem(error) }
        guard engine.entry(name) != nil else { throw .unknownEntry(text) }
        if engine.standing(of: name).state == .fresh { fresh.append(name) } else { notFresh?.append(text) }
      }
    } else {
      fresh = engine.freshEntries()
    }
    if let sample = request.sample { fresh = Array(fresh.shuffled().prefix(sample)) }
    // Whoever reads slowly skips reports; the last one is never skipped.
    let (stream, reports) = AsyncStream<VerifyReply>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let names = fresh
    let skipped = notFresh?.sorted()
    let task = Task {
      await verify(names, notFresh: skipped, found, reports)
      reports.finish()
    }
    reports.onTermination = { if case .cancelled = $0 { task.cancel() } }
    return ReplyStream(stream)
  }

  private func verify(
    _ names: [EntryName], notFresh: [String]?, _ found: [VerifyReply.Violation],
    _ reports: AsyncStream<VerifyReply>.Continuation
  ) async {
    let claims = engine.claims(below: names)
    let values = names.compactMap { name in engine.standing(of: name).value.map { (name: name, digest: $0.digest) } }
    var violations = found
    var progress = VerifyReply(
      verified: 0, of: claims.count + values.count, entries: names.count, notFresh: notFresh, violations: nil)
    reports.yield(progress)
    for start in stride(from: 0, to: claims.count, by: Self.portion) {
      if Task.isCancelled || state == .stopping { return }
      let portion = claims[start..<min(claims.count, start + Self.portion)]
      violations += await verify(Array(portion))
      progress.verified += portion.count
      reports.yield(progress)
    }
    for (name, digest) in values {
      if Task.isCancelled || state == .stopping { return }
      if let violation = await verify(name, value: digest) { violations.append(violation) }
      progress.verified += 1
      if progress.verified % Self.portion == 0 { reports.yield(progress) }
    }
    progress.violations = violations
    reports.yield(progress)
  }

  /// Looks at leaves, sparing nothing, and compares. Where something else is found than was taken as proven, and no event
  /// has told of it, what rests on it is invalidated.
  private func verify(_ claims: [Claim]) async -> [VerifyReply.Violation] {
    guard let watcher, !claims.isEmpty else { return [] }
    let seen = await looker.look(at: claims.map { Looker.Job(leaf: $0.leaf, known: nil) }, lister: watcher.lister)
    counters.verified += claims.count
    let doubts = zip(claims, seen).compactMap { claim, seen in seen.map { (claim: claim, seen: $0) } }
      .filter { $0.claim.found($0.seen) != $0.claim.fingerprint && engine.stands($0.claim) }
    if doubts.isEmpty { return [] }
    // A change that was under way when it was looked at is none: its event has been taken in after this.
    guard await barrier() != nil else { return [] }
    var violations: [VerifyReply.Violation] = []
    for (claim, seen) in doubts where engine.stands(claim) {
      let id = engine.name(of: claim).description
      let (expected, found) = (claim.fingerprint.description, claim.found(seen).description)
      if case .file(let path) = claim.leaf { written.insert(path) }
      let entries = engine.doubt(claim).map(\.description)
      note(VerifyReply.Violation(id: id, expected: expected, found: found, entries: entries), &violations)
    }
    // What is in doubt now is looked at, and the cascade runs.
    if !violations.isEmpty { await confirm() }
    return violations
  }

  /// Reads a stored value, and compares it with its digest.
  func verify(_ name: EntryName, value digest: Digest) async -> VerifyReply.Violation? {
    let result = await stored(digest)
    counters.verified += 1
    let found: String
    switch result {
    case .success(let bytes?) where Digest(of: bytes) == digest: return nil
    case .success(nil): found = "absent"
    case .success, .failure(.damaged): found = "damaged"
    // It could not be read just now, which says nothing of it.
    case .failure: return nil
    }
    // It may have been made again meanwhile.
    guard engine.standing(of: name).state == .fresh, engine.standing(of: name).value?.digest == digest else {
      return nil
    }
    problems.lostValues += 1
    var end = Invalidation()
    end.keys = [name]
    end.cause = "call:verify"
    _ = tick()
    _ = engine.invalidate(end)
    var violations: [VerifyReply.Violation] = []
    note(
      VerifyReply.Violation(
        id: ResourceID.entry(name).description, expected: digest.description, found: found,
        entries: [name.description]), &violations)
    try? await record(flush: true)
    return violations.first
  }

  private func note(_ violation: VerifyReply.Violation, _ all: inout [VerifyReply.Violation]) {
    all.append(violation)
    counters.violations += 1
    let message = "verification: \(violation.id) is not what it was taken to be, though no event told of a change"
    logger.error("\(message)", metadata: ["expected": "\(violation.expected)", "found": "\(violation.found)"])
    recorder.record(.error, at: tick()) {
      $0.resource = violation.id
      $0.from = violation.expected
      $0.to = violation.found
      $0.message = message
      $0.remedy = "what rests on it is not fresh any more; was it written through a hard link or a memory map?"
    }
  }

  // MARK: Without being asked

  /// After a batch and a sync: a bounded share of what is proven is looked at again, in turn.
  func verifyShare() {
    share.earn()
    guard verifying == nil, state == .watching else { return }
    verifying = Task {
      var claims: [Claim] = []
      while claims.count < VerificationShare.looks {
        let before = share.cursor
        guard let claim = engine.nextClaim(after: &share.cursor) else { break }
        if claims.contains(claim) { break }
        guard share.spend(claim.size) else {
          share.cursor = before
          break
        }
        claims.append(claim)
      }
      let found = await verify(claims)
      verifying = nil
      return found
    }
  }
}
