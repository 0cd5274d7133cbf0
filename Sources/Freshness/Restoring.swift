internal import Paths

extension Engine {
  /// What is durable and changed since the last call, and the ids of nodes that are gone. Ids are given out again only
  /// after they were reported here.
  public mutating func takeRecords() -> (changed: [NodeRecord], removed: [NodeID]) {
    let changed = changedRecords.sorted().filter { graph.contains($0) }.map(record)
    // An id whose node came and went is reported too: removing what is not there does no harm.
    let removed = removedRecords.sorted()
    graph.reuse(removed)
    changedRecords = []
    removedRecords = []
    return (changed, removed)
  }

  func record(_ id: NodeID) -> NodeRecord {
    let node = graph[id]
    var record = NodeRecord(id: id, kind: node.kind, name: node.name)
    record.fingerprint = node.fingerprint
    record.stat = node.leaf?.stat
    record.newestOnPath = node.leaf?.newestOnPath ?? 0
    record.lookedAt = node.leaf?.lookedAt ?? 0
    record.changedAt = node.changedAt
    record.forcedAt = node.forcedAt
    record.madeAt = node.madeAt
    record.edges = node.edges.map { EdgeRecord(to: $0.to, observed: $0.observed, roles: $0.roles) }
    record.entry = node.entry
    return record
  }

  /// Takes back what was stored: all of it unproven, all leaves to be watched and looked at.
  mutating func restore(_ records: [NodeRecord]) {
    if records.isEmpty { return }
    let at = stamp()
    memory = TouchMemory(watermark: at)
    for record in records.sorted(by: { $0.id < $1.id }) where !graph.contains(record.id) {
      var node = Node(kind: record.kind, name: record.name)
      node.fingerprint = record.fingerprint
      node.changedAt = record.changedAt
      node.forcedAt = record.forcedAt
      node.madeAt = record.madeAt
      if record.kind == .entry { node.entry = record.entry ?? EntryRecord() }
      let leaf: Leaf? =
        switch (record.kind, record.name) {
        case (.file, .file(let path)): .file(path)
        case (.dir, .dir(let path)): .dir(path)
        case (.listing, .glob(let pattern)): .listing(pattern)
        default: nil
        }
      if let leaf {
        node.leaf = LeafState(leaf, touchedAt: at)
        node.leaf?.stat = record.stat
        node.leaf?.newestOnPath = record.newestOnPath
        node.leaf?.lookedAt = record.lookedAt
        if !on(.restartUnproven) { node.leaf?.clean = true }
      }
      let id = graph.insert(node, as: record.id)
      if let leaf {
        dirty.insert(id)
        tracking.need(leaf)
      }
      if let entry = node.entry {
        graph.setTags(entry.tags, of: id)
        if entry.declared { declaredNames.insert(id) }
        graph[id].used = entry.life.used
      }
    }
    graph.restored()
    for record in records where graph.contains(record.id) && graph[record.id].edges.isEmpty {
      for edge in record.edges where graph.contains(edge.to) {
        graph.link(record.id, to: edge.to, observed: edge.observed, roles: edge.roles)
      }
    }
    if on(.membersRestored) { restoreMembers() }
    // No glob's, so a rule's: `pin` tells whether it still is.
    for record in records where record.kind == .listing && graph[record.id].dependents.isEmpty {
      graph[record.id].leaf?.pinned = true
    }
    // Named only by calls that died.
    release(Array(graph.all), underAny: true)
    evaluate(graph.all.filter { [graph] in graph[$0].leaf == nil })
    // What calls said of their time holds without any policy.
    for id in Array(graph.all) where graph[id].entry != nil { schedule(id) }
    news = News()
  }

  /// A listing's members are the files that its glob has edges to, if it was looked at before.
  private mutating func restoreMembers() {
    for id in Array(graph.all) where graph[id].kind == .glob {
      guard case .glob(let pattern) = graph[id].name, let listing = graph.listing(pattern),
        graph[listing].fingerprint != .unknown
      else { continue }
      // One that was not looked at before the end was not told either: the next listing finds it new.
      let files = graph[id].edges.filter { graph[$0.to].kind == .file }
      if files.contains(where: { graph[$0.to].fingerprint != .unknown }) {
        for index in graph[id].edges.indices.reversed() {
          let member = graph[id].edges[index].to
          if graph[member].kind == .file, graph[member].fingerprint == .unknown { graph.unlink(id, at: index) }
        }
        changedRecords.insert(id)
      }
      let members = graph[id].edges.compactMap { edge -> Path? in
        if case .file(let path) = graph[edge.to].name { path } else { nil }
      }
      graph[listing].leaf?.members = members.sorted()
    }
  }
}
