public import Paths

/// What the shell can look at.
public enum Leaf: Hashable, Sendable {
  case file(Path)
  case dir(Path)
  /// Which files a glob matches; the text is the glob's as it is written in ids.
  case listing(String)

  /// The resource that it is the file, the directory or the matches of.
  public var id: ResourceID {
    switch self {
    case .file(let path): .file(path)
    case .dir(let path): .dir(path)
    case .listing(let pattern): .glob(pattern)
    }
  }
}

/// What a kernel event says: that something may have changed, no more.
public enum Touch: Hashable, Sendable {
  /// A file's content.
  case content(Path)
  /// A name appeared, went or was moved: the file or directory of that name, the directory it stands in, and what
  /// globs match.
  case name(Path)
  /// Any name directly in a directory may have come or gone: as `name` of each. For globs also whatever was below such a
  /// name; what is tracked below has touches of its own.
  case names(Path)
  /// All that lies within a directory: it was moved, or its events were lost.
  case tree(Path)
  /// The kernel's queue overflowed.
  case everything
}

/// A call that a client must be sure of is made in passes: barrier, then ask.
public enum Pass<Answer: Sendable>: Sendable {
  case answer(Answer)
  /// Set up what `takeTracking` says, look at these (even where they are not dirty), then begin a new barrier and call
  /// again with the moment it began at. The list may be empty: only a new barrier is needed then.
  case again(look: [Leaf])
}

/// How an entry stands.
public struct Standing: Hashable, Sendable {
  public var state: State
  /// Of what was made last; nil if it is missing.
  public var digest: Digest?
  /// The stored value, if there is one.
  public var value: ValueInfo?
  /// It was made or declared, or something depends on it.
  public var known: Bool
  /// Why it is not fresh.
  public var cause: CauseRecord?
}

/// A result that was just made.
public struct SetRequest: Sendable {
  /// What was made.
  public enum Result: Hashable, Sendable {
    /// A value to be stored.
    case value(Digest, size: Int)
    /// No value, but its digest.
    case stated(Digest)
    /// Neither: the digest is that of the outputs, without those that of the dependencies' fingerprints.
    case derived
  }

  public var name: EntryName
  /// What it was made from, and what the client says that it read. Declared dependencies need not be repeated.
  public var dependencies: [(id: ResourceID, stated: Fingerprint?)]
  /// Files that the maker wrote: hashed now, exempt from the lease.
  public var outputs: [Path]
  /// Replace those that calls gave before; nil leaves them.
  public var tags: [String]?
  /// How long it lives; nil: as the policy says. A life of nothing: it is not kept.
  public var ttl: Lifetime?
  /// Drawn at random, 0…65535: how much of what jitter may take it takes.
  public var draw: UInt16 = 0
  /// Nil if the caller vouches that it read what is there at the time of the call.
  public var lease: Lease?
  /// `stamp()` when the call arrived; it also tells calls of one entry apart.
  public var arrived: LSN
  /// The clock when the call arrived.
  public var arrivedAt: WallClock
  public var result: Result

  public init(
    name: EntryName, dependencies: [(id: ResourceID, stated: Fingerprint?)] = [], outputs: [Path] = [],
    tags: [String]? = nil, lease: Lease?, arrived: LSN, arrivedAt: WallClock, result: Result
  ) {
    self.name = name
    self.dependencies = dependencies
    self.outputs = outputs
    self.tags = tags
    self.lease = lease
    self.arrived = arrived
    self.arrivedAt = arrivedAt
    self.result = result
  }
}

/// What became of a `set`.
public enum SetOutcome: Hashable, Sendable {
  /// `created`: it was not there before. `unknown`: dependencies on entries that nobody declared or made.
  case accepted(created: Bool, unknown: [EntryName])
  case refused(Refusal)
  /// It would depend on itself, along this path.
  case cycle([ResourceID])
}

/// Why a `set` was not accepted.
public struct Refusal: Hashable, Sendable, CustomStringConvertible {
  public enum Kind: String, Hashable, Sendable {
    /// The lease is of another run of the agent.
    case agentRestarted
    /// The lease is older than `Engine.leaseLimits` allow.
    case leaseTooOld
    /// The entry or a dependency was invalidated by call after the lease.
    case invalidated
    /// A dependency changed after the lease.
    case changed
    /// The entry itself was made again after the lease.
    case madeAgain
    /// What the client read is not what is there.
    case differs
    /// A dependency is not known to have been left alone since the lease: nobody watched it, and it is too new.
    case tooYoung
    /// A dependency or an output may not be read.
    case unreadable
    /// An output is not there.
    case outputMissing
  }

  public var kind: Kind
  /// The dependency, output or entry at fault.
  public var id: ResourceID?
  /// Of `.differs`.
  public var stated: Fingerprint?
  public var found: Fingerprint?
  /// Of `.leaseTooOld`.
  public var limits: LeaseLimits?

