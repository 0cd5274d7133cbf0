/// A node on one side of another.
public struct Neighbour: Hashable, Sendable {
  public var id: ResourceID
  /// How many entries lie on the way.
  public var depth: Int
  /// The node before it on the way.
  public var via: ResourceID
}

/// All that clients see of an entry.
public struct EntryView: Hashable, Sendable {
  public struct Dependency: Hashable, Sendable {
    public var id: ResourceID
    /// When the entry was made; `.unknown` if it was declared since.
    public var observed: Fingerprint
    public var current: Fingerprint
    /// `current` is what it is now, as far as events tell.
    public var isProven: Bool
    public var roles: EdgeRoles
  }

  public var name: EntryName
  public var standing: Standing
  public var strategy: Strategy
  /// How long it lives from when it was made.
  public var ttl: Lifetime
  /// When it expires or expired, on the engine's clock; nil if nothing ends it.
  public var ends: Int64?
  public var declared: Bool
  /// How often it was served as fresh since the engine began.
  public var hits: Int
  /// Since when the log has told its state.
  public var since: WallClock
  /// Outputs included; sorted by id.
  public var dependencies: [Dependency]
  public var tags: [Tag]
}

/// A step from an entry that is not fresh towards the cause.
public struct WhyLink: Hashable, Sendable {
  public var id: ResourceID
  /// Of an entry.
  public var state: State?
  /// What its dependent, the link before, was made from; nil at the first link, and where that was never made.
  public var observed: Fingerprint?
  /// What it holds or stands for, as known.
  public var current: Fingerprint
  /// It was looked at and not touched since, or holds by its own dependencies.
  public var isProven: Bool
  /// The call or clock that ended it.
  public var call: String?
}

/// The dependency map, or a part of it.
public struct GraphView: Hashable, Sendable {
  public struct Vertex: Hashable, Sendable {
    public var id: ResourceID
    /// Of an entry.
    public var state: State?
  }

  public struct Edge: Hashable, Sendable {
    /// The dependent.
    public var from: ResourceID
    public var to: ResourceID
    public var roles: EdgeRoles
  }

  /// Sorted by id.
  public var nodes: [Vertex]
  public var edges: [Edge]
}

/// How much there is.
public struct Counts: Hashable, Sendable {
  public var entries: [State: Int]
  public var resources: Int
  public var edges: Int
  /// Distinct tags, entries that have any, and their tags altogether.
  public var tags: Int
  public var taggedEntries: Int
  public var taggings: Int
  /// Entries with at least one dependency.
  public var dependentEntries: Int
  /// What there is of each namespace.
  public struct Namespace: Hashable, Sendable {
    public var entries = 0
    public var fresh = 0
    /// Stored values, and their bytes; equal ones each time.
    public var values = 0
    public var bytes = 0

    public init() {}
  }

  public var namespaces: [String: Namespace] = [:]
}

extension Engine {
  /// The entries that rest on `id`, breadth first, by depth and id.
  public func dependents(of id: ResourceID, transitive: Bool) -> [Neighbour] {
    let sources = sources(of: id).map { Walk.Source(node: $0, cause: "") }
    return Walk(sources, in: graph, transitive: transitive, all: true).entries(in: graph).map {
      Neighbour(id: .entry($0.name), depth: $0.step.depth, via: $0.step.via)
    }
  }

  /// The entries that rest on any of these, however far off.
  public func dependents(ofAny ids: [ResourceID]) -> Set<EntryName> {
    let all = ids.flatMap { self.sources(of: $0) }.map { Walk.Source(node: $0, cause: "") }
    return Set(Walk(all, in: graph, all: true).entries(in: graph).map(\.name))
  }

  /// What `id` rests on, breadth first, by depth and id; members of globs only where `transitive`.
  public func dependencies(of id: ResourceID, transitive: Bool) -> [Neighbour] {
    guard let start = graph.node(id) else { return [] }
    var seen: Set<NodeID> = [start], found: [Neighbour] = []
    var layer = [start], depth = 1
    while !layer.isEmpty {
      var following: [NodeID] = [], next = 0
      while next < layer.count {
        let from = layer[next]
        next += 1
        for edge in graph[from].edges where graph[edge.to].kind != .listing && seen.insert(edge.to).inserted {
          found.append(Neighbour(id: graph[edge.to].name, depth: depth, via: graph[from].name))
          // Members of a glob stand at its depth.
          if graph[edge.to].kind == .entry { following.append(edge.to) } else if transitive { layer.append(edge.to) }
        }
      }
      layer = transitive ? following : []
      depth += 1
    }
    return found.map { (text: "\($0.id)", neighbour: $0) }.sorted {
      ($0.neighbour.depth, $0.text) < ($1.neighbour.depth, $1.text)
    }.map(\.neighbour)
  }

