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
  private static var maxOpen: Int { 64 }

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

  /// A directory is open: watch it, then list it.
  private mutating func enter(
    _ node: NodeID, _ handle: K.Handle, isCovered: Bool, force: Bool
  ) throws(Errno) -> Frame? {
    var isKept = false
    defer { if !isKept { kernel.close(handle) } }
    let full = isCovered || hasPinnedChild(node)
    let mask: WatchMask = full ? [.names, .content, .itself] : [.names, .itself, .attributes]
    if isExhausted { throw .noSpace }
    let isNew = assign(try kernel.watch(handle, mask: mask), to: node)
    let was = nodes[node]
    nodes[node].kind = .directory
    if full { nodes[node].flags.insert(.fullMask) }
    let hadFailed = failures.removeValue(forKey: node) != nil
    if was.kind != .directory {
      wayChanged(at: node)
      if was.flags.contains(.root), let path = path(node) { emit(.tree(path)) }
    }
    if !isNew, !force, !hadFailed, was.kind == .directory, was.flags.contains(.covered) == isCovered { return nil }
    var children: [(NodeID, Bool)] = []
    let known = nodes.children(node)
    if isCovered {
      nodes[node].flags.insert(.covered)
      listing.removeAll()
      try kernel.list(handle, into: &listing)
      readGitignore(in: node)
      let rules = rules(in: node)
      for index in 0..<listing.count where listing.kind(index) == .directory {
        let name = listing.name(index)
        if rules.ignores(name, isDirectory: true) { continue }
        let child = nodes.makeChild(name, of: node)
        nodes[child].flags.insert(.seen)
        children.append((child, true))
      }
    } else {
      nodes[node].flags.remove(.covered)
    }
    for child in known where !nodes[child].flags.contains(.seen) { children.append((child, false)) }
    for (child, _) in children { nodes[child].flags.remove(.seen) }
    isKept = true
    return Frame(node: node, handle: handle, children: children, force: force || isNew || hadFailed)
  }

  /// No directory stands at this name.
  private mutating func standsHere(_ found: FileStatus, at node: NodeID, path: [UInt8]) {
    let was = nodes[node]
    failures[node] = nil
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
    // Through another name, or where the directory cannot be watched, only the file itself tells of changes.
    let isAlone = found.links <= 1 && (was.parent == NodeTable.none || nodes[was.parent].watch != 0)
    if found.kind == .file { identities.note(node, found.identity) } else { identities.forget(node) }
    guard found.kind == .file, !isAlone else {
      release(node)
      return
    }
    do {
      _ = assign(try kernel.watchFile(path, mask: [.content, .itself]), to: node)
    } catch {
      release(node)
      // Gone again: its directory tells.
      if ![.noEntry, .notDirectory, .linkLoop].contains(error) { failures[node] = error }
    }
  }

  /// It cannot be watched. Names tracked below are looked at all the same.
  private mutating func fail(_ node: NodeID, _ error: Errno, isCovered: Bool) -> Frame? {
    failures[node] = error
    if error == .noSpace { isExhausted = true }
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

  private mutating func readGitignore(in node: NodeID) {
    guard configuration.gitignore else {
      rules.lists[node] = nil
      return
    }
    let name = RuleBook.fileName
    let isThere = (0..<listing.count).contains { listing.kind($0) == .file && listing.name($0) == name[...] }
    loadList(node, isThere: isThere)
  }
}
