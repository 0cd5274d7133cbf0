internal import DequeModule

/// Lets so many commands run at a time; who comes then waits in line.
actor CommandPool {
  private let width: Int
  private var running = 0
  private var waiting: Deque<CheckedContinuation<Void, Never>> = []

  init(width: Int) { self.width = max(1, width) }

  /// Waits for a place and does the work in it.
  func use<Result: Sendable>(_ work: @Sendable () async -> Result) async -> Result {
    if running < width {
      running += 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
    defer {
      // The place is handed on.
      if let next = waiting.popFirst() { next.resume() } else { running -= 1 }
    }
    return await work()
  }
}