  /// All that is known of an entry, or nil.
  public func entry(_ name: EntryName) -> EntryView? {
    guard let id = graph.node(.entry(name)), isKnown(id) else { return nil }
    return view(id, name)
  }

  /// The tags of an entry.
  public func tags(of name: EntryName) -> [String] {
    graph.node(.entry(name)).flatMap { graph[$0].entry?.tags.map(\.name) } ?? []
  }

  /// Entries in the order of their names.
  public func entries(
    namespace: String? = nil, tag: String? = nil, state: State? = nil, prefix: String? = nil,
    after: EntryName? = nil, limit: Int = .max
  ) -> [EntryView] {
    var candidates: [NodeID]
    if let tag {
      candidates = Array(graph.members(ofTag: tag))
    } else if let namespace {
      candidates = Array(graph.namespaces[namespace] ?? [])
    } else {
      candidates = Array(graph.namespaces.values.joined())
    }
    candidates.removeAll { !isKnown($0) || state != nil && graph[$0].state != state }
    let named = candidates.compactMap { id -> (name: EntryName, id: NodeID)? in
      guard case .entry(let name) = graph[id].name else { return nil }
      if let namespace, name.namespace != namespace { return nil }
      if let prefix, !name.key.utf8.starts(with: prefix.utf8) { return nil }
      if let after, name <= after { return nil }
      return (name, id)
    }
    return named.sorted { $0.name < $1.name }.prefix(max(0, limit)).map { view($0.id, $0.name) }
  }

  private func view(_ id: NodeID, _ name: EntryName) -> EntryView {
    let dependencies = graph[id].edges.map {
      EntryView.Dependency(
        id: graph[$0.to].name, observed: $0.observed, current: graph[$0.to].fingerprint,
        isProven: graph[$0.to].isProven, roles: $0.roles)
    }
    let entry = graph[id].entry
    return EntryView(
      name: name, standing: standing(of: name), strategy: entry?.strategy ?? .hybrid, ttl: ttl(of: id),
      ends: entry?.life.expired ?? end(of: id), declared: entry?.declared ?? false, hits: graph[id].hits,
      since: entry?.since ?? 0,
      dependencies: dependencies.map { (text: "\($0.id)", dependency: $0) }.sorted { $0.text < $1.text }
        .map(\.dependency),
      tags: (entry?.tags ?? []).sorted { $0.name < $1.name })
  }

  /// The chain from an entry that is not fresh to the resource or call that is the cause: each link is a dependency of
  /// the one before and a reason for it (I10). Of a fresh entry only the entry itself; nil if it is not known.
  public func why(_ name: EntryName) -> [WhyLink]? {
    guard let start = graph.node(.entry(name)), isKnown(start) else { return nil }
    var links = [link(start, observed: nil)]
    let chain = chain(from: start)
    for step in chain {
      links.append(link(step.edge.to, observed: graph[step.holder].isMade ? step.edge.observed : nil))
    }
    if let member = chain.last.flatMap(member(endingAt:)) { links.append(member) }
    return links
  }

  private func link(_ id: NodeID, observed: Fingerprint?) -> WhyLink {
    let entry = graph[id].entry
    let isEnded = entry?.forced == true || entry?.life.expired != nil
    let call = isEnded ? entry?.cause?.cause ?? (entry?.life.expired == nil ? "call:invalidate" : "clock:ttl") : nil
    return WhyLink(
      id: graph[id].name, state: entry == nil ? nil : graph[id].state, observed: observed,
      current: graph[id].fingerprint, isProven: graph[id].isProven, call: call)
  }

  /// The edges from `start` to the cause, each a reason for its holder.
  func chain(from start: NodeID) -> [(holder: NodeID, edge: Edge)] {
    var steps: [(holder: NodeID, edge: Edge)] = []
    var id = start
    while true {
      if graph[id].isMade, graph[id].entry?.forced == true || graph[id].entry?.life.expired != nil { return steps }
      guard let edge = toldFault(of: id) ?? judge(id).fault else { return steps }
      steps.append((id, edge))
      id = edge.to
    }
  }

  /// The edge that the log named as the reason, if it is still one: of several reasons `why` tells the same as the log.
  private func toldFault(of id: NodeID) -> Edge? {
    guard let cause = graph[id].entry?.cause, let via = graph.node(cause.via),
      let index = graph.edge(from: id, to: via), isFault(graph[id].edges[index], of: id)
    else { return nil }
    return graph[id].edges[index]
  }

