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
  /// A write that takes longer, from its first byte to the event of it, may be taken for one that nobody told of.
  private static let writing = Duration.seconds(1)

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
    var result = Verified(violations: found)
    var progress = VerifyReply(
      verified: 0, of: claims.count + values.count, entries: names.count, notFresh: notFresh, violations: nil)
    reports.yield(progress)
    for start in stride(from: 0, to: claims.count, by: Self.portion) {
      if Task.isCancelled || state == .stopping { return }
      let portion = claims[start..<min(claims.count, start + Self.portion)]
      result.add(await lookAgain(at: Array(portion)))
      progress.verified = start + portion.count - result.unverified.count
      reports.yield(progress)
    }
    for (index, (name, digest)) in values.enumerated() {
      if Task.isCancelled || state == .stopping { return }
      result.add(await readAgain(name, digest))
      progress.verified = claims.count + index + 1 - result.unverified.count
      if index % Self.portion == 0 { reports.yield(progress) }
    }
    progress.unverified = result.unverified.isEmpty ? nil : result.unverified
    progress.violations = result.violations
    reports.yield(progress)
  }

  /// Looks at leaves, sparing nothing, and compares. Where something else is found than was taken as proven, what rests on
  /// it is not fresh at once; if no event tells of it, that is a violation.
  private func lookAgain(at claims: [Claim]) async -> Verified {
    var result = Verified()
    guard let watcher, !claims.isEmpty else { return result }
    let seen = await looker.look(at: claims.map { Looker.Job(leaf: $0.leaf, known: nil) }, lister: watcher.lister)
    var doubted: [(claim: Claim, id: String, found: Fingerprint, resting: [EntryName], at: LSN)] = []
    for (claim, seen) in zip(claims, seen) {
      guard let seen else {
        if engine.stands(claim) { result.unverified.append(engine.name(of: claim).description) }
        continue
      }
      statistics.verified += 1
      let found = claim.found(seen)
      guard found != claim.fingerprint, engine.stands(claim) else { continue }
      let id = engine.name(of: claim).description
      if case .file(let path) = claim.leaf { written.insert(path) }
      if let doubt = engine.doubt(claim) { doubted.append((claim, id, found, doubt.resting, doubt.at)) }
    }
    if doubted.isEmpty { return result }
    // A write that was under way when it was looked at is told of when it is over. What follows a barrier is taken in.
    try? await Task.sleep(for: Self.writing)
    // Whoever has gone away meanwhile has cut the wait short: it is looked at as what anybody touched.
    guard !Task.isCancelled, await barrier() != nil else {
      await confirm()
      return result
    }
    for doubt in doubted where !engine.isTold(doubt.claim, since: doubt.at) {
      result.violations.append(
        VerifyReply.Violation(
          id: doubt.id, expected: doubt.claim.fingerprint.description, found: doubt.found.description,
          entries: doubt.resting.map(\.description)))
    }
    for violation in result.violations { tell(violation) }
    // What is in doubt is looked at, and the cascade runs.
    await confirm()
    return result
  }

  /// Reads a stored value, and compares it with its digest. A lost one ends its entry.
  @discardableResult
  func readAgain(_ name: EntryName, _ digest: Digest) async -> Verified {
    var result = Verified()
    let found: String
    var stored = await stored(digest)
    if case .success(nil) = stored {
      // It may be on its way: what is queued is written first.
      _ = try? await record()
      stored = await self.stored(digest)
    }
    switch stored {
    case .success(_?):
      // It was proven when it was opened.
      statistics.verified += 1
      return result
    case .success(nil): found = "absent"
    case .failure(.damaged): found = "damaged"
    case .failure:
      // It could not be read just now, which says nothing of it.
      result.unverified.append(ResourceID.entry(name).description)
      return result
    }
    statistics.verified += 1
    // It may have been made again meanwhile.
    guard engine.standing(of: name).state == .fresh, engine.standing(of: name).value?.digest == digest else {
      return result
    }
    problems.lostValues += 1
    var end = Invalidation()
    end.keys = [name]
    end.cause = "call:verify"
    _ = tick()
    _ = engine.invalidate(end)
    let violation = VerifyReply.Violation(
      id: ResourceID.entry(name).description, expected: digest.description, found: found,
      entries: [name.description])
    tell(violation)
    result.violations.append(violation)
    _ = try? await record(flush: true)
    return result
  }

  private func tell(_ violation: VerifyReply.Violation) {
    statistics.violations += 1
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
      for _ in 0..<VerificationShare.looks {
        let before = share.cursor
        guard let claim = engine.nextClaim(after: &share.cursor) else { break }
        if claims.contains(claim) { break }
        let verdict = share.spend(claim.cost)
        if verdict == .later {
          share.cursor = before
          break
        }
        if verdict == .paid { claims.append(claim) }
      }
      let found = await lookAgain(at: claims).violations
      verifying = nil
      return found
    }
  }
}

/// What verification came to.
struct Verified {
  var violations: [VerifyReply.Violation] = []
  /// Ids of what could not be looked at.
  var unverified: [String] = []

  mutating func add(_ other: Verified) {
    violations += other.violations
    unverified += other.unverified
  }
}
