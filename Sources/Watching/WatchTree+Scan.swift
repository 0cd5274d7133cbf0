import Paths

/// Watch, then list, then descend: brings the table up to date with the disk.
extension WatchTree {
  private struct Frame {
    let node: NodeID
    /// Nil where the directory may be searched but not read.
    let handle: K.Handle?
    var children: [(node: NodeID, isDirectory: Bool)]
    let force: Bool
  }

  /// How many directories are held open at once; what lies deeper is opened anew by its path.
  private static var maxOpen: Int { 16 }

  /// Looks at what stands at `top` now, and at all below it that is covered or pinned. Without `force` a directory that is
  /// watched already is left at that.
  mutating func scan(_ top: NodeID, force: Bool) {
    var later = [(top, force)]
    while let (start, force) = later.popLast() {
      var stack: [Frame] = []
      if let frame = visit(start, in: nil, isDirectory: false, force: force) { stack.append(frame) }
      while let last = stack.indices.last {
        guard let (child, isDirectory) = stack[last].children.popLast() else {
          if let handle = stack.removeLast().handle { kernel.close(handle) }
          continue
        }
        if stack.count >= Self.maxOpen {
          later.append((child, stack[last].force))
        } else if let frame = visit(
          child, in: stack[last].handle, isDirectory: isDirectory, force: stack[last].force)
        {
          stack.append(frame)
        }
      }
    }
  }

  /// One name. What is returned holds the children to visit. `isDirectory`: a listing has just said so.
  private mutating func visit(_ node: NodeID, in parent: K.Handle?, isDirectory: Bool, force: Bool) -> Frame? {
    let isCovered = shouldCover(node)
    guard isCovered || nodes[node].pinsBelow > 0 else {
      drop(node, itself: true)
      return nil
    }
    guard let path = nodes.absolute(node), nodes.name(node) != [.dot, .dot], path != rules.stateDirectory else {
      return nil
    }
    if isComparing, !force, looks[node]?.round == round { return nil }
    do throws(Errno) {
      if !isDirectory {
        let found = try kernel.status(path)
        if found.kind != .directory {
          standsHere(found, at: node, path: path)
          return nil
        }
      }
      let handle: K.Handle
      do throws(Errno) {
        if let parent {
          handle = try kernel.openDirectory(nodes.name(node), in: parent)
        } else {
          handle = try kernel.openDirectory(path)
        }
      } catch {
        let found = try kernel.status(path)
        if found.kind == .directory { throw error }
        standsHere(found, at: node, path: path)
        return nil
      }
      return try enter(node, handle, isCovered: isCovered, force: force)
    } catch {
      return fail(node, error, isCovered: isCovered)
    }
  }

