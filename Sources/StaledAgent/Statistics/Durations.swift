/// How long the last runs of something took.
struct Durations: Sendable {
  /// So many are kept.
  static let capacity = 64

  private var values: [Int64] = []
  /// Where the next one goes once all places are taken.
  private var next = 0

  /// How many are known.
  var count: Int { values.count }

  /// A run took so long, in nanoseconds; what is negative counts as 0.
  mutating func note(_ duration: Int64) {
    let duration = max(0, duration)
    if values.count < Self.capacity {
      values.append(duration)
    } else {
      values[next] = duration
      next = (next + 1) % Self.capacity
    }
  }

  /// The smallest duration that at least this share of the runs did not exceed (the nearest rank); nil if there was none.
  /// Shares outside 0…1 are taken as the nearer end.
  func quantile(_ share: Double) -> Int64? {
    if values.isEmpty { return nil }
    // A share that is no number compares as false, and counts as 0.
    let share = share > 0 ? min(share, 1) : 0
    // A little less, for 0.55 × 20 is 11.000000000000002 in binary, and the rank 11.
    let rank = Int((share * Double(values.count) - 1e-9).rounded(.up))
    return values.sorted()[max(1, rank) - 1]
  }
}
