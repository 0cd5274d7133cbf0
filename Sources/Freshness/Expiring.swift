/// Time: entries whose life is over are `expired`, once and for good until they are made again. It cascades to nobody: what was
/// made from one that expired was made from what it stood for then.
extension Engine {
  /// When `expire` has something to do next, on `clock`; nil if nothing is due.
  public var nextDue: Int64? { due.first }

  /// Ends what is due by `clock`: lives, and the time for which values of ended ones are kept. True if there was something.
  @discardableResult
  public mutating func expire() -> Bool {
    var hasEnded = false
    while on(.timeEnds), let id = due.next(upTo: clock) {
      if graph.contains(id), expire(id) { hasEnded = true }
    }
    return hasEnded
  }

  /// The same for one entry.
  @discardableResult
  mutating func expire(_ id: NodeID) -> Bool {
    guard on(.timeEnds) else { return false }
    var hasEnded = false
    if let end = end(of: id), end <= clock {
      endLife(of: id, at: end)
      hasEnded = true
    }
    if let gone = endOfValue(of: id), gone <= clock {
      graph.setValue(nil, of: id)
      changedRecords.insert(id)
      hasEnded = true
    }
    if let gone = endOfRecord(of: id), gone <= clock {
      tellOfEviction(id)
      forgetEntry(id)
      return true
    }
    schedule(id)
    return hasEnded
  }

  /// Somebody had the entry: where that counts, its life is longer.
  public mutating func use(_ name: EntryName) {
    guard let id = graph.node(.entry(name)), let life = graph[id].entry?.life else { return }
    graph[id].hits += 1
    graph[id].used = clock
    guard life.expired == nil, case .limited(let idle) = policy(of: id).idle else { return }
    // Not each use is written down.
    if clock - life.used >= idle / 16 {
      graph[id].entry?.life.used = clock
      changedRecords.insert(id)
    }
  }

  /// When an entry's time to live is over, on `clock`, and how long it is with what jitter took away; nil if it has none, or is
  /// over. (Whoever uses an entry prolongs an idle life: that does not count here.)
  public func lifeSpan(of name: EntryName) -> (end: Int64, length: Int64)? {
    guard let id = graph.node(.entry(name)), let begun = graph[id].entry?.life.begun,
      let end = ends(of: id).first(where: { $0.cause == "clock:ttl" })?.at
    else { return nil }
    return (end, end - begun)
  }

  /// What holds for entries from now on, by namespace. What is declared of one comes with its declaration.
  public mutating func setPolicies(_ new: Policies) {
    guard take(new) else { return }
    applyPolicies(
      to: graph.namespaces.values.joined().filter { knowsDeclarations || graph[$0].entry?.declared == false }.sorted())
  }

  /// True if entries have to be brought up to date with it.
  mutating func take(_ new: Policies) -> Bool {
    defer { (policies, knowsPolicies) = (new, true) }
    return new != policies || !knowsPolicies
  }

  /// The time at which an entry's life is over, on `clock`; nil if nothing ends it, or it is over.
  func end(of id: NodeID) -> Int64? { ends(of: id).map(\.at).min() }

  private func ends(of id: NodeID) -> [(at: Int64, cause: String)] {
    guard let entry = graph[id].entry, entry.made, entry.life.expired == nil else { return [] }
    let policy = policy(of: id)
    guard policy.strategy.hasTime else { return [] }
    var ends: [(at: Int64, cause: String)] = []
    if case .limited(let ttl) = ttl(of: id) {
      let shortened = Double(ttl) * policy.jitter * Double(entry.life.draw) / Double(UInt16.max)
      ends.append((Self.sum(entry.life.begun, ttl - min(ttl, Int64(shortened))), "clock:ttl"))
    }
    if case .limited(let idle) = policy.idle {
      ends.append((Self.sum(max(graph[id].used, entry.life.used), idle), "clock:idle"))
    }
    return ends
  }

  /// How long the entry lives from when it was made.
  func ttl(of id: NodeID) -> Lifetime {
    let policy = policy(of: id)
    return policy.strategy.hasTime ? graph[id].entry?.life.given ?? policy.ttl : .forever
  }

