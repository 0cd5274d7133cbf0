internal import Paths

/// Leaves that came to need a watch, or need none any more.
struct Tracking: Sendable {
  private struct Wish: Sendable {
    /// The shell was told to watch it.
    var announced: Bool
    var needed: Bool
  }

  private var wishes: [Leaf: Wish] = [:]
  private var order: [Leaf] = []

  mutating func need(_ leaf: Leaf) {
    if wishes[leaf] == nil { order.append(leaf) }
    wishes[leaf, default: Wish(announced: false, needed: true)].needed = true
  }

  mutating func release(_ leaf: Leaf) {
    if wishes[leaf] == nil { order.append(leaf) }
    wishes[leaf, default: Wish(announced: true, needed: false)].needed = false
  }

  mutating func take() -> (add: [Leaf], remove: [Leaf]) {
    defer { (wishes, order) = ([:], []) }
    return (
      order.filter { wishes[$0]?.needed == true },
      // One that is needed again is watched anew: what it was given before is taken back first.
      order.filter { wishes[$0]?.announced == true }
    )
  }
}

/// What calls named that nothing depends on yet: a refused one keeps it tracked, so that the next lease finds it known.
/// Bounded: the oldest goes first, and each goes when a lease of its time would.
struct Holds: Sendable {
  struct Hold: Sendable {
    let entry: EntryName
    let arrived: LSN
    let nodes: [NodeID]
    /// The clock when the call asked last.
    let since: WallClock
  }

  static let limit = 1024
  private(set) var all: [Hold] = []

  /// Takes over `hold` and gives back what it takes the place of.
  mutating func keep(_ hold: Hold) -> [Hold] {
    let former = drop { $0.entry == hold.entry && $0.arrived == hold.arrived }
    all.append(hold)
    guard all.count > Self.limit else { return former }
    return former + [all.removeFirst()]
  }

  mutating func drop(_ isGone: (Hold) -> Bool) -> [Hold] {
    guard all.contains(where: isGone) else { return [] }
    defer { all.removeAll(where: isGone) }
    return all.filter(isGone)
  }
}

extension Engine {
  /// The leaves that came to need a watch, or need none any more, since the last call. After a restart that is every
  /// leaf. A leaf that was let go and is needed again comes as one to add.
  public mutating func takeTracking() -> (add: [Leaf], remove: [Leaf]) { tracking.take() }

  /// The shell watches `leaf` now: from here on it may be looked at.
  ///
  /// `covered`: all the time since this engine began, it lay in directories that were watched and whose events were
  /// reported, so that the memory of touches tells when it was last touched. Otherwise this counts as a touch: a watch
  /// sees nothing of what was before it.
  public mutating func watching(_ leaf: Leaf, covered: Bool) {
    guard let id = graph.node(leaf), let state = graph[id].leaf else { return }
    graph[id].leaf?.watched = true
    if !covered || !on(.coveredMemory) {
      if on(.watchIsATouch), !covered { mark(id, at: stamp()) }
      if !on(.coveredMemory) { graph[id].leaf?.touchedAt = .zero }
    } else if !state.watched {
      graph[id].leaf?.touchedAt = memory.lastTouch(of: leaf, in: context.workspace)
    }
  }

  /// The node of `id`, tracked from now on.
  mutating func know(_ id: ResourceID) -> NodeID {
    if let known = graph.node(id) { return known }
    switch id {
    case .file(let path): return addLeaf(.file(path), kind: .file, name: id)
    case .dir(let path): return addLeaf(.dir(path), kind: .dir, name: id)
    case .glob(let pattern):
      let listing = knowListing(pattern)
      var node = Node(kind: .glob, name: id)
      node.forcedAt = forgotten.lastEnd(of: id)
      let glob = add(node)
      graph.link(glob, to: listing, observed: .unknown, roles: .member)
      let members = graph[listing].leaf?.members ?? []
      for path in members {
        let member = know(.file(path))
        graph.link(glob, to: member, observed: .unknown, roles: .member)
      }
      evaluate([glob])
      return glob
    case .opaque:
      var node = Node(kind: .opaque, name: id)
      node.forcedAt = forgotten.lastEnd(of: id)
      let opaque = add(node)
      if let path = id.followedFile(in: context), on(.opaqueFollows) {
        let file = know(.file(path))
        graph.link(opaque, to: file, observed: .unknown, roles: .member)
      }
      evaluate([opaque])
      return opaque
    case .entry:
      var node = Node(kind: .entry, name: id)
      node.forcedAt = forgotten.lastEnd(of: id)
      node.changedAt = node.forcedAt
      node.entry = EntryRecord()
      node.entry?.since = now
      if case .entry(let name) = id { node.entry?.strategy = policies[name.namespace].strategy }
      let entry = add(node)
      graph.setTagLevels(policy(of: entry).hasTagLevels, of: entry)
      evaluate([entry])
      return entry
    }
  }

