/// A node of the dependency map. Dense, and the row's id in the store; reused only after its node is gone.
public struct NodeID: RawRepresentable, Hashable, Comparable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static func < (left: NodeID, right: NodeID) -> Bool { left.rawValue < right.rawValue }
}

/// How an edge came to be.
public struct EdgeRoles: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// The manifest says so.
  public static let declared = EdgeRoles(rawValue: 1)
  /// The call that made the entry said so.
  public static let given = EdgeRoles(rawValue: 2)
  /// The entry's maker writes it.
  public static let output = EdgeRoles(rawValue: 4)
  /// From a glob to its listing or a member, or from an opaque id to the file it follows.
  public static let member = EdgeRoles(rawValue: 8)
  /// A call's cascade came over it to an entry that follows nothing else: it counts until all is as it was.
  public static let called = EdgeRoles(rawValue: 16)
}

/// A dependency, with what was observed of it when the dependent was made.
public struct EdgeRecord: Hashable, Sendable {
  public var to: NodeID
  public var observed: Fingerprint
  public var roles: EdgeRoles

  public init(to: NodeID, observed: Fingerprint, roles: EdgeRoles) {
    self.to = to
    self.observed = observed
    self.roles = roles
  }
}

/// All that is durable of a node: a row of the store.
public struct NodeRecord: Hashable, Sendable {
  /// What a node stands for. The raw values are stored: they never change their meaning.
  public enum Kind: UInt8, Hashable, Sendable {
    case file = 1
    case dir = 2
    /// Which files a glob matches.
    case listing = 3
    /// A glob: its listing, and the content of each member.
    case glob = 4
    case opaque = 5
    case entry = 6
  }

  public var id: NodeID
  public var kind: Kind
  /// Its name; a listing bears its glob's.
  public var name: ResourceID
  /// What was last seen of a leaf; what any other node stands for.
  public var fingerprint: Fingerprint = .unknown
  /// Of a file's last look.
  public var stat: StatFingerprint?
  /// See `Observation`.
  public var newestOnPath: WallClock = 0
  /// When the last look began.
  public var lookedAt: WallClock = 0
  public var changedAt: LSN = .zero
  public var forcedAt: LSN = .zero
  public var madeAt: LSN = .zero
  /// Its dependencies.
  public var edges: [EdgeRecord] = []
  /// What only entries have.
  public var entry: EntryRecord?

  public init(id: NodeID, kind: Kind, name: ResourceID) {
    self.id = id
    self.kind = kind
    self.name = name
  }
}

/// What only an entry has.
public struct EntryRecord: Hashable, Sendable {
  /// It was made, and not deleted since. One that was not is a ghost.
  public var made = false
  /// The manifest names it.
  public var declared = false
  /// Invalidated by call, and not made again since.
  public var forced = false
  /// It ended without a cascade: dependents go on with its last digest.
  public var standing = false
  /// What makes it not fresh.
  public var strategy = Strategy.hybrid
  public var life = LifeRecord()
  /// The state that the log told last.
  public var published = State.missing
  /// Since when it is in that state.
  public var since: WallClock = 0
  /// Why it is not fresh.
  public var cause: CauseRecord?
  public var tags: [Tag] = []
  /// Its stored value, if there is one.
  public var value: ValueInfo?
  /// Why its value was let go of for want of room, and it was kept for those who rest on it: it goes with the last of them.
  public var evicted: String?

  public init() {}
}

/// A tag of an entry, and who gave it.
public struct Tag: Hashable, Sendable {
  public var name: String
  public var declared: Bool
  public var given: Bool

  public init(_ name: String, declared: Bool, given: Bool) {
    self.name = name
    self.declared = declared
    self.given = given
  }

  /// The levels above it where `/` separates them: of `code/python/src` these are `code` and `code/python`.
  var levels: [String] {
    var found: [String] = []
    var end = name.utf8.startIndex
    while let slash = name.utf8[end...].firstIndex(of: UInt8(ascii: "/")) {
      if slash > name.utf8.startIndex { found.append(String(name[..<slash])) }
      end = name.utf8.index(after: slash)
    }
    return found
  }
}

/// A stored value: equal ones are stored once.
public struct ValueInfo: Hashable, Sendable {
  public var digest: Digest
  /// In bytes.
  public var size: Int

  public init(digest: Digest, size: Int) {
    self.digest = digest
    self.size = size
  }
}

/// How many values entries have, and how large they are; equal ones each time.
public struct ValueTotals: Hashable, Sendable {
  public var count = 0
  /// In bytes.
  public var bytes = 0

  public init() {}
}

/// Why an entry is not fresh.
public struct CauseRecord: Hashable, Sendable {
  /// A resource id, or `call:invalidate`, `call:delete`, `call:all`, `tag:NAME`, `namespace:NAME`, `event:NAME`,
  /// `schedule:TIME`, `clock:ttl`, `clock:idle`.
  public var cause: String
  /// The neighbour that the cascade came from.
  public var via: ResourceID
  /// How many entries lie on the way, this one included; 0 if a call named it.
  public var depth: Int
  /// What the cause was before, where it is a resource.
  public var from: Fingerprint?
  /// What it became.
  public var to: Fingerprint?
  public var time: WallClock

  public init(cause: String, via: ResourceID, depth: Int, from: Fingerprint?, to: Fingerprint?, time: WallClock) {
    self.cause = cause
    self.via = via
    self.depth = depth
    self.from = from
    self.to = to
    self.time = time
  }
}
