internal import Freshness
internal import Manifest

/// What the agent knows of the entries that it makes again by itself.
struct Refreshing: Sendable {
  /// Runs under way: one at a time for each entry.
  var flights: [EntryName: Task<RefreshEnd, Never>] = [:]
  /// How often entries were used that are to be refreshed ahead of their expiry if they are hot.
  var windows: [EntryName: AccessWindow] = [:]
  /// How long refreshes took.
  var durations: [EntryName: Durations] = [:]
  /// When hot entries are refreshed, on the engine's clock.
  var due = DueQueue<EntryName>()
  /// Entries that the last batches ended and that are to be made again, and why.
  var ended: [EntryName: String] = [:]
  /// Makes those in their order.
  var remaking: Task<Void, Never>?
  /// Entries that such a batch was to have made again and did not: a further change of what they rest on is a reason to try again,
  /// though it makes them no worse.
  var unmade: Set<EntryName> = []
  /// Hot entries whose time had come while they were in doubt: planned anew after a batch.
  var inDoubt: Set<EntryName> = []
  /// How often in a row what an entry is made from changed each time that it was made.
  var moved: [EntryName: Int] = [:]
  /// How often commands ran lately because of what their entries rest on.
  var lately: [EntryName: AccessWindow] = [:]
  /// Entries that were made too often lately: when they are tried again, on the engine's clock.
  var putOff = DueQueue<EntryName>()
  /// For how long each was put off the last time, in nanoseconds, and until when.
  private var pauses: [EntryName: (length: Int64, end: Int64)] = [:]

  /// Entries whose command failed the last time.
  var failing: [EntryName: (program: String, failures: Int, lastLine: String)] = [:]
  /// So many are remembered.
  private static let mostFailing = 1000

  mutating func noteFailure(of name: EntryName, program: String, saying reason: String) {
    if failing[name] == nil, failing.count >= Self.mostFailing { return }
    let failures = (failing[name]?.failures ?? 0) + 1
    failing[name] = (
      program, failures, reason.split(separator: "|").last.map { String($0.drop { $0 == " " }) } ?? reason
    )
  }

  /// A command that changes what its own entry depends on would run for ever: so many times in a minute are the most.
  static let mostAMinute = 10
  static let minute: Int64 = 60_000_000_000

  /// Whether the command of an entry may run now because of what that rests on: nil, or for how long it is put off, in nanoseconds.
  /// That is a quarter of a minute, and twice as long each time that it is too often again soon after, up to an hour. Whoever asks
  /// meanwhile waits with it: `isNew` is false then.
  mutating func brake(_ name: EntryName, at now: Int64) -> (length: Int64, isNew: Bool)? {
    if let last = pauses[name], now < last.end { return (last.end - now, false) }
    guard lately[name]?.isHot(at: now) == true else { return nil }
    var length = Self.minute / 4
    if let last = pauses[name], now - last.end < last.length + 5 * Self.minute {
      length = min(60 * Self.minute, 2 * last.length)
    }
    pauses[name] = (length, now + length)
    // Behind the pause it is counted anew.
    lately[name] = nil
    putOff.set(name, at: now + length)
    return (length, true)
  }

  /// It ran, and did not fail.
  mutating func noteRun(of name: EntryName, at now: Int64) {
    lately[name, default: AccessWindow(threshold: Self.mostAMinute, window: Self.minute)].note(at: now)
  }

  /// When entries whose refresh failed are tried again at the earliest, on the engine's clock.
  var notBefore: [EntryName: Int64] = [:]

  /// At how many of these names they are looked through.
  private var pruneAt = 2048

  /// Names come and go: lets go of what is known of those that are no more, once there are many.
  mutating func prune(keeping isKept: (EntryName) -> Bool) {
    if largest <= pruneAt { return }
    let names = Set(windows.keys).union(durations.keys).union(lately.keys).union(failing.keys).union(notBefore.keys)
      .union(unmade).union(moved.keys).union(inDoubt)
    for name in names where !isKept(name) { forget(name) }
    pruneAt = max(2048, 2 * largest)
  }

  private var largest: Int {
    max(
      windows.count, durations.count, lately.count, failing.count, notBefore.count, unmade.count, moved.count,
      inDoubt.count)
  }

  mutating func forget(_ name: EntryName) {
    windows[name] = nil
    durations[name] = nil
    lately[name] = nil
    failing[name] = nil
    notBefore[name] = nil
    pauses[name] = nil
    moved[name] = nil
    ended[name] = nil
    inDoubt.remove(name)
    unmade.remove(name)
    due.set(name, at: nil)
    putOff.set(name, at: nil)
  }
}

/// How a refresh came out.
enum RefreshEnd: Hashable, Sendable {
  /// It is made; by somebody else, perhaps.
  case made
  /// It is not wanted any more.
  case unneeded
  /// The entry was deleted meanwhile, or the agent ends.
  case dropped
  /// What it was made from changed meanwhile.
  case moved
  /// It was made too often lately: it is tried again later.
  case putOff
  case failed(String)
}