  /// A directory is open: watch it, then list it. Where it cannot be watched, or that does not tell everything, what is
  /// found is compared with what was there before.
  private mutating func enter(
    _ node: NodeID, _ handle: K.Handle, isCovered: Bool, force: Bool
  ) throws(Errno) -> Frame? {
    var isKept = false
    defer { if !isKept { kernel.close(handle) } }
    let wasUnseen = failures[node] != nil && looks[node] == nil && !isHarmless(node)
    let hadWatch = nodes[node].watch != 0
    if !on(.watchBeforeList), isCovered { try list(handle) }
    let (isNew, refusal) = watch(node, handle, isFull: isCovered || hasPinnedChild(node))
    let found = try kernel.status(of: handle)
    if isNew, on(.lookAfterWatch), hasMovedOn(node, found) { suspects.append(node) }
    let was = nodes[node]
    nodes[node].kind = .directory
    let hadFailed = failures.removeValue(forKey: node) != nil
    failures[node] = refusal
    if was.kind != .directory {
      wayChanged(at: node)
      if was.flags.contains(.root), let path = path(node) { emit(.tree(path)) }
    }
    let remoteness = on(.remoteCompared) ? mounts.remoteness(of: found.device) : nil
    let isCompared = refusal != nil || remoteness != nil
    let hadLook = looks[node] != nil
    var isKnown = !isNew && (!hadFailed || refusal != nil)
    if isCompared || hadLook {
      let differs = compare(node, with: found, remoteness)
      if differs || isComparing { isKnown = false }
    }
    // With the watch on what stood here before go the events that it still has in the queue; so it is if what stands here
    // now is refused one.
    if wasUnseen || (hadWatch && (isNew || refusal != nil) && on(.oldEventsReplaced)) { touch(node) }
    // Of files that nobody tracks the content was not compared.
    if hadLook, !isCompared, isCovered { touch(node) }
    defer { if !isCompared { looks[node] = nil } }
    if isKnown || !on(.listAfterWatch), !force, was.kind == .directory, was.flags.contains(.covered) == isCovered {
      return nil
    }
    var children: [(NodeID, Bool)] = []
    let known = nodes.children(node)
    var hasNewRules = false
    if isCovered {
      nodes[node].flags.insert(.covered)
      if on(.watchBeforeList) { try list(handle) }
      hasNewRules = readGitignore(in: node)
      let rules = rules(in: node)
      for index in 0..<listing.count where listing.kind(index) == .directory {
        let name = listing.name(index)
        if rules.ignores(name, isDirectory: true) { continue }
        // It may have gone and come between two listings, and have been seen to be gone.
        if looks[node]?.names != nil, nodes.child(name, of: node) == nil, let path = path(node) {
          emit(.renamed(path.appending(name)))
          emit(.tree(path.appending(name)))
        }
        let child = nodes.makeChild(name, of: node)
        nodes[child].flags.insert(.seen)
        children.append((child, true))
      }
    } else {
      nodes[node].flags.remove(.covered)
      if looks[node] != nil, tracked[node] != nil || observers[node] != nil { try list(handle) }
    }
    if looks[node] != nil, isCovered || tracked[node] != nil || observers[node] != nil {
      compareNames(of: node, with: listing)
    }
    // The event may find nothing new any more.
    if hasNewRules, was.kind == .directory, was.flags.contains(.covered), on(.newRulesTold) { touch(node) }
    for child in known where !nodes[child].flags.contains(.seen) { children.append((child, false)) }
    for (child, _) in children { nodes[child].flags.remove(.seen) }
    isKept = true
    return Frame(
      node: node, handle: handle, children: children,
      force: force || isNew || (hadFailed && refusal == nil) || hasNewRules)
  }

  /// Between the look and the watch what was found may have gone, which nothing tells where the directory above has no watch.
  private func hasMovedOn(_ node: NodeID, _ found: FileStatus) -> Bool {
    let parent = nodes[node].parent
    guard parent != NodeTable.none, nodes[parent].watch == 0, let path = nodes.absolute(node) else { return false }
    return (try? kernel.status(path))?.identity != found.identity
  }

  private mutating func list(_ handle: K.Handle) throws(Errno) {
    listing.removeAll()
    try kernel.list(handle, into: &listing)
  }

  /// Whether the watch is a new one, or why there is none.
  private mutating func watch(_ node: NodeID, _ handle: K.Handle, isFull: Bool) -> (isNew: Bool, refusal: Errno?) {
    let mask: WatchMask = isFull ? [.names, .content, .itself] : [.names, .itself, .attributes]
    do throws(Errno) {
      // One that is held already costs nothing.
      if isExhausted, nodes[node].watch == 0 { throw .noSpace }
      let isNew = assign(try kernel.watch(handle, mask: mask), to: node)
      if isFull { nodes[node].flags.insert(.fullMask) }
      return (isNew, nil)
    } catch {
      if error == .noSpace { isExhausted = true }
      release(node)
      return (false, error)
    }
  }

