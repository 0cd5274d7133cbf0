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
  /// More tells nobody more.
  private static let widestBar = 30
  private static let narrowestBar = 8

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
    let line = Self.line(verb, done, of: all, columns: TerminalSize.of(errors).columns)
    // Nobody is left to tell if that fails.
    try? errors.write("\r\(line)\u{1B}[K")
  }

  /// Takes the line away again.
  mutating func clear() {
    if isShown { try? errors?.write("\r\u{1B}[K") }
    isShown = false
  }

  /// `verified  ━━━━━━━━──────────────────────  27 %  123 of 456`, within `columns`: a narrow terminal gets a shorter bar, or
  /// none.
  static func line(_ verb: String, _ done: Int, of all: Int, columns: Int) -> String {
    let done = min(max(done, 0), max(all, 0))
    let share = all <= 0 ? 100 : Int(Double(done) / Double(all) * 100)
    let figures = "\(Display.padded("\(share)", to: 3, right: true)) %  \(done) of \(max(all, 0))"
    // The last column stays empty: some terminals go to the next line as soon as it is filled.
    let room = min(columns - 1 - Display.width(verb) - 2 - 2 - Display.width(figures), widestBar)
    guard room >= narrowestBar else { return Display.cut("\(verb) \(figures)", to: max(columns - 1, 1)) }
    let filled = all <= 0 ? room : Int(Double(done) / Double(all) * Double(room))
    let bar = String(repeating: "━", count: filled) + String(repeating: "─", count: room - filled)
    return "\(verb)  \(bar)  \(figures)"
  }
}