  /// What happened and what to do.
  public var description: String {
    let name = id.map(\.description) ?? "the entry"
    return switch kind {
    case .agentRestarted: "the agent was restarted after the lease was taken; take a new lease and make it again"
    case .leaseTooOld:
      "the lease is too old: one is good for \(limits.map { Self.duration($0.age) } ?? "a limited time"), and while it is "
        + "among the newest \(limits?.count ?? 0); take a new one before reading the inputs, and make it again"
    case .invalidated: "\(name) was invalidated after the lease was taken; take a new lease and make it again"
    case .changed: "\(name) changed after the lease was taken; take a new lease and make it again"
    case .madeAgain: "\(name) was made again after the lease was taken; use that, or take a new lease and make it again"
    case .differs:
      "\(name) is \(found?.description ?? "unknown"), not \(stated?.description ?? "unknown") as stated; read it again"
    case .tooYoung:
      "\(name) was not watched when the lease was taken and may have changed since; take a new lease and make it again, "
        + "it is watched now"
    case .unreadable: "\(name) cannot be read by the agent; mend its permissions and make it again"
    case .outputMissing: "the output \(name) is not there; have it written before the entry is marked"
    }
  }

  /// Nanoseconds in the largest unit that leaves no rest.
  private static func duration(_ time: WallClock) -> String {
    let units: [(WallClock, String)] = [(3_600_000_000_000, "h"), (60_000_000_000, "min"), (1_000_000_000, "s")]
    for (size, unit) in units where time >= size && time % size == 0 { return "\(time / size) \(unit)" }
    return "\(time) ns"
  }
}

/// A call that invalidates.
public struct Invalidation: Sendable {
  public var keys: [EntryName] = []
  public var tags: [String] = []
  /// Only entries of these namespaces are named by `tags`; nil: of all.
  public var within: [String]?
  public var namespaces: [String] = []
  /// Their dependents, direct ones at depth 1.
  public var resources: [ResourceID] = []
  public var all = false
  /// Keep the values of what is named.
  public var soft = false
  /// Only say what would happen.
  public var dryRun = false
  /// Nil: keys, tags and resources cascade, namespaces and all do not.
  public var cascade: Bool?
  /// What the log is to name as the cause; nil: `call:invalidate`, `tag:NAME`, `namespace:NAME` or `call:all`.
  public var cause: String?

  public init() {}
}

/// What a call that invalidates did, or a change would do.
public struct Invalidated: Hashable, Sendable {
  /// An entry whose state got worse.
  public struct Entry: Hashable, Sendable {
    public var name: EntryName
    /// How many entries lie on the way; 0 if the call named it.
    public var depth: Int
    /// The neighbour that the cascade came from; the entry itself at depth 0.
    public var via: ResourceID
  }

  /// How many entries were named or reached, each counted once.
  public var matched = 0
  /// By depth, then by name.
  public var entries: [Entry] = []
  /// How many of them got worse.
  public var invalidated: Int { entries.count }
}

/// What the log says of everything taken in since the last batch.
public struct Batch: Hashable, Sendable {
  /// A confirmed change of a tracked resource.
  public struct Change: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable { case created, modified, deleted }

    public var resource: ResourceID
    public var kind: Kind
    public var from: Fingerprint
    public var to: Fingerprint
  }

  /// What became of an entry.
  public struct Outcome: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable {
      /// It is worse than the log said.
      case invalidated
      /// It was never made, and something it is declared to depend on changed.
      case reached
      /// It is fresh again without having been made.
      case revalidated
      /// Its time is over.
      case expired
      /// Its value was let go of for want of room; or the entry, now that nothing rests on it any more.
      case evicted
    }

    public var kind: Kind
    public var name: EntryName
    public var state: State
    /// What the log said before.
    public var was: State
    /// See `CauseRecord`.
    public var cause: String
    public var via: ResourceID
    public var depth: Int
    public var from: Fingerprint?
    public var to: Fingerprint?
    /// A call named it by a tag, whatever the call's cause is called.
    public var isTagged = false
    /// Of one that expired: it rested on something, and nothing of that had changed.
    public var isUnchanged = false
    /// Of one that was evicted: its value went just now, not earlier.
    public var hadValue = true
    /// Of one that was deleted or evicted: the tags that it had.
    public var tags: [String] = []
  }

  /// Sorted by resource.
  public var changes: [Change] = []
  /// In the order of the cascade: by depth, then by name.
  public var outcomes: [Outcome] = []
  /// Leaves that were touched or looked at and hold what they held.
  public var unchanged = 0
  /// How many entries were named or reached by what is confirmed.
  public var matched = 0
  /// Calls that ended entries, or would have if there had been any.
  public var calls = 0
  public var invalidated: Int { outcomes.count { $0.kind == .invalidated } }
  public var isEmpty: Bool { isIdle && matched == 0 }
  /// All that was meant was so already.
  public var isIdle: Bool { changes.isEmpty && outcomes.isEmpty && unchanged == 0 }

  public init() {}
}

/// What the manifest says of an entry.
public struct Declared: Hashable, Sendable {
  public var name: EntryName
  public var dependencies: [ResourceID]
  public var outputs: [Path]
  public var tags: [String]
  /// What holds for it; nil: what holds in its namespace.
  public var policy: EntryPolicy?

  public init(
    name: EntryName, dependencies: [ResourceID] = [], outputs: [Path] = [], tags: [String] = [],
    policy: EntryPolicy? = nil
  ) {
    self.policy = policy
    self.name = name
    self.dependencies = dependencies
    self.outputs = outputs
    self.tags = tags
  }
}

/// A declaration that would close a cycle. Its edge was left out.
public struct DeclareProblem: Hashable, Sendable, CustomStringConvertible {
  public var name: EntryName
  /// From the entry to itself.
  public var cycle: [ResourceID]

  public var description: String {
    "\(name) would depend on itself: \(cycle.map(\.description).joined(separator: " → ")); take one of these "
      + "dependencies out"
  }
}
