import Freshness
import SeededRandom

/// Time and policies, as the checker reckons with them.
extension Truth {
  /// What the manifest says of an entry.
  func policy(_ key: String) -> EntryPolicy { policies[key] ?? EntryPolicy() }

  /// When the time of what was made is over; nil if it never is.
  func end(of key: String) -> Int64? {
    guard let life = lasting.lives[key] else { return nil }
    let policy = policy(key)
    if let expired = life.expired { return expired }
    if policy.strategy == .event || policy.strategy == .manual { return nil }
    var end: Int64?
    if case .limited(let ttl) = life.given ?? policy.ttl {
      end = life.begun + ttl - Int64(Double(ttl) * policy.jitter * Double(life.draw) / 65535)
    }
    if case .limited(let idle) = policy.idle { end = min(end ?? .max, max(life.used, used[key] ?? life.used) + idle) }
    return end
  }

  /// When the next thing happens to an entry by itself. `rested`: something is made from it, or may be by a call under way.
  func next(of key: String, rested: Bool) -> Int64? {
    guard lasting.proofs[key] != nil, let life = lasting.lives[key] else { return nil }
    if lasting.evicted.contains(key), !declared.contains(key), !rested { return 0 }
    guard let expired = life.expired else {
      return end(of: key) ?? (isStanding(key) && !rested ? lasting.epitaphEnd(lasting.endedAt[key], epitaph) : nil)
    }
    if lasting.values[key] != nil { return expired + policy(key).keepStale }
    return declared.contains(key) || rested ? nil : expired + epitaph
  }

  /// It ended for good, and nobody can ask for anything but why.
  private func isStanding(_ key: String) -> Bool {
    lasting.forced.contains(key) && lasting.standing.contains(key) && lasting.values[key] == nil
      && !declared.contains(key)
  }
}

extension Truth.Lasting {
  fileprivate func epitaphEnd(_ ended: Int64?, _ epitaph: Int64) -> Int64 { (ended ?? 0) + epitaph }
}

extension Trace {
  /// A step later: what is due happens.
  mutating func tick(by steps: Int64 = 1) throws {
    world.clock += steps
    engine.now = world.wall
    engine.clock = world.clock
    guard profile.hasPolicies else { return }
    var below = edges()
    engine.expire()
    // Dependents first: what only rested in them goes with them.
    for key in keys.reversed() {
      while let next = truth.next(of: key, rested: isNamed(key, below)), next <= world.clock {
        if next == 0 {
          letGo(key)
          below[key] = nil
          truth.counts["freed", default: 0] += 1
        } else if truth.lasting.lives[key]?.expired == nil, let end = truth.end(of: key) {
          truth.lasting.lives[key]?.expired = end
          truth.counts["expired", default: 0] += 1
          tell("\(key) expires")
        } else if truth.lasting.values[key] != nil {
          truth.lasting.values[key] = nil
          truth.counts["value gone", default: 0] += 1
        } else {
          letGo(key)
          below[key] = nil
          truth.counts["forgotten", default: 0] += 1
        }
      }
    }
    for key in keys where truth.lasting.proofs[key] == nil && engine.entry(Input.name(key)) == nil {
      // Nobody knows of it any more, but perhaps a call under way.
      if engine.tags(of: Input.name(key)).isEmpty { truth.lasting.tags[key] = nil }
    }
    follow()
  }

  /// Whether something rests on an entry, or a call under way names it.
  private func isNamed(_ key: String, _ below: [String: Set<String>]) -> Bool {
    engine.isHeld(Input.name(key)) || below.values.contains { $0.contains(key) }
  }

  /// The entries that would be forgotten already if no call of this run named one.
  func onlyHeld() -> Set<String> {
    var below = edges()
    var found: Set<String> = []
    for key in keys.reversed() {
      let isRested = below.values.contains { $0.contains(key) }
      guard let next = truth.next(of: key, rested: isRested), next <= world.clock else { continue }
      found.insert(key)
      below[key] = nil
    }
    return found
  }

  /// The entries that each entry rests on.
  private func edges() -> [String: Set<String>] {
    var edges: [String: Set<String>] = [:]
    for key in keys {
      let below = Set((engine.entry(Input.name(key))?.dependencies ?? []).map(\.id))
      edges[key] = Set(keys.filter { below.contains(.entry(Input.name($0))) })
    }
    return edges
  }

  /// An entry is let go of.
  mutating func letGo(_ key: String) {
    tell("\(key) is forgotten")
    truth.forget(key)
    truth.lasting.gone.insert(key)
  }

  /// Whether the time of an entry is over.
  func isOver(_ key: String) -> Bool { truth.lasting.lives[key]?.expired != nil }

  /// What was made begins to live.
  mutating func begin(_ key: String, _ request: SetRequest) {
    truth.lasting.lives[key] = Truth.Life(
      given: request.ttl, draw: request.draw, begun: engine.clock, used: engine.clock, expired: nil)
    let policy = truth.policy(key)
    let isKept = !policy.strategy.hasTime || request.ttl ?? policy.ttl != .limited(0)
    if case .value(_, let size) = request.result, isKept {
      truth.lasting.values[key] = size
    } else {
      truth.lasting.values[key] = nil
    }
    truth.used[key] = nil
    truth.lasting.evicted.remove(key)
    if let tags = request.tags { truth.lasting.tags[key] = Set(tags) }
  }

