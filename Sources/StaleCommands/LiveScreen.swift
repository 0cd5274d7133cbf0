internal import Glibc
internal import Synchronization

/// How much room a terminal has.
struct TerminalSize: Hashable, Sendable {
  var columns: Int
  var rows: Int

  /// As it is now; 80 by 24 where nobody knows.
  static func of(_ output: Output) -> TerminalSize {
    var size = winsize()
    guard ioctl(output.descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return TerminalSize(columns: 80, rows: 24)
    }
    return TerminalSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
  }
}

/// The terminal's second screen, for what is drawn again and again; the first one comes back however this ends.
enum LiveScreen {
  /// Where it is shown; -1 if it is not. Lock-free, so that handlers may use it.
  private static let descriptor = Atomic<Int32>(-1)
  /// The second screen, without a cursor.
  private static var enter: StaticString { "\u{1B}[?1049h\u{1B}[?25l" }
  private static var leave: StaticString { "\u{1B}[?25h\u{1B}[?1049l" }
  private static let ends = [SIGHUP, SIGINT, SIGQUIT, SIGTERM]

  /// Shows it while `body` runs.
  static func whileShown<Result>(on output: Output, _ body: () async throws -> Result) async throws -> Result {
    descriptor.store(output.descriptor, ordering: .sequentiallyConsistent)
    // Before the screen: nothing may come between that would leave it there.
    for signal in ends { handle(signal, endingHandler) }
    handle(SIGTSTP, suspendingHandler)
    handle(SIGCONT, resumingHandler)
    send(enter, to: output.descriptor)
    defer {
      close()
      for signal in ends + [SIGTSTP, SIGCONT] { handle(signal, SIG_DFL) }
    }
    return try await body()
  }

  /// Draws a frame over the one before, in one piece so that nothing flickers. What is left of longer lines is wiped out.
  static func draw(_ lines: [String], on output: Output) throws {
    if descriptor.load(ordering: .sequentiallyConsistent) < 0 { return }
    try output.write(frame(lines))
  }

  /// What a frame is to the terminal.
  static func frame(_ lines: [String]) -> String {
    "\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J"
  }

  private static func close() {
    let shown = descriptor.exchange(-1, ordering: .sequentiallyConsistent)
    if shown >= 0 { send(leave, to: shown) }
  }

  // MARK: Signals
  // Handlers call only what may be called in one: atomics and constants, which are initialised by then, write(2), sigaction(2)
  // and kill(2).

  private typealias Handler = @convention(c) (Int32) -> Void

  /// The screen goes, and then the signal does what it always does.
  private static let endingHandler: Handler = { signal in
    close()
    handle(signal, SIG_DFL)
    kill(getpid(), signal)
  }

  /// ^Z: the shell gets its screen back; until we are continued nothing is drawn, as we do not run.
  private static let suspendingHandler: Handler = { signal in
    let shown = descriptor.load(ordering: .sequentiallyConsistent)
    if shown >= 0 { send(leave, to: shown) }
    handle(signal, SIG_DFL)
    kill(getpid(), signal)
  }

  private static let resumingHandler: Handler = { _ in
    let shown = descriptor.load(ordering: .sequentiallyConsistent)
    guard shown >= 0 else { return }
    handle(SIGTSTP, suspendingHandler)
    send(enter, to: shown)
  }

  private static func handle(_ signal: Int32, _ handler: Handler?) {
    var action = sigaction()
    sigemptyset(&action.sa_mask)
    // A read or write that is interrupted by ^Z goes on.
    action.sa_flags = CInt(SA_RESTART)
    action.__sigaction_handler.sa_handler = handler
    sigaction(signal, &action, nil)
  }

  private static func send(_ sequence: StaticString, to descriptor: Int32) {
    // The bytes of a literal are there as long as the program is. If they cannot be written nobody looks.
    _ = write(descriptor, sequence.utf8Start, sequence.utf8CodeUnitCount)
  }
}
