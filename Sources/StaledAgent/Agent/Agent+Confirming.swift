internal import Freshness
internal import Logging
internal import Manifest
internal import Paths
internal import StaledAPI
internal import Store
internal import Watching

extension Agent {
  /// Ends the settle time: looks at everything that was touched, lets the cascade run, and records what came of it.
  ///
  /// What is touched again meanwhile stays `suspect` and belongs to the next batch, so this ends however busy the disk is.
  func confirm() async {
    let opened = debouncer.end()
    var tried: Set<Leaf> = []
    while true {
      await takeInDeclarations()
      let leaves = engine.dirtyLeaves().filter { tried.insert($0).inserted }
      if leaves.isEmpty { break }
      await look(at: leaves)
    }
    // A store that cannot be written is reported in the status; state and records stay queued.
    _ = try? await record(openedAt: opened)
  }

  /// Brings declarations up to date with the manifest and with the files that its rules match, as far as events tell; and
  /// watches what came to need it. Whoever asks for an entry does this first: it may depend on more than it did.
  func takeInDeclarations() async {
    readManifestIfTouched()
    track()
    let listings = engine.dirtyListings(ofPinned: true)
    if !listings.isEmpty { await look(at: listings) }
    expandRules()
    track()
  }

  /// Looks at leaves and hands what was seen to the bus. False if there was something to look at, and nothing of it could be.
  @discardableResult
  func look(at leaves: [Leaf]) async -> Bool {
    guard let watcher, !leaves.isEmpty else { return true }
    let begun = engine.stamp()
    let jobs = leaves.map { leaf in
      var known: FileLook.Known?
      if case .file(let path) = leaf, !written.contains(path), let last = engine.lastLook(leaf),
        let stat = last.stat
      {
        known = FileLook.Known(fingerprint: last.fingerprint, stat: stat, lookedAt: last.lookedAt)
      }
      return Looker.Job(leaf: leaf, known: known)
    }
    let seen = await looker.look(at: jobs, lister: watcher.lister)
    // What could not be looked at just now stays in doubt.
    for (leaf, seen) in zip(leaves, seen) { problems.looked(at: leaf, failed: seen == nil) }
    await bus.publish(Confirmed(looks: zip(leaves, seen).compactMap { leaf, seen in seen.map { (leaf, $0, begun) } }))
    return seen.contains { $0 != nil }
  }

  /// The end of the bus: the engine compares what was seen with what was observed, and the cascade runs over every
  /// transitive dependent.
  func invalidateDependents(of confirmed: Confirmed) {
    _ = tick()
    engine.resolve(confirmed.looks)
    for (leaf, seen, _) in confirmed.looks {
      // A look that came too late was dropped: what the kernel reported written has yet to be read.
      guard case .file(let path) = leaf, written.contains(path), engine.lastLook(leaf)?.lookedAt == seen.time else {
        continue
      }
      written.remove(path)
    }
  }

  /// Writes down what the engine did since the last call: state and log records in one transaction.
  ///
  /// Returns once that, and all that was queued before, is committed: the number of the last record. While the store cannot be
  /// written, the news stay with the engine, where they take no more room than there are resources and entries, unless the
  /// caller must have them written (`mustWrite`, `flush`): then it is tried. `leavingOutIdle`: a batch that changed nothing is not told.
  @discardableResult
  func record(
    mustWrite: Bool = false, flush: Bool = false, openedAt: ContinuousClock.Instant? = nil, event: EventNote? = nil,
    leavingOutIdle: Bool = false
  ) async throws(Problem) -> UInt64 {
    if let error = problems.store {
      engine.forgetWhatCameAndWent()
      if !mustWrite, !flush { throw Problem(storeError: error) }
      try await writePending()
    }
    let now = tick()
    defer { setAlarm() }
    let took = openedAt.map { $0.duration(to: .now) } ?? .zero
    let micros = Int(took.components.seconds * 1_000_000 + took.components.attoseconds / 1_000_000_000_000)
    for problem in storeNews.take() { record(problem) }
    boundStore()
    let batch = engine.endBatch()
    if !leavingOutIdle || !batch.isIdle { recorder.record(batch, at: now, micros: micros, event: event) }
    statistics.count(batch, at: engine.clock)
    handle(batch.changes, at: now)
    let seq = recorder.seq
    let (changed, removed) = engine.takeRecords()
    var meta = Meta()
    meta.boot = settings.boot
    meta.lsn = engine.lsn
    meta.seq = recorder.seq
    meta.batch = recorder.batch
    meta.forgottenAt = engine.forgottenAt
    meta.workspace = settings.workspace
    meta.clock = engineClock.reading(wall: now, steady: SystemTime.steady())
    let transaction = Transaction(
      changed: changed, removed: removed, kept: notes.take(), lines: recorder.takeLines(), meta: meta)
    let ended = engine.takeDroppedValues()
    runHooks(for: batch.outcomes)
    remakeEnded(batch)
    keepHotKeys()
    try await commit(transaction, ending: ended, flush: flush)
    return seq
  }

