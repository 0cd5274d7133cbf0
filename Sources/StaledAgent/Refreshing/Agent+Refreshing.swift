internal import Freshness
internal import Logging
internal import Manifest
internal import StaledAPI
internal import Store
internal import Synchronization

/// Entries with a `refresh` command are made again by the agent: it takes the lease, runs the command, and stores what comes of it.
/// Hot ones ahead of their expiry; see `Agent+Remaking` for those that a batch ended.
extension Agent {
  /// How often a refresh that failed is tried again, each time after twice the pause.
  private static let retries = 3
  private static let pause = Duration.seconds(1)
  /// How long a command may take where the manifest does not say.
  private static let standardTimeout = ManifestDuration(nanoseconds: 600_000_000_000)

  /// What the manifest says of an entry.
  func options(of name: EntryName) -> EntryOptions {
    declaredOptions[name] ?? namespaceOptions[name.namespace] ?? manifest.manifest.defaults
  }

  // MARK: Ahead of expiry

  /// An entry was served as fresh.
  func noteUse(of name: EntryName) {
    engine.use(name)
    let options = options(of: name)
    guard options.isRefreshedAhead else { return }
    let hot = options.predictive ?? .standard
    refreshing.windows[
      name, default: AccessWindow(threshold: hot.threshold, window: hot.window.nanoseconds)
    ].note(at: clockNow)
    planRefresh(of: name)
  }

  /// Puts the time at which a hot entry is refreshed into the queue, and takes it out if it is none.
  func planRefresh(of name: EntryName) {
    guard let window = refreshing.windows[name] else { return }
    var at: Int64?
    if options(of: name).isRefreshedAhead, window.isHot(at: clockNow), let life = engine.lifeSpan(of: name) {
      let due = life.end - RefreshLead.lead(ttl: life.length, p95: refreshing.durations[name]?.quantile(0.95))
      at = max(due, refreshing.notBefore[name] ?? due)
    }
    refreshing.due.set(name, at: at)
    setAlarm()
  }

  /// Begins the refreshes whose time has come.
  func refreshWhatIsDue() {
    while let name = refreshing.due.next(upTo: clockNow) {
      switch engine.state(of: name) {
      // Late is better than never: the machine may have been too busy to be ahead of its end.
      case .fresh, .expired:
        if refreshing.windows[name]?.isHot(at: clockNow) == true { refresh(name, because: "clock:ttl") }
      // In doubt just now: a touch, perhaps.
      case .suspect: refreshing.inDoubt.insert(name)
      default: break
      }
    }
    while let name = refreshing.putOff.next(upTo: clockNow) { remakeLater(name) }
    beginRemaking()
    refreshing.prune { engine.knows($0) }
  }

  // MARK: One entry

  /// Makes an entry again, or joins whoever does already. Nil if it has no command, or the agent ends.
  @discardableResult
  func refresh(_ name: EntryName, because cause: String) -> Task<RefreshEnd, Never>? {
    if let flight = refreshing.flights[name] { return flight }
    guard let refresh = options(of: name).refresh, state == .watching else { return nil }
    let flight = Task {
      let end = await tryRefresh(of: name, refresh, because: cause)
      refreshing.flights[name] = nil
      switch end {
      case .failed, .moved: putOffAhead(name, because: end)
      case .made, .unneeded, .dropped, .putOff:
        refreshing.notBefore[name] = nil
        refreshing.moved[name] = nil
      }
      planRefresh(of: name)
      return end
    }
    refreshing.flights[name] = flight
    return flight
  }

  /// It is tried again later and later, while it is hot.
  private func putOffAhead(_ name: EntryName, because end: RefreshEnd) {
    var times = refreshing.failing[name]?.failures ?? 1
    if end == .moved {
      times = (refreshing.moved[name] ?? 0) + 1
      refreshing.moved[name] = times
    }
    refreshing.notBefore[name] = clockNow + Int64(min(60, times)) * Refreshing.minute
    guard end == .moved, times == 1, options(of: name).isRefreshedAhead else { return }
    recorder.record(.warning, at: tick()) {
      $0.namespace = name.namespace
      $0.key = name.key
      $0.message =
        "what \(name) is made from changed each time it was made: it is tried again in a minute, then less often"
      $0.remedy = "if its command changes what it depends on, have it write elsewhere, or name that in `outputs`"
    }
  }

