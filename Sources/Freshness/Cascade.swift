/// How a change runs through the graph: `push` takes proof away at once, `evaluate` brings states up to date with what is
/// known. Both keep work lists: depth is unbounded.
extension Engine {
  /// `id` is no longer proven: whatever fresh rests on it is suspect, at once. What is not fresh stops the walk: nothing
  /// beyond it is fresh (I2).
  mutating func push(_ id: NodeID) {
    var work = [id]
    while let via = work.popLast() {
      for position in graph[via].dependents.indices {
        let dependent = graph[via].dependents[position]
        let id = dependent.node
        guard graph[id].basis == .fresh, graph[id].acts(on: graph[id].edges[Int(dependent.edge)]) else { continue }
        if graph[id].isComposite, !on(.ghostWalk) { continue }
        let wasProven = graph[id].isProven
        graph[id].basis = .suspect
        if wasProven, on(.pushTransitive) { work.append(id) }
      }
    }
  }

  /// How a node stands by its dependencies as they are, and the edge at fault.
  func judge(_ id: NodeID) -> (basis: State, fault: Edge?) {
    let isMade = graph[id].isMade
    var unproven: Edge?
    for edge in graph[id].edges where graph[id].acts(on: edge) {
      if isMade, edge.roles.contains(.output), !on(.outputsWatched) { continue }
      let isProven = graph[edge.to].isProven
      if isMade, !holds(edge, proven: isProven) { return (.stale, edge) }
      if !isProven {
        if unproven == nil { unproven = edge }
      } else if !on(.allDependencies) {
        break
      }
    }
    return unproven == nil ? (.fresh, nil) : (.suspect, unproven)
  }

  /// Whether a made entry's edge may still hold, as far as is known. What an entry stands for is known, fresh or not;
  /// what a leaf holds only while it is clean. An edge that was declared after its holder was made never held.
  private func holds(_ edge: Edge, proven: Bool) -> Bool {
    if edge.observed == .unknown { return false }
    let isKnown = proven || graph[edge.to].leaf == nil && on(.differsIsStale)
    return !isKnown || graph[edge.to].fingerprint == edge.observed
  }

  /// Brings nodes up to date with their dependencies, and dependents with them, each at most once while it waits.
  mutating func evaluate(_ seeds: some Sequence<NodeID>) {
    var work: [NodeID] = []
    func enqueue(_ ids: some Sequence<NodeID>, in engine: inout Engine) {
      for id in ids where !engine.graph[id].queued {
        engine.graph[id].queued = true
        work.append(id)
      }
    }
    enqueue(seeds, in: &self)
    // First in, first out: across a layered graph each node is then seen once, after all that it rests on.
    var next = 0
    while next < work.count {
      let id = work[next]
      next += 1
      graph[id].queued = false
      let (wasProven, was) = (graph[id].isProven, graph[id].fingerprint)
      switch reconsider(id, wasProven: wasProven, was: was) {
      case .nothing: break
      case .push: if on(.pushOnLeaving) { push(id) }
      case .evaluateDependents: enqueue(graph[id].dependents.map(\.node), in: &self)
      }
      if next > 4096, next * 2 > work.count {
        work.removeFirst(next)
        next = 0
      }
    }
  }

  /// Changes a node's flags or digest by hand, and brings its dependents up to date with what follows.
  mutating func update(_ id: NodeID, _ change: (inout Node) -> Void) {
    let (wasProven, was) = (graph[id].isProven, graph[id].fingerprint)
    change(&graph[id])
    changedRecords.insert(id)
    switch reconsider(id, wasProven: wasProven, was: was) {
    case .nothing: break
    case .push: push(id)
    case .evaluateDependents: if on(.newDigest) { evaluate(graph[id].dependents.map(\.node)) }
    }
  }

  private enum Consequence { case nothing, push, evaluateDependents }

  private mutating func reconsider(_ id: NodeID, wasProven: Bool, was: Fingerprint) -> Consequence {
    if graph[id].isComposite {
      let digest = compose(id)
      if digest != graph[id].fingerprint {
        graph[id].fingerprint = digest
        changedRecords.insert(id)
      }
    }
    graph[id].basis = judge(id).basis
    if graph[id].basis == .fresh, graph[id].entry?.strategy.followsDependencies == false { forgetCalls(at: id) }
    if let entry = graph[id].entry, entry.made, entry.published != .fresh, graph[id].state == .fresh {
      news.freshened.insert(id)
    }
    if let entry = graph[id].entry, entry.made, entry.published == .suspect, graph[id].state == .stale {
      news.settled.insert(id)
    }
    let isProven = graph[id].isProven
    if was != graph[id].fingerprint || !wasProven && isProven && on(.earlyCutoff) { return .evaluateDependents }
    return wasProven && !isProven ? .push : .nothing
  }

  /// What a call's cascade put in doubt is as it was.
  private mutating func forgetCalls(at id: NodeID) {
    for index in graph[id].edges.indices where graph[id].edges[index].roles.contains(.called) {
      graph[id].edges[index].roles.remove(.called)
      changedRecords.insert(id)
    }
  }

  /// What a node without contents of its own stands for.
  private func compose(_ id: NodeID) -> Fingerprint {
    switch graph[id].kind {
    case .opaque:
      if let file = graph[id].edges.first { return graph[file.to].fingerprint }
      return .digest(Digest(of: "opaque \(graph[id].name)\n".utf8))
    case .entry:
      let stamp = on(.ghostStamp) ? graph[id].forcedAt.rawValue : 0
      return .digest(Digest(of: "never made \(stamp)\n\(lines(of: id) { $0.roles.isDisjoint(with: .output) })".utf8))
    default:
      return .digest(Digest(of: lines(of: id) { graph[$0.to].kind == .file }.utf8))
    }
  }

  /// A line for each dependency, sorted: its id, a space, its fingerprint.
  func lines(of id: NodeID, where counts: (Edge) -> Bool) -> String {
    graph[id].edges.filter(counts).map { "\(graph[$0.to].name) \(graph[$0.to].fingerprint)\n" }.sorted().joined()
  }
}
