import Glibc
import Paths
import Synchronization
import Testing

@testable import Watching

/// What a watcher has delivered, for a thread to wait on.
private final class Inbox: Sendable {
  private let events = Mutex<[WatchEvent]>([])
  private let (stream, continuation) = AsyncStream<UInt64>.makeStream()

  func take(_ batch: [WatchEvent]) {
    events.withLock { $0 += batch }
    for case .barrier(let id) in batch { continuation.yield(id) }
  }

  /// Everything delivered up to the barrier.
  func wait(for id: UInt64) async -> [WatchEvent] {
    for await met in stream where met == id { break }
    return events.withLock { events in
      defer { events = [] }
      return events
    }
  }
}

/// The whole of it, through libinotifytools: one watcher at a time, hence one after another.
@Suite(.serialized) struct WatcherTests {
  let scratch = Scratch()
  private let inbox = Inbox()

  private func start(_ configuration: WatchConfiguration? = nil) throws -> Watcher {
    let inbox = inbox
    let watcher = try Watcher(configuration ?? scratch.configuration()) { inbox.take($0) }
    try watcher.start()
    return watcher
  }

  @Test func changesComeBeforeTheBarrier() async throws {
    let watcher = try start()
    defer { watcher.stop() }
    for round in 1...300 {
      let file = Path("d\(round)/e/f")
      scratch.mkdir(Path("d\(round)/e"))
      scratch.write(file)
      watcher.barrier(UInt64(round))
      let events = await inbox.wait(for: UInt64(round))
      // Another test's child process may hold the file open for a moment, and its close comes later.
      let end = events.firstIndex(of: .barrier(UInt64(round))) ?? 0
      #expect(covers(Array(events[..<end]), file))
    }
    #expect(watcher.status.watches > 600)
  }

  @Test func aThousandBarriersComeInOrder() async throws {
    let watcher = try start()
    defer { watcher.stop() }
    for id in 1...1000 { watcher.barrier(UInt64(id)) }
    let events = await inbox.wait(for: 1000)
    #expect(events == (1...1000).map { .barrier(UInt64($0)) })
  }

  @Test func theFallbackPassesThroughTheLibrary() async throws {
    let watcher = try start()
    defer { watcher.stop() }
    Scratch.remove(scratch.path.appending("state/cookies".utf8))
    scratch.write(scratch.path.appending("state/cookies".utf8))
    for id in 1...100 {
      scratch.write("f", "\(id)")
      watcher.barrier(UInt64(id))
      #expect(covers(await inbox.wait(for: UInt64(id)), "f"))
    }
  }

  @Test func trackAndReconfigureFromOtherThreads() async throws {
    let out = scratch.path.appending("out".utf8)
    scratch.mkdir(out)
    scratch.mkdir("skip")
    let watcher = try start(scratch.configuration(ignore: ["skip"]))
    defer { watcher.stop() }
    #expect(watcher.track([out.appending("f".utf8)]) == [false])
    scratch.write(out.appending("f".utf8))
    watcher.barrier(1)
    #expect(covers(await inbox.wait(for: 1), out.appending("f".utf8)))
    watcher.reconfigure(ignore: [], roots: [.root], gitignore: true)
    watcher.barrier(2)
    #expect(covers(await inbox.wait(for: 2), "skip"))
    scratch.write("skip/f")
    watcher.barrier(3)
    #expect(covers(await inbox.wait(for: 3), "skip/f"))
  }

  @Test func onlyOneRunsAtATime() throws {
    let watcher = try start()
    #expect(throws: WatchError.self) { _ = try Watcher(scratch.configuration()) { _ in } }
    watcher.stop()
    watcher.stop()
    try start().stop()
  }
}
