extension Engine {
  /// A pass of a `set`; its barrier began at `begun` and is over.
  ///
  /// It is accepted only if the engine observed what the client must have read: nothing it names was touched since the
  /// lease (or a look from after the call shows by its ctimes that it did not change), no entry it names was made again
  /// to another digest, nothing was invalidated; or the client states the digest of what it read.
  public mutating func set(_ request: SetRequest, begun: LSN) -> Pass<SetOutcome> {
    expireLeases()
    let entry = know(.entry(request.name))
    let wanted = wishes(of: request, for: entry)
    hold([entry] + wanted.map(\.node), for: request.name, arrived: request.arrived)
    if let cycle = cycle(closing: entry, through: wanted.map(\.node)) {
      dropHolds(of: request.name) { $0 == request.arrived }
      return .answer(.cycle(cycle))
    }
    let check = examined(wanted, for: request, of: entry, begun: begun)
    if let refusal = check.refusal {
      // What it named stays tracked until the entry is made, so that the next lease finds it known.
      dropHolds(of: request.name) { $0 < request.arrived }
      return .answer(.refused(refusal))
    }
    if !check.look.isEmpty || check.isLate { return .again(look: check.look) }
    return .answer(accept(request, entry: entry, wanted: wanted))
  }

  /// Looks at all that a result rests on, or is to rest on; and with `entry` at whether the lease holds for that itself.
  func examined(
    _ wanted: [LeaseCheck.Wish], for request: SetRequest, of entry: NodeID? = nil, begun: LSN
  ) -> LeaseCheck {
    var check = LeaseCheck(request, begun: begun)
    if let entry { refuse(entry, &check) }
    for wish in wanted { check.add(wish) }
    while let wish = check.next() { examine(wish, &check) }
    if check.refusal == nil, check.look.isEmpty {
      for wish in wanted {
        if let stated = wish.stated, graph[wish.node].fingerprint != stated {
          check.refuse(.differs, graph[wish.node].name, stated: stated, found: graph[wish.node].fingerprint)
        }
      }
    }
    return check
  }

  /// What is to become of the entry's edges: declared ones hold, what the call names comes on top, an output wins.
  private mutating func wishes(of request: SetRequest, for entry: NodeID) -> [LeaseCheck.Wish] {
    var places: [NodeID: Int] = [:]
    var wanted: [LeaseCheck.Wish] = []
    func want(_ node: NodeID, _ roles: EdgeRoles, stated: Fingerprint? = nil) {
      if let place = places[node] {
        wanted[place].roles.formUnion(roles)
        wanted[place].stated = stated ?? wanted[place].stated
      } else {
        places[node] = wanted.count
        wanted.append(LeaseCheck.Wish(node: node, roles: roles, stated: stated))
      }
    }
    if on(.declaredHolds) {
      for edge in graph[entry].edges where edge.roles.contains(.declared) {
        want(edge.to, edge.roles.subtracting([.given, .called]))
      }
    }
    for path in request.outputs { want(know(.file(path)), [.output, .given]) }
    for (id, stated) in request.dependencies { want(know(id), .given, stated: stated) }
    for index in wanted.indices {
      wanted[index].check = wanted[index].roles.contains(.output) || request.lease == nil ? .present : .lease
    }
    return wanted
  }

  /// Whether the lease holds for the entry itself.
  private func refuse(_ entry: NodeID, _ check: inout LeaseCheck) {
    let name = graph[entry].name
    if let lease = check.request.lease {
      if lease.boot != boot {
        if on(.leaseDiesWithBoot) { check.refuse(.agentRestarted, nil) }
      } else if lease.lsn <= leases.horizon, on(.leaseLimit) {
        check.refuse(.leaseTooOld, nil, limits: leaseLimits)
      }
      // Of one that is not made, the last call that would have ended it without a cascade.
      if graph[entry].madeAt > lease.lsn, on(.madeAgain) {
        check.refuse(graph[entry].isMade ? .madeAgain : .invalidated, name)
      }
    }
    if check.request.lease != nil, on(.tagStamp) {
      for tag in check.request.tags ?? [] {
        let levels = graph[entry].hasTagLevels ? Tag(tag, declared: false, given: true).levels : []
        for name in levels + [tag] where lastEnd(of: name, in: check.request.name.namespace) > check.since {
          check.refuse(.invalidated, .opaque(scheme: "tag", rest: name))
        }
      }
    }
    if check.request.lease != nil, graph[entry].forcedAt > check.since, on(.forceEndsLease) {
      check.refuse(.invalidated, name)
    }
  }

