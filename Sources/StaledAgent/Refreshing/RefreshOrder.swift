internal import Freshness

/// Hands out names, each after those that come before it. Takes time in proportion to what is waited for, in all.
struct RefreshOrder {
  /// How many are waited for by each that waits.
  private var missing: [EntryName: Int] = [:]
  /// Who waits for each.
  private var followers: [EntryName: [EntryName]] = [:]
  private var ready: [EntryName] = []

  /// - Parameter before: what has to have ended before each name.
  init(_ before: [EntryName: Set<EntryName>]) {
    for (name, others) in before {
      if others.isEmpty { ready.append(name) } else { missing[name] = others.count }
      for other in others { followers[other, default: []].append(name) }
    }
  }

  /// The names that nothing is waited for any more, sorted; each is handed out once.
  mutating func takeReady() -> [EntryName] {
    defer { ready = [] }
    return ready.sorted()
  }

  /// A name has ended, well or not.
  mutating func ended(_ name: EntryName) {
    for follower in followers.removeValue(forKey: name) ?? [] {
      guard let count = missing[follower] else { continue }
      missing[follower] = count - 1
      if count > 1 { continue }
      missing[follower] = nil
      ready.append(follower)
    }
  }
}
