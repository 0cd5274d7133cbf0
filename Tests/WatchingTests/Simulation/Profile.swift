@testable import Watching

/// What can happen by itself.
enum Deed: CaseIterable {
  case makeDirectory, makeWithFile, write, rename, exchange, remove, remake, symlink, link, permit, rules, mount,
    unmount
  case elsewhere, limit, wait
}

/// What is done with the watcher.
enum Step: CaseIterable {
  case happen, read, ask, track, tick, burst, rest
}

/// The character of a history. Those of seeds below 100,000 are alike; each above draws its own, so that in some of them
/// what is rare elsewhere happens all the time (swarm testing).
struct Profile {
  private var deeds: [(deed: Deed, upTo: Int)] = []
  private var steps: [(step: Step, upTo: Int)] = []
  /// How many names there are, and how deep.
  let names: Int
  let depth: Int
  /// One path in so many lies outside the workspace.
  let outside: Int
  /// How many paths may be tracked.
  let paths: Int
  /// How many events fit into the kernel's queue, and how many are read at a time.
  let queue: Int
  let chunk: Int
  /// One in so many kernel calls is preceded by something that happens.
  let haste: [Int]
  /// Nothing is kept from the watcher: all that is covered is watched.
  let isWhole: Bool

  private static let usual: [(Deed, Int)] = [
    (.makeDirectory, 12), (.makeWithFile, 6), (.write, 22), (.rename, 14), (.exchange, 3), (.remove, 6), (.remake, 4),
    (.symlink, 6), (.link, 4), (.permit, 5), (.rules, 4), (.mount, 3), (.unmount, 2), (.elsewhere, 4), (.limit, 2),
    (.wait, 3),
  ]
  private static let usualSteps: [(Step, Int)] = [
    (.happen, 58), (.read, 14), (.ask, 14), (.track, 7), (.tick, 2), (.burst, 1), (.rest, 4),
  ]

  init(seed: UInt64) {
    var random = Seeded(seed: seed &* 31 &+ 7)
    func number(_ below: Int) -> Int { Int.random(in: 0..<below, using: &random) }
    let isUsual = seed < 100_000
    var weights = Self.usual
    if !isUsual {
      for index in weights.indices { weights[index].1 *= [0, 1, 1, 2, 8][number(5)] }
      weights[2].1 = max(weights[2].1, 10)
    }
    if !isUsual, number(2) == 0 {
      weights = weights.map { ($0.0, [.permit, .limit].contains($0.0) ? 0 : $0.1) }
    }
    isWhole = weights.allSatisfy { $0.1 == 0 || ![.permit, .limit].contains($0.0) }
    for (deed, weight) in weights where weight > 0 { deeds.append((deed, (deeds.last?.upTo ?? 0) + weight)) }
    var stepWeights = Self.usualSteps
    if !isUsual {
      for index in stepWeights.indices where stepWeights[index].0 != .rest {
        stepWeights[index].1 *= [1, 1, 2, 4][number(4)]
      }
    }
    for (step, weight) in stepWeights { steps.append((step, (steps.last?.upTo ?? 0) + weight)) }
    names = isUsual ? 3 : 1 + number(3)
    depth = isUsual ? 4 : [1, 2, 3, 4][number(4)]
    outside = isUsual ? 5 : [2, 5, 10][number(3)]
    paths = isUsual ? 12 : [4, 8, 12][number(3)]
    queue = isUsual ? 48 : [48, 200, 1000][number(3)]
    chunk = isUsual ? 8 : [1, 3, 8, 40][number(4)]
    haste = isUsual ? [0, 3, 6, 12] : [[0], [0, 3], [0, 0, 6], [2, 12], [0, 3, 6, 12]][number(5)]
  }

  func deed(_ random: inout Seeded) -> Deed {
    let number = Int.random(in: 0..<(deeds.last?.upTo ?? 1), using: &random)
    return deeds.first { number < $0.upTo }?.deed ?? .write
  }

  func step(_ random: inout Seeded) -> Step {
    let number = Int.random(in: 0..<(steps.last?.upTo ?? 1), using: &random)
    return steps.first { number < $0.upTo }?.step ?? .happen
  }
}
