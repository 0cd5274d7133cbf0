/// How much the agent verifies without being asked: work of its own earns credit, and looks spend it. So the share is
/// bounded, and nothing is done while nothing happens.
struct VerificationShare {
  /// For each batch and each sync, in bytes to be read.
  static let wage: Int64 = 256 << 10
  /// What a look costs besides the bytes.
  static let flat: Int64 = 4 << 10
  /// Credit is not saved beyond this; what costs more is left to whoever asks (`stale verify`).
  static let most: Int64 = 16 << 20
  /// So many looks in one go at most.
  static let looks = 16

  private(set) var credit: Int64 = 0
  /// The node looked at last.
  var cursor: UInt32 = .max - 1

  /// A batch was confirmed, or a sync answered.
  mutating func earn() { credit = min(Self.most, credit + Self.wage) }

  /// What becomes of a look.
  enum Verdict {
    case paid, later, never
  }

  /// Whether a look at so many bytes can be paid for; if so it is.
  mutating func spend(_ bytes: Int64) -> Verdict {
    let cost = Self.flat + max(0, bytes)
    if cost > Self.most { return .never }
    guard cost <= credit else { return .later }
    credit -= cost
    return .paid
  }
}
