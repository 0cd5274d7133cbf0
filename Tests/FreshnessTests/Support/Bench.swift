import Freshness
import Paths
import Testing

/// An engine with a small disk and shell around it, for step lists: each step is taken in at once unless a test holds it
/// back. The clock goes on by a second with each step, so that nothing is too young.
struct Bench {
  static let context = NamingContext(workspace: ["/w"], namespace: "t")
  var engine: Engine
  var disk: [Path: String] = [:]
  /// When each file was changed last, for its ctime.
  var ctimes: [Path: WallClock] = [:]
  var watched: Set<Leaf> = []
  /// Whether new leaves lay in watched directories all the while.
  var covered = true
  var unreadable: Set<Path> = []
  /// The newest ctime on the way to what directories and globs hold.
  var newestNames: WallClock = 0
  var stored: [NodeID: NodeRecord] = [:]
  private(set) var clock: WallClock = 1_000_000_000_000

  init(_ files: [Path: String] = [:]) {
    engine = Engine(boot: 1, context: Self.context)
    for (path, contents) in files {
      disk[path] = contents
      ctimes[path] = clock
    }
    tick()
  }

  mutating func tick() {
    clock += 1_000_000_000
    engine.now = clock
  }

  // MARK: The disk

  /// Writes, creates or (with nil) deletes a file, and lets the kernel tell.
  mutating func write(_ path: Path, _ contents: String?) {
    let event: Touch = (disk[path] == nil) != (contents == nil) ? .name(path) : .content(path)
    change(path, contents)
    engine.touch([event])
  }

  /// The same, and nobody tells.
  mutating func change(_ path: Path, _ contents: String?) {
    tick()
    disk[path] = contents
    ctimes[path] = clock
  }

  static func digest(_ text: String) -> Digest { Digest(of: text.utf8) }

  func look(_ leaf: Leaf) -> Observation {
    switch leaf {
    case .file(let path):
      let fingerprint: Fingerprint =
        unreadable.contains(path) ? .unreadable : disk[path].map { .digest(Self.digest($0)) } ?? .absent
      return Observation(fingerprint: fingerprint, newestOnPath: ctimes[path] ?? 0, time: clock)
    case .dir(let path):
      let names = disk.keys.filter { $0.parent == path }.sorted().map(\.description).joined(separator: "\n")
      return Observation(fingerprint: .digest(Self.digest(names)), newestOnPath: newestNames, time: clock)
    case .listing(let pattern):
      return Observation(fingerprint: .unknown, newestOnPath: newestNames, time: clock, members: members(pattern))
    }
  }

  /// Patterns of the tests are `DIR/*SUFFIX` or `DIR/`.
  func members(_ pattern: String) -> [Path] {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    return disk.keys.filter { path in
      "\(path)".hasPrefix(parts[0]) && (parts.count < 2 || "\(path)".hasSuffix(parts[1]))
    }.sorted()
  }

  // MARK: The shell

  mutating func watch() {
    let (add, remove) = engine.takeTracking()
    for leaf in remove { watched.remove(leaf) }
    for leaf in add {
      watched.insert(leaf)
      engine.watching(leaf, covered: covered)
    }
  }

  mutating func look(at leaves: [Leaf]) {
    watch()
    let begun = engine.stamp()
    engine.resolve(leaves.map { ($0, look($0), begun) })
  }

  /// Looks until nothing is dirty.
  mutating func settle() {
    tick()
    watch()
    while !engine.dirtyLeaves().isEmpty {
      look(at: engine.dirtyLeaves())
      watch()
    }
  }

  /// Settles, ends the batch and says in lines what the log would.
  mutating func batch() -> [String] {
    settle()
    let batch = engine.endBatch()
    save()
    return batch.changes.map { "\($0.kind) \($0.resource)" }
      + batch.outcomes.map { outcome in
        "\(outcome.kind) \(outcome.name.key) \(outcome.was)→\(outcome.state) by \(outcome.cause) via \(outcome.via) "
          + "at \(outcome.depth)"
      }
  }

  /// Lets time go by, in seconds, for times to live.
  mutating func pass(_ seconds: Double) {
    engine.clock += Int64(seconds * 1e9)
    engine.expire()
  }

  /// What holds for all entries of the namespace.
  mutating func hold(
    _ strategy: Strategy, ttl: Double? = nil, jitter: Double = 0, idle: Double? = nil, keepStale: Double = 0
  ) {
    var policies = Policies()
    policies.namespaces[Self.context.namespace] = Self.policy(
      strategy, ttl: ttl, jitter: jitter, idle: idle, keepStale: keepStale)
    engine.setPolicies(policies)
  }

