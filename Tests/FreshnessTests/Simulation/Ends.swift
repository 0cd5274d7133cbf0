import Freshness
import Paths
import SeededRandom

/// Calls that end entries. They are durable before they are acknowledged.
extension Trace {
  /// A call names an entry, a tag, a namespace, all, or a resource; now and then two of them.
  mutating func end(_ key: String) throws {
    var call = Invalidation()
    var end = Truth.End(time: world.now)
    for _ in 0..<rng.pick([1, 1, 2]) {
      switch Int.random(in: 0..<10, using: &rng) {
      case 0..<4: call.keys = [Input.name(key)]
      case 4, 5:
        call.tags = [rng.pick(["x", "y"])]
        if profile.hasPolicies, rng.one(in: 4) { call.within = [rng.pick(["t", "u"])] }
      case 6: call.namespaces = [rng.pick(["t", "u"])]
      case 7: call.all = true
      default: call.resources = [(rng.pick(recipes[key]?.inputs ?? [])).id]
      }
    }
    call.soft = rng.one(in: 2)
    call.cascade = rng.pick([nil, nil, nil, true, false])
    let reached = reached(by: call, &end)
    tell("invalidate \(reached.keys.sorted()), \(call)")

    call.dryRun = true
    let (before, predicted) = (states(), engine.invalidate(call))
    try expect(states() == before, "answer: a dry run changes states")
    call.dryRun = false
    let values = keys.map { engine.standing(of: Input.name($0)).value }
    let answer = engine.invalidate(call)
    try expect(predicted == answer, "answer: a dry run says \(predicted), the call \(answer)")
    let worse = zip(keys, zip(before, states())).filter { $0.1.1 > $0.1.0 && $0.1.1 != .missing }.map(\.0)
    try expect(
      answer.entries.map(\.name.key).sorted() == worse.sorted(),
      "answer: the call made \(worse) worse and says \(answer)")
    for (key, value) in zip(keys, values) {
      let isNamed = reached[key] != nil && truth.lasting.proofs[key] != nil
      try expect(
        engine.standing(of: Input.name(key)).value == (isNamed && !call.soft ? nil : value),
        "answer: a \(call.soft ? "soft" : "hard") call that names \(reached) leaves \(key) with another value")
    }
    try checkReached(by: reached, before)
    for (key, cascades) in reached {
      if !call.soft, truth.lasting.proofs[key] != nil { truth.lasting.values[key] = nil }
      for cascades in cascades { truth.force(key, cascades: cascades, at: world.clock) }
      truth.confirmed.append(.entry(Input.name(key)))
    }
    truth.confirmed += call.resources
    try acknowledge(end)
  }

  private func states() -> [State] { keys.map { engine.state(of: Input.name($0)) } }

  /// A tag reaches those that bear it, and where tags have levels those that bear one below it.
  private func isTagged(_ key: String, _ tag: String) -> Bool {
    let tags = engine.entry(Input.name(key))?.tags.map(\.name) ?? []
    return tags.contains { $0 == tag || truth.policy(key).hasTagLevels && $0.hasPrefix("\(tag)/") }
  }

  /// A call makes worse what it names and, over all that follow calls, what rests on that; nobody else.
  private func checkReached(by reached: [String: [Bool]], _ before: [State]) throws {
    var doubted = Set(reached.filter { $0.value.contains(true) && truth.lasting.proofs[$0.key] != nil }.keys)
    for (key, was) in zip(keys, before) {  // dependencies come first
      let state = engine.state(of: Input.name(key))
      if reached[key] != nil {
        try expect(state != .fresh, "call: \(key) is named, and fresh")
        continue
      }
      let strategy = truth.policy(key).strategy
      guard truth.lasting.proofs[key] != nil else { continue }
      guard strategy.followsCalls else {
        try expect(state == was, "call: \(key) is \(strategy), and was \(was), and is \(state)")
        continue
      }
      let below = engine.entry(Input.name(key))?.dependencies.map(\.id) ?? []
      if doubted.contains(where: { below.contains(.entry(Input.name($0))) }) {
        try expect(state != .fresh, "call: \(key) is \(strategy), rests on what a call reached, and is fresh")
        doubted.insert(key)
      }
    }
  }

  /// The entries that a call names, and in which order with or without a cascade.
  private func reached(by call: Invalidation, _ end: inout Truth.End) -> [String: [Bool]] {
    var reached: [String: [Bool]] = [:]
    for name in call.keys { self.name(name.key, call.cascade ?? true, &reached, &end) }
    for tag in call.tags {
      end.tags += (call.within ?? ["t", "u"]).map { "\($0) \(tag)" }
      for key in keys where isTagged(key, tag) && (call.within?.contains(Input.name(key).namespace) ?? true) {
        name(key, call.cascade ?? true, &reached, &end)
      }
    }
    for key in keys where call.namespaces.contains(Input.name(key).namespace) {
      name(key, call.cascade ?? false, &reached, &end)
    }
    if call.all { for key in keys { name(key, call.cascade ?? false, &reached, &end) } }
    for id in call.resources {
      for key in keys {
        let dependencies = engine.entry(Input.name(key))?.dependencies.map(\.id) ?? []
        if dependencies.contains(where: { rests($0, on: id) }) {
          name(key, call.cascade ?? true, &reached, &end)
        }
      }
      for input in recipes.values.flatMap(\.inputs) where rests(input.id, on: id) {
        if case .entry = input { continue }
        end.named.append(input)
      }
    }
    return reached
  }

  private func name(
    _ key: String, _ cascades: Bool, _ reached: inout [String: [Bool]], _ end: inout Truth.End
  ) {
    reached[key, default: []].append(cascades)
    if cascades { end.named.append(.entry(key)) } else { end.alone.append(key) }
  }

  /// Whether a dependency is `id`, or stands for it.
  private func rests(_ dependency: ResourceID, on id: ResourceID) -> Bool {
    if dependency == id { return true }
    guard case .file(let path) = id else { return false }
    switch dependency {
    case Input.following.id: return path == "a"
    case .glob(let pattern):
      // A path that nothing stands for counts where a glob may match it.
      return engine.dependencies(of: dependency, transitive: true).contains { $0.id == id }
        || !engine.isTracked(.file(path)) && World.matches(pattern, path)
    default: return false
    }
  }

  mutating func delete(_ key: String) throws {
    tell("delete \(key)")
    _ = engine.delete(Input.name(key))
    follow()
    truth.forget(key)
    truth.confirmed.append(.entry(Input.name(key)))
    try acknowledge(Truth.End(time: world.now, named: [.entry(key)]))
  }

  /// The call returns once its transaction is flushed.
  private mutating func acknowledge(_ end: Truth.End) throws {
    try record()
    if on(.forceDurable) { truth.unacknowledged.append((disk.enqueued, end)) } else { truth.acknowledge(end) }
  }
}