  mutating func knowListing(_ pattern: String) -> NodeID {
    graph.listing(pattern) ?? addLeaf(.listing(pattern), kind: .listing, name: .glob(pattern))
  }

  private mutating func addLeaf(_ leaf: Leaf, kind: NodeRecord.Kind, name: ResourceID) -> NodeID {
    var node = Node(kind: kind, name: name)
    // When it was touched `watching` tells; before that it is not looked at.
    node.leaf = LeafState(leaf, touchedAt: lsn)
    node.forcedAt = forgotten.lastEnd(of: name)
    let id = add(node)
    dirty.insert(id)
    tracking.need(leaf)
    return id
  }

  private mutating func add(_ node: Node) -> NodeID {
    let id = graph.insert(node)
    changedRecords.insert(id)
    return id
  }

  /// Lets go of those that nothing needs any more: no dependent, no declaration, no call under way, no last look
  /// (`linger`).
  mutating func release(_ ids: some Sequence<NodeID>, underAny: Bool = false) {
    var work = Array(ids)
    while let id = work.popLast() {
      guard graph.contains(id), !isNeeded(graph[id]), !linger(id, underAny: underAny) else {
        // One that ended for good may be let go of once nothing rests on it.
        if graph.contains(id), graph[id].isMade, graph[id].dependents.isEmpty { schedule(id) }
        continue
      }
      let node = graph[id]
      work += node.edges.map(\.to)
      // Of an entry, also when it was last declared otherwise: who read through it then names it now.
      forget(
        node.name, at: node.entry == nil ? node.forcedAt : max(node.forcedAt, node.changedAt))
      graph.remove(id)
      dirty.remove(id)
      declaredNames.remove(id)
      declaredPolicies[id] = nil
      due.set(id, at: nil)
      changedRecords.remove(id)
      removedRecords.append(id)
      if let leaf = node.leaf?.leaf { tracking.release(leaf) }
    }
  }

  func isNeeded(_ node: Node) -> Bool {
    if !node.dependents.isEmpty || node.holds > 0 { return true }
    if let entry = node.entry { return entry.made || entry.declared }
    return node.leaf?.pinned ?? false
  }

  /// `id`, which is unknown or about to be, was invalidated at `moment`: a stamp for leases under way.
  mutating func forget(_ id: ResourceID, at moment: LSN) {
    guard on(.forgottenStamp) else { return }
    forgottenAt = max(forgottenAt, moment)
    if let oldest = leases.oldest {
      forgotten.note(id, at: moment, since: oldest)
    } else {
      forgotten.all(at: moment)
    }
  }

  /// All that is unknown was invalidated at `moment`: it may belong to what was ended.
  mutating func forgetAll(at moment: LSN) {
    guard on(.forgottenStamp) else { return }
    forgottenAt = max(forgottenAt, moment)
    forgotten.all(at: moment)
  }

  /// Keeps what a call named tracked until it ends, or another takes its place.
  mutating func hold(_ nodes: [NodeID], for entry: EntryName, arrived: LSN) {
    for id in nodes { graph[id].holds += 1 }
    letGo(held.keep(Holds.Hold(entry: entry, arrived: arrived, nodes: nodes, since: now)))
  }

  mutating func dropHolds(of entry: EntryName, where isGone: (LSN) -> Bool = { _ in true }) {
    letGoHolds { $0.entry == entry && isGone($0.arrived) }
  }

  /// Whether a call under way, or refused not long ago, names the entry.
  package func isHeld(_ name: EntryName) -> Bool { graph.node(.entry(name)).map { graph[$0].holds > 0 } ?? false }

  mutating func letGoHolds(where isGone: (Holds.Hold) -> Bool) { letGo(held.drop(isGone)) }

  private mutating func letGo(_ holds: [Holds.Hold]) {
    let nodes = holds.flatMap(\.nodes)
    for id in nodes { graph[id].holds -= 1 }
    release(nodes)
  }
}