  /// Looks at one node that the result rests on, and notes what lies below it.
  private func examine(_ wish: LeaseCheck.Wish, _ check: inout LeaseCheck) {
    let id = wish.node, name = graph[id].name
    let isOutput = wish.roles.contains(.output)
    if !isOutput, graph[id].forcedAt > check.since, on(.forceEndsLease) {
      check.refuse(.invalidated, name)
    }
    if let leaf = graph[id].leaf {
      if !leaf.clean { return check.mustLook(leaf.leaf) }
      if !graph[id].fingerprint.isProof { return check.refuse(.unreadable, name) }
      if isOutput, graph[id].fingerprint == .absent { return check.refuse(.outputMissing, name) }
      if wish.stated != nil { return }
      if wish.check == .present {
        if leaf.resolvedAt > check.begun, on(.outputsProven) { check.isLate = true }
        return
      }
      examine(leaf, name, &check)
      return
    }
    if graph[id].isMade {
      if wish.stated == nil, wish.check == .lease || check.request.lease == nil, graph[id].changedAt > check.since,
        on(.upstreamReset)
      {
        check.refuse(.changed, name)
      }
      return
    }
    if graph[id].kind == .entry, wish.stated == nil, graph[id].changedAt > check.since, on(.upstreamReset) {
      check.refuse(.changed, name)
    }
    guard on(.ghostLeaves) || graph[id].kind != .entry else { return }
    // It stands for what it depends on. Where its digest is stated, that only has to be known.
    let below = wish.stated == nil ? wish.check : .present
    for edge in graph[id].edges where graph[id].counts(edge) {
      check.add(LeaseCheck.Wish(node: edge.to, roles: .member, stated: nil, check: below))
    }
  }

  /// Whether a clean leaf holds what the client must have read after it took the lease.
  private func examine(_ leaf: LeafState, _ name: ResourceID, _ check: inout LeaseCheck) {
    guard let lease = check.request.lease else { return }
    let last = on(.touchedNotChanged) ? leaf.touchedAt : graph.node(leaf.leaf).map { graph[$0].changedAt } ?? .zero
    if last <= lease.lsn {
      // Unchanged from the lease until `begun`: the client saw what a look from before `begun` saw.
      if leaf.resolvedAt > check.begun, on(.lateHash) { check.isLate = true }
    } else if leaf.hashedAt < check.request.arrived {
      // Touched since the lease, or named after it: a look from after the call tells by the ctimes whether it changed.
      if on(.unseenDependency) { check.mustLook(leaf.leaf) }
    } else if on(.unseenDependency),
      leaf.newestOnPath + (on(.ctimeGranularity) ? granularity : 0) > lease.time
    {
      check.refuse(leaf.newestOnPath > lease.time ? .changed : .tooYoung, name)
    }
  }

