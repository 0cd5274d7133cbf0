/// The walk from what changed over all transitive dependents, breadth first: the one that calls, confirmed changes and
/// questions share.
///
/// Depth counts entries: globs and opaque ids on the way are passed through.
struct Walk {
  /// What a node on the walk does to its dependents.
  enum Effect: Comparable {
    /// It is no longer proven, but stands for what it stood for.
    case doubt
    /// It stands for something else.
    case difference
  }

  /// Where a walk begins.
  struct Source {
    /// Whose dependents are reached, or who is reached itself at depth 0.
    var node: NodeID
    /// What the log names.
    var cause: String
    var from: Fingerprint?
    var to: Fingerprint?
    var effect = Effect.difference
    /// The node itself is part of what is reached, at this depth.
    var depth: Int?
    /// The neighbour that a node reached itself is reported to come from.
    var via: ResourceID?
    var cascades = true
    /// A call is the cause: more follows those than what merely changes.
    var isCall = false
    /// It was made, and stands for something else than before.
    var isReplaced = false
    /// A tag named it.
    var isTagged = false
  }

  /// A node that was reached, by the shortest way.
  struct Step {
    var node: NodeID
    var depth: Int
    var via: ResourceID
    var source: Int
    var effect: Effect
  }

  private(set) var steps: [Step] = []
  private var places: [NodeID: Int] = [:]
  /// The nodes from which it went on.
  private(set) var passed: Set<NodeID> = []
  /// Reached so far only by what does not cascade: another way may lead on from there.
  private var ends: Set<NodeID> = []

  /// Walks from `sources`. `all`: over every edge, though what is behind it may not follow. `passes` says whether what happened to a node shows at one of its dependents at all.
  init(
    _ sources: [Source], in graph: Graph, transitive: Bool = true, all: Bool = false,
    passes: (_ effect: Effect, _ edge: Edge, _ from: NodeID, _ to: NodeID) -> Bool = { _, _, _, _ in true }
  ) {
    struct Item {
      var node: NodeID
      var depth: Int
      var source: Int
      var effect: Effect
    }
    // A layer for each depth: composites stand at the depth of what they were reached from.
    var layer: [Item] = []
    for (index, source) in sources.enumerated() {
      if let depth = source.depth {
        let leadsOn = reach(
          Step(
            node: source.node, depth: depth, via: source.via ?? graph[source.node].name, source: index,
            effect: source.effect))
        if leadsOn, !source.cascades { ends.insert(source.node) }
      }
    }
    var waiting = sources.indices.filter { sources[$0].cascades }.map { index in
      let source = sources[index]
      // One that is ended itself keeps its digest; one that was made again has another.
      let ended = source.depth != nil && graph[source.node].isMade
      return Item(
        node: source.node, depth: source.depth ?? 0, source: index, effect: ended ? .doubt : source.effect)
    }
    var depth = 0
    while !waiting.isEmpty || !layer.isEmpty {
      layer += waiting.filter { $0.depth <= depth }
      waiting.removeAll { $0.depth <= depth }
      var following: [Item] = []
      var next = 0
      while next < layer.count {
        let item = layer[next]
        next += 1
        passed.insert(item.node)
        for dependent in graph[item.node].dependents {
          let edge = graph[dependent.node].edges[Int(dependent.edge)]
          let follows =
            all
            ? graph[dependent.node].counts(edge)
            : graph[dependent.node].isReached(by: edge, ofCall: sources[item.source].isCall)
          guard follows, passes(item.effect, edge, item.node, dependent.node) else { continue }
          let isEntry = graph[dependent.node].entry != nil
          // A made entry keeps its digest until it is made again; anything else passes on what happened to it.
          let effect = graph[dependent.node].isMade ? Effect.doubt : item.effect
          let step = Step(
            node: dependent.node, depth: depth + (isEntry ? 1 : 0), via: graph[item.node].name, source: item.source,
            effect: graph[dependent.node].isMade ? item.effect : effect)
          guard reach(step) else { continue }
          let item = Item(node: dependent.node, depth: step.depth, source: item.source, effect: effect)
          if isEntry { following.append(item) } else { layer.append(item) }
        }
      }
      layer = transitive ? following : []
      depth += 1
    }
  }

  /// Notes a step; false if the node was reached before by what is no weaker.
  private mutating func reach(_ step: Step) -> Bool {
    guard let place = places[step.node] else {
      places[step.node] = steps.count
      steps.append(step)
      return true
    }
    let wasEnd = ends.remove(step.node) != nil
    guard steps[place].effect < step.effect else { return wasEnd }
    steps[place].effect = step.effect
    return true
  }

  /// The entries among what was reached, by depth, then by name.
  func entries(in graph: Graph) -> [(name: EntryName, step: Step)] {
    steps.compactMap { step -> (name: EntryName, step: Step)? in
      guard case .entry(let name) = graph[step.node].name else { return nil }
      return (name, step)
    }.sorted { ($0.step.depth, $0.name) < ($1.step.depth, $1.name) }
  }
}
