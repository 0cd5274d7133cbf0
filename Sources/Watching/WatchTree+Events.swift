import Paths

/// What each event means.
extension WatchTree {
  /// Takes events in the kernel's order.
  package mutating func take(_ batch: RawEvents) {
    if mountsMayDiffer { remount() }
    for event in batch.events {
      let name = batch.name(event)
      if event.mask.contains(.overflow) {
        overflow()
        continue
      }
      let owners = watches.owners(event.descriptor)
      if owners.isEmpty || event.mask.contains(.ignored) {
        let (barriers, wake, lost) = desk.arrived(event, name: name)
        if lost { out.append(.rootLost(configuration.stateDirectory)) }
        if wake { wantsWake = true }
        for barrier in barriers { deliver(barrier) }
      }
      for owner in owners { handle(event, name, at: owner) }
      settle()
    }
    if hasUnknownLink {
      lookForLinks()
      settle()
    }
    // In an order of their own: histories are replayed.
    for (cookie, move) in moves.sorted(by: { $0.key < $1.key }) {
      // The other half may come in the next read, not much later.
      if move.age > 0 { forget(cookie) } else { moves[cookie]?.age += 1 }
    }
  }

  private mutating func handle(_ event: RawEvents.Event, _ name: ArraySlice<UInt8>, at node: NodeID) {
    if path(node) == nil {
      for cookie in moves.keys { moves[cookie]?.touched = true }
      if event.mask.contains(.ignored) { ended(node) }
      return
    }
    if !name.isEmpty {
      if !event.mask.isDisjoint(with: .names) {
        nameChanged(event, name, in: node)
      } else if !event.mask.isDisjoint(with: .content) {
        contentChanged(event.mask, name, in: node)
      }
    } else if !event.mask.isDisjoint(with: .content) {
      report(contentOf: node)
      if event.mask.contains(.attributes) {
        if nodes[node].kind == .file { suspects.append(node) } else { permissionsChanged(on: node) }
      }
    } else if !event.mask.isDisjoint(with: [.ignored, .unmount, .deleteSelf, .moveSelf]) {
      if event.mask.contains(.ignored) { ended(node) }
      guard on(.selfEvents) else { return }
      suspects.append(node)
      // It may be back already, and another have stood here meanwhile: nobody else tells.
      let parent = nodes[node].parent
      if event.mask.contains(.moveSelf), parent != NodeTable.none, nodes[parent].watch == 0 { touch(node) }
    }
  }

  /// The kernel has taken the watch away.
  private mutating func ended(_ node: NodeID) {
    _ = watches.remove(node, from: nodes[node].watch)
    nodes[node].watch = 0
    nodes[node].flags.remove(.fullMask)
  }

  private mutating func nameChanged(_ event: RawEvents.Event, _ name: ArraySlice<UInt8>, in directory: NodeID) {
    let isDirectory = event.mask.contains(.directory)
    var hadMount = false
    if isDirectory, event.mask.contains(.movedFrom), let path = nodes.absolute(directory),
      mounts.hasMount(within: path + [.slash] + name)
    {
      // No signal tells that mount points move along; and it must be known where they are before they are looked at.
      hadMount = true
      remount()
    }
    var child = nodes.child(name, of: directory)
    let isCovered =
      nodes[directory].flags.contains(.covered) && !rules(in: directory).ignores(name, isDirectory: isDirectory)
    reportName(name, in: directory, child: child, isCovered: isCovered)
    defer {
      if name.elementsEqual(RuleBook.fileName) || child.map({ rules.files[$0] != nil }) == true {
        ruleFileChanged(child, in: directory, isWritten: true)
      }
    }
    if on(.secondLink), !isDirectory, !identities.isEmpty, !event.mask.isDisjoint(with: [.create, .movedTo]) {
      findSecondLink(name, in: directory)
    }
    if child == nil, isCovered, isDirectory, !event.mask.isDisjoint(with: [.create, .movedTo]) {
      if event.mask.contains(.movedTo), let move = moves.removeValue(forKey: event.cookie) {
        return arrive(move, as: name, in: directory)
      }
      if on(.descendIntoNew) { child = nodes.makeChild(name, of: directory) }
    }
    guard let child, !isFree(child) else {
      // An earlier scan found it gone, and reported nothing: what was in it is gone, too.
      if isCovered, isDirectory, let path = path(directory) { emit(.tree(path.appending(name))) }
      return
    }
    if event.mask.contains(.movedFrom), isDirectory, nodes[child].watch != 0, nodes[child].pinsBelow == 0,
      let path = path(child)
    {
      // The watches stay until it is known whether it goes to another covered place.
      moves[event.cookie] = Detached(node: child, rules: rules(in: child), touched: hadMount)
      emit(.tree(path))
      nodes.detach(child)
      if isCovered, on(.exchanged) { lookAgain(name, in: directory) }
      return
    }
    // Watched and listed by an earlier scan: what has happened in it since has events of its own. What was in it then may be
    // news to all: the scan may have been for a name that was tracked, and is no more.
    if event.mask.contains(.create), isDirectory, nodes[child].watch != 0, nodes[child].pinsBelow == 0 {
      return touch(child)
    }
    let wasDirectory = nodes[child].kind == .directory
    let before = nodes[child].watch
    scan(child, force: false)
    if wasDirectory || isDirectory || nodes[child].kind == .directory || nodes[child].kind == .link
      || nodes[child].pinsBelow > 0
    {
      // An earlier scan that found what came reported nothing.
      let hasCome = event.mask.contains(.movedTo)
      if before == nodes[child].watch, before != 0, nodes[child].pinsBelow == 0, !hasCome { return }
      touch(child)
    }
  }

