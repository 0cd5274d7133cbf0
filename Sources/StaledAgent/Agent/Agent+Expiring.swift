internal import Freshness

extension Agent {
  /// Sleeps until something is due by itself, and records what ended then. Nothing wakes while nothing is due.
  func awaitExpiry() {
    guard state == .watching, let due = engine.nextDue else {
      expiring?.task.cancel()
      expiring = nil
      return
    }
    if let expiring, expiring.due <= due { return }
    expiring?.task.cancel()
    let left = max(0, due - clockNow)
    let task = Task {
      try? await Task.sleep(for: .nanoseconds(left), clock: .continuous)
      if Task.isCancelled { return }
      self.expiring = nil
      _ = tick()
      _ = try? await record()
    }
    expiring = (due, task)
  }
}
