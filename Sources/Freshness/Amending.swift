/// What is to be otherwise of an entry that is known. Its result stays what it is.
public struct Amendment: Sendable {
  public var name: EntryName
  public var addTags: [String] = []
  public var removeTags: [String] = []
  /// The caller vouches that the result was made from what is there at the time of the call, or states the digest.
  public var addDependencies: [(id: ResourceID, stated: Fingerprint?)] = []
  public var removeDependencies: [ResourceID] = []
  /// How long it lives from now on; nil: as it was.
  public var ttl: Lifetime?
  /// As that of a `SetRequest`.
  public var draw: UInt16 = 0
  /// `stamp()` when the call arrived; it also tells calls of one entry apart.
  public var arrived: LSN
  /// The clock when the call arrived.
  public var arrivedAt: WallClock

  public init(name: EntryName, arrived: LSN, arrivedAt: WallClock) {
    self.name = name
    self.arrived = arrived
    self.arrivedAt = arrivedAt
  }
}

/// What became of an amendment.
public enum AmendOutcome: Hashable, Sendable {
  /// `unknown`: dependencies on entries that nobody declared or made.
  case amended(unknown: [EntryName])
  /// Nobody declared or made it.
  case unknown
  /// The manifest declares these tags and dependencies: no call takes them away.
  case declared([String])
  case refused(Refusal)
  /// It would depend on itself, along this path.
  case cycle([ResourceID])
}

extension Engine {
  /// A pass of an amendment; its barrier began at `begun` and is over.
  ///
  /// All of it is carried out, or nothing. Dependencies that the entry has already are left as they are.
  public mutating func amend(_ amendment: Amendment, begun: LSN) -> Pass<AmendOutcome> {
    guard let entry = graph.node(.entry(amendment.name)), isKnown(entry) else {
      dropHolds(of: amendment.name) { $0 == amendment.arrived }
      return .answer(.unknown)
    }
    let fixed = declaredParts(of: entry, among: amendment)
    if !fixed.isEmpty {
      // The manifest may have come to declare it between two passes.
      dropHolds(of: amendment.name) { $0 == amendment.arrived }
      return .answer(.declared(fixed))
    }
    let request = SetRequest(
      name: amendment.name, dependencies: amendment.addDependencies, lease: nil, arrived: amendment.arrived,
      arrivedAt: amendment.arrivedAt, result: .derived)
    let wanted = new(amendment.addDependencies, of: entry)
    hold([entry] + wanted.map(\.node), for: amendment.name, arrived: amendment.arrived)
    if let cycle = cycle(closing: entry, through: wanted.map(\.node)) {
      dropHolds(of: amendment.name) { $0 == amendment.arrived }
      return .answer(.cycle(cycle))
    }
    if graph[entry].isMade {
      let check = examined(wanted, for: request, begun: begun)
      if let refusal = check.refusal {
        dropHolds(of: amendment.name) { $0 <= amendment.arrived }
        return .answer(.refused(refusal))
      }
      if !check.look.isEmpty || check.isLate { return .again(look: check.look) }
    }
    return .answer(.amended(unknown: carryOut(amendment, on: entry, adding: wanted)))
  }

  private func declaredParts(of entry: NodeID, among amendment: Amendment) -> [String] {
    let tags = (graph[entry].entry?.tags ?? []).filter { $0.declared && amendment.removeTags.contains($0.name) }
    let edges = graph[entry].edges.filter { edge in
      edge.roles.contains(.declared) && !edge.roles.contains(.output)
        && amendment.removeDependencies.contains(graph[edge.to].name)
    }
    return tags.map { "tag:\($0.name)" } + edges.map { "\(graph[$0.to].name)" }
  }

  private mutating func new(
    _ dependencies: [(id: ResourceID, stated: Fingerprint?)], of entry: NodeID
  ) -> [LeaseCheck.Wish] {
    var wanted: [LeaseCheck.Wish] = []
    for (id, stated) in dependencies {
      let node = know(id)
      // What is stated of one that it has already must be so as well.
      if graph.edge(from: entry, to: node) != nil, stated == nil { continue }
      if wanted.contains(where: { $0.node == node }) { continue }
      wanted.append(LeaseCheck.Wish(node: node, roles: .given, stated: stated, check: .present))
    }
    return wanted
  }

  private mutating func carryOut(
    _ amendment: Amendment, on entry: NodeID, adding wanted: [LeaseCheck.Wish]
  ) -> [EntryName] {
    let isMade = graph[entry].isMade
    var unknown: [EntryName] = []
    var gone: [NodeID] = []
    for id in amendment.removeDependencies {
      guard let node = graph.node(id), let index = graph.edge(from: entry, to: node),
        !graph[entry].edges[index].roles.contains(.output)
      else { continue }
      graph.unlink(entry, at: index)
      gone.append(node)
    }
    for wish in wanted where graph.edge(from: entry, to: wish.node) == nil {
      let observed = isMade ? wish.stated ?? graph[wish.node].fingerprint : .unknown
      graph.link(entry, to: wish.node, observed: observed, roles: wish.roles)
      if let name = unknownEntry(wish.node) { unknown.append(name) }
    }
    amendTags(amendment, of: entry)
    if let ttl = amendment.ttl, isMade, graph[entry].entry?.life.expired == nil || !on(.expiredStays) {
      graph[entry].entry?.life.expired = nil
      graph[entry].entry?.life.given = ttl
      graph[entry].entry?.life.begun = clock
      graph[entry].entry?.life.draw = amendment.draw
      expire(entry)
      // As if it had been made with that: one whose life is nothing is not kept.
      if ttl == .limited(0), graph[entry].entry?.life.expired != nil { graph.setValue(nil, of: entry) }
    }
    changedRecords.insert(entry)
    if !gone.isEmpty || !wanted.isEmpty {
      if !isMade {
        // It stands for what it depends on.
        graph[entry].changedAt = stamp()
        news.redeclared.append(amendment.name)
      }
      evaluate([entry])
      if isMade { settle(entry, amendment.name) }
    }
    dropHolds(of: amendment.name) { $0 <= amendment.arrived }
    release(gone)
    return unknown
  }

  /// No change made it and what rests on it worse, if anything did: each is told with its own cause.
  mutating func settle(_ entry: NodeID, _ name: EntryName) {
    news.settled.insert(entry)
    for dependent in dependents(of: .entry(name), transitive: true) {
      if let id = graph.node(dependent.id) { news.settled.insert(id) }
    }
  }

  private mutating func amendTags(_ amendment: Amendment, of entry: NodeID) {
    var tags = graph[entry].entry?.tags ?? []
    for name in amendment.removeTags {
      if let index = tags.firstIndex(where: { $0.name == name }) { tags.remove(at: index) }
    }
    for name in amendment.addTags {
      if let index = tags.firstIndex(where: { $0.name == name }) {
        tags[index].given = true
      } else {
        tags.append(Tag(name, declared: false, given: true))
      }
    }
    graph.setTags(tags, of: entry)
  }
}