  private func tryRefresh(of name: EntryName, _ refresh: Refresh, because cause: String) async -> RefreshEnd {
    var end = RefreshEnd.unneeded
    var pause = Self.pause
    let isAhead = cause == "clock:ttl" && engine.state(of: name) == .fresh
    for attempt in 0...Self.retries {
      if attempt > 0 {
        try? await Task.sleep(for: pause * Double.random(in: 0.5..<1.5))
        pause *= 2
      }
      let isWanted =
        isAhead ? [.fresh, .expired].contains(engine.state(of: name)) : isWanting(name, because: cause)
      // One that nobody knows any more has nothing left of what it was made from.
      guard isWanted, engine.knows(name), state == .watching, !Task.isCancelled else { break }
      if isRemade(refresh, because: cause), let pause = refreshing.brake(name, at: clockNow) {
        if pause.isNew { tellPutOff(name, pause.length) }
        return .putOff
      }
      end = await commands.use(isRetry: attempt > 0) {
        await self.runRefresh(of: name, refresh, because: cause, isAhead: isAhead)
      }
      if isRemade(refresh, because: cause), end == .made || end == .moved {
        refreshing.noteRun(of: name, at: clockNow)
      }
      // What it was made from moved: that is no fault of the command.
      if end == .moved, state == .watching { continue }
      guard case .failed(let reason) = end, state == .watching, !Task.isCancelled else { break }
      statistics.noteFailedRefresh(of: name)
      refreshing.noteFailure(of: name, program: refresh.run.program, saying: reason)
      recorder.record(.warning, at: tick()) {
        $0.namespace = name.namespace
        $0.key = name.key
        $0.cause = cause
        $0.message = "refresh of \(name): \(reason)"
        $0.remedy =
          attempt < Self.retries
          ? "mend the command; it is tried again while the entry is wanted"
          : "mend the command, then `stale warm` or make it by hand"
      }
      _ = try? await record()
    }
    if Task.isCancelled { return .dropped }
    if end == .moved {
      remakeLater(name)
      beginRemaking()
    }
    // Somebody else made it while this was tried again.
    return end != .unneeded && !isAhead && engine.state(of: name) == .fresh ? .made : end
  }

  private func runRefresh(
    of name: EntryName, _ refresh: Refresh, because cause: String, isAhead: Bool
  ) async -> RefreshEnd {
    if Task.isCancelled { return .unneeded }
    let begun = clockNow
    let lease = await takeLease()
    let command = command(refresh.run, for: name, cause: cause, timeout: refresh.timeout ?? Self.standardTimeout)
    do throws(Problem) {
      if takesOutput(of: refresh, for: name) {
        let (staged, held) = try await stage(output(of: command))
        defer {
          store.release(staged)
          sweepValues()
        }
        try checkRoom(for: name, size: staged.size)
        try await remake(
          name, lease: lease, result: .value(staged.digest, size: staged.size), because: cause)
        if let held { hold(held, of: name, staged.digest) }
      } else {
        let outcome = await command.run()
        guard outcome.isSuccess else { throw .failed(outcome) }
        try await remake(name, lease: lease, result: .derived, because: cause)
      }
    } catch {
      // Somebody else was quicker, the command itself perhaps.
      if engine.state(of: name) == .fresh, !isAhead { return .made }
      return error.status == 409 ? .moved : .failed(error.detail)
    }
    refreshing.durations[name, default: Durations()].note(clockNow - begun)
    refreshing.failing[name] = nil
    return .made
  }

  /// Whether the command's output becomes the value.
  func takesOutput(of refresh: Refresh, for name: EntryName) -> Bool {
    (refresh.value ?? (engine.remaking(of: name).outputs.isEmpty ? .stdout : .none)) == .stdout
  }

  /// A command's output as a value; it breaks off if the command fails.
  private func output(of command: CommandRun) -> ValueStream {
    let limit = manifest.manifest.limits.maxValueBytes
    return ValueStream { take throws(Problem) in
      let size = Atomic<Int>(0)
      let outcome = await command.run { bytes in
        guard size.add(bytes.count, ordering: .relaxed).newValue <= limit else {
          throw CommandRun.OutputRefused(reason: "its output has more than \(limit) bytes (limits.maxValueBytes)")
        }
        do throws(Problem) { try await take(bytes) } catch {
          throw CommandRun.OutputRefused(reason: error.detail)
        }
      }
      guard outcome.isSuccess else { throw .failed(outcome) }
    }
  }
}

extension EntryOptions {
  /// Whether hot entries are refreshed ahead of their expiry.
  var isRefreshedAhead: Bool {
    guard let refresh, refresh.on.contains(.expiry) else { return false }
    let strategy = strategy ?? .hybrid
    return strategy == .predictive || strategy == .hybrid
  }
}

extension Problem {
  /// A command that was to make an entry failed.
  fileprivate static func failed(_ outcome: CommandRun.Outcome) -> Problem {
    let said = outcome.lastLines.isEmpty ? "" : ": " + outcome.lastLines.joined(separator: " | ")
    return Problem(
      "refresh-failed", title: "The refresh failed", status: 500, detail: "its command \(outcome.description)\(said)")
  }
}
