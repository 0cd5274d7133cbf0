import Foundation
import Testing

/// What a test waits for comes soon, or something is wrong: then the test fails and says what it waited for, instead of hanging.
enum Waiting {
  /// Far more than the slowest machine needs.
  static let limit = Duration.seconds(180)
}

struct NeverCame: Error, CustomStringConvertible {
  var what: String
  var description: String { "this did not come to pass within \(Waiting.limit): \(what)" }
}

/// Whether there is something to read, or the other end is gone.
func isReadable(_ descriptor: Int32, within limit: Duration) -> Bool {
  var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
  let end = ContinuousClock.now + limit
  while true {
    let left = max(.zero, ContinuousClock.now.duration(to: end))
    let count = Foundation.poll(&poll, 1, Int32(left / .milliseconds(1)))
    if count >= 0 { return count > 0 }
    guard errno == EINTR else { return true }
  }
}

extension Workspace {
  /// Asks the agent to catch up until that is so.
  func sync(until what: String, _ isSo: () throws -> Bool) throws {
    let end = ContinuousClock.now + Waiting.limit
    while try !isSo() {
      if ContinuousClock.now > end { throw NeverCame(what: what) }
      try stale("sync")
    }
  }

  /// Whether a command of a test has left that file.
  func has(_ path: String) -> Bool { FileManager.default.fileExists(atPath: url(path).path) }
}
