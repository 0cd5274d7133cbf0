import Paths

/// Watch, then list, then descend: brings the table up to date with the disk.
extension WatchTree {
  private struct Frame {
    let node: NodeID
    /// Nil where the directory may be searched but not read.
    let handle: K.Handle?
    /// The file system's; nil where that is not known.
    let device: UInt64?
    var children: [(node: NodeID, isDirectory: Bool)]
    let force: Bool
  }

  /// How many directories are held open at once; what lies deeper is opened anew by its path.
  private static var maxOpen: Int { 16 }

  /// Looks at what stands at `top` now, and at all below it that is covered or pinned. Without `force` a directory that is
  /// watched already is left at that.
  mutating func scan(_ top: NodeID, force: Bool) {
    // By its path, which may lead into another directory than the one that is watched, until that one's events are read.
    if nodes[top].parent != NodeTable.none { nodes[nodes[top].parent].flags.insert(.doubtful) }
    var later = [(top, force)]
    while let (start, force) = later.popLast() {
      var stack: [Frame] = []
      if let frame = visit(start, in: nil, on: nil, isDirectory: false, force: force) { stack.append(frame) }
      while let last = stack.indices.last {
        guard let (child, isDirectory) = stack[last].children.popLast() else {
          if let handle = stack.removeLast().handle { kernel.close(handle) }
          continue
        }
        if stack.count >= Self.maxOpen {
          later.append((child, stack[last].force))
        } else if let frame = visit(
          child, in: stack[last].handle, on: stack[last].device, isDirectory: isDirectory, force: stack[last].force)
        {
          stack.append(frame)
        }
      }
    }
  }

