/// How long a call goes on looking at what is written again each time it is looked at.
struct Patience {
  private let begun = ContinuousClock.now
  private var passes = 0

  /// A pass proved nothing.
  mutating func use() { passes += 1 }

  /// Two passes prove whatever is left alone, however long they take; more are needed only if something is written.
  var isOver: Bool { passes >= 8 && begun.duration(to: .now) > .seconds(1) }
}
