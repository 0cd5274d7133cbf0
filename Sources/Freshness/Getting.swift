extension Engine {
  /// A pass of a `get` that must be sure: its barrier began at `begun` and is over.
  ///
  /// It holds if each leaf below the entry was looked at before the barrier began, and not touched since: then all were
  /// true together at the moment it began. Otherwise only what is dirty is looked at, or concurrent passes would outrun
  /// one another for ever.
  public func get(_ name: EntryName, begun: LSN) -> Pass<Standing> {
    var dirty: [Leaf] = []
    var late: [Leaf] = []
    for id in leaves(below: graph.node(.entry(name)).map { [$0] } ?? []) {
      guard let leaf = graph[id].leaf else { continue }
      if !leaf.clean { dirty.append(leaf.leaf) } else if leaf.resolvedAt > begun { late.append(leaf.leaf) }
    }
    if dirty.isEmpty, late.isEmpty || !on(.getSecondPass) { return .answer(standing(of: name)) }
    return .again(look: on(.hashOnlyDirty) ? dirty : dirty + late)
  }

  /// How an entry stands as far as is known: all that a `get` without sync promises.
  public func standing(of name: EntryName) -> Standing {
    guard let id = graph.node(.entry(name)), let entry = graph[id].entry else {
      return Standing(state: .missing, digest: nil, value: nil, known: false, cause: nil)
    }
    let state = graph[id].state
    return Standing(
      state: state, digest: digest(of: id), value: entry.value,
      known: isKnown(id), cause: liveCause(of: id))
  }

  /// What makes an entry not fresh, whether it is known or not.
  public func strategy(of name: EntryName) -> Strategy {
    graph.node(.entry(name)).map { policy(of: $0).strategy } ?? policies[name.namespace].strategy
  }

  /// Whether clients know of an entry: it was made or declared, or something depends on it.
  public func knows(_ name: EntryName) -> Bool { graph.node(.entry(name)).map(isKnown) ?? false }

  /// Whether a namespace holds nothing.
  public func isEmpty(namespace: String) -> Bool { graph.namespaces[namespace] == nil }

  /// The state alone.
  public func state(of name: EntryName) -> State {
    graph.node(.entry(name)).map { graph[$0].state } ?? .missing
  }

  func digest(of id: NodeID) -> Digest? {
    if graph[id].isMade, case .digest(let digest) = graph[id].fingerprint { return digest }
    return nil
  }

  /// All leaves that `roots` rest on, through entries and globs, each once.
  func leaves(below roots: [NodeID]) -> [NodeID] {
    var seen = Set(roots), work = roots, found: [NodeID] = []
    while let id = work.popLast() {
      if graph[id].leaf != nil { found.append(id) }
      for edge in graph[id].edges where graph[id].acts(on: edge) && seen.insert(edge.to).inserted {
        work.append(edge.to)
      }
    }
    return found
  }
}
