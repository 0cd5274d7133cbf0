import Paths

/// The index of a name in a `NodeTable`.
typealias NodeID = Int32

/// The names that matter: directories watched, names tracked, and what lies above them. 32 bytes a node, its name, and
/// a slot in a hash table from (directory, name) to node; a directory is renamed by changing one node.
struct NodeTable: Sendable {
  static let none: NodeID = -1
  /// `/`.
  static let top: NodeID = 0

  struct Flags: OptionSet, Sendable {
    let rawValue: UInt8
    /// A directory all of which is reported.
    static let covered = Flags(rawValue: 1)
    static let root = Flags(rawValue: 2)
    /// The watch includes content events.
    static let fullMask = Flags(rawValue: 4)
    /// Scratch of one reconciliation.
    static let seen = Flags(rawValue: 8)
    static let free = Flags(rawValue: 16)
    static let maybeUnused = Flags(rawValue: 32)
    /// A name in it was looked at by its path since it was listed, perhaps while another directory stood at that path.
    static let doubtful = Flags(rawValue: 64)
  }

  struct Node: Sendable {
    fileprivate(set) var parent: NodeID
    fileprivate(set) var firstChild = NodeTable.none
    fileprivate(set) var next = NodeTable.none
    fileprivate var previous = NodeTable.none
    /// The watch descriptor, or 0.
    var watch: Int32 = 0
    fileprivate var nameStart: UInt32
    /// Pins (tracked names, roots, links' targets) here and below.
    fileprivate(set) var pinsBelow: UInt32 = 0
    fileprivate var nameLength: UInt8
    var kind = FileKind.unknown
    var flags: Flags = []
  }

  private var nodes: [Node] = []
  private var names: [UInt8] = []
  private var wastedNames = 0
  private var unused: [NodeID] = []
  private var slots = [NodeID](repeating: NodeTable.none, count: 64)
  private(set) var count = 1
  private var candidates: [NodeID] = []

  init() { nodes.append(Node(parent: Self.none, nameStart: 0, nameLength: 0)) }

  subscript(id: NodeID) -> Node {
    get { nodes[Int(id)] }
    _modify { yield &nodes[Int(id)] }
  }

  func name(_ id: NodeID) -> ArraySlice<UInt8> {
    let node = nodes[Int(id)]
    return names[Int(node.nameStart)..<(Int(node.nameStart) + Int(node.nameLength))]
  }

  func children(_ id: NodeID) -> [NodeID] {
    var found: [NodeID] = []
    var child = self[id].firstChild
    while child != Self.none {
      found.append(child)
      child = self[child].next
    }
    return found
  }

  // MARK: Lookup

  private static func hash(_ parent: NodeID, _ name: ArraySlice<UInt8>) -> UInt {
    var hash: UInt = 0xcbf2_9ce4_8422_2325 ^ UInt(bitPattern: Int(parent)) &* 0x9E37_79B9_7F4A_7C15
    for byte in name { hash = (hash ^ UInt(byte)) &* 0x100_0000_01B3 }
    return hash ^ (hash >> 29)
  }

  func child(_ name: ArraySlice<UInt8>, of parent: NodeID) -> NodeID? {
    if self[parent].firstChild == Self.none { return nil }
    let mask = UInt(slots.count - 1)
    var slot = Self.hash(parent, name) & mask
    while slots[Int(slot)] != Self.none {
      let id = slots[Int(slot)]
      if self[id].parent == parent, self.name(id).elementsEqual(name) { return id }
      slot = (slot + 1) & mask
    }
    return nil
  }

  mutating func makeChild(_ name: ArraySlice<UInt8>, of parent: NodeID) -> NodeID {
    if let found = child(name, of: parent) { return found }
    compactNames()
    let node = Node(parent: parent, nameStart: UInt32(names.count), nameLength: UInt8(truncatingIfNeeded: name.count))
    names.append(contentsOf: name)
    let id: NodeID
    if let old = unused.popLast() {
      id = old
      self[id] = node
    } else {
      id = NodeID(nodes.count)
      nodes.append(node)
    }
    count += 1
    attach(id)
    // Whoever makes it either covers or pins it before the next sweep.
    markMaybeUnused(id)
    return id
  }

