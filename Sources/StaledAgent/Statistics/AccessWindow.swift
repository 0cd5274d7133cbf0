/// Whether an entry is used often enough to be refreshed ahead of its expiry: at least `threshold` times within the last
/// `window` (INTERFACES, "predictive").
///
/// Exact up to a threshold of `exactLimit`: the times of the last accesses are kept. Beyond it accesses are counted by
/// sixtieths of the window, of which the oldest may be missed: an entry is then never taken for hot without being so. Half a
/// KiB at most either way. Times are nanoseconds of a clock that is never set back.
struct AccessWindow: Sendable {
  static let exactLimit = 64

  private let threshold: Int
  private let window: Int64
  /// The times of the last `threshold` accesses: a ring, `oldest` its start once it is full.
  private var times: [Int64] = []
  private var oldest = 0
  /// In place of `times` above the limit.
  private var counted: SlidingCount?

  /// A threshold or a window (in nanoseconds) below 1 is taken as 1.
  init(threshold: Int, window: Int64) {
    self.threshold = max(1, threshold)
    self.window = max(1, window)
    if threshold > Self.exactLimit { counted = SlidingCount(window: self.window) }
  }

  /// Whether it counts by these figures.
  func counts(threshold: Int, window: Int64) -> Bool {
    (self.threshold, self.window) == (max(1, threshold), max(1, window))
  }

  /// The entry was used.
  mutating func note(at now: Int64) {
    if counted != nil {
      counted?.note(at: now)
    } else if times.count < threshold {
      times.append(later(now))
    } else {
      times[oldest] = later(now)
      oldest = (oldest + 1) % threshold
    }
  }

  /// Whether it was used at least `threshold` times since less than `window` ago.
  func isHot(at now: Int64) -> Bool {
    if let counted { return counted.count(at: now) >= threshold }
    return times.count == threshold && later(now) - times[oldest] < window
  }

  /// Now, or the last access if the clock shows less. Never negative, so that differences do not overflow.
  private func later(_ now: Int64) -> Int64 {
    let newest = times.isEmpty ? 0 : times[(oldest + times.count - 1) % times.count]
    return max(now, newest)
  }
}
