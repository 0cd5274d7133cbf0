public import Paths

extension Engine {
  /// The leaves that are watched and wait for a look.
  public func dirtyLeaves() -> [Leaf] {
    dirty.sorted().compactMap { id in graph[id].leaf.flatMap { $0.watched ? $0.leaf : nil } }
  }

  /// The listings that wait for a look; those of rules only, if `pinned`.
  public func dirtyListings(ofPinned pinned: Bool) -> [Leaf] {
    dirty.sorted().compactMap { id in
      guard graph[id].kind == .listing, let leaf = graph[id].leaf, leaf.watched, leaf.pinned || !pinned else {
        return nil
      }
      return leaf.leaf
    }
  }

  /// Leaves that are there and may not be read, so that what rests on them is never fresh.
  public func unreadable() -> [Leaf] {
    graph.all.compactMap { graph[$0].fingerprint == .unreadable ? graph[$0].leaf?.leaf : nil }
  }

  /// Whether any leaf waits for a look.
  public var hasDirtyLeaves: Bool { !dirty.isEmpty }

  /// Whether anything rests on `leaf`.
  public func isTracked(_ leaf: Leaf) -> Bool { graph.node(leaf) != nil }

  /// What the last look at `leaf` showed, so that an unchanged stat that is not as young as the look spares the hash
  /// (git's racy-timestamp rule).
  public func lastLook(
    _ leaf: Leaf
  ) -> (fingerprint: Fingerprint, stat: StatFingerprint?, lookedAt: WallClock)? {
    guard let id = graph.node(leaf), let state = graph[id].leaf, graph[id].fingerprint != .unknown else { return nil }
    return (graph[id].fingerprint, state.stat, state.lookedAt)
  }

  /// Takes in looks. `begun` is a moment (`stamp`) from before the look began: one at a leaf that was touched since is
  /// dropped, the leaf stays dirty and is looked at again.
  public mutating func resolve(_ looks: [(leaf: Leaf, seen: Observation, begun: LSN)]) {
    var affected: [NodeID] = []
    var over: Set<NodeID> = []
    for (leaf, seen, begun) in looks {
      guard let id = graph.node(leaf), let state = graph[id].leaf, state.watched,
        state.touchedAt <= begun || !on(.touchWhileHashing)
      else { continue }
      let at = stamp()
      let wasKnown = graph[id].fingerprint != .unknown
      if lingering.contains(id) { over.insert(id) }
      var fingerprint = seen.fingerprint
      if case .listing = leaf {
        if let members = seen.members {
          fingerprint = .digest(Self.digest(of: members))
          if members != state.members {
            relink(id, to: members, wasKnown: wasKnown, affected: &affected)
            if state.pinned { over.formUnion(lingering) }
          }
        } else if fingerprint.isProof {
          // A look at a listing that brings no members shows nothing.
          fingerprint = .unreadable
        }
      }
      let was = graph[id].fingerprint
      if was != fingerprint {
        graph[id].fingerprint = fingerprint
        graph[id].changedAt = at
        // What a listing gained and lost is told file by file.
        if wasKnown, graph[id].kind != .listing || !fingerprint.isProof || !was.isProof {
          news.change(graph[id].name, from: was, to: fingerprint, through: [graph[id].name])
        }
      }
      // The first look since the start only proves what was stored: nothing happened.
      if was == fingerprint, graph[id].kind != .listing, state.resolvedAt != .zero { news.looked(id) }
      graph[id].leaf?.clean = true
      graph[id].leaf?.stat = seen.stat
      graph[id].leaf?.newestOnPath = seen.newestOnPath
      graph[id].leaf?.lookedAt = seen.time
      graph[id].leaf?.names = seen.names
      graph[id].leaf?.hashedAt = begun
      graph[id].leaf?.resolvedAt = at
      dirty.remove(id)
      changedRecords.insert(id)
      affected += graph[id].dependents.map(\.node)
    }
    // Once for all looks: a glob is digested once, however many of its members were looked at.
    evaluate(affected)
    // One that is a rule's match again is about to be declared again.
    letGoLingering(over.filter { !isMatch($0) })
  }

