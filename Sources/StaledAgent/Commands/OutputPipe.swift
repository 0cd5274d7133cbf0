internal import Dispatch
internal import Glibc
internal import Synchronization
internal import SystemPackage

/// A pipe that a command writes and the agent reads to its end: until everybody who holds it has closed it, those too that the
/// command left behind. So what was read is whole. No thread waits.
struct OutputPipe: Sendable {
  /// For the command. Whoever starts it closes it here.
  let writeEnd: FileDescriptor
  private let readEnd: ReadEnd

  /// Closed when nobody reads it any more.
  private final class ReadEnd: Sendable {
    let descriptor: Int32
    init(_ descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }
  }

  private static let queue = DispatchQueue(label: "staled.output")
  /// The most that one read gives.
  private static let part = 64 << 10

  /// - Throws: `Errno` if too many files are open.
  init() throws(Errno) {
    var ends: [Int32] = [-1, -1]
    if pipe(&ends) != 0 { throw .current }
    // Commands close what is not theirs; pipe2 is only declared for GNU sources.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    writeEnd = FileDescriptor(rawValue: ends[1])
    readEnd = ReadEnd(ends[0])
  }

  /// Gives what comes, in parts of at most 64 KiB, until the end.
  /// - Throws: `CancellationError` if the task is cancelled, after what was there by then; `Errno` if it cannot be read.
  func read(_ take: ([UInt8]) async throws -> Void) async throws {
    while true {
      // The kernel's pipe holds no more than a part.
      let isLast = Task.isCancelled
      guard let bytes = try await next() else { return }
      try await take(bytes)
      if isLast { throw CancellationError() }
    }
  }

  private func next() async throws -> [UInt8]? {
    // A command that writes faster than is read would never let go of the thread, of which there are as few as processors.
    await Task.yield()
    while true {
      var failure: Int32 = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: Self.part) { buffer, count in
        let read = Glibc.read(readEnd.descriptor, buffer.baseAddress, buffer.count)
        if read < 0 { failure = errno }
        // As many as the kernel wrote.
        count = max(0, read)
      }
      switch failure {
      case 0: return bytes.isEmpty ? nil : bytes
      case EAGAIN:
        try Task.checkCancellation()
        await wait()
      case EINTR: continue
      default: throw Errno(code: failure)
      }
    }
  }

  /// Waits until there is something, or nobody can write any more, or the task is cancelled.
  private func wait() async {
    let source = Source(DispatchSource.makeReadSource(fileDescriptor: readEnd.descriptor, queue: Self.queue))
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        source.held.withLock {
          $0.setEventHandler { source.cancel() }
          // Called once, and the last of all; until then the descriptor must not be another's.
          $0.setCancelHandler { [readEnd] in withExtendedLifetime(readEnd) { continuation.resume() } }
          $0.activate()
        }
      }
    } onCancel: {
      source.cancel()
    }
  }

  private final class Source: Sendable {
    let held: Mutex<any DispatchSourceRead>
    init(_ source: sending any DispatchSourceRead) { held = Mutex(source) }
    func cancel() { held.withLock { $0.cancel() } }
  }
}
