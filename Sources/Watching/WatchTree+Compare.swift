import Paths

/// What no event tells of is compared with what was seen before, at each barrier and from time to time.
extension WatchTree {
  private static var shortest: Int64 { 2_000_000_000 }
  private static var longest: Int64 { 60_000_000_000 }

  /// Whether anything has to be looked at though nothing happens.
  private var hasBlindSpots: Bool {
    if !looks.isEmpty { return true }
    return !failures.isEmpty && failures.keys.contains { !isHarmless($0) }
  }

  /// Sets the time of the next round, or takes it back.
  mutating func schedule() {
    if looks.isEmpty, failures.isEmpty {
      nextLook = nil
    } else if nextLook == nil, hasBlindSpots {
      nextLook = kernel.time.steady + interval
      wantsWake = true
    }
  }

  /// The time has come, perhaps: what is not told of is compared. What cannot be told at all waits for the next barrier.
  package mutating func tick() {
    if mountsMayDiffer { remount() }
    if kernel.hasRecovered() { recover() }
    guard let due = nextLook, kernel.time.steady >= due else { return }
    compareAll(atBarrier: false)
  }

  /// What is compared from time to time is compared at the next `tick`: a file system answers again.
  package mutating func hurry() {
    // Not at once: where each answer comes late that would be all the time.
    if let next = nextLook { nextLook = next - interval + Self.shortest }
    interval = Self.shortest
  }

  /// One round: whatever could not be watched is tried again, and compared where that fails.
  mutating func compareAll(atBarrier: Bool) {
    guard on(.compared), hasBlindSpots else {
      nextLook = nil
      return
    }
    let begun = kernel.time.steady
    round += 1
    isComparing = true
    isExhausted = !on(.recovery)
    for node in blindSpots() where !isFree(node) {
      if let look = looks[node] {
        if look.round == round { continue }
        if isUnchanged(node, look) {
          looks[node]?.round = round
          continue
        }
      }
      scan(node, force: false)
    }
    isComparing = false
    lookForLinks()
    if atBarrier { reportUnseen() }
    settle()
    let now = kernel.time.steady
    interval = min(max(Self.shortest, (now - begun) * 20), Self.longest)
    nextLook = hasBlindSpots ? now + interval : nil
    hasCompared = atBarrier
  }

  /// Parents before their children, so that a directory which is watched again is so before its names are looked at.
  private func blindSpots() -> [NodeID] {
    var found = looks.keys.map { (depth: depth($0), node: $0) }
    for node in failures.keys where looks[node] == nil && !isHarmless(node) { found.append((depth(node), node)) }
    return found.sorted { $0 < $1 }.map(\.node)
  }

  private func depth(_ node: NodeID) -> Int {
    var depth = 0
    var at = nodes[node].parent
    while at != NodeTable.none {
      depth += 1
      at = nodes[at].parent
    }
    return depth
  }

  /// The quick way for the many directories beyond the limit of watches: nothing is opened.
  private func isUnchanged(_ node: NodeID, _ look: Look) -> Bool {
    guard look.isSettled, look.remoteness == nil, isExhausted || failures[node] != .noSpace,
      failures[node] == nil || failures[node] == .noSpace, let path = nodes.absolute(node)
    else { return false }
    guard (try? kernel.status(path)) == look.status else { return false }
    guard let rules = look.rules else { return true }
    return (try? kernel.status(path + [.slash] + RuleBook.fileName)) == rules.status
  }

  /// What cannot be seen is reported each time.
  private mutating func reportUnseen() {
    guard on(.unseenReported) else { return }
    for node in failures.keys.sorted() where looks[node] == nil && !isHarmless(node) { touch(node) }
    for node in looks.keys.sorted()
    where looks[node]?.remoteness?.isMadeUp == true {
      if looks[node]?.status.kind == .directory { namesMayDiffer(in: node) } else { report(contentOf: node) }
    }
  }

  // MARK: A look

  /// Takes down what stands at a name and reports how it differs from the look before. True if it does or may, or if there
  /// was none.
  mutating func compare(_ node: NodeID, with found: FileStatus, _ remoteness: MountTable.Remoteness?) -> Bool {
    let time = kernel.time
    var new = Look(found, remoteness: remoteness, at: time)
    new.round = round
    guard var old = looks.updateValue(new, forKey: node) else { return true }
    let last = old.round
    if old.status == found {
      old.round = round
      old.remoteness = remoteness
      // Of a directory the listing tells, once in a round.
      let isDirectory = found.kind == .directory
      let isDoubtful = !old.itself.isSettled && on(.racyLook) && (!isDirectory || isComparing)
      if isDoubtful {
        if !isDirectory { changed(node, found) }
        old.itself.confirm(at: time)
      }
      looks[node] = old
      if isDoubtful, isDirectory { directoryChanged(node, since: last) }
      return isDoubtful
    }
    looks[node]?.keepContents(of: old)
    if old.status.kind == found.kind, old.status.identity == found.identity, found.kind != .link {
      if found.kind != .directory || tracked[node] != nil { changed(node, found) }
      if found.kind == .directory { directoryChanged(node, since: last) }
    } else {
      // Something else: what was in the old one is no measure.
      looks[node]?.forgetNames()
      replaced(node)
    }
    return true
  }

  private mutating func changed(_ node: NodeID, _ found: FileStatus) {
    report(contentOf: node)
    if rules.files[node] != nil { staleRules.append(node) }
  }

