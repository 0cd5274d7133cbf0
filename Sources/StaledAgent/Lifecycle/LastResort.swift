internal import Dispatch
internal import Glibc

/// Ends the process when it does not end by itself: a file system that answers no more can hold a thread for ever, and with it
/// whoever waits for that. What was acknowledged is on the disk; the next start proves the rest.
enum LastResort {
  /// How long an end may take, in seconds.
  private static let patience = 20

  /// From now on SIGTERM and SIGINT end this process, at the latest after a while. To be kept as long as that is to hold.
  ///
  /// On threads of Dispatch's own: those of Swift's tasks may be the ones that are held.
  static func arm(_ say: @escaping @Sendable (String) -> Void) -> [any DispatchSourceSignal] {
    [SIGTERM, SIGINT].map { number in
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(patience)) {
          say("did not end within \(patience) s: something it waits for does not answer")
          say("look at the mounted file systems")
          _exit(4)
        }
      }
      source.resume()
      return source
    }
  }
}