  private mutating func attach(_ id: NodeID) {
    let parent = self[id].parent
    let next = self[parent].firstChild
    self[id].next = next
    self[id].previous = Self.none
    if next != Self.none { self[next].previous = id }
    self[parent].firstChild = id
    if count * 2 > slots.count { grow() } else { insertSlot(id) }
  }

  private mutating func insertSlot(_ id: NodeID) {
    let mask = UInt(slots.count - 1)
    var slot = Self.hash(self[id].parent, name(id)) & mask
    while slots[Int(slot)] != Self.none { slot = (slot + 1) & mask }
    slots[Int(slot)] = id
  }

  private mutating func grow() {
    slots = [NodeID](repeating: Self.none, count: slots.count * 2)
    for id in nodes.indices.dropFirst() where !nodes[id].flags.contains(.free) && nodes[id].parent != Self.none {
      insertSlot(NodeID(id))
    }
  }

  /// Takes it out of its directory and the hash table.
  private mutating func unlink(_ id: NodeID) {
    let mask = UInt(slots.count - 1)
    var hole = Self.hash(self[id].parent, name(id)) & mask
    while slots[Int(hole)] != id { hole = (hole + 1) & mask }
    // Close the gap: move back whatever a search would no longer reach.
    var slot = (hole + 1) & mask
    while slots[Int(slot)] != Self.none {
      let home = Self.hash(self[slots[Int(slot)]].parent, name(slots[Int(slot)])) & mask
      if (slot &- home) & mask >= (slot &- hole) & mask {
        slots[Int(hole)] = slots[Int(slot)]
        hole = slot
      }
      slot = (slot + 1) & mask
    }
    slots[Int(hole)] = Self.none
    let node = self[id]
    if node.previous == Self.none {
      self[node.parent].firstChild = node.next
    } else {
      self[node.previous].next = node.next
    }
    if node.next != Self.none { self[node.next].previous = node.previous }
    markMaybeUnused(node.parent)
    self[id].parent = Self.none
  }

  // MARK: Renames

  /// Takes a directory without pins out of the tree, with all below.
  mutating func detach(_ id: NodeID) { unlink(id) }

  /// Puts it back under another name; there must be no such child.
  mutating func reattach(_ id: NodeID, as name: ArraySlice<UInt8>, in parent: NodeID) {
    compactNames()
    wastedNames += Int(self[id].nameLength)
    self[id].nameStart = UInt32(names.count)
    self[id].nameLength = UInt8(truncatingIfNeeded: name.count)
    names.append(contentsOf: name)
    self[id].parent = parent
    attach(id)
  }

  // MARK: Pins

  mutating func pin(_ id: NodeID) {
    var at = id
    while at != Self.none {
      self[at].pinsBelow += 1
      at = self[at].parent
    }
  }

  mutating func unpin(_ id: NodeID) {
    var at = id
    while at != Self.none {
      self[at].pinsBelow -= 1
      if self[at].pinsBelow == 0 { markMaybeUnused(at) }
      at = self[at].parent
    }
  }

  // MARK: Removal

  mutating func markMaybeUnused(_ id: NodeID) {
    if self[id].flags.contains(.maybeUnused) { return }
    self[id].flags.insert(.maybeUnused)
    candidates.append(id)
  }

  /// A node that nothing needs any more, to be freed with `free`. Identifiers stay good between sweeps.
  mutating func nextUnused() -> NodeID? {
    while let id = candidates.popLast() {
      let node = self[id]
      if node.flags.contains(.free) { continue }
      self[id].flags.remove(.maybeUnused)
      if id == Self.top || node.pinsBelow > 0 || node.flags.contains(.covered) || node.firstChild != Self.none {
        continue
      }
      return id
    }
    return nil
  }

  mutating func free(_ id: NodeID) {
    if self[id].parent != Self.none { unlink(id) }
    wastedNames += Int(self[id].nameLength)
    self[id].flags = .free
    unused.append(id)
    count -= 1
  }

  private mutating func compactNames() {
    guard wastedNames > 65536, wastedNames * 2 > names.count else { return }
    var kept: [UInt8] = []
    kept.reserveCapacity(names.count - wastedNames)
    for id in nodes.indices where !nodes[id].flags.contains(.free) {
      let old = name(NodeID(id))
      nodes[id].nameStart = UInt32(kept.count)
      kept.append(contentsOf: old)
    }
    names = kept
    wastedNames = 0
  }

