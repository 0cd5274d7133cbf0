package import Paths

/// Names that are followed wherever they lead.
extension WatchTree {
  /// Follows them from now on. For each, whether its changes were reported before this call already: it lay in covered
  /// directories, no symbolic link and no second hard link involved. A path that was tracked before answers what it answered
  /// then.
  package mutating func track(_ paths: [Path]) -> [Bool] {
    isExhausted = false
    var covered: [Bool] = []
    covered.reserveCapacity(paths.count)
    var last: (path: Path, node: NodeID)?
    var known: (node: NodeID, rules: IgnoreRules)?
    for path in paths {
      let bytes = absolute(path)
      let whole = Path.root.appending(bytes)
      guard whole.name.count <= 255, !isInState(bytes), let parent = whole.parent else {
        covered.append(false)
        continue
      }
      let directory: NodeID?
      if let last, last.path == parent { directory = last.node } else { directory = makeNode(parent.bytes) }
      guard let directory else {
        covered.append(false)
        continue
      }
      last = (parent, directory)
      covered.append(track(nodes.makeChild(whole.name, of: directory), &known))
    }
    settle()
    return covered
  }

  private mutating func track(_ node: NodeID, _ known: inout (node: NodeID, rules: IgnoreRules)?) -> Bool {
    if let count = tracked[node] {
      tracked[node] = count + 1
      // Reports before the first `track` are missed by whoever comes second, too.
      return !trackedLate.contains(node) && !isDegraded(node)
    }
    let isCovered = trackFirst(node, &known)
    if !isCovered { trackedLate.insert(node) }
    return isCovered
  }

  private mutating func trackFirst(_ node: NodeID, _ known: inout (node: NodeID, rules: IgnoreRules)?) -> Bool {
    // The deepest directory that is watched, and the name in it through which the way goes.
    var first = node
    var above = nodes[node].parent
    while above != NodeTable.top, nodes[above].watch == 0 && looks[above] == nil || nodes[above].kind != .directory {
      first = above
      above = nodes[above].parent
    }
    let isCovered = nodes[above].flags.contains(.covered) && nodes[above].watch != 0
    let wasCovered = nodes[node].flags.contains(.covered) && nodes[node].watch != 0
    tracked[node] = 1
    nodes.pin(node)
    if first == node, nodes[above].watch != 0, !nodes[above].flags.contains(.fullMask) { scan(above, force: false) }
    scan(first, force: first != node)
    if needsRoute(node) {
      toReroute.insert(node)
      return false
    }
    if failures[first] != nil || looks[first] != nil { return false }
    if wasCovered { return true }
    guard isCovered else { return false }
    let kind = nodes[first].kind
    // Names come by directory, mostly.
    let rules = known?.node == above ? known?.rules ?? rules(in: above) : rules(in: above)
    known = (above, rules)
    if rules.ignores(nodes.name(first), isDirectory: kind == .directory || first != node) { return false }
    // It may have been a directory, and as one have gone unreported.
    if kind == .absent, rules.ignores(nodes.name(first), isDirectory: true) { return false }
    if first != node { return kind == .absent }
    return kind == .directory || kind == .absent || nodes[node].watch == 0
  }

  /// Lets go of what `track` was given, once for each time.
  package mutating func untrack(_ paths: [Path]) {
    for path in paths {
      guard let node = find(absolute(path)), let count = tracked[node] else { continue }
      if count > 1 {
        tracked[node] = count - 1
        continue
      }
      tracked[node] = nil
      trackedLate.remove(node)
      toReroute.remove(node)
      if let route = routes.removeValue(forKey: node) { for step in route.nodes { leave(step, by: node) } }
      nodes.unpin(node)
      letGo(node)
    }
    settle()
  }

  /// A file's own watch goes with its last pin.
  private mutating func letGo(_ node: NodeID) {
    guard nodes[node].pinsBelow == 0, nodes[node].kind != .directory else { return }
    release(node)
    failures[node] = nil
    looks[node] = nil
  }

  func find(_ path: [UInt8]) -> NodeID? {
    var at = NodeTable.top
    for name in path.split(separator: .slash) {
      guard let child = nodes.child(name, of: at) else { return nil }
      at = child
    }
    return at
  }

  private func isInState(_ path: [UInt8]) -> Bool {
    for state in [rules.stateDirectory, configuration.stateDirectory.bytes] where path.starts(with: state) {
      if path.count == state.count || path[state.count] == .slash { return true }
    }
    return false
  }

  private func needsRoute(_ node: NodeID) -> Bool {
    var at = node
    while at != NodeTable.top, at != NodeTable.none {
      if nodes[at].kind == .link || nodes.name(at) == [.dot, .dot] { return true }
      at = nodes[at].parent
    }
    return false
  }

  // MARK: Links

  /// Finds the way from a tracked name through symbolic links anew, and observes every name on it: each link, the
  /// directories between, and what it ends at.
  mutating func reroute(_ name: NodeID) {
    let old = routes.removeValue(forKey: name)
    if tracked[name] != nil, needsRoute(name), let path = nodes.absolute(name) {
      var route = Route(nodes: [], end: NodeTable.top)
      var rest = path.split(separator: .slash).reversed().map { $0 }
      var at = NodeTable.top
      // As many links as Linux itself follows.
      var hops = 40
      walk: while let part = rest.popLast() {
        if part == [.dot] || part == [.dot, .dot] {
          if part.count == 2, at != NodeTable.top { at = nodes[at].parent }
          // The way may end here.
          observe(at, by: name)
          route.nodes.append(at)
          route.end = at
          // Compared as a step on the way, it was not listed.
          if looks[at] != nil { scan(at, force: false) }
          continue
        }
        if part.count > 255 { break }
        let next = nodes.makeChild(part, of: at)
        guard let path = nodes.absolute(next), !isInState(path) else { break }
        observe(next, by: name)
        route.nodes.append(next)
        route.end = next
        if nodes[at].watch != 0, !nodes[at].flags.contains(.fullMask) { scan(at, force: false) }
        scan(next, force: false)
        switch nodes[next].kind {
        case .directory: at = next
        case .link:
          hops -= 1
          guard hops > 0, let target = kernel.readLink(path) else { break walk }
          if target.first == .slash { at = NodeTable.top }
          rest.append(contentsOf: target.split(separator: .slash).reversed())
        default: break walk
        }
      }
      if rest.isEmpty { route.end = nodes[route.end].kind == .directory ? at : route.end }
      routes[name] = route
    }
    for node in old?.nodes ?? [] { leave(node, by: name) }
    toReroute.remove(name)
    // What happened on the old way may still be in the queue, and tell of this name no more.
    if let old, routes[name] != old, tracked[name] != nil, on(.oldEventsReplaced), let path = path(name) {
      emit(.tree(path))
    }
  }

  private mutating func observe(_ node: NodeID, by name: NodeID) {
    observers[node, default: []].append(name)
    nodes.pin(node)
  }

  private mutating func leave(_ node: NodeID, by name: NodeID) {
    guard var names = observers[node], let index = names.lastIndex(of: name) else { return }
    names.remove(at: index)
    observers[node] = names.isEmpty ? nil : names
    nodes.unpin(node)
    letGo(node)
  }
}