  static func policy(
    _ strategy: Strategy, ttl: Double? = nil, jitter: Double = 0, idle: Double? = nil, keepStale: Double = 0
  ) -> EntryPolicy {
    var policy = EntryPolicy()
    policy.strategy = strategy
    policy.ttl = lifetime(ttl)
    policy.jitter = jitter
    policy.idle = lifetime(idle)
    policy.keepStale = Int64(keepStale * 1e9)
    return policy
  }

  static func lifetime(_ seconds: Double?) -> Lifetime { seconds.map { .limited(Int64($0 * 1e9)) } ?? .forever }

  mutating func save() {
    let (changed, removed) = engine.takeRecords()
    for id in removed { stored[id] = nil }
    for record in changed { stored[record.id] = record }
  }

  /// The agent ends and starts again from what was stored.
  mutating func restart() {
    tick()
    let (time, policies) = (engine.clock, engine.policies)
    engine = Engine(
      boot: engine.boot + 1, lsn: engine.lsn, forgottenAt: engine.forgottenAt, restoring: Array(stored.values),
      context: Self.context, clock: time)
    engine.now = clock
    engine.clock = time
    engine.setPolicies(policies)
    watched = []
  }

  // MARK: Clients

  static func name(_ key: String) -> EntryName {
    // Keys of the tests are well-formed.
    try! key.contains("/") ? EntryName(key) : EntryName(namespace: "t", key: key)
  }

  static func id(_ text: String) -> ResourceID {
    // A bare word is an entry of the namespace t, as in the engine's context.
    try! ResourceID(parsing: text, in: context)
  }

  mutating func lease() -> Lease {
    defer { tick() }
    return engine.lease()
  }

  /// Makes an entry from `dependencies`, which may be written `ID@DIGEST`.
  @discardableResult
  mutating func make(
    _ key: String, from dependencies: [String] = [], value: String? = nil, outputs: [Path] = [], tags: [String]? = nil,
    ttl: Lifetime? = nil, draw: UInt16 = 0, lease: Lease?? = .none
  ) -> SetOutcome {
    let lease: Lease? = if case .some(let given) = lease { given } else { self.lease() }
    tick()
    var request = SetRequest(
      name: Self.name(key),
      dependencies: dependencies.map { try! ResourceID.parseStated($0, in: Self.context) }, outputs: outputs,
      tags: tags, lease: lease, arrived: engine.stamp(), arrivedAt: clock,
      result: value.map { .value(Self.digest($0), size: $0.utf8.count) } ?? .derived)
    (request.ttl, request.draw) = (ttl, draw)
    for _ in 0..<20 {
      let begun = engine.stamp()
      switch engine.set(request, begun: begun) {
      case .answer(let outcome): return outcome
      case .again(let leaves): look(at: leaves)
      }
    }
    Issue.record("a set of \(key) never ends")
    return .cycle([])
  }

  /// The state that a synced `get` answers.
  mutating func get(_ key: String) -> State {
    for _ in 0..<20 {
      let begun = engine.stamp()
      switch engine.get(Self.name(key), begun: begun) {
      case .answer(let standing): return standing.state
      case .again(let leaves): look(at: leaves)
      }
    }
    Issue.record("a get of \(key) never ends")
    return .missing
  }

  /// `key state` of all entries, as known.
  var states: String {
    engine.entries().map { "\($0.name.key) \($0.standing.state)" }.joined(separator: ", ")
  }

  @discardableResult
  mutating func declare(
    _ entries: [String: [String]], outputs: [String: [Path]] = [:], tags: [String: [String]] = [:],
    policy: EntryPolicy? = nil
  ) -> [DeclareProblem] {
    engine.declare(
      entries.sorted { $0.key < $1.key }.map {
        Declared(
          name: Self.name($0.key), dependencies: $0.value.map(Self.id), outputs: outputs[$0.key] ?? [],
          tags: tags[$0.key] ?? [], policy: policy)
      })
  }

  mutating func delete(_ key: String) -> Bool { engine.delete(Self.name(key)) }

  @discardableResult
  mutating func invalidate(_ keys: String..., cascade: Bool? = nil, soft: Bool = false, dryRun: Bool = false)
    -> Invalidated
  {
    var call = Invalidation()
    call.keys = keys.map(Self.name)
    call.cascade = cascade
    call.soft = soft
    call.dryRun = dryRun
    return engine.invalidate(call)
  }
}

extension Invalidated {
  /// `matched: key@depth …`
  var text: String {
    "\(matched): " + entries.map { "\($0.name.key)@\($0.depth)" }.joined(separator: " ")
  }
}

extension SetOutcome {
  /// The kind alone.
  var text: String {
    switch self {
    case .accepted: "accepted"
    case .refused(let refusal): refusal.kind.rawValue
    case .cycle: "cycle"
    }
  }
}
