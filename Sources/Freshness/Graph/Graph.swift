internal import Paths

/// The dependency map: nodes by dense id, edges in both directions, names, and the paths that touches arrive by.
///
/// Nothing but this type knows how nodes are stored.
struct Graph: Sendable {
  private var nodes: [Node] = []
  private var alive: [Bool] = []
  private var ids: [ResourceID: NodeID] = [:]
  private var listings: [String: NodeID] = [:]
  /// Ids that may be given out again.
  private var free: [NodeID] = []
  private(set) var paths: PathIndex
  /// Entries by namespace and by tag.
  private(set) var namespaces: [String: Set<NodeID>] = [:]
  private(set) var tagged: [String: Set<NodeID>] = [:]
  /// Entries by the levels above their tags, of those whose tags have levels.
  private(set) var levels: [String: Set<NodeID>] = [:]
  private(set) var edgeCount = 0
  /// The values that entries have, by namespace.
  private(set) var values: [String: ValueTotals] = [:]
  /// The same of all namespaces together.
  private(set) var allValues = ValueTotals()
  /// Entries whose value is not what it was, until somebody asks.
  var droppedValues: Set<EntryName> = []

  init(workspace: [Path]) { paths = PathIndex(workspace: workspace) }

  /// How many nodes there are.
  var count: Int { ids.count + listings.count }

  /// No node has this number or a higher one.
  var capacity: Int { nodes.count }

  /// All nodes, in the order of their ids.
  var all: some Sequence<NodeID> {
    alive.indices.lazy.filter { [alive] in alive[$0] }.map { NodeID(rawValue: UInt32($0)) }
  }

  subscript(id: NodeID) -> Node {
    // In place: a getter and a setter would copy the node, and its arrays at each change.
    _read { yield nodes[Int(id.rawValue)] }
    _modify { yield &nodes[Int(id.rawValue)] }
  }

  func contains(_ id: NodeID) -> Bool { Int(id.rawValue) < alive.count && alive[Int(id.rawValue)] }

  /// The node that `name` stands for as a dependency; a glob's, not its listing's.
  func node(_ name: ResourceID) -> NodeID? { ids[name] }

  func listing(_ pattern: String) -> NodeID? { listings[pattern] }

  func node(_ leaf: Leaf) -> NodeID? {
    switch leaf {
    case .file(let path): ids[.file(path)]
    case .dir(let path): ids[.dir(path)]
    case .listing(let pattern): listings[pattern]
    }
  }

  // MARK: Nodes

  mutating func insert(_ node: Node, as wanted: NodeID? = nil) -> NodeID {
    let id = wanted ?? free.popLast() ?? NodeID(rawValue: UInt32(nodes.count))
    while nodes.count <= Int(id.rawValue) {
      if nodes.count < Int(id.rawValue) { free.append(NodeID(rawValue: UInt32(nodes.count))) }
      nodes.append(node)
      alive.append(false)
    }
    nodes[Int(id.rawValue)] = node
    alive[Int(id.rawValue)] = true
    if node.kind == .listing, case .glob(let pattern) = node.name {
      listings[pattern] = id
    } else {
      ids[node.name] = id
    }
    if let leaf = node.leaf?.leaf { paths.insert(leaf, id) }
    if case .entry(let name) = node.name {
      namespaces[name.namespace, default: []].insert(id)
      count(node.entry?.value, in: name.namespace, by: 1)
    }
    return id
  }

  /// Takes a node without dependents out. Its id is not given out before `reuse`.
  mutating func remove(_ id: NodeID) {
    let node = self[id]
    precondition(node.dependents.isEmpty, "a node that others depend on is not removed")
    removeEdges(of: id)
    if node.kind == .listing, case .glob(let pattern) = node.name {
      listings[pattern] = nil
    } else {
      ids[node.name] = nil
    }
    if let leaf = node.leaf?.leaf { paths.remove(leaf, id) }
    if case .entry(let name) = node.name { namespaces.remove(id, from: name.namespace) }
    setValue(nil, of: id)
    dropTags(of: id)
    alive[Int(id.rawValue)] = false
    nodes[Int(id.rawValue)] = Node(kind: node.kind, name: node.name)
  }

  mutating func reuse(_ ids: some Sequence<NodeID>) { free.append(contentsOf: ids) }