  // MARK: Walks

  /// Names from `/` down to it, nil if it is below a directory that was moved away.
  func absolute(_ id: NodeID) -> [UInt8]? { path(id, from: Self.top) }

  /// The path below `base`, or from `/` (with the slash) where it lies elsewhere; nil if it is detached.
  func path(_ id: NodeID, from base: NodeID) -> [UInt8]? {
    var length = 0
    var at = id
    while at != base, at != Self.top {
      if at == Self.none { return nil }
      length += Int(self[at].nameLength) + 1
      at = self[at].parent
      if at == Self.none { return nil }
    }
    let below = at == base && base != Self.top
    if length == 0 { return below ? [] : [.slash] }
    if below { length -= 1 }
    return [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
      // Filled from the end; `length` counted exactly these bytes.
      var end = length
      var at = id
      while end > 0 {
        let name = self.name(at)
        end -= name.count
        for (index, byte) in name.enumerated() { buffer[end + index] = byte }
        if end > 0 {
          end -= 1
          buffer[end] = .slash
        }
        at = self[at].parent
      }
      count = length
    }
  }

  /// All at and below `id` that have pins at or below them, parents first.
  func pinned(in id: NodeID) -> [NodeID] {
    if self[id].pinsBelow == 0 { return [] }
    var found = [id]
    var at = 0
    while at < found.count {
      var child = self[found[at]].firstChild
      while child != Self.none {
        if self[child].pinsBelow > 0 { found.append(child) }
        child = self[child].next
      }
      at += 1
    }
    return found
  }

  /// All at and below `id`, parents first.
  func subtree(_ id: NodeID) -> [NodeID] {
    var found = [id]
    var at = 0
    while at < found.count {
      found.append(contentsOf: children(found[at]))
      at += 1
    }
    return found
  }
}

/// Which node a watch descriptor belongs to: pages indexed by descriptor, as the kernel counts up. Pages of descriptors
/// that are gone are freed.
struct WatchTable: Sendable {
  private var pages: [[NodeID]] = []
  private var live: [UInt16] = []
  /// Further owners, where one inode stands at several names (hard links, bind mounts).
  private var others: [Int32: [NodeID]] = [:]
  private(set) var count = 0

  private static let page = 512

  func owner(_ descriptor: Int32) -> NodeID? {
    let page = Int(descriptor) / Self.page
    guard descriptor > 0, page < pages.count, !pages[page].isEmpty else { return nil }
    let owner = pages[page][Int(descriptor) % Self.page]
    return owner == NodeTable.none ? nil : owner
  }

  func owners(_ descriptor: Int32) -> [NodeID] {
    guard let owner = owner(descriptor) else { return [] }
    if others.isEmpty { return [owner] }
    return [owner] + (others[descriptor] ?? [])
  }

  mutating func add(_ owner: NodeID, to descriptor: Int32) {
    if self.owner(descriptor) != nil {
      others[descriptor, default: []].append(owner)
      return
    }
    let page = Int(descriptor) / Self.page
    while pages.count <= page {
      pages.append([])
      live.append(0)
    }
    if pages[page].isEmpty { pages[page] = [NodeID](repeating: NodeTable.none, count: Self.page) }
    pages[page][Int(descriptor) % Self.page] = owner
    live[page] += 1
    count += 1
  }

  /// Whether that was the last owner.
  mutating func remove(_ owner: NodeID, from descriptor: Int32) -> Bool {
    if var rest = others[descriptor] {
      if self.owner(descriptor) == owner {
        pages[Int(descriptor) / Self.page][Int(descriptor) % Self.page] = rest.removeFirst()
      } else {
        rest.removeAll { $0 == owner }
      }
      others[descriptor] = rest.isEmpty ? nil : rest
      return false
    }
    guard self.owner(descriptor) == owner else { return false }
    let page = Int(descriptor) / Self.page
    pages[page][Int(descriptor) % Self.page] = NodeTable.none
    live[page] -= 1
    count -= 1
    if live[page] == 0 { pages[page] = [] }
    return true
  }

  /// Every descriptor held.
  var descriptors: [Int32] {
    pages.enumerated().flatMap { page, owners in
      owners.enumerated().compactMap { $1 == NodeTable.none ? nil : Int32(page * Self.page + $0) }
    }
  }
}
