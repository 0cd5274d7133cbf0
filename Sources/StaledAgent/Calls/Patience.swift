/// How long a call goes on looking at what is written again each time it is looked at.
struct Patience {
  private let begun = ContinuousClock.now
  private var passes = 0
  private var blind = 0

  /// A pass proved nothing. `saw`: something could be looked at.
  mutating func use(_ saw: Bool) {
    passes += 1
    blind = saw ? 0 : blind + 1
  }

  /// Two passes prove whatever is left alone, however long they take; more are needed only if something is written. What
  /// could not be looked at twice is not tried a third time.
  var isOver: Bool { blind >= 2 || passes >= 8 && begun.duration(to: .now) > .seconds(1) }
}
