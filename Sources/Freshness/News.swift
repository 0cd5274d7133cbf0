/// What was confirmed since the last batch. Nodes are named by their ids' text, not by number: they may go meanwhile.
struct News: Sendable {
  /// A resource that changed, from the first to the last look in the batch.
  struct Change: Sendable {
    var from: Fingerprint
    var to: Fingerprint
    /// What it was before the last look that differed: an entry may have been made from that within the batch.
    var before: Fingerprint
    /// It is to be told. Otherwise a member came or went whose own look tells what became of it.
    var isTold: Bool
    /// Whose dependents it reaches: the resource itself, or the globs that gained or lost it.
    var through: Set<ResourceID>
  }

  /// An entry that a call ended.
  struct Ended: Sendable {
    var name: EntryName
    var cause: String
    var via: ResourceID
    var depth: Int
    var cascades: Bool
    /// A tag named it.
    var isTagged = false
    /// It is gone: what the log said of it before.
    var deleted: State?
    /// Those it had, if it is gone.
    var tags: [String] = []
  }

  /// An entry whose time is over.
  struct Expired: Sendable {
    var name: EntryName
    /// What the log said before.
    var was: State
    var cause: CauseRecord
    /// It rested on something, and nothing of that had changed.
    var isUnchanged: Bool
  }

  /// An entry whose value was let go of for want of room.
  struct Evicted: Sendable {
    var name: EntryName
    var was: State
    var cause: String
    /// False if its value went before, and now the entry.
    var hadValue = true
    var tags: [String]
  }

  /// An entry that stands for something else since it was made or deleted.
  struct Replaced: Sendable {
    var name: EntryName
    var from: Fingerprint
  }

  var changes: [ResourceID: Change] = [:]
  var ended: [Ended] = []
  var expired: [Expired] = []
  var evicted: [Evicted] = []
  /// Calls that end entries, whatever they named.
  var calls = 0
  var replaced: [Replaced] = []
  /// Made entries whose declaration gained a dependency or an output.
  var declared: [(name: EntryName, dependency: ResourceID)] = []
  /// Entries never made that are declared otherwise now: what was made from them may be stale, because of the manifest.
  var redeclared: [EntryName] = []
  /// Leaves that hold what they held.
  var unchanged: Set<NodeID> = []
  /// Entries that became fresh though the log last said otherwise.
  var freshened: Set<NodeID> = []
  /// Entries that are stale though the log last said that they are suspect: what it told of was touched again before it was
  /// told, and is looked at only now.
  var settled: Set<NodeID> = []

  mutating func change(_ id: ResourceID, from: Fingerprint, to: Fingerprint, through: Set<ResourceID>) {
    if var change = changes[id] {
      if !change.isTold { change.from = from }
      change.to = to
      change.before = from
      change.isTold = true
      change.through.formUnion(through)
      changes[id] = change
    } else {
      changes[id] = Change(from: from, to: to, before: from, isTold: true, through: through)
    }
  }

  mutating func move(_ id: ResourceID, through glob: ResourceID) {
    changes[id, default: Change(from: .unknown, to: .unknown, before: .unknown, isTold: false, through: [])].through
      .insert(glob)
  }

  mutating func looked(_ id: NodeID) { unchanged.insert(id) }
}