  /// When the value of an expired entry goes; nil if there is none.
  private func endOfValue(of id: NodeID) -> Int64? {
    guard let entry = graph[id].entry, entry.value != nil, let expired = entry.life.expired else { return nil }
    return Self.sum(expired, policy(of: id).keepStale)
  }

  /// A time of the engine's clock that is always past.
  private static let atOnce: Int64 = 0

  /// When an entry that ended for good is forgotten; nil if somebody may still ask for it: it is declared, something rests on it, it
  /// has a value, or only its cascade makes sense of it.
  private func endOfRecord(of id: NodeID) -> Int64? {
    guard let entry = graph[id].entry, entry.made, !entry.declared, entry.value == nil, graph[id].dependents.isEmpty,
      graph[id].holds == 0
    else { return nil }
    // Without its value it was there for others only: it goes at once.
    if entry.evicted != nil { return Self.atOnce }
    if let expired = entry.life.expired { return Self.sum(expired, epitaph) }
    return entry.forced && entry.standing ? entry.life.ended.map { Self.sum($0, epitaph) } : nil
  }

  /// Lets go of an entry that nothing rests on, without a trace but for leases under way.
  mutating func forgetEntry(_ id: NodeID) {
    let old = graph[id].edges.map(\.to)
    graph.removeEdges(of: id)
    graph.setTags([], of: id)
    graph.setValue(nil, of: id)
    graph[id].entry?.made = false
    graph[id].entry?.forced = false
    graph[id].entry?.standing = false
    graph[id].entry?.life = LifeRecord()
    graph[id].entry?.evicted = nil
    // Who read its digest meanwhile made something from that, not from what it stands for now.
    graph[id].changedAt = stamp()
    changedRecords.insert(id)
    due.set(id, at: nil)
    evaluate([id])
    release(old + [id])
  }

  private static func sum(_ time: Int64, _ duration: Int64) -> Int64 {
    let (sum, isOver) = time.addingReportingOverflow(duration)
    return isOver ? .max : sum
  }

  private mutating func endLife(of id: NodeID, at end: Int64) {
    guard case .entry(let name) = graph[id].name, let published = graph[id].entry?.published,
      let reason = ends(of: id).first(where: { $0.at == end })?.cause
    else { return }
    let cause = CauseRecord(cause: reason, via: .entry(name), depth: 0, from: nil, to: nil, time: now)
    graph[id].entry?.life.expired = end
    let isUnchanged = graph[id].basis == .fresh && !graph[id].edges.isEmpty && reason == "clock:ttl"
    news.expired.append(News.Expired(name: name, was: published, cause: cause, isUnchanged: isUnchanged))
    publish(id, .expired, because: cause)
  }

  /// Puts the time at which something happens to an entry by itself into the queue.
  mutating func schedule(_ id: NodeID) {
    let gone = endOfRecord(of: id)
    due.set(id, at: gone == Self.atOnce ? gone : end(of: id) ?? endOfValue(of: id) ?? gone)
  }

  func policy(of id: NodeID) -> EntryPolicy {
    if let declared = declaredPolicies[id] { return declared }
    guard case .entry(let name) = graph[id].name else { return policies.base }
    return policies[name.namespace]
  }

  /// Brings entries up to date with what holds for them.
  mutating func applyPolicies(to ids: [NodeID]) {
    var others: [NodeID] = []
    for id in ids {
      guard let entry = graph[id].entry else { continue }
      let policy = policy(of: id)
      graph.setTagLevels(policy.hasTagLevels, of: id)
      let strategy = policy.strategy
      if entry.strategy != strategy, on(.strategyHolds) {
        graph[id].entry?.strategy = strategy
        changedRecords.insert(id)
        others.append(id)
      }
      // Where uses did not count, they were not written down.
      let used = graph[id].used
      if case .limited = policy.idle, used > entry.life.used {
        graph[id].entry?.life.used = used
        changedRecords.insert(id)
      }
      schedule(id)
    }
    if others.isEmpty { return }
    evaluate(others)
    for id in others where graph[id].isMade { if case .entry(let name) = graph[id].name { settle(id, name) } }
  }
}
