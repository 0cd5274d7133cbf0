import Paths

/// What is watched, and what each event means: a state machine whose only effects go through `K`. Every mutating method
/// leaves what is to be delivered in `out`.
package struct WatchTree<K: Kernel>: Sendable {
  let kernel: K
  let desk: BarrierDesk<K>
  var configuration: WatchConfiguration

  var nodes = NodeTable()
  var watches = WatchTable()
  let workspace: NodeID
  var roots: [NodeID] = []

  /// How often each name is tracked.
  var tracked: [NodeID: Int] = [:]
  /// Those of them whose changes were not all reported before they were tracked.
  var trackedLate: Set<NodeID> = []
  /// For tracked names that a symbolic link leads elsewhere: every name on the way.
  var routes: [NodeID: Route] = [:]
  /// The tracked names whose way leads through a node.
  var observers: [NodeID: [NodeID]] = [:]

  /// Which pinned name stands for a file, so that a second hard link to it is noticed when it is made.
  var identities = FileIdentities()
  /// A name came that could not be looked at, until the files that may have it are looked at instead.
  var hasUnknownLink = false
  /// What could not be watched, and why.
  var failures: [NodeID: Errno] = [:]
  /// Whose changes no event tells, and what was seen there last. What failed and has no look cannot even be seen.
  var looks: [NodeID: Look] = [:]
  /// The rounds of comparing so far, and the time between two (steady clock).
  var round = 0
  var interval: Int64 = 2_000_000_000
  /// When the next is due; nil where events tell everything.
  package internal(set) var nextLook: Int64?
  /// A round is under way.
  var isComparing = false
  /// A round for a barrier has taken place in this batch, after all the batch's barriers were asked for.
  var hasCompared = false
  var mounts = MountTable()
  /// The kernel says that something was mounted or unmounted.
  package var mountsMayDiffer = false
  /// Directories on a file system that the table of mounts has elsewhere, and its device.
  var carried: [(node: NodeID, device: UInt64)] = []
  /// Directories moved away whose other half has not come, by the kernel's cookie.
  var moves: [UInt32: Detached] = [:]

  var rules = RuleBook()
  /// Nodes whose watch may be another's, to be looked at again.
  var suspects: [NodeID] = []
  /// Rule files outside what is covered that a comparison found changed.
  var staleRules: [NodeID] = []
  var toReroute: Set<NodeID> = []
  var listing = Listing()
  /// Set once everything has been looked at: what is found before that is no news.
  var isStarted = false
  /// The watch limit was met in this round of attempts.
  var isExhausted = false

  /// To be delivered, in order.
  var out: [WatchEvent] = []
  /// Whether the reader must be woken although nothing comes through the queue.
  package internal(set) var wantsWake = false

  struct Route: Hashable, Sendable {
    var nodes: [NodeID]
    /// What the name stands for, or where the way ends early.
    var end: NodeID
  }

  struct Detached: Sendable {
    var node: NodeID
    var rules: IgnoreRules
    /// An event came from inside meanwhile.
    var touched = false
    var age = 0
  }

  #if DEBUG
    /// A safeguard that is switched off, to show that the simulation misses it.
    package var without: WatchSafeguard?
  #endif

  package init(_ configuration: WatchConfiguration, kernel: K, desk: BarrierDesk<K>) {
    self.configuration = configuration
    self.kernel = kernel
    self.desk = desk
    var at = NodeTable.top
    for name in configuration.workspace.components { at = nodes.makeChild(name, of: at) }
    workspace = at
    nodes.pin(at)
  }

  /// What is to be delivered since the last call.
  package mutating func drain() -> [WatchEvent] {
    defer { out = [] }
    wantsWake = false
    hasCompared = false
    return out
  }

  /// Watches everything for the first time.
  package mutating func start() {
    // What is mounted after this is told.
    _ = kernel.mountsChanged()
    mounts = MountTable(on(.mountsRead) ? kernel.mounts() : [])
    configure()
    scan(NodeTable.top, force: true)
    settle()
    out = []
    isStarted = true
  }

  /// Kernel watches held and what is wrong.
  package var status: WatchStatus {
    WatchStatus(watches: watches.count, compared: looks.count, degraded: degradations)
  }

  /// Whether a safeguard is in force: always, but in mutation tests.
  func on(_ safeguard: WatchSafeguard) -> Bool {
    #if DEBUG
      return without != safeguard
    #else
      return true
    #endif
  }

  /// Everything is given back.
  package mutating func stop() {
    for descriptor in watches.descriptors { kernel.removeWatch(descriptor) }
    watches = WatchTable()
    desk.close()
  }

  // MARK: Paths

  func absolute(_ path: Path) -> [UInt8] {
    if path.isAbsolute { return path.bytes }
    // Both are normalised, so joining is enough, unless the path climbs.
    if path.bytes.first == .dot || path.isRoot { return configuration.workspace.resolving(path).bytes }
    return configuration.workspace.appending(path.bytes).bytes
  }

  /// As it is reported; nil below a directory that has been moved away.
  func path(_ node: NodeID) -> Path? {
    // Appending to the workspace root takes the bytes as they are; they are normalised already.
    nodes.path(node, from: workspace).map { Path.root.appending($0) }
  }

  // MARK: Watches

  /// Gives the descriptor to the node. False if it was its before.
  mutating func assign(_ descriptor: Int32, to node: NodeID) -> Bool {
    if nodes[node].watch == descriptor { return false }
    release(node)
    // Two names, one inode: a bind mount, or the other name is out of date.
    if on(.sharedDescriptor) { suspects.append(contentsOf: watches.owners(descriptor)) }
    watches.add(node, to: descriptor)
    nodes[node].watch = descriptor
    return true
  }

  mutating func release(_ node: NodeID) {
    let descriptor = nodes[node].watch
    if descriptor == 0 { return }
    nodes[node].watch = 0
    nodes[node].flags.remove(.fullMask)
    if watches.remove(node, from: descriptor) { kernel.removeWatch(descriptor) }
  }

  /// Forgets what is below a name that is no directory any more, or not watched; tracked names stay, unknown.
  mutating func drop(_ top: NodeID, itself: Bool) {
    for node in nodes.subtree(top).reversed() {
      if node == top, !itself { break }
      // A file's own watch may be all that told of it, and events of it be queued.
      if nodes[node].kind == .file, nodes[node].watch != 0, on(.oldEventsReplaced) { report(contentOf: node) }
      release(node)
      nodes[node].flags.remove(.covered)
      if nodes[node].kind != .unknown, nodes[node].pinsBelow > 0 { wayChanged(at: node) }
      nodes[node].kind = .unknown
      failures[node] = nil
      looks[node] = nil
      rules.lists[node] = nil
      nodes.markMaybeUnused(node)
    }
  }

  /// What is tracked at this name, or by way of it, has to be looked for again.
  mutating func wayChanged(at node: NodeID) {
    guard on(.wayRetraced) else { return }
    if tracked[node] != nil { toReroute.insert(node) }
    if let through = observers[node] { toReroute.formUnion(through) }
  }

  /// Does what scans have left to do, until nothing is left.
  mutating func settle() {
    while true {
      if let (node, device) = carried.popLast() {
        // First: who ends the mount meanwhile leaves no trace of where it was.
        if !isFree(node) { findMount(above: node, on: device) }
      } else if let node = suspects.popLast() {
        guard !isFree(node), path(node) != nil else { continue }
        let before = (nodes[node].watch, nodes[node].kind)
        scan(node, force: false)
        if before != (nodes[node].watch, nodes[node].kind) { touch(node) }
      } else if !toReroute.isEmpty {
        // In an order of their own: histories are replayed.
        for node in toReroute.sorted() { reroute(node) }
      } else if let file = staleRules.popLast() {
        if !isFree(file) { ruleFileChanged(file, in: nodes[file].parent) }
      } else {
        break
      }
    }
    while let node = nodes.nextUnused() {
      release(node)
      failures[node] = nil
      looks[node] = nil
      rules.lists[node] = nil
      identities.forget(node)
      nodes.free(node)
    }
    schedule()
  }

  func isFree(_ node: NodeID) -> Bool { nodes[node].flags.contains(.free) }

  // MARK: Reports

  mutating func emit(_ event: WatchEvent) {
    if isStarted, out.last != event { out.append(event) }
  }

  /// Everything at and below may differ: reported for what is covered as one, else for each tracked name.
  mutating func touch(_ top: NodeID) {
    guard isStarted, let path = path(top) else { return }
    let whole = isReported(top)
    // Written twice, a rule file would say so twice.
    if whole, !out.suffix(4).contains(.tree(path)) || out.suffix(4).contains(where: \.isBarrier) { emit(.tree(path)) }
    var through: Set<NodeID> = []
    for node in nodes.pinned(in: top) {
      if !whole, tracked[node] != nil, let path = self.path(node) { emit(.tree(path)) }
      if let others = observers[node] { through.formUnion(others) }
      wayChanged(at: node)
    }
    for node in through.sorted() { if let path = self.path(node) { emit(.tree(path)) } }
  }

  /// Whether the name is reported without being tracked.
  func isReported(_ node: NodeID) -> Bool {
    if nodes[node].flags.contains(.root) { return true }
    let parent = nodes[node].parent
    guard parent != NodeTable.none, nodes[parent].flags.contains(.covered) else { return false }
    return nodes[node].flags.contains(.covered)
      || !rules(in: parent).ignores(nodes.name(node), isDirectory: nodes[node].kind == .directory)
  }
}