  /// After a restart: ids that lie between those restored were not reserved in their order.
  mutating func restored() { free = free.filter { !contains($0) } }

  // MARK: Values

  mutating func setValue(_ value: ValueInfo?, of id: NodeID) {
    guard case .entry(let name) = self[id].name else { return }
    if let old = self[id].entry?.value, old.digest != value?.digest { droppedValues.insert(name) }
    count(self[id].entry?.value, in: name.namespace, by: -1)
    self[id].entry?.value = value
    count(value, in: name.namespace, by: 1)
  }

  private mutating func count(_ value: ValueInfo?, in namespace: String, by sign: Int) {
    guard let value else { return }
    allValues.count += sign
    allValues.bytes += sign * value.size
    values[namespace, default: ValueTotals()].count += sign
    values[namespace]?.bytes += sign * value.size
    if values[namespace]?.count == 0 { values[namespace] = nil }
  }

  // MARK: Tags

  mutating func setTags(_ tags: [Tag], of id: NodeID) {
    dropTags(of: id)
    self[id].entry?.tags = tags
    takeTags(of: id)
  }

  /// Whether `/` separates levels in the tags of an entry.
  mutating func setTagLevels(_ hasLevels: Bool, of id: NodeID) {
    if self[id].hasTagLevels == hasLevels { return }
    dropTags(of: id)
    self[id].hasTagLevels = hasLevels
    takeTags(of: id)
  }

  /// The entries that a tag reaches, each once.
  func members(ofTag tag: String) -> Set<NodeID> {
    guard let below = levels[tag] else { return tagged[tag] ?? [] }
    return (tagged[tag] ?? []).union(below)
  }

  private mutating func takeTags(of id: NodeID) {
    for tag in self[id].entry?.tags ?? [] {
      tagged[tag.name, default: []].insert(id)
      if self[id].hasTagLevels { for level in tag.levels { levels[level, default: []].insert(id) } }
    }
  }

  private mutating func dropTags(of id: NodeID) {
    for tag in self[id].entry?.tags ?? [] {
      tagged.remove(id, from: tag.name)
      if self[id].hasTagLevels { for level in tag.levels { levels.remove(id, from: level) } }
    }
  }

  // MARK: Edges

  func edge(from: NodeID, to: NodeID) -> Int? { self[from].edges.firstIndex { $0.to == to } }

  mutating func link(_ from: NodeID, to: NodeID, observed: Fingerprint, roles: EdgeRoles) {
    let slot = UInt32(self[to].dependents.count), index = UInt32(self[from].edges.count)
    self[from].edges.append(Edge(to: to, observed: observed, roles: roles, slot: slot))
    self[to].dependents.append(Dependent(node: from, edge: index))
    edgeCount += 1
  }

  /// Takes out the edge at `index`; the last one takes its place.
  mutating func unlink(_ from: NodeID, at index: Int) {
    detach(self[from].edges[index])
    let last = self[from].edges.count - 1
    if index != last {
      let moved = self[from].edges[last]
      self[from].edges[index] = moved
      self[moved.to].dependents[Int(moved.slot)].edge = UInt32(index)
    }
    self[from].edges.removeLast()
  }

  /// `mirrored` false leaves the other ends behind, for a test that shows what they are there for.
  mutating func removeEdges(of id: NodeID, mirrored: Bool = true) {
    // From the end, so that none of the remaining ones changes its index.
    while let edge = self[id].edges.last {
      if mirrored { detach(edge) }
      self[id].edges.removeLast()
    }
  }

  private mutating func detach(_ edge: Edge) {
    let slot = Int(edge.slot), last = self[edge.to].dependents.count - 1
    if slot != last {
      let moved = self[edge.to].dependents[last]
      self[edge.to].dependents[slot] = moved
      self[moved.node].edges[Int(moved.edge)].slot = UInt32(slot)
    }
    self[edge.to].dependents.removeLast()
    edgeCount -= 1
  }
}

extension [String: Set<NodeID>] {
  /// Without leaving an empty set behind: every index returns to its size after entries go (I8).
  fileprivate mutating func remove(_ id: NodeID, from key: String) {
    self[key]?.remove(id)
    if self[key]?.isEmpty == true { self[key] = nil }
  }
}
