import SeededRandom

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

/// What a history of the third or fourth family is about: what some safeguard is for, and is too rare elsewhere.
enum Theme {
  /// Directories move, and on the way something is made in them.
  case moves
  /// Directories that may be searched but not read, where nobody asks.
  case unreadable
  /// Files of several names, and too few watches.
  case links
  /// Another host writes, several times within what time stamps tell apart.
  case racy
  /// A small queue, and many who ask.
  case queue
  /// Directories move between places where other rules hold, and little is tracked in them.
  case rules

  /// What histories of the third family are drawn from; the last theme is a family of its own.
  static let drawn: [Theme] = [.moves, .unreadable, .links, .racy, .queue]

  var deeds: [(Deed, Int)] {
    switch self {
    case .moves:
      [
        (.makeDirectory, 10), (.makeWithFile, 8), (.write, 20), (.rename, 30), (.exchange, 3), (.remove, 4),
        (.rules, 1),
      ]
    case .unreadable:
      [
        (.makeDirectory, 8), (.makeWithFile, 8), (.write, 16), (.rename, 24), (.exchange, 6), (.remove, 3),
        (.symlink, 2), (.link, 2), (.permit, 16),
      ]
    case .links:
      [
        (.makeDirectory, 2), (.write, 40), (.rename, 4), (.remove, 3), (.symlink, 1), (.link, 10), (.limit, 12),
        (.wait, 3),
      ]
    case .racy:
      [
        (.makeDirectory, 6), (.write, 8), (.rename, 4), (.rules, 1), (.mount, 8), (.unmount, 1), (.elsewhere, 50),
        (.wait, 1),
      ]
    case .queue: Profile.usual
    case .rules:
      [
        (.makeDirectory, 16), (.makeWithFile, 10), (.write, 20), (.rename, 30), (.remove, 3), (.rules, 6), (.wait, 1),
      ]
    }
  }

  var steps: [(Step, Int)] {
    switch self {
    case .moves: [(.happen, 60), (.read, 30), (.ask, 10), (.track, 5), (.tick, 1), (.rest, 4)]
    case .unreadable: [(.happen, 50), (.read, 20), (.ask, 2), (.track, 20), (.tick, 8), (.rest, 6)]
    case .links: [(.happen, 40), (.read, 20), (.ask, 15), (.track, 20), (.tick, 12), (.rest, 2)]
    case .racy: [(.happen, 40), (.read, 30), (.ask, 25), (.track, 20), (.tick, 3), (.rest, 2)]
    case .queue: [(.happen, 40), (.read, 20), (.ask, 40), (.track, 7), (.tick, 2), (.burst, 1), (.rest, 3)]
    case .rules: [(.happen, 40), (.read, 30), (.ask, 15), (.track, 1), (.tick, 1), (.rest, 2)]
    }
  }
}

/// The character of a history. Those of seeds below 100,000 are alike; each above draws its own, so that in some of them
/// what is rare elsewhere happens all the time (swarm testing), and each from 200,000 on has a theme: from 300,000 on that
/// of the rules.
struct Profile {
  private var deeds: [(one: Deed, upTo: Int)] = []
  private var steps: [(one: Step, upTo: Int)] = []
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
  /// How many barriers may be waited for.
  let barriers: Int
  /// One in so many kernel calls is preceded by something that happens.
  let haste: [Int]
  /// How many things have happened when the watcher begins.
  let past: Int
  /// Between the halves of one move in so many a directory is made in what moves; 0 for none.
  let between: Int
  /// The limit of watches is what is held, or there is none.
  let isTight: Bool
  /// Nothing is kept from the watcher: all that is covered is watched.
  let isWhole: Bool

  fileprivate static let usual: [(Deed, Int)] = [
    (.makeDirectory, 12), (.makeWithFile, 6), (.write, 22), (.rename, 14), (.exchange, 3), (.remove, 6), (.remake, 4),
    (.symlink, 6), (.link, 4), (.permit, 5), (.rules, 4), (.mount, 3), (.unmount, 2), (.elsewhere, 4), (.limit, 2),
    (.wait, 3),
  ]
  private static let usualSteps: [(Step, Int)] = [
    (.happen, 58), (.read, 14), (.ask, 14), (.track, 7), (.tick, 2), (.burst, 1), (.rest, 4),
  ]

