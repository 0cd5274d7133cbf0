internal import DequeModule
internal import Freshness
internal import Manifest
internal import StaledAPI

/// After each batch: entries that it ended and that say so are made again, in the order of their dependencies.
extension Agent {
  /// Notes the entries that a batch made worse, or reached, and that are to be made again because of that. What expired or was
  /// evicted is made again by whoever wants it.
  func remakeEnded(_ batch: Batch) {
    for outcome in batch.outcomes where outcome.kind == .invalidated || outcome.kind == .reached {
      guard isRemade(outcome.name) else { continue }
      // A call that takes an entry away for good does not ask for it to be made again.
      if outcome.cause == "call:delete" { continue }
      refreshing.ended[outcome.name] = outcome.cause
    }
    if !refreshing.unmade.isEmpty, !batch.changes.isEmpty {
      let reached = engine.dependents(ofAny: batch.changes.map(\.resource))
      for name in refreshing.unmade where reached.contains(name) { remakeLater(name) }
    }
    for name in refreshing.inDoubt where engine.state(of: name) != .suspect {
      refreshing.inDoubt.remove(name)
      planRefresh(of: name)
    }
    refreshing.prune { engine.knows($0) }
    beginRemaking()
  }

  /// After a start: what is not fresh and would have been made again if the agent had been there.
  func remakeWhatEndedBefore() {
    let all = Array(namespaceOptions.values) + Array(declaredOptions.values) + [manifest.manifest.defaults]
    guard all.contains(where: { $0.refresh?.on.contains(.invalidation) == true }) else { return }
    for entry in engine.entries() where [.suspect, .stale].contains(entry.standing.state) { remakeLater(entry.name) }
    beginRemaking()
  }

  /// An entry was deleted: nobody makes it again for what happened before.
  func forgetRefreshing(_ name: EntryName) {
    refreshing.forget(name)
    refreshing.flights[name]?.cancel()
  }

  /// Notes an entry that is not fresh, for the cause that the log told.
  func remakeLater(_ name: EntryName) {
    let standing = engine.standing(of: name)
    guard standing.state != .fresh, isRemade(name) else {
      refreshing.unmade.remove(name)
      return
    }
    refreshing.ended[name] = refreshing.ended[name] ?? standing.cause?.cause ?? "call:invalidate"
  }

  private func isRemade(_ name: EntryName) -> Bool { options(of: name).refresh?.on.contains(.invalidation) == true }

  /// Makes what was noted, unless that is under way.
  func beginRemaking() {
    guard refreshing.remaking == nil, !refreshing.ended.isEmpty, state == .watching else { return }
    refreshing.remaking = Task {
      while !refreshing.ended.isEmpty, state == .watching, !Task.isCancelled {
        let causes = refreshing.ended
        refreshing.ended = [:]
        await refresh(Set(causes.keys), because: { causes[$0] ?? "call:invalidate" }) { name, _ in
          if engine.state(of: name) == .fresh {
            refreshing.unmade.remove(name)
          } else {
            refreshing.unmade.insert(name)
          }
        }
      }
      refreshing.remaking = nil
    }
  }

  /// Whether a run is for what an entry rests on, and so may go round in circles.
  func isRemade(_ refresh: Refresh, because cause: String) -> Bool {
    refresh.on.contains(.invalidation) && cause != "clock:ttl" && cause != "call:warm"
  }

  func tellPutOff(_ name: EntryName, _ pause: Int64) {
    setAlarm()
    recorder.record(.warning, at: tick()) {
      $0.namespace = name.namespace
      $0.key = name.key
      $0.message =
        "the command of \(name) ran \(Refreshing.mostAMinute) times within a minute: it is tried again in"
        + " \(pause / 1_000_000_000) s"
      $0.remedy = "if it changes what it depends on, have it write elsewhere, or name that in `outputs`"
    }
  }

  /// Makes entries again that are not fresh, each after those of them that it rests on. `progress` is told of each end.
  func refresh(
    _ names: Set<EntryName>, because cause: (EntryName) -> String,
    progress: (EntryName, RefreshEnd) -> Void = { _, _ in }
  ) async {
    var order = RefreshOrder(engine.order(of: names))
    var ready: Deque<EntryName> = []
    await withTaskGroup(of: (EntryName, RefreshEnd).self) { group in
      var underWay = 0
      var joined: Set<EntryName> = []
      // Not all at once: whoever asked for it may go.
      func begin() {
        while underWay < 2 * Self.commandsAtATime, !Task.isCancelled, let name = ready.popFirst() {
          // What it rests on may have come out as it was.
          let hasFlight = refreshing.flights[name] != nil
          let flight = isWanting(name, because: cause(name)) ? refresh(name, because: cause(name)) : nil
          if hasFlight, flight != nil { joined.insert(name) }
          underWay += 1
          group.addTask {
            guard let flight else { return (name, .unneeded) }
            return (name, await flight.value)
          }
        }
      }
      ready += order.takeReady()
      begin()
      var again: Set<EntryName> = []
      while let (name, end) = await group.next() {
        underWay -= 1
        // It joined a flight that was for something else, perhaps, and did not make it.
        if end == .unneeded || joined.remove(name) != nil, isWanting(name, because: cause(name)),
          again.insert(name).inserted
        {
          ready.prepend(name)
        } else {
          progress(name, end)
          order.ended(name)
          ready += order.takeReady()
        }
        begin()
      }
    }
  }

  /// Whether there is something to make: the entry is not fresh. To fill the cache it also has to have a value, if its command makes one.
  func isWanting(_ name: EntryName, because cause: String) -> Bool {
    engine.state(of: name) != .fresh || cause == "call:warm" && isWithoutValue(name)
  }
}
