import Freshness
import Paths

/// What the checker knows: what was really read, what calls were told to be done, what was confirmed.
struct Truth {
  /// What a restart goes back to.
  struct Lasting {
    var proofs: [String: Proof] = [:]
    /// Ended by a call, and not made since.
    var forced: Set<String> = []
    /// Of these, those whose last digest stands.
    var standing: Set<String> = []
    /// When calls ended entries, on the engine's clock.
    var endedAt: [String: Int64] = [:]
    /// Of what was made.
    var lives: [String: Life] = [:]
    /// How large the values are that must be there.
    var values: [String: Int] = [:]
    /// Those whose value went for want of room, and which stayed.
    var evicted: Set<String> = []
    /// The tags that calls gave.
    var tags: [String: Set<String>] = [:]
    /// Let go of without a word in the log.
    var gone: Set<String> = []
    /// How much was confirmed when the entry was last told to be fresh.
    var freshSince: [String: Int] = [:]
    /// What the log said last of what was made.
    var published: [String: State] = [:]
    /// What the log said last of the files that are followed, or what they were known to be from the first.
    var told: [Path: Fingerprint] = [:]
    /// Files that came to be followed since the last transaction.
    var met: Set<Path> = []
    /// Files that were let go since the last transaction, as they were known when it happened first.
    var left: [Path: Fingerprint] = [:]
  }

  /// The time of what was made: the last that was said of it.
  struct Life {
    /// What a call said of it.
    var given: Lifetime?
    var draw: UInt16
    var begun: Int64
    var used: Int64
    /// When it was over.
    var expired: Int64?
  }

  /// A call that ended something.
  struct End {
    /// When it was issued, in steps.
    var time: WallClock
    /// What it ended for good, for those that rest on it too.
    var named: [Input] = []
    /// Entries that it ended alone.
    var alone: [String] = []
    /// `NAMESPACE TAG`.
    var tags: [String] = []
  }

  var lasting = Lasting()
  /// When calls were issued that have been acknowledged.
  private(set) var ended: [Input: WallClock] = [:]
  private(set) var endedAlone: [String: WallClock] = [:]
  private(set) var endedTags: [String: WallClock] = [:]
  var unacknowledged: [(number: Int, end: End)] = []
  /// What the manifest says of each entry, and which it names, as the engine was told last.
  var policies: [String: EntryPolicy] = [:]
  var declared: Set<String> = []
  /// When entries were used last in this run, on the engine's clock.
  var used: [String: Int64] = [:]
  /// How many steps there were of each kind that not all histories have, and what came of them.
  var counts: [String: Int] = [:]
  /// How long is known what ended for good.
  var epitaph = Int64.max / 4
  /// What was confirmed to be something else, in order.
  var confirmed: [ResourceID] = []
  /// What was made since the last transaction.
  var made: [(key: String, state: State)] = []
  /// The leases of this run, in order.
  var leases: [(lsn: LSN, time: WallClock)] = []

  mutating func acknowledge(_ end: End) {
    for input in end.named { ended[input] = end.time }
    for key in end.alone { endedAlone[key] = end.time }
    for tag in end.tags { endedTags[tag] = end.time }
  }

  /// The agent starts again with what was stored.
  mutating func restore(_ stored: Lasting) {
    lasting = stored
    used = [:]
    unacknowledged = []
    made = []
    leases = []
  }

  /// A call ended `key`, if it is made.
  mutating func force(_ key: String, cascades: Bool, at clock: Int64) {
    guard lasting.proofs[key] != nil else { return }
    lasting.endedAt[key] = clock
    let stands = !cascades && (!lasting.forced.contains(key) || lasting.standing.contains(key))
    lasting.forced.insert(key)
    if stands { lasting.standing.insert(key) } else { lasting.standing.remove(key) }
  }

  mutating func forget(_ key: String) {
    lasting.proofs[key] = nil
    lasting.lives[key] = nil
    lasting.values[key] = nil
    lasting.published[key] = nil
    lasting.tags[key] = nil
    lasting.evicted.remove(key)
    lasting.forced.remove(key)
    lasting.standing.remove(key)
  }

  mutating func make(_ key: String, _ proof: Proof, _ state: State) {
    lasting.proofs[key] = proof
    lasting.gone.remove(key)
    lasting.forced.remove(key)
    lasting.standing.remove(key)
    lasting.published[key] = state
    made.append((key, state))
    if state == .fresh { lasting.freshSince[key] = confirmed.count }
  }

  /// Whether all that `key` was made from, down to the files, was true then.
  func holds(_ key: String, in then: World.Snapshot) -> Bool {
    guard let proof = lasting.proofs[key] else { return false }
    if !policy(key).strategy.followsDependencies { return true }
    return proof.outputs.allSatisfy { then[$0] == $1 }
      && proof.reads.allSatisfy { input, read in
        if case .entry(let lower) = input { return lasting.proofs[lower]?.digest == read && holds(lower, in: then) }
        return input.read(then) == read
      }
  }
}