  /// No directory stands at this name.
  private mutating func standsHere(_ found: FileStatus, at node: NodeID, path: [UInt8]) {
    let was = nodes[node]
    let wasUnseen = failures[node] != nil && looks[node] == nil && !isHarmless(node)
    failures[node] = nil
    // While it is still known for what it was.
    let parent = was.parent
    // With a file's own watch go the events that it still has in the queue, as with a directory's.
    defer {
      if was.kind == .file, was.watch != 0, nodes[node].watch != was.watch, on(.oldEventsReplaced) {
        report(contentOf: node)
      }
    }
    // Below what is no directory nothing comes before that changes.
    let isInDirectory = parent != NodeTable.none && nodes[parent].kind == .directory
    let remoteness =
      on(.remoteCompared)
      ? mounts.remoteness(of: found.device) ?? (isInDirectory ? looks[parent]?.remoteness : nil) : nil
    let hadLook = looks[node] != nil
    if hadLook || remoteness != nil { _ = compare(node, with: found, remoteness) }
    if wasUnseen || (was.kind == .directory && was.watch != 0 && on(.oldEventsReplaced)) { touch(node) }
    if was.kind == .directory || was.firstChild != NodeTable.none { drop(node, itself: false) }
    nodes[node].kind = found.kind
    nodes[node].flags.remove(.covered)
    rules.lists[node] = nil
    nodes.markMaybeUnused(node)
    // A link that points elsewhere now is not told from one that does not: whoever had the event looks at all ways.
    if was.kind != found.kind {
      for below in nodes.pinned(in: node) { wayChanged(at: below) }
    }
    if was.kind == .directory, was.flags.contains(.root), let path = self.path(node) { emit(.rootLost(path)) }
    if found.kind == .file { hasName(node, found.identity) } else { identities.forget(node) }
    // Through another name, or where the directory cannot be watched, only the file itself tells of changes.
    let isTold = !isInDirectory || nodes[parent].watch != 0
    var isCompared = remoteness != nil || !isTold
    if found.kind == .file, found.links > 1 || !isTold, on(.ownWatch) {
      do throws(Errno) {
        if isExhausted, nodes[node].watch == 0 { throw .noSpace }
        let isNew = assign(try kernel.watchFile(path, mask: [.content, .itself]), to: node)
        // Written through another name, or replaced, before the watch was there.
        if isNew, on(.lookAfterWatch), (try? kernel.status(path)) != found {
          report(contentOf: node)
          suspects.append(node)
        }
        if remoteness == nil { isCompared = false }
      } catch {
        release(node)
        if error == .noSpace { isExhausted = true }
        // Gone again: its directory tells.
        if ![.noEntry, .notDirectory, .linkLoop].contains(error) {
          failures[node] = error
          isCompared = true
        }
      }
    } else {
      release(node)
    }
    if !isCompared || nodes[node].pinsBelow == 0 {
      looks[node] = nil
    } else if looks[node] == nil {
      _ = compare(node, with: found, remoteness)
    }
  }

  /// A file stands at this name. If it is known by another, what is done by way of this one was told of this one only.
  private mutating func hasName(_ node: NodeID, _ identity: UInt64) {
    guard let other = identities.note(node, identity), on(.secondLink), nodes[other].watch == 0 else { return }
    report(contentOf: other)
    suspects.append(other)
  }

  /// It cannot be opened. Names tracked below are looked at all the same.
  private mutating func fail(_ node: NodeID, _ error: Errno, isCovered: Bool) -> Frame? {
    failures[node] = error
    // What was seen of it is no measure any more, and with its watch go the events that are still in the queue.
    let hadWatch = nodes[node].watch != 0
    if looks.removeValue(forKey: node) != nil || (hadWatch && on(.oldEventsReplaced)) { touch(node) }
    for child in nodes.children(node) where nodes[child].pinsBelow == 0 { drop(child, itself: true) }
    release(node)
    nodes[node].kind = .directory
    if isCovered { nodes[node].flags.insert(.covered) } else { nodes[node].flags.remove(.covered) }
    let children = nodes.children(node).filter { nodes[$0].pinsBelow > 0 }.map { ($0, false) }
    return children.isEmpty ? nil : Frame(node: node, handle: nil, children: children, force: true)
  }

  private func shouldCover(_ node: NodeID) -> Bool {
    if nodes[node].flags.contains(.root) { return true }
    let parent = nodes[node].parent
    guard parent != NodeTable.none, nodes[parent].flags.contains(.covered) else { return false }
    return !rules(in: parent).ignores(nodes.name(node), isDirectory: true)
  }

  /// Whether content events matter in a directory that is only on the way.
  private func hasPinnedChild(_ node: NodeID) -> Bool {
    var child = nodes[node].firstChild
    while child != NodeTable.none {
      if tracked[child] != nil || observers[child] != nil || rules.files[child] != nil { return true }
      child = nodes[child].next
    }
    return false
  }

  /// True if it says something else than before.
  private mutating func readGitignore(in node: NodeID) -> Bool {
    guard configuration.gitignore else {
      rules.lists[node] = nil
      return false
    }
    let name = RuleBook.fileName
    let isThere = (0..<listing.count).contains { listing.kind($0) == .file && listing.name($0) == name[...] }
    if looks[node] != nil {
      // Before it is read: a later change shows.
      let file = isThere ? nodes.absolute(node).flatMap { try? kernel.status($0 + [.slash] + name) } : nil
      looks[node]?.rules = file
    }
    return loadList(node, isThere: isThere)
  }
}
