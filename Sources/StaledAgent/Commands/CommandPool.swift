internal import DequeModule

/// Lets so many commands run at a time; who comes then waits in line, what is tried again behind all that was not tried yet.
actor CommandPool {
  private var width: Int
  private(set) var running = 0
  private var waiting: Deque<CheckedContinuation<Void, Never>> = []
  private var retrying: Deque<CheckedContinuation<Void, Never>> = []

  /// How many are in line.
  var waitingCount: Int { waiting.count + retrying.count }

  init(width: Int) { self.width = max(1, width) }

  /// Waits for a place and does the work in it.
  func use<Result: Sendable>(isRetry: Bool = false, _ work: @Sendable () async -> Result) async -> Result {
    if running < width {
      running += 1
    } else {
      await withCheckedContinuation { if isRetry { retrying.append($0) } else { waiting.append($0) } }
    }
    defer {
      // The place is handed on.
      if running <= width, let next = next() { next.resume() } else { running -= 1 }
    }
    return await work()
  }

  private func next() -> CheckedContinuation<Void, Never>? { waiting.popFirst() ?? retrying.popFirst() }

  /// Somebody who has a place waits for others who need one: it is theirs until `takeBack`.
  func lend() {
    width += 1
    guard running < width, let next = next() else { return }
    running += 1
    next.resume()
  }

  /// Whoever runs goes on; for a while one too many, perhaps.
  func takeBack() { width -= 1 }
}