  /// Two directories may have changed places: what came was there before the event told of what went.
  private mutating func lookAgain(_ name: ArraySlice<UInt8>, in directory: NodeID) {
    guard let path = nodes.absolute(directory) else { return }
    // Where that is not told something may stand there.
    if let found = try? kernel.status(path + [.slash] + name), found.kind != .directory { return }
    scan(nodes.makeChild(name, of: directory), force: false)
  }

  /// A new name may be a hard link to a tracked file, whose own directory is not told.
  mutating func findSecondLink(_ name: ArraySlice<UInt8>, in directory: NodeID) {
    guard let path = nodes.absolute(directory) else { return }
    let found: FileStatus
    do throws(Errno) { found = try kernel.status(path + [.slash] + name) } catch {
      // Whose name it is nobody says.
      hasUnknownLink = true
      return
    }
    guard found.kind == .file, let node = identities.name(of: found.identity), nodes[node].watch == 0,
      nodes.child(name, of: directory) != node
    else { return }
    scan(node, force: false)
    report(contentOf: node)
  }

  /// A name came that cannot be looked at: each file that is tracked may have it for a second one.
  mutating func lookForLinks() {
    guard hasUnknownLink else { return }
    hasUnknownLink = false
    for node in identities.nodes where nodes[node].watch == 0 && !isFree(node) { scan(node, force: false) }
  }

  /// The second half of a directory's move: one node changes its name.
  private mutating func arrive(_ move: Detached, as name: ArraySlice<UInt8>, in directory: NodeID) {
    let node = move.node
    nodes.reattach(node, as: name, in: directory)
    let now = rules(in: node)
    let before = nodes[node].watch
    let isSame =
      !(move.touched && on(.movedTouched))
      && !(on(.movedRules) && (now.dependsOnPlace || !now.hasSameLists(as: move.rules)))
    let doubtful = isSame ? nodes.subtree(node).filter { nodes[$0].flags.contains(.doubtful) } : []
    scan(node, force: !isSame)
    for inner in doubtful where !isFree(inner) { scan(inner, force: false) }
    if before != nodes[node].watch { suspects.append(node) }
    touch(node)
  }

  /// A directory moved away for good: its watches would go on telling of it.
  private mutating func forget(_ cookie: UInt32) {
    guard let move = moves.removeValue(forKey: cookie), on(.movedOutDropped) else { return }
    drop(move.node, itself: true)
    settle()
  }