  /// One name. What is returned holds the children to visit. `device`: that of the directory above, where it was looked at
  /// just now. `isDirectory`: a listing has just said so.
  private mutating func visit(
    _ node: NodeID, in parent: K.Handle?, on device: UInt64?, isDirectory: Bool, force: Bool
  ) -> Frame? {
    // One that was moved away is `forget`'s: freed here, it would be let go once more when it is another.
    guard let path = nodes.absolute(node) else { return nil }
    let isCovered = shouldCover(node)
    guard isCovered || nodes[node].pinsBelow > 0 else {
      // With its watch goes what is still to be read of names that came in it.
      if nodes[node].watch != 0, !identities.isEmpty { hasUnknownLink = true }
      drop(node, itself: true)
      return nil
    }
    guard nodes.name(node) != [.dot, .dot], path != rules.stateDirectory else { return nil }
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
      return try enter(node, handle, below: device, isCovered: isCovered, force: force)
    } catch {
      return fail(node, error, isCovered: isCovered)
    }
  }

  /// What a node was before the directory at its name was opened, and how the watch of that went.
  private struct Before {
    let node: NodeTable.Node
    /// It could neither be watched nor compared.
    let wasUnseen: Bool
    let hadFailed: Bool
    let hadLook: Bool
    var isNew = false
    /// Why there is no watch.
    var refusal: Errno?

    /// A watch is there at last.
    var isRecovered: Bool { hadFailed && refusal == nil }
    var wasCovered: Bool { node.kind == .directory && node.flags.contains(.covered) }
    /// With the watch on what stood here before go the events that it still has in the queue; so it is if what stands here
    /// now is refused one.
    var hasLostEvents: Bool { node.watch != 0 && (isNew || refusal != nil) }
  }

  /// A directory is open: watch it, compare it where that does not tell everything, and list it unless nothing can be new.
  private mutating func enter(
    _ node: NodeID, _ handle: K.Handle, below device: UInt64?, isCovered: Bool, force: Bool
  ) throws(Errno) -> Frame? {
    var isKept = false
    defer { if !isKept { kernel.close(handle) } }
    var before = Before(
      node: nodes[node], wasUnseen: isUnseen(node), hadFailed: failures[node] != nil, hadLook: looks[node] != nil)
    if !on(.watchBeforeList), isCovered { try list(handle) }
    (before.isNew, before.refusal) = watch(node, handle, isFull: isCovered || hasPinnedChild(node))
    let found = try kernel.status(of: handle)
    if before.isNew, on(.lookAfterWatch), hasMovedOn(node, found) { suspects.append(node) }
    if device != found.device, isCarried(node, on: found.device) { carried.append((node, found.device)) }
    failures[node] = before.refusal
    becomesDirectory(node, from: before)

    let remoteness = on(.remoteCompared) ? mounts.remoteness(of: found.device) : nil
    let isCompared = before.refusal != nil || remoteness != nil
    let hasChanged = isCompared || before.hadLook ? compare(node, with: found, remoteness) : false
    if hasChanged, before.hadLook, on(.listingCompared) { namesMayDiffer(in: node) }
    if before.wasUnseen || (before.hasLostEvents && on(.oldEventsReplaced)) { touch(node) }
    // Of files that nobody tracks the content was not compared; and with its look goes since when it was the same.
    if before.hadLook, !isCompared { touch(node) }
    // After its last comparison.
    defer { if !isCompared { looks[node] = nil } }

    let mayBeNew =
      before.isNew || before.isRecovered || hasChanged || nodes[node].flags.contains(.doubtful)
      || (isComparing && looks[node] != nil) || (isCompared && isListingTracked(node) && looks[node]?.names == nil)
    let mustList = force || before.node.kind != .directory || before.wasCovered != isCovered
    guard mustList || (mayBeNew && on(.listAfterWatch)) else { return nil }
    let (children, hasNewRules) = try children(of: node, handle, isCovered: isCovered)
    if isCovered, before.isNew || before.node.kind != .directory { findLinks(in: node) }
    // The event may find nothing new any more.
    if hasNewRules, before.wasCovered, on(.newRulesTold) { touch(node) }
    isKept = true
    return Frame(
      node: node, handle: handle, device: found.device, children: children,
      force: force || before.isNew || before.isRecovered || hasNewRules)
  }

  private mutating func becomesDirectory(_ node: NodeID, from before: Before) {
    nodes[node].kind = .directory
    if before.node.kind == .directory { return }
    wayChanged(at: node)
    if before.node.flags.contains(.root), let path = path(node) { emit(.tree(path)) }
  }

  /// Lists a directory, as far as that matters: what is to be visited in it, and whether its rules are others now.
  private mutating func children(
    of node: NodeID, _ handle: K.Handle, isCovered: Bool
  ) throws(Errno) -> (children: [(node: NodeID, isDirectory: Bool)], hasNewRules: Bool) {
    let known = nodes.children(node)
    var children: [(node: NodeID, isDirectory: Bool)] = []
    var hasNewRules = false
    let isListingTracked = isListingTracked(node)
    nodes[node].flags.remove(.doubtful)
    if isCovered {
      nodes[node].flags.insert(.covered)
      if on(.watchBeforeList) { try list(handle) }
      hasNewRules = readGitignore(in: node)
      children = coveredDirectories(in: node)
    } else {
      nodes[node].flags.remove(.covered)
      if looks[node] != nil, isListingTracked { try list(handle) }
    }
    if looks[node] != nil, isCovered || isListingTracked {
      compareNames(of: node, with: listing)
    }
    for child in known where !nodes[child].flags.contains(.seen) { children.append((child, false)) }
    for (child, _) in children { nodes[child].flags.remove(.seen) }
    return (children, hasNewRules)
  }

  /// What came in with a new directory has no events of its own: a name in it may be a tracked file's.
  private mutating func findLinks(in node: NodeID) {
    guard isStarted, !identities.isEmpty, on(.secondLink) else { return }
    // Of its own: what is found is scanned, which may list other directories.
    let names = (0..<listing.count).filter { listing.kind($0) == .file }.map { Array(listing.name($0)) }
    for name in names { findSecondLink(name[...], in: node) }
  }

  /// The directories of the listing that are not ignored, marked as seen.
  private mutating func coveredDirectories(in node: NodeID) -> [(node: NodeID, isDirectory: Bool)] {
    var found: [(node: NodeID, isDirectory: Bool)] = []
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
      found.append((child, true))
    }
    return found
  }

  /// Somebody may look at which names a directory holds, though it is not covered.
  private func isListingTracked(_ node: NodeID) -> Bool { tracked[node] != nil || observers[node] != nil }

  /// Nothing tells of it, not even a comparison.
  private func isUnseen(_ node: NodeID) -> Bool { failures[node] != nil && looks[node] == nil && !isHarmless(node) }

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
    let wasUnseen = isUnseen(node)
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
    // It may have had no watch, and what is in it one each.
    if wasUnseen || (was.kind == .directory && on(.oldEventsReplaced)) { touch(node) }
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
      // By the other name, or after its directory lost its watch, it may have been written before this look.
      if was.kind == .file, was.watch == 0, !hadLook { report(contentOf: node) }
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
    return children.isEmpty ? nil : Frame(node: node, handle: nil, device: nil, children: children, force: true)
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

  /// True if it says something else than before, or may have for a while.
  private mutating func readGitignore(in node: NodeID) -> Bool {
    guard configuration.gitignore else {
      rules.lists[node] = nil
      return false
    }
    let name = RuleBook.fileName
    let isThere = (0..<listing.count).contains { listing.kind($0) == .file && listing.name($0) == name[...] }
    var wasWritten = false
    if looks[node] != nil {
      // Before it is read: a later change shows.
      let file = isThere ? nodes.absolute(node).flatMap { try? kernel.status($0 + [.slash] + name) } : nil
      let time = kernel.time
      let isDoubtful = looks[node]?.take(rules: file, at: time, inRound: isComparing) ?? false
      wasWritten = isDoubtful && on(.rulesMayReturn)
    }
    return loadList(node, isThere: isThere) || wasWritten
  }
}
