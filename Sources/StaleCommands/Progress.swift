/// How far something that takes long is, on a terminal only: one line of standard error that is written over.
struct Progress {
  private let errors: Output?
  private let verb: String
  private let begun = ContinuousClock.now
  private var shown = ContinuousClock.now
  private var isShown = false

  /// Nothing is shown before it has taken this long.
  private static let patience = Duration.milliseconds(500)
  private static let pause = Duration.milliseconds(100)

  init(_ session: Session, _ verb: String) {
    errors = session.environment.errors.isTerminal && !session.global.quiet ? session.environment.errors : nil
    self.verb = verb
  }

  mutating func show(_ done: Int, of all: Int) {
    let now = ContinuousClock.now
    guard let errors, begun.duration(to: now) > Self.patience, !isShown || shown.duration(to: now) > Self.pause else {
      return
    }
    (shown, isShown) = (now, true)
    let share = all == 0 ? 100 : done * 100 / all
    // Nobody is left to tell if that fails.
    try? errors.write("\r\u{1B}[K\(verb) \(done) of \(all)  (\(share) %)")
  }

  /// Takes the line away again.
  func clear() { if isShown { try? errors?.write("\r\u{1B}[K") } }
}
