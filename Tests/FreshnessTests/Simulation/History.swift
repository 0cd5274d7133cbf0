import Freshness

/// Plays histories, looks for one that breaks an invariant, and tells it.
enum History {
  struct Found {
    var seed: UInt64
    /// How many histories were played until it was found.
    var played: Int
    var violation: String
  }

  /// → the violation or nil, and the story if one is wanted.
  static func play(
    seed: UInt64, script: [UInt64], without: Mutation? = nil, telling: Bool = false
  ) -> (violation: String?, story: [String], taken: Int, counts: [String: Int]) {
    var taken = 0
    do {
      var trace = try Trace(seed: seed, without: without, telling: telling)
      do {
        try trace.begin()
        for number in script {
          taken += 1
          try trace.step(number)
        }
        try trace.rest()
        return (nil, trace.story ?? [], taken, trace.truth.counts)
      } catch { return ("\(error)", trace.story ?? [], taken, [:]) }
    } catch { return ("\(error)", [], taken, [:]) }
  }

  static func play(seed: UInt64, steps: Int, without: Mutation? = nil) -> String? {
    play(seed: seed, script: Trace.script(seed: seed, steps: steps), without: without).violation
  }

  /// How often there was what not all histories have.
  static func tally(from first: UInt64, count: Int, steps: Int) async -> [String: Int] {
    await withTaskGroup(of: [String: Int].self) { group in
      for half in 0..<2 {
        group.addTask {
          stride(from: half, to: count, by: 2).reduce(into: [:]) { sum, number in
            let seed = first &+ UInt64(number)
            sum.merge(play(seed: seed, script: Trace.script(seed: seed, steps: steps)).counts, uniquingKeysWith: +)
          }
        }
      }
      return await group.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    }
  }

  /// The first of `count` histories from `first` on that breaks an invariant. All cores take part; which one is found does
  /// not depend on how they share the work.
  static func search(
    from first: UInt64, count: Int, steps: Int, without: Mutation? = nil, workers: Int = 2
  ) async -> Found? {
    let size = 8
    return await withTaskGroup(of: (chunk: Int, found: Found?).self) { group in
      var next = 0, best: Found?
      func begin() {
        let chunk = next
        guard best == nil, chunk * size < count else { return }
        next += 1
        group.addTask {
          for number in chunk * size..<min(count, (chunk + 1) * size) {
            let seed = first &+ UInt64(number)
            // What is wrong with the safeguard in place does not show what it is there for.
            if let violation = play(seed: seed, steps: steps, without: without),
              without == nil || play(seed: seed, steps: steps) == nil
            {
              return (chunk, Found(seed: seed, played: number + 1, violation: violation))
            }
          }
          return (chunk, nil)
        }
      }
      for _ in 0..<workers { begin() }
      for await (_, found) in group {
        if let found, best.map({ found.played < $0.played }) ?? true { best = found }
        begin()
      }
      return best
    }
  }

  /// The story of a violation, without the steps that it does not need.
  static func explain(seed: UInt64, steps: Int, without: Mutation? = nil, tries: Int = 2000) -> String {
    var script = Trace.script(seed: seed, steps: steps)
    let first = play(seed: seed, script: script, without: without)
    guard let violation = first.violation else { return "seed \(seed) breaks nothing" }
    script = Array(script.prefix(first.taken))
    var left = tries, size = max(1, script.count / 4)
    while left > 0 {
      var start = 0, hasShrunk = false
      while start < script.count, left > 0 {
        var shorter = script
        shorter.removeSubrange(start..<min(script.count, start + size))
        let again = play(seed: seed, script: shorter, without: without)
        left -= 1
        if let other = again.violation, other.prefix(while: { $0 != ":" }) == violation.prefix(while: { $0 != ":" }) {
          script = Array(shorter.prefix(again.taken))
          hasShrunk = true
        } else {
          start += size
        }
      }
      if size == 1, !hasShrunk { break }
      size = max(1, size / 2)
    }
    let told = play(seed: seed, script: script, without: without, telling: true)
    return (told.story.suffix(120) + ["violates \(told.violation ?? violation)"]).joined(separator: "\n")
  }
}