  /// The member at fault, where a chain ends at a glob and the log named a file: what it was, and what it is.
  private func member(endingAt step: (holder: NodeID, edge: Edge)) -> WhyLink? {
    guard graph[step.edge.to].kind == .glob, let cause = graph[step.holder].entry?.cause,
      cause.via == graph[step.edge.to].name, let id = try? ResourceID(parsing: cause.cause, in: context),
      id != cause.via
    else { return nil }
    let node = graph.node(id)
    return WhyLink(
      id: id, observed: cause.from, current: node.map { graph[$0].fingerprint } ?? cause.to ?? .absent,
      isProven: node.map { graph[$0].isProven } ?? true)
  }

  /// Why an entry is not fresh: what the log said, if it is still a reason, or what follows from what is known now.
  func liveCause(of id: NodeID) -> CauseRecord? {
    guard graph[id].isMade, graph[id].state != .fresh else { return nil }
    if let cause = graph[id].entry?.cause, graph[id].entry?.published != .fresh, causeHolds(id) || !on(.newReason) {
      return cause
    }
    if let entry = graph[id].entry, entry.forced || entry.life.expired != nil {
      return CauseRecord(
        cause: entry.life.expired == nil ? "call:invalidate" : "clock:ttl", via: graph[id].name, depth: 0, from: nil,
        to: nil, time: now)
    }
    let chain = chain(from: id)
    guard let first = chain.first, let last = chain.last else { return nil }
    let entries = chain.count { graph[$0.holder].entry != nil }
    return CauseRecord(
      cause: "\(graph[last.edge.to].name)", via: graph[first.edge.to].name, depth: entries,
      from: graph[last.holder].isMade ? last.edge.observed : nil, to: graph[last.edge.to].fingerprint, time: now)
  }

  /// The map, or what lies within `depth` edges of `center` in either direction.
  public func graph(around center: ResourceID? = nil, depth: Int? = nil) -> GraphView {
    var chosen: Set<NodeID>
    if let center {
      chosen = []
      for (start, down) in sources(of: center).flatMap({ [($0, true), ($0, false)] }) {
        var seen: Set<NodeID> = [start], layer = [start], steps = 0
        while !layer.isEmpty, depth.map({ steps < $0 }) ?? true {
          let next = layer.flatMap { id in down ? graph[id].edges.map(\.to) : graph[id].dependents.map(\.node) }
          layer = next.filter { seen.insert($0).inserted }
          steps += 1
        }
        chosen.formUnion(seen)
      }
    } else {
      chosen = Set(graph.all.filter { isNeeded(graph[$0]) && graph[$0].holds == 0 || !graph[$0].dependents.isEmpty })
    }
    let shown = chosen.filter { graph[$0].kind != .listing }
    let nodes = shown.map { (text: "\(graph[$0].name)", id: $0) }.sorted { $0.text < $1.text }
    return GraphView(
      nodes: nodes.map {
        GraphView.Vertex(id: graph[$0.id].name, state: graph[$0.id].entry == nil ? nil : graph[$0.id].state)
      },
      edges: nodes.flatMap { node in
        graph[node.id].edges.filter { shown.contains($0.to) }.map {
          GraphView.Edge(from: graph[node.id].name, to: graph[$0.to].name, roles: $0.roles)
        }.map { (text: "\($0.to)", edge: $0) }.sorted { $0.text < $1.text }.map(\.edge)
      })
  }

  /// How much there is.
  public func counts() -> Counts {
    var counts = Counts(
      entries: [:], resources: 0, edges: 0, tags: graph.tagged.count, taggedEntries: 0, taggings: 0,
      dependentEntries: 0)
    for id in graph.all {
      guard let entry = graph[id].entry else {
        if graph[id].kind != .listing { counts.resources += 1 }
        continue
      }
      guard isKnown(id) else { continue }
      counts.entries[graph[id].state, default: 0] += 1
      if case .entry(let name) = graph[id].name {
        counts.namespaces[name.namespace, default: Counts.Namespace()].entries += 1
        if graph[id].state == .fresh { counts.namespaces[name.namespace]?.fresh += 1 }
        if let value = entry.value {
          counts.namespaces[name.namespace]?.values += 1
          counts.namespaces[name.namespace]?.bytes += value.size
        }
      }
      counts.edges += graph[id].edges.count
      counts.dependentEntries += graph[id].edges.isEmpty ? 0 : 1
      counts.taggedEntries += entry.tags.isEmpty ? 0 : 1
      counts.taggings += entry.tags.count
    }
    return counts
  }
}
