internal import Paths

/// A dependency: from the node that holds it to `to`.
struct Edge: Hashable, Sendable {
  var to: NodeID
  /// What `to` stood for when the holder was made; `.unknown` where it never was compared.
  var observed: Fingerprint
  var roles: EdgeRoles
  /// Where the edge stands in `to`'s list of dependents, so that it can be taken out in constant time.
  var slot: UInt32 = 0
}

/// The other end of an edge.
struct Dependent: Hashable, Sendable {
  var node: NodeID
  /// Where the edge stands in `node`'s list.
  var edge: UInt32
}

/// What only a leaf has: what the shell saw of it, and when.
struct LeafState: Sendable {
  let leaf: Leaf
  /// Looked at, and not touched since.
  var clean = false
  /// Watched: only then may it be looked at, or a change between look and watch would go unseen.
  var watched = false
  /// The last moment that put its contents in doubt.
  var touchedAt: LSN
  /// When the last look began …
  var hashedAt: LSN = .zero
  /// … and when it was taken in.
  var resolvedAt: LSN = .zero
  var stat: StatFingerprint?
  var newestOnPath: WallClock = 0
  var lookedAt: WallClock = 0
  /// How many names the last look read.
  var names = 0
  /// Of a listing: its matches, sorted; nil before the first look.
  var members: [Path]?
  /// Of a listing: to be kept though nothing depends on it.
  var pinned = false

  init(_ leaf: Leaf, touchedAt: LSN) {
    self.leaf = leaf
    self.touchedAt = touchedAt
  }
}

/// A node of the dependency map. What is durable of it is a `NodeRecord`; the rest follows from the others.
struct Node: Sendable {
  let kind: NodeRecord.Kind
  let name: ResourceID
  /// What it is known to hold (a leaf) or stands for (everything else).
  var fingerprint: Fingerprint = .unknown
  /// The last input that changed what it stands for.
  var changedAt: LSN = .zero
  /// The last call that invalidated it; it stays when the entry is made again, for leases that are older.
  var forcedAt: LSN = .zero
  /// The last `set` that was accepted.
  var madeAt: LSN = .zero
  var edges: [Edge] = []
  var dependents: [Dependent] = []
  /// How it stands by its dependencies alone: fresh, suspect or stale. Not used of leaves.
  var basis = State.suspect
  var leaf: LeafState?
  var entry: EntryRecord?
  /// Whether `/` separates levels in its tags.
  var hasTagLevels = false
  /// When it was used last, on the engine's clock.
  var used: Int64 = 0
  /// How often it was served as fresh in this run.
  var hits = 0
  /// How many calls, under way or refused lately, named it.
  var holds = 0
  /// In the work list of `evaluate`.
  var queued = false

  init(kind: NodeRecord.Kind, name: ResourceID) {
    self.kind = kind
    self.name = name
  }

  /// Made, and not deleted since.
  var isMade: Bool { entry?.made ?? false }

  /// It has no contents of its own, but stands for its dependencies: a glob, an entry that was never made.
  var isComposite: Bool { leaf == nil && !isMade }

  /// What dependents may rest on: a leaf looked at and not touched since, anything else that holds by its dependencies
  /// and was not ended by a call, unless that left its last digest standing.
  var isProven: Bool {
    if let leaf { return leaf.clean && fingerprint.isProof }
    guard basis == .fresh else { return false }
    return entry.map { !$0.forced || $0.standing } ?? true
  }

  /// How an entry stands, as clients see it.
  var state: State {
    guard let entry, entry.made else { return .missing }
    if entry.life.expired != nil { return .expired }
    return entry.forced ? .stale : basis
  }

  /// Whether the edge at `index` says anything of this node: what its maker writes is nothing to one that was not made.
  func counts(_ edge: Edge) -> Bool { isMade || !edge.roles.contains(.output) }

  /// Whether what happens at an edge's other end may make this node worse. What is not made stands for all that it depends on.
  func acts(on edge: Edge) -> Bool {
    guard counts(edge) else { return false }
    guard isMade, let strategy = entry?.strategy else { return true }
    return strategy.followsDependencies || strategy.followsCalls && edge.roles.contains(.called)
  }

  /// Whether a cascade comes over an edge: one that a call began, or one of a confirmed change.
  func isReached(by edge: Edge, ofCall isCall: Bool) -> Bool {
    guard counts(edge) else { return false }
    guard isMade, let strategy = entry?.strategy else { return true }
    return isCall ? strategy.followsCalls : acts(on: edge)
  }
}
