/// SplitMix64: the same numbers for the same seed, everywhere. Tests that play by chance name their seed.
public struct Seeded: RandomNumberGenerator, Sendable {
  public private(set) var state: UInt64

  public init(seed: UInt64) { state = seed }

  /// `seed` is not negative.
  public init(_ seed: Int) { state = UInt64(seed) }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// True once in `count` times.
  public mutating func one(in count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }

  /// One of `choices`, which are not empty.
  public mutating func pick<Element>(_ choices: [Element]) -> Element {
    choices[Int.random(in: 0..<choices.count, using: &self)]
  }

  /// 0 to `limit` - 1, a little uneven for large limits.
  public mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
}