  private mutating func contentChanged(_ mask: WatchMask, _ name: ArraySlice<UInt8>, in directory: NodeID) {
    let isDirectory = mask.contains(.directory)
    let child = nodes.child(name, of: directory)
    let isCovered =
      nodes[directory].flags.contains(.covered) && !rules(in: directory).ignores(name, isDirectory: isDirectory)
    if isCovered, let path = path(directory) { emit(.modified(path.appending(name))) }
    if let child {
      report(contentOf: child)
      // Permissions may open or bar what lies below; a second hard link shows here too.
      if mask.contains(.attributes), isDirectory || nodes[child].pinsBelow > 0 {
        let had = failures[child] != nil
        if isDirectory, nodes[child].pinsBelow > 0 || had { touch(child) }
        if had || !isDirectory { scan(child, force: had) }
      }
    }
    if name.elementsEqual(RuleBook.fileName) || child.map({ rules.files[$0] != nil }) == true {
      ruleFileChanged(child, in: directory, isWritten: !mask.isDisjoint(with: [.modify, .closeWrite]))
    }
  }

  /// While a directory could not be searched its rules may have changed, and could not be read.
  private mutating func permissionsChanged(on directory: NodeID) {
    guard nodes[directory].flags.contains(.covered), let path = nodes.absolute(directory),
      (try? kernel.status(path + [.slash] + RuleBook.fileName)) != nil
    else { return }
    ruleFileChanged(nil, in: directory)
  }

  /// A tracked name, or one that a tracked name leads to.
  mutating func report(contentOf node: NodeID) {
    if tracked[node] != nil || nodes[node].flags.contains(.root), let path = path(node) { emit(.modified(path)) }
    for name in observers[node] ?? [] where routes[name]?.end == node {
      if let path = path(name) { emit(.modified(path)) }
    }
  }

  mutating func reportName(
    _ name: ArraySlice<UInt8>, in directory: NodeID, child: NodeID?, isCovered: Bool
  ) {
    guard let path = path(directory) else { return }
    // A tracked directory's listing is what stands there, wherever it is.
    if isCovered || tracked[directory] != nil || child.map({ tracked[$0] != nil }) == true {
      if !(path.appending(name).isWithin(reportedState)) { emit(.renamed(path.appending(name))) }
    }
    for observer in observers[directory] ?? [] where routes[observer]?.end == directory {
      if let path = self.path(observer) { emit(.renamed(path.appending(name))) }
    }
    if let child {
      for observer in observers[child] ?? [] { if let path = self.path(observer) { emit(.renamed(path)) } }
    }
  }

  private var reportedState: Path {
    configuration.stateDirectory.relative(to: configuration.workspace) ?? configuration.stateDirectory
  }

  // MARK: What is lost, what is waited for

  private mutating func overflow() {
    everythingAgain()
    if on(.overflowAsksAgain), desk.askAgain() { wantsWake = true }
  }

  /// Questions went unanswered, and what was made of that may be wrong: where links lead, which rules hold, what roots there
  /// are.
  mutating func recover() {
    configure()
    everythingAgain()
  }

  /// Nobody knows what was lost: everything is looked at again, in that order watched, listed and reported.
  private mutating func everythingAgain() {
    for cookie in moves.keys.sorted() { forget(cookie) }
    isStarted = false
    isExhausted = false
    for file in rules.files.keys.sorted() { ruleFileChanged(file, in: nodes[file].parent) }
    if on(.overflowScans) { scan(NodeTable.top, force: true) }
    for name in routes.keys { toReroute.insert(name) }
    settle()
    isStarted = true
    out.append(.everything)
    for root in roots where nodes[root].kind != .directory { if let path = path(root) { out.append(.rootLost(path)) } }
  }

  /// A barrier has come through the queue: what was mounted before it, and what no event tells of, is looked at before it
  /// is passed on.
  package mutating func deliver(_ barrier: UInt64) {
    if kernel.mountsChanged() { mountsMayDiffer = true }
    if mountsMayDiffer, on(.mountsBeforeBarrier) { remount() }
    if kernel.hasRecovered() { recover() }
    if !hasCompared, on(.comparedAtBarrier) {
      // Nothing is unseen there, but nobody may tell when it can be read again.
      for node in failures.keys.sorted() where isHarmless(node) { scan(node, force: false) }
      settle()
      compareAll(atBarrier: true)
      // What was compared may have been mounted over meanwhile. Somebody may go on mounting: the next barrier is theirs.
      for _ in 0..<3 {
        guard on(.mountsBeforeBarrier), kernel.mountsChanged() else { break }
        remount()
      }
    }
    if hasUnknownLink {
      lookForLinks()
      settle()
    }
    out.append(.barrier(barrier))
  }
}
