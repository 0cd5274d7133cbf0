extension Engine {
  /// Invalidates what a call names, and what its cascade reaches. To be made durable before it is acknowledged.
  ///
  /// What is named is stale until it is made again; for resources that is their direct dependents. What the cascade
  /// reaches beyond is suspect, and recovers if what is named is made again to the same digest.
  public mutating func invalidate(_ call: Invalidation) -> Invalidated { invalidate([call], dryRun: call.dryRun) }

  /// The same for several at once: an entry that more than one of them reaches is counted once. `dryRun` holds for all.
  public mutating func invalidate(_ calls: [Invalidation], dryRun: Bool = false) -> Invalidated {
    let at = dryRun ? lsn : stamp()
    if !dryRun { news.calls += 1 }
    var orders: [Order] = []
    var void: [NodeID] = []
    for call in calls {
      // Entries that are being made are unknown yet, and may belong to these.
      if !dryRun {
        for name in call.keys where graph.node(.entry(name)) == nil { forget(.entry(name), at: at) }
        if on(.unknownMembers), call.all || !call.namespaces.isEmpty { forgetAll(at: at) }
        for tag in call.tags { rememberEnd(of: tag, within: call.within, at: at) }
      }
      orders += named(by: call)
      let direct = direct(of: call)
      orders += direct.orders
      void += direct.void
      if !dryRun { forgetUnknown(call.resources, at: at) }
    }
    return carryOut(orders, void: void, at: dryRun ? nil : at)
  }

  /// What a call names, but for its resources.
  private func named(by call: Invalidation) -> [Order] {
    func orders(_ ids: some Sequence<NodeID>, _ cause: String, cascades: Bool, isTagged: Bool = false) -> [Order] {
      ids.map {
        Order(
          node: $0, cause: call.cause ?? cause, cascades: call.cascade ?? cascades, soft: call.soft, isTagged: isTagged)
      }
    }
    var all = orders(call.keys.compactMap { graph.node(.entry($0)) }, "call:invalidate", cascades: true)
    for tag in call.tags {
      let members = graph.members(ofTag: tag).sorted().filter { isWithin(call.within, $0) }
      all += orders(members, "tag:\(tag)", cascades: true, isTagged: true)
    }
    for namespace in call.namespaces {
      all += orders((graph.namespaces[namespace] ?? []).sorted(), "namespace:\(namespace)", cascades: false)
    }
    if call.all { all += orders(graph.namespaces.values.joined().sorted(), "call:all", cascades: false) }
    return all
  }

  private func isWithin(_ namespaces: [String]?, _ id: NodeID) -> Bool {
    guard let namespaces else { return true }
    guard case .entry(let name) = graph[id].name else { return false }
    return namespaces.contains(name.namespace)
  }

  /// Invalidates the dependents of `ids`, direct ones at depth 1; the ids themselves are not counted.
  public mutating func invalidateDependents(
    of ids: [ResourceID], cascade: Bool = true, soft: Bool = false, cause: String? = nil
  ) -> Invalidated {
    var call = Invalidation()
    (call.resources, call.cascade, call.soft, call.cause) = (ids, cascade, soft, cause)
    return invalidate(call)
  }

  /// What a change of these resources would invalidate. A path that nothing stands for yet counts where a glob in use
  /// may match it.
  public func affected(by ids: [ResourceID]) -> Invalidated {
    let sources = ids.flatMap { id in
      self.sources(of: id).map { Walk.Source(node: $0, cause: "\(id)") }
    }
    let walk = Walk(sources, in: graph)
    var answer = Invalidated()
    for (name, step) in walk.entries(in: graph) {
      answer.matched += 1
      if state(of: step.node, after: step) > graph[step.node].state {
        answer.entries.append(Invalidated.Entry(name: name, depth: step.depth, via: step.via))
      }
    }
    return answer
  }

  /// An entry to be ended.
  private struct Order {
    var node: NodeID
    var cause: String
    var cascades: Bool
    /// Its value is kept.
    var soft: Bool
    /// A tag named it.
    var isTagged = false
    var depth = 0
    var via: ResourceID?
  }

  /// The direct dependents of a call's resources, and the nodes by which they are reached.
  private func direct(of call: Invalidation) -> (orders: [Order], void: [NodeID]) {
    var orders: [Order] = []
    var void: [NodeID] = []
    for id in call.resources {
      let sources = self.sources(of: id)
      void += sources
      let walk = Walk(sources.map { Walk.Source(node: $0, cause: "") }, in: graph, transitive: false, all: true)
      for step in walk.steps {
        if graph[step.node].entry == nil {
          void.append(step.node)
        } else {
          orders.append(
            Order(
              node: step.node, cause: call.cause ?? "call:invalidate", cascades: call.cascade ?? true, soft: call.soft,
              depth: step.depth, via: step.via))
        }
      }
    }
    return (orders, void)
  }

  private mutating func forgetUnknown(_ ids: [ResourceID], at: LSN) {
    for id in ids where graph.node(id) == nil { forget(id, at: at) }
  }

  /// The nodes whose dependents a change of `id` reaches.
  func sources(of id: ResourceID) -> [NodeID] {
    if let node = graph.node(id) { return [node] }
    guard case .file(let path) = id else { return [] }
    return graph.paths.listings(matching: path).compactMap { graph.node(graph[$0].name) }
  }

  /// Ends what is ordered. Leases from before are void for whatever rests on one of `void`. `at` nil: only says what would
  /// happen.
  private mutating func carryOut(_ orders: [Order], void: [NodeID], at: LSN?) -> Invalidated {
    let named = orders
    let orders = named.filter { isKnown($0.node) }
    // What only calls under way name is ended for them.
    if let at, on(.namedOnlyIsEnded) {
      for order in named where !isKnown(order.node) { update(order.node) { $0.forcedAt = at } }
    }
    let sources = orders.map {
      Walk.Source(
        node: $0.node, cause: $0.cause, depth: $0.depth, via: $0.via, cascades: $0.cascades, isCall: true)
    }
    let walk = Walk(sources, in: graph)
    let steps = walk.entries(in: graph)
    let before = steps.map { graph[$0.step.node].state }
    if let at {
      for id in void where on(.resourceStamp) {
        // What a ghost stands for is not changed by that: its dependents are ended themselves, perhaps alone.
        let isGhost = graph[id].kind == .entry && !graph[id].isMade
        update(id) { node in if isGhost { node.changedAt = at } else { node.forcedAt = at } }
      }
      let called = call(walk)
      for order in orders { end(order, at: at) }
      evaluate(called)
    }
    var answer = Invalidated()
    answer.matched = steps.count
    for ((name, step), was) in zip(steps, before) {
      let state = at == nil ? state(of: step.node, after: step) : graph[step.node].state
      if state > was { answer.entries.append(Invalidated.Entry(name: name, depth: step.depth, via: step.via)) }
    }
    return answer
  }

  /// A call's cascade comes over these edges to entries that follow nothing else: from now on they count. → those entries
  mutating func call(_ walk: Walk) -> [NodeID] {
    var called: [NodeID] = []
    for step in walk.steps {
      let id = step.node
      guard graph[id].isMade, let strategy = graph[id].entry?.strategy, strategy.followsCalls,
        !strategy.followsDependencies, on(.callsReachManual)
      else { continue }
      for index in graph[id].edges.indices where walk.passed.contains(graph[id].edges[index].to) {
        graph[id].edges[index].roles.insert(.called)
      }
      changedRecords.insert(id)
      called.append(id)
    }
    return called
  }

  /// Whether clients know of an entry: not if only a call under way, or refused, named it.
  func isKnown(_ id: NodeID) -> Bool {
    guard let entry = graph[id].entry else { return false }
    return entry.made || entry.declared || !graph[id].dependents.isEmpty
  }

  /// What an entry would be if the walk came true.
  private func state(of id: NodeID, after step: Walk.Step) -> State {
    guard graph[id].isMade else { return .missing }
    return max(graph[id].state, step.effect == .difference ? .stale : .suspect)
  }

  private mutating func end(_ order: Order, at: LSN) {
    guard case .entry(let name) = graph[order.node].name else { return }
    let entry = graph[order.node].entry
    if entry?.made == true {
      // What is ended already does not stand again: its dependents were told.
      let stands = !order.cascades && (entry.map { !$0.forced || $0.standing } ?? false)
      let forced = on(.forcedIsStale)
      update(order.node) { [clock] node in
        node.forcedAt = at
        node.entry?.life.ended = clock
        node.entry?.standing = stands
        node.entry?.forced = forced
      }
      if !order.soft { graph.setValue(nil, of: order.node) }
      schedule(order.node)
    } else if order.cascades {
      update(order.node) { node in
        node.forcedAt = at
        node.changedAt = at
      }
    } else {
      // There is nothing to end, and dependents stay as they are; but a lease for the entry is void.
      update(order.node) { $0.madeAt = at }
    }
    news.ended.append(
      News.Ended(
        name: name, cause: order.cause, via: order.via ?? .entry(name), depth: order.depth, cascades: order.cascades,
        isTagged: order.isTagged, deleted: nil))
  }
}
