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
  /// How often entries were made again lately because of what they rest on.
  var lately: [EntryName: AccessWindow] = [:]

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

  /// When entries whose refresh failed are tried again at the earliest, on the engine's clock.
  var notBefore: [EntryName: Int64] = [:]

  /// At how many of these names they are looked through.
  private var pruneAt = 2048

  /// Names come and go: lets go of what is known of those that are no more, once there are many.
  mutating func prune(keeping isKept: (EntryName) -> Bool) {
    let sizes = [windows.count, durations.count, lately.count, failing.count, notBefore.count]
    if sizes.max() ?? 0 <= pruneAt { return }
    let names = Set(windows.keys).union(durations.keys).union(lately.keys).union(failing.keys).union(notBefore.keys)
    for name in names where !isKept(name) { forget(name) }
    pruneAt = max(2048, 2 * windows.count, 2 * durations.count, 2 * lately.count)
  }

  mutating func forget(_ name: EntryName) {
    windows[name] = nil
    durations[name] = nil
    lately[name] = nil
    failing[name] = nil
    notBefore[name] = nil
    due.set(name, at: nil)
  }
}

/// How a refresh came out.
enum RefreshEnd: Hashable, Sendable {
  /// It is made; by somebody else, perhaps.
  case made
  /// It is not wanted any more.
  case unneeded
  /// What it was made from changed meanwhile.
  case moved
  case failed(String)
}