  /// Carries out what the manifest says of file events, each in a batch of its own.
  private func handle(_ changes: [Batch.Change], at now: WallClock) {
    let events = manifest.manifest.events
    guard FileEvent.allCases.contains(where: { events[$0.rawValue] != nil }) else { return }
    for change in changes {
      guard case .file(let path) = change.resource, let event = FileEvent(kind: change.kind.rawValue),
        let handlers = events[event.rawValue]
      else { continue }
      let values = ["path": PercentEncoding.encode(path.bytes), "id": "\(change.resource)"]
      var calls: [Invalidation] = []
      for handler in handlers {
        do throws(UnfitParameters) {
          calls.append(try handler.invalidation(filling: values, cause: "event:\(event.rawValue)", in: manifestNaming))
        } catch {
          recorder.record(.warning, at: now) { $0.message = "\(event.rawValue) of \(path): \(error.problem)" }
        }
      }
      _ = engine.invalidate(calls)
      track()
      let batch = engine.endBatch()
      let note = EventNote(name: event.rawValue, parameters: values, handlers: handlers.count)
      recorder.record(batch, at: now, micros: 0, event: note)
      statistics.count(batch, at: engine.clock)
      runHooks(for: batch.outcomes)
      remakeEnded(batch)
    }
  }

  /// Writes what could not be written before; throws if it still cannot.
  func writePending() async throws(Problem) {
    if problems.store == nil { return }
    try await commit(Transaction(meta: Meta()), ending: [], flush: false)
  }

  /// The order of what ends an entry: its record and the store, then memory, then whoever listens, then the caller.
  private func commit(_ transaction: Transaction, ending names: Set<EntryName>, flush: Bool) async throws(Problem) {
    let result = await withCheckedContinuation { done in
      committer.enqueue(transaction, flush: flush) { done.resume(returning: $0) }
    }
    forgetValues(of: names)
    switch result {
    case .success(let seq):
      problems.store = nil
      if let seq { bus.notify(.recorded(seq: seq)) }
      sweepValues()
      if !store.isInPlace { endBecauseStateIsGone() }
    case .failure(let error):
      if problems.store == nil { logger.error("cannot write the state", metadata: ["error": "\(error)"]) }
      problems.store = error
      retryRecording()
      throw Problem(storeError: error)
    }
  }

  /// What could not be written is tried again, less and less often, until it is.
  private func retryRecording() {
    guard retrying == nil, state != .stopping else { return }
    retrying = Task {
      var pause = Duration.seconds(1)
      while problems.store != nil, state != .stopping {
        try? await Task.sleep(for: pause)
        pause = min(pause * 2, .seconds(5))
        guard (try? await writePending()) != nil else { continue }
        // What has come about meanwhile.
        _ = try? await record()
      }
      retrying = nil
    }
  }

  /// Waits until every change made before the call is taken in, final, and in the log. False if the agent ended before.
  func syncAll() async -> Bool {
    let flight = syncs.join { previous in
      Task {
        _ = await previous?.value
        return await syncNow()
      }
    }
    return await flight.value
  }

  private func syncNow() async -> Bool {
    syncs.depart()
    guard await barrier() != nil else { return false }
    await confirm()
    verifyShare()
    return true
  }
}