  /// The ctime of a directory changes when it is moved as well as when a name in it comes or goes. If the directory above has
  /// changed too since both were looked at, this one may have been elsewhere for a while, and nothing in it tells. (File
  /// systems that do not stamp what is moved are a known limit.)
  private mutating func directoryChanged(_ node: NodeID, since last: Int) {
    looks[node]?.changed = round
    looks[node]?.unchanged = last
    let parent = nodes[node].parent
    if parent != NodeTable.none, let above = looks[parent], above.changed >= last { touch(node) }
  }

  private mutating func replaced(_ node: NodeID) {
    let parent = nodes[node].parent
    if parent != NodeTable.none {
      reportName(nodes.name(node), in: parent, child: node, isCovered: isReported(node))
    }
    touch(node)
    if rules.files[node] != nil { staleRules.append(node) }
  }

  /// A compared directory was changed since: whoever looked at it meanwhile may have seen what neither look did.
  mutating func namesMayDiffer(in node: NodeID) {
    let last = looks[node]?.unchanged ?? round
    let children = nodes.children(node)
    // A further name of a file elsewhere may be among them. (Those of other hosts' files are compared themselves.)
    if looks[node]?.remoteness == nil, !identities.isEmpty { hasUnknownLink = true }
    if nodes[node].flags.contains(.covered) || tracked[node] != nil || children.contains(where: { tracked[$0] != nil }),
      let path = path(node)
    {
      emit(.names(path))
    }
    for observer in observers[node] ?? [] where routes[observer]?.end == node {
      if let path = path(observer) { emit(.names(path)) }
    }
    for child in children {
      let kind = nodes[child].kind
      for observer in observers[child] ?? [] {
        if let path = path(observer) { emit(kind == .file ? .renamed(path) : .tree(path)) }
      }
      let mayHaveMoved = kind == .directory && looks[child].map { $0.changed >= last } == true
      // It may have been there for a while, with all that is tracked below it.
      let mayHaveBeen = (kind == .absent || kind == .unknown) && nodes[child].firstChild != NodeTable.none
      if mayHaveMoved || mayHaveBeen { touch(child) }
    }
  }

  /// Compares a directory's names with those it had.
  mutating func compareNames(of node: NodeID, with listing: Listing) {
    let new = listing.sorted()
    guard let old = looks[node]?.names else {
      looks[node]?.names = new
      return
    }
    looks[node]?.names = new
    guard on(.listingCompared) else { return }
    let isCovered = nodes[node].flags.contains(.covered)
    let rules = rules(in: node)
    for (name, isDirectory) in new.differences(from: old) {
      let isReported = isCovered && !rules.ignores(name, isDirectory: isDirectory)
      let child = nodes.child(name[...], of: node)
      reportName(name[...], in: node, child: child, isCovered: isReported)
      // What is in a directory that came was never reported.
      if isReported, isDirectory, let path = path(node) { emit(.tree(path.appending(name))) }
      if let child, nodes[child].pinsBelow > 0 { touch(child) }
      if !isDirectory, !identities.isEmpty, on(.secondLink) { findSecondLink(name[...], in: node) }
    }
  }

  // MARK: Mounts

  /// Reads what is mounted where, and looks again wherever that has changed.
  mutating func remount() {
    readMounts()
    settle()
  }

  private mutating func readMounts() {
    mountsMayDiffer = false
    guard on(.mountsRead) else { return }
    let new = MountTable(kernel.mounts())
    let changes = new.changes(since: mounts)
    mounts = new
    for point in changes {
      if let node = find(point) {
        scan(node, force: true)
        touch(node)
      } else if let cut = point.lastIndex(of: .slash), let parent = find(Array(point[..<cut])) {
        // A file, or a directory that is ignored.
        let name = point[(cut + 1)...]
        let isCovered =
          nodes[parent].flags.contains(.covered) && !rules(in: parent).ignores(name, isDirectory: false)
        reportName(name, in: parent, child: nil, isCovered: isCovered)
      }
    }
    if changes.contains(where: { rules.stateDirectory.starts(with: $0) }), desk.askAgain() { wantsWake = true }
  }

  /// Whether a directory lies on a file system that the table has, but not on the way to it: a directory above the mount
  /// was moved, which is no signal, where nothing is watched. (A device that it does not have at all is no sign: btrfs shows
  /// one for each subvolume.)
  func isCarried(_ node: NodeID, on device: UInt64) -> Bool {
    on(.mountsRead) && deviceByTable(of: node) != device && mounts.visible.values.contains { $0.device == device }
  }

  /// Of the deepest mount at or above a name.
  private func deviceByTable(of node: NodeID) -> UInt64? {
    guard var path = nodes.absolute(node)?[...] else { return nil }
    while !path.isEmpty {
      if let mount = mounts.visible[Array(path)] { return mount.device }
      path = path.prefix(upTo: path.lastIndex(of: .slash) ?? path.startIndex)
    }
    return mounts.visible[[.slash]]?.device
  }

  /// Reads where the mount is now through which a directory was found on `device`, so that its end is noticed.
  mutating func findMount(above node: NodeID, on device: UInt64) {
    readMounts()
    guard deviceByTable(of: node) != device, let path = nodes.absolute(node),
      (try? kernel.status(path))?.device != device
    else { return }
    // It has ended before the table was read: that it was here is in no table.
    scan(node, force: true)
    touch(node)
  }
}
