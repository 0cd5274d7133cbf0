/// `GET /v1/status`
public struct Status: Codable, Hashable, Sendable {
  /// The manifest that is in force.
  public struct Manifest: Codable, Hashable, Sendable {
    /// Whether all that the file says as it is now is carried out.
    public var ok: Bool
    /// What is wrong with it, a line each: `staled.json:3:5: …`.
    public var problems: [String]?
    /// True if the file cannot be used as it is now: what it said before is in force.
    public var lastGood: Bool?

    public init(ok: Bool, problems: [String]? = nil, lastGood: Bool = false) {
      self.ok = ok
      self.problems = problems
      self.lastGood = lastGood ? true : nil
    }
  }

  /// Something that works less well than it should.
  public struct Degradation: Codable, Hashable, Sendable {
    /// A path or a part of the agent.
    public var what: String
    public var reason: String
    public var remedy: String

    public init(what: String, reason: String, remedy: String) {
      self.what = what
      self.reason = reason
      self.remedy = remedy
    }
  }

  /// `starting`, `watching` or `stopping`.
  public var state: String
  /// The position in the log that all states are final for.
  public var clock: String
  public var workspace: String
  public var pid: Int
  public var version: String
  /// RFC 3339.
  public var started: String
  public var manifest: Manifest
  /// Kernel watches in use.
  public var watches: Int
  /// Entries by state.
  public var entries: [String: Int]
  /// Files, directories, globs and opaque ids that entries depend on.
  public var resources: Int
  public var degraded: [Degradation]

  public init(
    state: String, clock: String, workspace: String, pid: Int, version: String, started: String, manifest: Manifest,
    watches: Int, entries: [String: Int], resources: Int, degraded: [Degradation]
  ) {
    self.state = state
    self.clock = clock
    self.workspace = workspace
    self.pid = pid
    self.version = version
    self.started = started
    self.manifest = manifest
    self.watches = watches
    self.entries = entries
    self.resources = resources
    self.degraded = degraded
  }
}

/// `POST /v1/sync`
public struct SyncReply: Codable, Hashable, Sendable {
  public var clock: String
  public init(clock: String) { self.clock = clock }
}

/// `POST /v1/leases`
public struct LeaseReply: Codable, Hashable, Sendable {
  public var lease: String
  public var clock: String
  public init(lease: String, clock: String) {
    self.lease = lease
    self.clock = clock
  }
}

/// `PUT` of a value and `mark`
public struct MadeReply: Codable, Hashable, Sendable {
  public var namespace: String
  public var key: String
  public var state: String
  public var digest: String
  /// It was not there before.
  public var created: Bool
  /// Entries named as dependencies that nobody declared or made.
  public var unknown: [String]

  public init(namespace: String, key: String, state: String, digest: String, created: Bool, unknown: [String]) {
    self.namespace = namespace
    self.key = key
    self.state = state
    self.digest = digest
    self.created = created
    self.unknown = unknown
  }
}

/// `DELETE` of an entry
public struct DeleteReply: Codable, Hashable, Sendable {
  public var deleted: Bool
  public init(deleted: Bool) { self.deleted = deleted }
}

/// `POST /v1/invalidate`
public struct InvalidateReply: Codable, Hashable, Sendable {
  /// The last log record of this call.
  public var seq: UInt64
  public var invalidated: Int
  public var matched: Int
  public var entries: [Reached]
  /// Whether `entries` leaves some out.
  public var truncated: Bool

  public init(seq: UInt64, invalidated: Int, matched: Int, entries: [Reached], truncated: Bool) {
    self.seq = seq
    self.invalidated = invalidated
    self.matched = matched
    self.entries = entries
    self.truncated = truncated
  }
}

/// An entry that a cascade reached.
public struct Reached: Codable, Hashable, Sendable {
  public var namespace: String
  public var key: String
  public var depth: Int
  public var via: String

  public init(namespace: String, key: String, depth: Int, via: String) {
    self.namespace = namespace
    self.key = key
    self.depth = depth
    self.via = via
  }
}

/// `GET /v1/dependents` and `GET /v1/dependencies`
public struct Neighbours: Codable, Hashable, Sendable {
  /// One on the way.
  public struct Neighbour: Codable, Hashable, Sendable {
    public var id: String
    public var depth: Int
    public var via: String

    public init(id: String, depth: Int, via: String) {
      self.id = id
      self.depth = depth
      self.via = via
    }
  }

  public var id: String
  public var entries: [Neighbour]

  public init(id: String, entries: [Neighbour]) {
    self.id = id
    self.entries = entries
  }
}

/// `GET /v1/graph?format=json`
public struct GraphReply: Codable, Hashable, Sendable {
  /// A resource or an entry.
  public struct Node: Codable, Hashable, Sendable {
    public var id: String
    /// Of an entry: its state; of any other resource nil.
    public var state: String?
    public var declared: Bool?

    public init(id: String, state: String?, declared: Bool?) {
      self.id = id
      self.state = state
      self.declared = declared
    }
  }

  /// `from` depends on `to`.
  public struct Edge: Codable, Hashable, Sendable {
    public var from: String
    public var to: String
    /// Whether `to` is what `from`'s maker writes.
    public var output: Bool?

    public init(from: String, to: String, output: Bool?) {
      self.from = from
      self.to = to
      self.output = output
    }
  }

  public var nodes: [Node]
  public var edges: [Edge]

  public init(nodes: [Node], edges: [Edge]) {
    self.nodes = nodes
    self.edges = edges
  }
}

/// `POST /v1/verify`, and its progress: a line each with `Accept: application/x-ndjson`.
public struct VerifyReply: Codable, Hashable, Sendable {
  /// Something that was served as proven and is not so.
  public struct Violation: Codable, Hashable, Sendable {
    /// The resource; the entry itself, if its stored value is damaged.
    public var id: String
    /// What it was taken to hold.
    public var expected: String
    /// What it holds.
    public var found: String
    /// The entries that were fresh because of it, the nearest first.
    public var entries: [String]

    public init(id: String, expected: String, found: String, entries: [String]) {
      self.id = id
      self.expected = expected
      self.found = found
      self.entries = entries
    }
  }

  /// How many files, directories, globs and values were looked at, of how many.
  public var verified: Int
  public var of: Int
  /// How many fresh entries rest on them.
  public var entries: Int
  /// Entries that the call named and that are not fresh: there is nothing to verify of them.
  public var notFresh: [String]?
  /// Ids of what could not be looked at just now: nothing is known of them.
  public var unverified: [String]?
  /// What was found wrong. Nil while it goes on.
  public var violations: [Violation]?

  public init(verified: Int, of: Int, entries: Int, notFresh: [String]?, violations: [Violation]?) {
    self.verified = verified
    self.of = of
    self.entries = entries
    self.notFresh = notFresh
    self.violations = violations
  }
}
