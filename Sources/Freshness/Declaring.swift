extension Engine {
  /// Takes over what the manifest declares, all of it: what is not in there is declared no longer. An edge that would
  /// close a cycle is left out and reported. `policies`: what holds for namespaces from now on; nil: what held.
  public mutating func declare(_ declarations: [Declared], policies new: Policies? = nil) -> [DeclareProblem] {
    knowsDeclarations = true
    var isOther = false
    if let new { isOther = take(new) }
    var wanted: [NodeID: [(node: NodeID, roles: EdgeRoles)]] = [:]
    var tags: [NodeID: [String]] = [:]
    declaredPolicies = [:]
    var order: [NodeID] = []
    for declared in declarations {
      let id = know(.entry(declared.name))
      if wanted[id] == nil { order.append(id) }
      declaredPolicies[id] = declared.policy
      for path in declared.outputs {
        wanted[id, default: []].append((know(.file(path)), [.declared, .output]))
      }
      for dependency in declared.dependencies { wanted[id, default: []].append((know(dependency), .declared)) }
      tags[id, default: []] += declared.tags
      wanted[id, default: []] += []
    }
    let former = declaredNames
    var touched: [NodeID] = []
    var dropped: [NodeID] = []
    // What is taken away first, or a dependency that was turned round would look like a cycle.
    for id in former.union(order).sorted() {
      graph[id].entry?.declared = wanted[id] != nil
      setDeclared(tags[id] ?? [], of: id)
      changedRecords.insert(id)
      let gone = withdraw(id, keeping: Set((wanted[id] ?? []).map(\.node)))
      if !gone.isEmpty { touched.append(id) }
      dropped += gone
    }
    declaredNames = Set(order)
    var added: [NodeID: [NodeID]] = [:]
    for id in order {
      let new = link(id, to: wanted[id] ?? [])
      if !new.isEmpty { added[id] = new }
    }
    let (problems, sorted) = breakCycles(added: &added)
    let changed = Set(touched).union(added.keys)
    for id in changed.sorted() where !graph[id].isMade {
      graph[id].changedAt = stamp()
      if case .entry(let name) = graph[id].name { news.redeclared.append(name) }
    }
    for id in order where graph[id].isMade {
      guard let new = added[id], case .entry(let name) = graph[id].name else { continue }
      for dependency in new { news.declared.append((name, graph[dependency].name)) }
    }
    // What an entry rests on comes before it, so that each is digested once.
    evaluate(sorted.filter(changed.contains) + touched)
    applyPolicies(to: isOther ? graph.namespaces.values.joined().sorted() : former.union(order).sorted())
    letGoLingering(lingering)
    release(dropped + former.subtracting(declaredNames).sorted())
    return problems
  }

  /// Takes away what is no longer declared of `id`. A made entry was made from it all the same: that goes when it is made
  /// again.
  private mutating func withdraw(_ id: NodeID, keeping wanted: Set<NodeID>) -> [NodeID] {
    var dropped: [NodeID] = []
    for index in graph[id].edges.indices.reversed() {
      let edge = graph[id].edges[index]
      guard edge.roles.contains(.declared), !wanted.contains(edge.to) else { continue }
      if graph[id].isMade, edge.observed != .unknown {
        graph[id].edges[index].roles = edge.roles.subtracting(.declared).union(.given)
      } else {
        graph.unlink(id, at: index)
        dropped.append(edge.to)
      }
      changedRecords.insert(id)
    }
    return dropped
  }

  /// → what is new among the dependencies of `id`
  private mutating func link(_ id: NodeID, to wanted: [(node: NodeID, roles: EdgeRoles)]) -> [NodeID] {
    var added: [NodeID] = []
    var places: [NodeID: Int] = [:]
    for (index, edge) in graph[id].edges.enumerated() { places[edge.to] = index }
    for (node, roles) in wanted {
      if let index = places[node] {
        graph[id].edges[index].roles.formUnion(roles)
      } else {
        places[node] = graph[id].edges.count
        graph.link(id, to: node, observed: .unknown, roles: roles)
        added.append(node)
      }
    }
    return added
  }

  private mutating func setDeclared(_ tags: [String], of id: NodeID) {
    var kept = (graph[id].entry?.tags ?? []).filter(\.given).map { Tag($0.name, declared: false, given: true) }
    for name in Set(tags).sorted() {
      if let index = kept.firstIndex(where: { $0.name == name }) {
        kept[index].declared = true
      } else {
        kept.append(Tag(name, declared: true, given: false))
      }
    }
    graph.setTags(kept, of: id)
  }

  /// Takes out each new edge that closes a cycle. → what was taken out, and all entries, each after what it rests on.
  private mutating func breakCycles(
    added: inout [NodeID: [NodeID]]
  ) -> (problems: [DeclareProblem], sorted: [NodeID]) {
    var problems: [DeclareProblem] = []
    while true {
      let (sorted, cycle) = sort(added.keys.sorted())
      guard let cycle else { return (problems, sorted) }
      // One of its edges is new: the graph had no cycle before.
      let edges = zip(cycle, cycle.dropFirst())
      guard let (from, to) = edges.first(where: { added[$0.0]?.contains($0.1) ?? false }),
        let index = graph.edge(from: from, to: to), case .entry(let name) = graph[from].name
      else { return (problems, sorted) }
      graph.unlink(from, at: index)
      added[from]?.removeAll { $0 == to }
      let start = cycle.firstIndex(of: from) ?? 0
      let ring = Array(cycle.dropLast())
      let path = ring[start...] + ring[..<start] + [from]
      problems.append(DeclareProblem(name: name, cycle: path.map { graph[$0].name }))
    }
  }

  /// The nodes below `roots`, each after what it rests on; or a cycle, its first node repeated at the end.
  private func sort(_ roots: [NodeID]) -> (sorted: [NodeID], cycle: [NodeID]?) {
    enum Mark { case open, done }
    var marks: [NodeID: Mark] = [:]
    var sorted: [NodeID] = []
    var path: [(node: NodeID, next: Int)] = []
    for root in roots where marks[root] == nil {
      marks[root] = .open
      path = [(root, 0)]
      while let (node, next) = path.last {
        guard next < graph[node].edges.count else {
          marks[node] = .done
          sorted.append(node)
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let below = graph[node].edges[next].to
        switch marks[below] {
        case .done: break
        case .open:
          let start = path.firstIndex { $0.node == below } ?? 0
          return (sorted, path[start...].map(\.node) + [below])
        case nil:
          if graph[below].leaf != nil { continue }
          marks[below] = .open
          path.append((below, 0))
        }
      }
    }
    return (sorted, nil)
  }

  /// The cycle that edges from `entry` to `targets` would close, or nil.
  func cycle(closing entry: NodeID, through targets: [NodeID]) -> [ResourceID]? {
    if targets.contains(entry) { return [graph[entry].name, graph[entry].name] }
    if graph[entry].dependents.isEmpty { return nil }
    var cameFrom: [NodeID: NodeID] = [:]
    var work = targets.filter { graph[$0].kind == .entry }
    for target in work { cameFrom[target] = entry }
    while let id = work.popLast() {
      for edge in graph[id].edges where graph[edge.to].kind == .entry {
        if edge.to == entry {
          var path = [entry], next = id
          while next != entry, let before = cameFrom[next] {
            path.append(next)
            next = before
          }
          return (path + [entry]).reversed().map { graph[$0].name }
        }
        if cameFrom[edge.to] == nil {
          cameFrom[edge.to] = id
          work.append(edge.to)
        }
      }
    }
    return nil
  }
}
