import Freshness

/// Which values are held although no node's row may name them, and which are to be looked at because they may have to
/// go. It decides only; the database does.
///
/// A value stays as long as a row names its digest or somebody holds it. Whatever may have lost the last of both is a
/// suspect, from then until a sweep has looked at it: after a commit what its rows let go of, after a hold ended what it
/// held. What was left behind when the program ended is found by a walk over all values that were there at opening.
struct ValueLedger {
  /// What the next sweep does.
  enum Work {
    case nothing
    /// Looks for what no row names among the ids of the range.
    case walk(ClosedRange<Int64>)
    case free(suspects: [Digest], nameless: [Int64])
  }

  /// By those who stored it, until a transaction names it.
  private var staged: [Digest: Int] = [:]
  /// By those who read it.
  private var reading: [Digest: Int] = [:]
  /// To be looked at, some of them perhaps twice.
  private var suspects: [Digest] = []
  /// Suspects that were held when a sweep looked: they are suspects again when that ends.
  private var spared: Set<Digest> = []
  /// Values without a name: discarded, replaced, or freed in part.
  private var nameless: [Int64] = []
  /// What is left of the walk.
  private var walk: ClosedRange<Int64>?
  private var lastID: Int64
  /// Values whose bytes were found to be others: the next one of that digest replaces them.
  private(set) var damaged: Set<Digest> = []

  /// `lastID` is the greatest id that the database has.
  init(lastID: Int64) {
    self.lastID = lastID
    walk = lastID > 0 ? 1...lastID : nil
  }

  /// An id that no value had while this program runs: whoever reads another one never meets it.
  mutating func newID() -> Int64 {
    lastID += 1
    return lastID
  }

  // MARK: Holding

  func isStaged(_ digest: Digest) -> Bool { staged[digest] != nil }

  mutating func stage(_ digest: Digest) { staged[digest, default: 0] += 1 }

  /// Once more than it was staged is passed over.
  mutating func release(_ digest: Digest) {
    guard let count = staged[digest] else { return }
    staged[digest] = count == 1 ? nil : count - 1
    // Whether the transaction that was to name it came about is for the database to say.
    if count == 1 { suspects.append(digest) }
  }

  mutating func beginReading(_ digest: Digest) { reading[digest, default: 0] += 1 }

  mutating func endReading(_ digest: Digest) {
    guard let count = reading[digest] else { return }
    reading[digest] = count == 1 ? nil : count - 1
    // Most of what is read goes on to be named: only what a sweep met meanwhile is looked at.
    if count == 1, spared.remove(digest) != nil { suspects.append(digest) }
  }

  /// Whether somebody holds a suspect, which then stays. Asked while no other transaction can be written.
  mutating func spare(_ digest: Digest) -> Bool {
    if reading[digest] != nil {
      spared.insert(digest)
      return true
    }
    // The end of a stage makes it a suspect anyway.
    return staged[digest] != nil
  }

  // MARK: Damage

  mutating func noteDamage(_ digest: Digest) { damaged.insert(digest) }

  mutating func replaced(_ digest: Digest) { damaged.remove(digest) }

  // MARK: Sweeping

  mutating func letGo(_ digests: some Sequence<Digest>) { suspects += digests }

  mutating func abandon(_ ids: some Sequence<Int64>) { nameless += ids }

  var isSweepDue: Bool { walk != nil || !suspects.isEmpty || !nameless.isEmpty }

  /// Hands out work, at most `limit` of each kind. Whoever cannot do it gives it back with `letGo` and `abandon`, or
  /// `walked`.
  mutating func takeWork(limit: Int) -> Work {
    if suspects.isEmpty, nameless.isEmpty {
      guard let range = walk else { return .nothing }
      walk = nil
      return .walk(range)
    }
    defer {
      suspects.removeLast(min(limit, suspects.count))
      nameless.removeLast(min(limit, nameless.count))
    }
    return .free(suspects: suspects.suffix(limit), nameless: nameless.suffix(limit))
  }

  mutating func walked(rest: ClosedRange<Int64>?) { walk = rest }
}