  private mutating func accept(
    _ request: SetRequest, entry: NodeID, wanted: [LeaseCheck.Wish]
  ) -> SetOutcome {
    let wasMade = graph[entry].isMade
    let was = graph[entry].fingerprint
    var unknown: [EntryName] = []
    let old = graph[entry].edges.map(\.to)
    let observed = wanted.map { $0.stated ?? graph[$0.node].fingerprint }
    if on(.edgesReplaced) { graph.removeEdges(of: entry, mirrored: on(.reverseIndex)) }
    for (wish, observed) in zip(wanted, observed) {
      if let index = graph.edge(from: entry, to: wish.node) { graph.unlink(entry, at: index) }
      graph.link(entry, to: wish.node, observed: observed, roles: wish.roles)
      if let name = unknownEntry(wish.node) { unknown.append(name) }
    }
    let digest = digest(of: request.result, for: entry)
    let isSame = wasMade && was == .digest(digest)
    let at = stamp()
    var life = LifeRecord()
    (life.given, life.draw, life.begun, life.used) = (request.ttl, request.draw, clock, clock)
    update(entry) { [life] node in
      node.fingerprint = .digest(digest)
      node.madeAt = at
      if !isSame { node.changedAt = at }
      node.entry?.made = true
      node.entry?.evicted = nil
      node.entry?.forced = false
      node.entry?.standing = false
      node.entry?.life = life
      node.used = life.used
    }
    if case .value(let digest, let size) = request.result {
      graph.setValue(ValueInfo(digest: digest, size: size), of: entry)
    } else {
      graph.setValue(nil, of: entry)
    }
    if !on(.forcedStampKept) { graph[entry].forcedAt = .zero }
    if let tags = request.tags { setGiven(tags, of: entry) }
    if !isSame { news.replaced.append(News.Replaced(name: request.name, from: was)) }
    // The log is not told that the maker made it: it knows what comes of it.
    publish(entry, graph[entry].state, because: nil)
    graph[entry].entry?.since = now
    // One whose life is nothing is over at once, and not kept.
    expire(entry)
    if ttl(of: entry) == .limited(0) { graph.setValue(nil, of: entry) }
    let cause = liveCause(of: entry)
    graph[entry].entry?.cause = cause
    dropHolds(of: request.name) { $0 <= request.arrived }
    release(old)
    return .accepted(created: !wasMade, unknown: unknown)
  }

  /// The name of an entry that nobody declared or made.
  func unknownEntry(_ id: NodeID) -> EntryName? {
    guard case .entry(let name) = graph[id].name, let entry = graph[id].entry, !entry.made, !entry.declared else {
      return nil
    }
    return name
  }

  private func digest(of result: SetRequest.Result, for entry: NodeID) -> Digest {
    switch result {
    case .value(let digest, _), .stated(let digest): return digest
    case .derived:
      let hasOutputs = graph[entry].edges.contains { $0.roles.contains(.output) }
      let lines = graph[entry].edges.filter { $0.roles.contains(.output) == hasOutputs }.map {
        "\(graph[$0.to].name) \($0.observed)\n"
      }
      return Digest(of: lines.sorted().joined().utf8)
    }
  }

  private mutating func setGiven(_ tags: [String], of entry: NodeID) {
    var kept = (graph[entry].entry?.tags ?? []).filter(\.declared).map { Tag($0.name, declared: true, given: false) }
    for name in Set(tags).sorted() {
      if let index = kept.firstIndex(where: { $0.name == name }) {
        kept[index].given = true
      } else {
        kept.append(Tag(name, declared: false, given: true))
      }
    }
    graph.setTags(kept, of: entry)
  }

  /// Forgets the entry: its value, what calls gave it, and that it was made. False if there is none.
  ///
  /// To be made durable before it is acknowledged. If it is declared, or something depends on it, it stands for its
  /// declared dependencies from now on.
  public mutating func delete(_ name: EntryName) -> Bool {
    let at = stamp()
    news.calls += 1
    guard let id = graph.node(.entry(name)) else {
      forget(.entry(name), at: at)
      return false
    }
    let wasMade = graph[id].isMade
    let published = graph[id].entry?.published ?? .missing
    let was = graph[id].fingerprint
    let old = graph[id].edges
    let tags = graph[id].entry?.tags.map(\.name) ?? []
    let called = call(Walk([Walk.Source(node: id, cause: "", isCall: true)], in: graph))
    graph.removeEdges(of: id)
    for edge in old where edge.roles.contains(.declared) {
      graph.link(id, to: edge.to, observed: .unknown, roles: edge.roles.subtracting([.given, .called]))
    }
    setGiven([], of: id)
    update(id) { node in
      node.forcedAt = at
      node.changedAt = at
      node.entry?.made = false
      node.entry?.forced = false
      node.entry?.standing = false
      node.entry?.life = LifeRecord()
      node.entry?.evicted = nil
    }
    graph.setValue(nil, of: id)
    evaluate(called)
    schedule(id)
    publish(id, .missing, because: nil)
    if wasMade {
      news.ended.append(
        News.Ended(
          name: name, cause: "call:delete", via: .entry(name), depth: 0, cascades: true,
          deleted: published == .missing ? .fresh : published, tags: tags))
    } else {
      news.replaced.append(News.Replaced(name: name, from: was))
    }
    dropHolds(of: name)
    release(old.map(\.to) + [id])
    return wasMade
  }
}