  /// A listing shows other members than before: its glob gets and loses edges. Of a rule's listing new members are told
  /// here: what is declared for them is looked at for the first time. What becomes of those that went, their own looks tell
  /// (`linger`).
  private mutating func relink(
    _ listing: NodeID, to members: [Path], wasKnown wasLooked: Bool, affected: inout [NodeID]
  ) {
    let former = graph[listing].leaf?.members
    let wasKnown = former != nil
    graph[listing].leaf?.members = members
    if wasLooked, graph[listing].leaf?.pinned == true {
      // Which they were before a restart is not stored, but each of them was declared.
      let former = Set(former ?? [])
      for path in members where graph.node(ResourceID.file(path)) == nil && !former.contains(path) {
        news.change(.file(path), from: .absent, to: .unknown, through: [.file(path)])
      }
    }
    guard on(.membersFollow), case .glob(let pattern) = graph[listing].name, let glob = graph.node(.glob(pattern))
    else {
      return
    }
    affected.append(glob)
    changedRecords.insert(glob)
    let wanted = Set(members)
    var linked: Set<Path> = []
    var gone: [NodeID] = []
    // From the end: taking an edge out moves the last one to its place.
    for index in graph[glob].edges.indices.reversed() {
      let member = graph[glob].edges[index].to
      guard case .file(let path) = graph[member].name else { continue }
      if wanted.contains(path) {
        linked.insert(path)
      } else {
        graph.unlink(glob, at: index)
        gone.append(member)
      }
    }
    for id in gone {
      let (name, last) = (graph[id].name, graph[id].fingerprint)
      // What others depend on too, or a rule follows, shows at its own look what became of it: it may be back by then.
      if isNeeded(graph[id]) || !wasKnown || linger(id) {
        news.move(name, through: .glob(pattern))
      } else {
        news.change(name, from: last, to: .absent, through: [.glob(pattern)])
      }
    }
    for path in members where !linked.contains(path) {
      let isNew = graph.node(ResourceID.file(path)) == nil
      let member = know(.file(path))
      graph.link(glob, to: member, observed: .unknown, roles: .member)
      guard wasKnown else { continue }
      if isNew {
        news.change(.file(path), from: .absent, to: .unknown, through: [.glob(pattern)])
      } else {
        news.move(.file(path), through: .glob(pattern))
      }
    }
    release(gone)
  }

  /// Keeps a file that nothing needs any more if it waits for a look: what a rule declared for it may have gone with it, and
  /// the log is to tell. True if it is kept. `underAny`: any listing counts as a rule's, while it is not known which is.
  mutating func linger(_ id: NodeID, underAny: Bool = false) -> Bool {
    guard graph[id].kind == .file, graph[id].fingerprint != .unknown, !lingering.contains(id),
      case .file(let path) = graph[id].name,
      graph.paths.listings(matching: path).contains(where: { underAny || graph[$0].leaf?.pinned == true })
    else { return false }
    // It was there when it was looked at last, and the listing does not show it: one of the two looks is older.
    if graph[id].fingerprint != .absent, !isMatch(path) { mark(id, at: stamp()) }
    guard dirty.contains(id) else { return false }
    lingering.insert(id)
    graph[id].holds += 1
    return true
  }

  /// Ends the waiting of those that were looked at.
  mutating func letGoLingering(_ ids: some Sequence<NodeID>) {
    let over = ids.sorted().filter { !dirty.contains($0) && lingering.contains($0) }
    for id in over { graph[id].holds -= 1 }
    release(over)
    for id in over { lingering.remove(id) }
  }

  /// Whether a rule's listing shows the file.
  private func isMatch(_ id: NodeID) -> Bool {
    guard case .file(let path) = graph[id].name else { return false }
    return isMatch(path)
  }

  func isMatch(_ path: Path) -> Bool {
    graph.paths.listings(matching: path).contains { id in
      guard let listing = graph[id].leaf, listing.pinned, let members = listing.members else { return false }
      // They are sorted, and perhaps many.
      var (low, high) = (0, members.count)
      while low < high {
        let middle = (low + high) / 2
        if members[middle] < path { low = middle + 1 } else { high = middle }
      }
      return low < members.count && members[low] == path
    }
  }

  static func digest(of members: [Path]) -> Digest {
    Digest(of: members.map { "\(ResourceID.file($0))\n" }.joined().utf8)
  }

  /// The listings of rules, to be kept though nothing depends on them. Replaces the former set.
  public mutating func pin(_ listings: Set<String>) {
    var released: [NodeID] = []
    for id in graph.all where graph[id].leaf?.pinned == true {
      if case .glob(let pattern) = graph[id].name, !listings.contains(pattern) {
        graph[id].leaf?.pinned = false
        released.append(id)
      }
    }
    for pattern in listings.sorted() {
      let id = knowListing(pattern)
      graph[id].leaf?.pinned = true
    }
    release(released)
  }

  /// The matches of a listing that is pinned or that a glob in use has, sorted; nil before it was looked at.
  public func members(of glob: String) -> [Path]? {
    graph.listing(glob).flatMap { graph[$0].leaf?.members }
  }
}