  /// The first family's, and the second's.
  private init(random: inout Seeded, isUsual: Bool) {
    func number(_ below: Int) -> Int { Int.random(in: 0..<below, using: &random) }
    var weights = Self.usual
    if !isUsual {
      for index in weights.indices { weights[index].1 *= [0, 1, 1, 2, 8][number(5)] }
      weights[2].1 = max(weights[2].1, 10)
    }
    if !isUsual, number(2) == 0 {
      weights = weights.map { ($0.0, [.permit, .limit].contains($0.0) ? 0 : $0.1) }
    }
    isWhole = Self.isWhole(weights)
    deeds = Self.summed(weights)
    var stepWeights = Self.usualSteps
    if !isUsual {
      for index in stepWeights.indices where stepWeights[index].0 != .rest {
        stepWeights[index].1 *= [1, 1, 2, 4][number(4)]
      }
    }
    steps = Self.summed(stepWeights)
    names = isUsual ? 3 : 1 + number(3)
    depth = isUsual ? 4 : [1, 2, 3, 4][number(4)]
    outside = isUsual ? 5 : [2, 5, 10][number(3)]
    paths = isUsual ? 12 : [4, 8, 12][number(3)]
    queue = isUsual ? 48 : [48, 200, 1000][number(3)]
    chunk = isUsual ? 8 : [1, 3, 8, 40][number(4)]
    haste = isUsual ? [0, 3, 6, 12] : [[0], [0, 3], [0, 0, 6], [2, 12], [0, 3, 6, 12]][number(5)]
    barriers = (queue + 2) / 3
    past = 10
    between = 0
    isTight = false
  }

  /// The third family's, and the fourth's.
  private init(_ theme: Theme, random: inout Seeded) {
    func number(_ below: Int) -> Int { Int.random(in: 0..<below, using: &random) }
    var weights = theme.deeds
    for index in weights.indices { weights[index].1 *= [1, 1, 2, 4][number(4)] }
    isWhole = Self.isWhole(weights)
    deeds = Self.summed(weights)
    steps = Self.summed(theme.steps)
    names = [2, 2, 3][number(3)]
    depth = theme == .racy || theme == .links ? 1 + number(2) : 2 + number(2)
    outside = theme == .unreadable || theme == .links ? 2 : 5
    paths = theme == .rules ? 3 : [8, 12][number(2)]
    queue = theme == .queue ? 4 + number(12) : 200
    chunk = [1, 3, 8, 40][number(4)]
    haste = theme == .racy ? [0] : [[0, 3], [2], [0, 3, 6, 12]][number(3)]
    barriers = theme == .queue ? 40 : 16
    past = 40
    between = theme == .moves ? 3 : 0
    isTight = theme == .links
  }

  init(seed: UInt64) {
    var random = Seeded(seed: seed &* 31 &+ 7)
    if seed >= 300_000 {
      self.init(.rules, random: &random)
    } else if seed >= 200_000, let theme = Theme.drawn.randomElement(using: &random) {
      self.init(theme, random: &random)
    } else {
      self.init(random: &random, isUsual: seed < 100_000)
    }
  }

  private static func isWhole(_ weights: [(Deed, Int)]) -> Bool {
    weights.allSatisfy { $0.1 == 0 || ![.permit, .limit].contains($0.0) }
  }

  private static func summed<T>(_ weights: [(T, Int)]) -> [(one: T, upTo: Int)] {
    var sum = 0
    return weights.compactMap { one, weight in
      if weight == 0 { return nil }
      sum += weight
      return (one, sum)
    }
  }

  func deed(_ random: inout Seeded) -> Deed {
    let number = Int.random(in: 0..<(deeds.last?.upTo ?? 1), using: &random)
    return deeds.first { number < $0.upTo }?.one ?? .write
  }

  func step(_ random: inout Seeded) -> Step {
    let number = Int.random(in: 0..<(steps.last?.upTo ?? 1), using: &random)
    return steps.first { number < $0.upTo }?.one ?? .happen
  }
}
