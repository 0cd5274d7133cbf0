/// Gathers file events until they have settled: a batch is due `settle` after its last event, and at the latest
/// `maxDelay` after its first.
///
/// A pure state machine. What it delays is confirming, logging and acting; entries are marked before.
struct Debouncer<Moment: InstantProtocol>: Sendable where Moment.Duration: Sendable {
  /// The quiet time after the last event.
  var settle: Moment.Duration
  /// The longest from the first event on.
  var maxDelay: Moment.Duration
  /// When the open batch began; nil if none is open.
  private(set) var first: Moment?
  private var last: Moment?

  init(settle: Moment.Duration, maxDelay: Moment.Duration) {
    self.settle = settle
    self.maxDelay = maxDelay
  }

  /// An event came in at `now`.
  mutating func note(at now: Moment) {
    first = first ?? now
    last = now
  }

  /// When the open batch is due.
  var due: Moment? {
    guard let first, let last else { return nil }
    return min(last.advanced(by: settle), first.advanced(by: maxDelay))
  }

  /// Ends the batch that is open, if any, and says when it began.
  mutating func end() -> Moment? {
    defer { (first, last) = (nil, nil) }
    return first
  }
}
