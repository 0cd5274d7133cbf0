extension Engine {
  /// What does not hold of the invariants that can be told from the state alone (DESIGN, I2, I3, I4, I7, I8, I10).
  /// Empty if all do. For tests: it looks at everything.
  package func checkInvariants() -> [String] {
    var broken: [String] = []
    func expect(_ holds: Bool, _ text: @autoclosure () -> String) {
      if !holds { broken.append(text()) }
    }
    var edges = 0, namespaces = 0, taggings = 0
    for id in graph.all {
      let node = graph[id]
      for stamp in [node.changedAt, node.forcedAt, node.madeAt] { expect(stamp <= lsn, "I7: a stamp of \(node.name)") }
      expect(isNeeded(node), "I8: nothing needs \(node.name)")
      edges += node.edges.count
      for (index, edge) in node.edges.enumerated() {
        expect(
          graph.contains(edge.to) && graph[edge.to].dependents.indices.contains(Int(edge.slot))
            && graph[edge.to].dependents[Int(edge.slot)] == Dependent(node: id, edge: UInt32(index)),
          "I8: the edge from \(node.name) has no other end")
      }
      expect(Set(node.edges.map(\.to)).count == node.edges.count, "I8: \(node.name) has an edge twice")
      for dependent in node.dependents {
        expect(
          graph.contains(dependent.node) && graph[dependent.node].edges.indices.contains(Int(dependent.edge))
            && graph[dependent.node].edges[Int(dependent.edge)].to == id, "I8: a dependent of \(node.name) has no edge")
      }
      if let leaf = node.leaf {
        for stamp in [leaf.touchedAt, leaf.hashedAt, leaf.resolvedAt] {
          expect(stamp <= lsn, "I7: a stamp of \(node.name)")
        }
        expect(!leaf.clean || leaf.watched, "I4: \(node.name) is clean, and nothing watches it")
        expect(leaf.clean != dirty.contains(id), "I8: the set of dirty leaves differs at \(node.name)")
        expect(graph.node(leaf.leaf) == id, "I8: \(node.name) is not found by its name")
        continue
      }
      if node.entry != nil {
        namespaces += 1
        taggings += node.entry?.tags.count ?? 0
      }
      if node.basis == .fresh {
        for edge in node.edges where node.acts(on: edge) {
          expect(graph[edge.to].isProven, "I2: \(node.name) is fresh, \(graph[edge.to].name) is not proven")
          expect(
            !node.isMade || graph[edge.to].fingerprint == edge.observed,
            "I3: \(node.name) is fresh, \(graph[edge.to].name) differs")
        }
      } else {
        expect(judge(id).basis != .fresh, "I10: \(node.name) is \(node.basis) for no reason")
        expect(chainEnds(from: id), "I10: the chain from \(node.name) does not end at a cause")
      }
      if let end = end(of: id) { expect(end > clock, "I11: the time of \(node.name) is over") }
      expect(node.isMade || node.entry?.life.expired == nil, "I11: \(node.name) expired and was never made")
      if node.isMade, node.entry?.published != .fresh, let cause = node.entry?.cause {
        expect(!cause.cause.isEmpty, "I10: \(node.name) has an empty cause")
      }
    }
    expect(edges == graph.edgeCount, "I8: \(edges) edges, \(graph.edgeCount) counted")
    expect(graph.namespaces.values.reduce(0) { $0 + $1.count } == namespaces, "I8: the index of namespaces")
    expect(graph.tagged.values.reduce(0) { $0 + $1.count } == taggings, "I8: the index of tags")
    expect(dirty.allSatisfy { graph.contains($0) }, "I8: a dirty leaf that is gone")
    var values: [String: ValueTotals] = [:]
    for id in graph.all {
      guard case .entry(let name) = graph[id].name, let value = graph[id].entry?.value else { continue }
      values[name.namespace, default: ValueTotals()].count += 1
      values[name.namespace]?.bytes += value.size
    }
    expect(values == graph.values, "I8: the totals of values")
    let all = values.values.reduce(into: ValueTotals()) { all, part in
      all.count += part.count
      all.bytes += part.bytes
    }
    expect(all == graph.allValues, "I8: the total of all values")
    let levels = graph.all.reduce(0) { sum, id in
      sum + (graph[id].hasTagLevels ? Set((graph[id].entry?.tags ?? []).flatMap(\.levels)).count : 0)
    }
    expect(graph.levels.values.reduce(0) { $0 + $1.count } == levels, "I8: the index of levels of tags")
    expect(forgottenAt <= lsn, "I7: forgottenAt")
    return broken
  }

  private func chainEnds(from id: NodeID) -> Bool {
    guard let last = chain(from: id).last else {
      return graph[id].entry?.forced == true || graph[id].entry?.life.expired != nil
    }
    let end = graph[last.edge.to]
    return isFault(last.edge, of: last.holder)
      && (end.leaf != nil || end.entry?.forced == true || end.entry?.life.expired != nil || end.isProven
        || end.kind == .opaque)
  }
}