  /// Somebody was served.
  mutating func use(_ key: String) {
    engine.use(Input.name(key))
    truth.used[key] = world.clock
    guard !isOver(key), case .limited = truth.policy(key).idle else { return }
    truth.lasting.lives[key]?.used = world.clock
  }

  static func size(_ key: String) -> Int { 1 + (Input.keys.firstIndex(of: key) ?? 0) }

  // MARK: Checks

  /// Who is expired and who has a value is known exactly, at every moment; and nothing happens that the engine did not wait for.
  func checkTime() throws {
    guard profile.hasPolicies else { return }
    let below = edges()
    var totals: [String: ValueTotals] = [:]
    for key in keys {
      let standing = engine.standing(of: Input.name(key))
      if let size = truth.lasting.values[key] {
        totals[Input.name(key).namespace, default: ValueTotals()].count += 1
        totals[Input.name(key).namespace]?.bytes += size
      }
      try expect(
        standing.value?.size == truth.lasting.values[key],
        "room: \(key) has the value \(standing.value?.size ?? 0), not \(truth.lasting.values[key] ?? 0)")
      let tags = engine.entry(Input.name(key))?.tags.filter(\.given).map(\.name)
      if let tags {
        try expect(
          Set(tags) == truth.lasting.tags[key] ?? [] && Set(tags).count == tags.count,
          "amend: \(key) bears \(tags), not \(truth.lasting.tags[key] ?? [])")
      }
      guard truth.lasting.proofs[key] != nil else { continue }
      try expect(
        (standing.state == .expired) == isOver(key), "time: \(key) is \(standing.state), over: \(isOver(key))")
      try expect(standing.state != .missing, "I9: \(key) was made, and is missing")
      let view = engine.entry(Input.name(key))
      try expect(
        view?.ends == truth.end(of: key), "time: \(key) ends at \(view?.ends ?? 0), not \(truth.end(of: key) ?? 0)")
      try expect(view?.strategy == truth.policy(key).strategy, "strategy: \(key)")
      if let next = truth.next(of: key, rested: isNamed(key, below)) {
        try expect(
          engine.nextDue.map { $0 <= next } ?? false,
          "time: \(key) is due at \(next), and the engine waits until \(engine.nextDue ?? -1)")
      }
    }
    try expect(engine.valueTotals == totals, "room: there are values \(engine.valueTotals), not \(totals)")
  }

  // MARK: Steps

  mutating func pass() {
    let steps: Int64 = rng.pick([1, 5, 10, 40])
    tell("\(steps) go by")
    world.clock += steps
    truth.counts["pass", default: 0] += 1
  }

  mutating func time() -> Lifetime? {
    let ttl: Int64? = rng.pick([nil, nil, -1, 0, 5, 20, 60, 150])
    return ttl.map { $0 < 0 ? .forever : .limited($0) }
  }

  /// A policy as a manifest may have it.
  mutating func policy() -> EntryPolicy {
    var policy = EntryPolicy()
    if profile.hasStrategies { policy.strategy = rng.pick(Strategy.allCases) }
    if profile.isTimed {
      policy.ttl = rng.pick([.forever, .limited(0), .limited(10), .limited(40), .limited(150)])
      policy.idle = rng.pick([.forever, .forever, .limited(6), .limited(30)])
      policy.jitter = rng.pick([0, 0.5, 1])
      policy.keepStale = rng.pick([0, 0, 20, 100])
    }
    policy.hasTagLevels = rng.one(in: 2)
    return policy
  }

  mutating func policies() -> Policies {
    var policies = Policies()
    if rng.one(in: 2) { policies.base = policy() }
    for namespace in ["t", "u"] where rng.one(in: 2) { policies.namespaces[namespace] = policy() }
    return policies
  }

  /// Another manifest: times and strategies.
  mutating func changePolicies() throws {
    let policies = policies()
    manifest.policies = policies
    tell("policies \(policies)")
    truth.counts["policies", default: 0] += 1
    adopt()
    try takeInDeclarations()
    try record()
  }

  /// The engine was told what the manifest says.
  mutating func hold(_ all: [Declared]) {
    truth.declared = Set(all.map(\.name.key))
    let before = truth.policies
    for key in keys {
      let own = all.last { $0.name == Input.name(key) }?.policy
      truth.policies[key] = own ?? manifest.policies[Input.name(key).namespace]
      // Uses that did not count until now do.
      if case .limited = truth.policies[key]?.idle, let used = truth.used[key], let life = truth.lasting.lives[key] {
        truth.lasting.lives[key]?.used = max(used, life.used)
      }
      if before[key]?.strategy != truth.policies[key]?.strategy { truth.confirmed.append(.entry(Input.name(key))) }
    }
  }
}
