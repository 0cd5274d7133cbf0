internal import Glibc
internal import Synchronization

/// `--ready-fd N`: whoever starts the agent reads one newline from the other end once the agent watches, and the end of the
/// file without one if it could not.
package final class ReadyPipe: Sendable {
  /// nil once it has been used.
  private let descriptor: Mutex<Int32?>

  /// Takes over the descriptor that was named on the command line.
  ///
  /// - Throws: `StartupError` with exit code 2 if it is not open for writing, or one of the standard three.
  package init(_ descriptor: Int32) throws(StartupError) {
    if descriptor < 3 {
      throw StartupError(
        "--ready-fd \(descriptor): the standard descriptors are taken",
        remedy: "name one from 3 on: --ready-fd 3 3>FILE",
        exitCode: 2)
    }
    let flags = fcntl(descriptor, F_GETFL)
    if flags < 0 || flags & O_ACCMODE == O_RDONLY {
      throw StartupError(
        "--ready-fd \(descriptor): that descriptor is not open\(flags < 0 ? "" : " for writing")",
        remedy: "open it for the agent: --ready-fd \(descriptor) \(descriptor)>FILE", exitCode: 2)
    }
    // Programs that the agent starts must not keep the other end waiting.
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    self.descriptor = Mutex(descriptor)
  }

  deinit { take().map { _ = close($0) } }

  /// Writes the newline and closes. Who waits may have gone, which is no error. Later calls do nothing.
  package func signal() {
    guard let descriptor = take() else { return }
    Self.withoutBrokenPipeSignal { _ = FileAccess.write([0x0A], to: descriptor) }
    close(descriptor)
  }

  private func take() -> Int32? {
    descriptor.withLock { held in
      defer { held = nil }
      return held
    }
  }

  /// Runs `work` so that a pipe that nobody reads does not end the process. The signal is blocked in this thread only, and
  /// taken away, as ignoring it for the process would be handed on to every program the agent starts.
  private static func withoutBrokenPipeSignal(_ work: () -> Void) {
    var pipe = sigset_t()
    var before = sigset_t()
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &pipe, &before)
    work()
    var none = timespec()
    _ = sigtimedwait(&pipe, nil, &none)
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }
}
