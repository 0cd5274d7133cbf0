internal import Freshness
internal import Glibc
internal import Logging
internal import Paths
internal import Watching

extension Agent {
  /// Takes in what the kernel reported. Entries that rest on it are `suspect` when this returns: only confirming waits.
  func take(_ events: [WatchEvent]) {
    let now = tick()
    var touches: [Touch] = []
    for event in events {
      switch event {
      case .modified(let path):
        touches.append(.content(path))
        if engine.isTracked(.file(path)) { written.insert(path) }
        if path == LoadedManifest.manifestPath { manifest.touched = true }
      case .renamed(let path):
        touches.append(.name(path))
        if path == LoadedManifest.manifestPath { manifest.touched = true }
      case .names(let path):
        touches.append(.names(path))
        if LoadedManifest.manifestPath.parent == path { manifest.touched = true }
      case .tree(let path):
        touches.append(.tree(path))
        if LoadedManifest.manifestPath.isWithin(path) { manifest.touched = true }
      case .everything:
        touches.append(.everything)
        manifest.touched = true
      case .rootLost(settings.stateDirectory): endIfStateIsGone()
      case .rootLost(let path):
        touches.append(.tree(path))
        problems.lost(path, at: now)
        logger.error("watched folder is gone", metadata: ["path": "\(path)"])
      case .barrier(let id):
        engine.touch(touches)
        touches = []
        cookies.removeValue(forKey: id)?.resume()
      }
    }
    engine.touch(touches)
    if engine.hasDirtyLeaves || manifest.touched { settle() }
  }

  /// Without its state directory nobody finds this agent, and another one may begin in a new one: so it ends.
  private func endIfStateIsGone() {
    let lock = settings.stateDirectory.appending(Array("lock".utf8))
    guard FileLook.status(of: lock, following: false) == nil else { return }
    endBecauseStateIsGone()
  }

  /// What is recorded from here on would be lost with this process.
  func endBecauseStateIsGone() {
    guard state != .stopping else { return }
    logger.error(
      "the state directory or the database in it was removed: ending", metadata: ["path": "\(settings.stateDirectory)"])
    kill(getpid(), SIGTERM)
  }

  /// Opens a batch, or keeps it open: it is confirmed when it has settled.
  func settle() {
    debouncer.note(at: .now)
    if settling != nil { return }
    settling = Task {
      while let due = debouncer.due, !Task.isCancelled {
        if due <= .now {
          await confirm()
          verifyShare()
          // What was touched meanwhile has opened the next batch.
        } else {
          let nap = Task<Void, Never> { try? await Task.sleep(until: due, clock: .continuous) }
          self.nap = nap
          await nap.value
        }
      }
      settling = nil
      if debouncer.due != nil, !Task.isCancelled { settle() }
    }
  }

  /// Waits until everything the kernel queued before this call has been taken in.
  ///
  /// - Returns: the moment the barrier began, in the engine's order: what was looked at before it and not touched since was
  ///   true at that moment. Nil if the agent ended before: nothing can be said of that moment then.
  func barrier() async -> LSN? {
    let flight = barriers.join { previous in
      Task {
        _ = await previous?.value
        return await sendCookie()
      }
    }
    return await flight.value
  }

  private func sendCookie() async -> LSN? {
    barriers.depart()
    if state == .stopping { return nil }
    let begun = engine.stamp()
    guard let watcher else { return begun }
    nextCookie += 1
    let cookie = nextCookie
    await withCheckedContinuation { waiting in
      cookies[cookie] = waiting
      watcher.barrier(cookie)
    }
    // `end` lets go of who waits, and its cookie was not met then.
    return state == .stopping ? nil : begun
  }

  /// Watches what came to need it and lets go of the rest. What is new is looked at only after this.
  func track() {
    guard let watcher else { return }
    let tracking = engine.takeTracking()
    if !tracking.remove.isEmpty { watcher.untrack(tracking.remove.map(Self.place)) }
    for case .file(let path) in tracking.remove { written.remove(path) }
    for leaf in tracking.remove { problems.looked(at: leaf, failed: false) }
    if tracking.add.isEmpty { return }
    let covered = watcher.track(tracking.add.map(Self.place))
    // The state directory is never reported: what is in it stays unproven, so that nothing that rests on it is fresh.
    for (leaf, covered) in zip(tracking.add, covered) where !isState(Self.place(of: leaf)) {
      engine.watching(leaf, covered: covered)
    }
  }

  /// Whether a path lies in the agent's own state directory.
  func isState(_ path: Path) -> Bool { settings.workspace.resolving(path).isWithin(settings.stateDirectory) }

  /// Whether something is at an absolute path, as far as an answer comes.
  func exists(_ path: Path) -> Bool {
    settings.remote.reach(path) { FileLook.status(of: path, following: true) != nil } ?? true
  }

  /// The path whose changes concern a leaf.
  private static func place(of leaf: Leaf) -> Path {
    switch leaf {
    case .file(let path), .dir(let path): path
    case .listing(let pattern): (try? Glob(pattern).base) ?? .root
    }
  }
}
