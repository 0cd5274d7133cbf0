internal import StaledAPI

/// What the agent's own figures say could be better. It says what a developer can act on, and nothing where there is too
/// little to judge by: each rule has its thresholds, and why, beside it.
enum Advisor {
  /// A list longer than that is not read; what is left out comes when what is above it is done.
  static let mostItems = 20
  /// A workspace with a namespace for each user would otherwise hear one thing only.
  static let mostOfAKind = 5
  /// Enough to recognise a pattern in.
  static let mostExamples = 5

  /// What could be better, the most worthwhile first: what does not work, then what may be served wrongly, then what costs
  /// most. Equals are in the order of their names, so that the same figures always give the same list.
  static func advise(_ figures: Figures) -> [AdviceReply.Item] {
    var all = degradations(figures) + failingCommands(figures) + unstableRefreshes(figures) + unfounded(figures)
    all += shortLives(figures) + neverHit(figures) + broadTags(figures) + noisyCauses(figures) + tightBounds(figures)
    var said: [AdviceReply.Item.Kind: Int] = [:]
    let kept = all.sorted(by: Advice.isMoreWorthwhile).map(\.item).filter { item in
      said[item.kind, default: 0] += 1
      return said[item.kind, default: 0] <= mostOfAKind
    }
    return Array(kept.prefix(mostItems))
  }
}

/// An item and what it is worth.
struct Advice {
  /// What is wrong comes before what is slow.
  enum Concern: Int {
    /// Something cannot be watched, read or written: no other figure can be relied on.
    case degraded
    /// Entries that cannot be made.
    case failing
    /// Entries that may be served as fresh although they are not.
    case unfounded
    /// Work for nothing.
    case cost
  }

  var concern: Concern
  /// Makings of entries for nothing that it stands for, roughly: what is compared within a concern.
  var cost: Int
  var item: AdviceReply.Item

  static func isMoreWorthwhile(_ left: Advice, _ right: Advice) -> Bool {
    if left.concern != right.concern { return left.concern.rawValue < right.concern.rawValue }
    if left.cost != right.cost { return left.cost > right.cost }
    if left.item.kind != right.item.kind { return left.item.kind.rawValue < right.item.kind.rawValue }
    return left.item.subject < right.item.subject
  }
}
