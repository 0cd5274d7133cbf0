public import Paths

/// What the engine takes as proven of a leaf, to be compared with a look that spares nothing.
public struct Claim: Hashable, Sendable {
  public let leaf: Leaf
  /// What it is taken to hold.
  public let fingerprint: Fingerprint
  /// What a look costs, as far as is known: the bytes of a file, and for each name in directories as much as it takes to
  /// read so many.
  public let cost: Int64
  let node: NodeID
  let touchedAt: LSN

  /// What a look shows, in the terms of the claim.
  public func found(_ seen: Observation) -> Fingerprint {
    guard case .listing = leaf else { return seen.fingerprint }
    return seen.members.map { .digest(Engine.digest(of: $0)) } ?? .unreadable
  }
}

/// Verification: states are not believed but looked at, as if no event had ever come. What is found wrong is a mistake of the
/// agent, or of what the kernel can tell.
extension Engine {
  /// The entries that are fresh, in no order.
  public func freshEntries() -> [EntryName] {
    graph.all.compactMap { id in
      guard graph[id].isMade, graph[id].state == .fresh, case .entry(let name) = graph[id].name else { return nil }
      return name
    }
  }

  /// All that fresh entries among `names` rest on, each leaf once.
  public func claims(below names: [EntryName]) -> [Claim] {
    let fresh = names.compactMap { graph.node(.entry($0)) }.filter { graph[$0].state == .fresh }
    return leaves(below: fresh).compactMap(claim)
  }

  /// The next proven leaf after the node with number `cursor`, which is moved on. At most `steps` nodes are passed
  /// over; at the end it begins anew.
  public func nextClaim(after cursor: inout UInt32, steps: Int = 256) -> Claim? {
    for _ in 0..<min(steps, graph.capacity) {
      cursor = cursor + 1 < UInt32(graph.capacity) ? cursor + 1 : 0
      let id = NodeID(rawValue: cursor)
      if graph.contains(id), let claim = claim(id) { return claim }
    }
    return nil
  }

  /// The proven files that entries rest on, with what `stat` said of each when it was looked at; at most so many.
  public func stats(below names: [EntryName], limit: Int) -> [(path: Path, stat: StatFingerprint)] {
    var found: [(path: Path, stat: StatFingerprint)] = []
    for id in leaves(below: names.compactMap { graph.node(.entry($0)) }) {
      guard let leaf = graph[id].leaf, leaf.clean, case .file(let path) = leaf.leaf, let stat = leaf.stat else {
        continue
      }
      if found.count == limit { break }
      found.append((path, stat))
    }
    return found
  }

  private func claim(_ id: NodeID) -> Claim? {
    guard let leaf = graph[id].leaf, leaf.watched, graph[id].isProven else { return nil }
    return Claim(
      leaf: leaf.leaf, fingerprint: graph[id].fingerprint, cost: (leaf.stat?.size ?? 0) + Int64(leaf.names) * 512,
      node: id, touchedAt: leaf.touchedAt)
  }

  /// Whether nothing has put the leaf in doubt since, and it is still taken to hold the same. What was touched meanwhile
  /// is looked at anyway.
  public func stands(_ claim: Claim) -> Bool {
    guard graph.node(claim.leaf) == claim.node, let leaf = graph[claim.node].leaf else { return false }
    return leaf.clean && leaf.touchedAt == claim.touchedAt && graph[claim.node].fingerprint == claim.fingerprint
  }

  /// A look showed something else: it is in doubt, and with it what rests on it, until it is looked at again.
  ///
  /// - Returns: the entries that were fresh and rest on it, by depth and name; and the moment of this, for `isTold`.
  public mutating func doubt(_ claim: Claim) -> (resting: [EntryName], at: LSN)? {
    guard stands(claim) else { return nil }
    let name = graph[claim.node].name
    let resting = dependents(of: name, transitive: true).compactMap { neighbour -> EntryName? in
      guard case .entry(let entry) = neighbour.id, standing(of: entry).state == .fresh else { return nil }
      return entry
    }
    let at = stamp()
    mark(claim.node, at: at)
    // Some depend on it and do not follow it.
    return (resting.filter { standing(of: $0).state != .fresh }, at)
  }

  /// Whether an event has told of the leaf since it was put in doubt at `moment`, or nobody needs it any more.
  public func isTold(_ claim: Claim, since moment: LSN) -> Bool {
    guard graph.node(claim.leaf) == claim.node, let leaf = graph[claim.node].leaf else { return true }
    return leaf.touchedAt != moment
  }

  /// The id of what a claim is about.
  public func name(of claim: Claim) -> ResourceID { graph[claim.node].name }
}
