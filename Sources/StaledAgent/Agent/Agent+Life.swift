internal import Freshness
internal import Glibc
internal import Logging
internal import Manifest
internal import Paths
internal import StaledAPI
internal import Store
internal import Watching

extension Agent {
  /// Starts watching, declares what the manifest says, and records the start. When it returns, no change goes unseen; what
  /// changed while the agent was down is then found in the background, and by whoever asks.
  func begin() async throws {
    bus.connect(invalidator: { [weak self] confirmed in await self?.invalidateDependents(of: confirmed) })
    try armAlarm()
    let watch = manifest.manifest.watch
    let watcher = try Watcher(
      WatchConfiguration(
        workspace: settings.workspace, roots: watch.roots, ignore: watch.ignore, gitignore: watch.gitignore,
        stateDirectory: settings.stateDirectory), remote: settings.remote,
      deliver: { [inbox] in inbox.add($0) })
    try watcher.start()
    self.watcher = watcher
    taking = Task {
      for await _ in inbox.rings {
        take(inbox.take())
        // A ring that waits already does not suspend this task: let others have the agent in between.
        await Task.yield()
      }
    }
    _ = watcher.track([LoadedManifest.manifestPath])
    // An edit since it was read went unseen.
    manifest.touched = true
    recordStart()
    adopt()
    readManifestIfTouched()
    track()
    // What setting up the watches had to tell is taken in first: otherwise everything would be looked at twice.
    _ = await barrier()
    track()
    await look(at: engine.dirtyLeaves().filter { if case .listing = $0 { true } else { false } })
    expandRules()
    state = .watching
    _ = try? await record(flush: true)
    setAlarm()
    sweepValues()
    proving = Task {
      await confirm()
      remakeWhatEndedBefore()
      await warmDeclared()
    }
  }

  /// Ends: nothing is taken in any more, whoever waits is let go, and the end is recorded.
  func end() async {
    if state == .stopping { return }
    state = .stopping
    settling?.cancel()
    nap?.cancel()
    retrying?.cancel()
    alarm?.close()
    verifying?.cancel()
    sweeping?.cancel()
    await endCommands()
    for waiting in cookies.values { waiting.resume() }
    cookies = [:]
    keepHotKeys(isEnd: true)
    recorder.record(.stopped, at: tick())
    _ = try? await record(flush: true)
    bus.notify(.stopping)
    inbox.close()
    watcher?.stop()
    await sweeping?.value
    store.close()
  }

  /// Ends the commands that run, with their children, and waits for that.
  private func endCommands() async {
    refreshing.remaking?.cancel()
    let flights = Array(refreshing.flights.values)
    let hooks = Array(hookTasks.values)
    for flight in flights { flight.cancel() }
    for hook in hooks { hook.cancel() }
    let left = hookQueue.clear()
    if left > 0 {
      recorder.record(.warning, at: tick()) {
        $0.message = "\(left) runs of hooks were left out: the agent ends"
        $0.remedy = "hooks are told of what happens while it runs; the log says what they missed"
      }
    }
    for turn in turnReplies.values { turn.finish() }
    for flight in flights { _ = await flight.value }
    for hook in hooks { await hook.value }
  }

  /// Reads the manifest again, as `SIGHUP` asks.
  func reload() async {
    manifest.touched = true
    await confirm()
  }

  private func recordStart() {
    let now = tick()
    recorder.record(.started, at: now) {
      $0.version = staledVersion
      $0.pid = Int(getpid())
    }
    for problem in recovered {
      record(problem)
      if case .undone(let range) = problem { endIfCallsWereLost(range) }
    }
    recovered = []
    for warning in manifest.warnings {
      logger.warning("manifest", metadata: ["warning": "\(warning)"])
      recorder.record(.warning, at: now) { $0.message = warning }
    }
  }

  /// An acknowledged invalidation must stay in force: where one was lost nobody knows of what, everything is made again.
  private func endIfCallsWereLost(_ range: ClosedRange<UInt64>) {
    guard LostRecords.holdACall(range, in: settings.stateDirectory) else { return }
    var end = Invalidation()
    end.all = true
    end.soft = true
    end.cause = "call:recovery"
    _ = engine.invalidate(end)
    recorder.record(.error, at: tick()) {
      $0.message = "the database lost calls that had invalidated or deleted entries: all entries are stale"
      $0.remedy = "make them again; look after the disk"
    }
  }

  /// Tells people what the store met: in the log, in `status`, and in the journal.
  func record(_ problem: StoreProblem) {
    let now = tick()
    problems.note(problem)
    logger.warning("store", metadata: ["problem": "\(problem)"])
    let kind: LogRecord.Kind
    switch problem {
    case .damaged, .logLost, .logBehind: kind = .error
    case .undone, .logMended, .logReplaced: kind = .warning
    }
    recorder.record(kind, at: now) {
      $0.message = "\(problem)"
      $0.remedy = problem.remedy
      if case .undone(let range) = problem { $0.undone = [range.lowerBound, range.upperBound] }
    }
  }
}
