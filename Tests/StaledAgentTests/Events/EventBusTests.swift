import Freshness
import Paths
import Synchronization
import Testing

@testable import StaledAgent

/// What the bus promises to the invalidator and to subscribers.
@Suite(.timeLimit(.minutes(1))) struct EventBusTests {
  private static func confirmed(_ name: String) -> Confirmed {
    let seen = Observation(fingerprint: .absent, newestOnPath: 0, time: 0)
    return Confirmed(looks: [(.file(Path(name)), seen, .zero)])
  }

  private static func rest(of mailbox: AsyncStream<Notice>) async -> [String] {
    var all: [String] = []
    for await notice in mailbox {
      switch notice {
      case .recorded(let seq): all.append("\(seq)")
      case .stopping: all.append("stopping")
      }
    }
    return all
  }

  @Test func publishReturnsOnceTheInvalidatorHasActed() async {
    let bus = EventBus()
    let acted = Mutex<[Leaf]>([])
    // Nobody is connected: nothing happens.
    await bus.publish(Self.confirmed("lost"))
    bus.connect { confirmed in
      await Task.yield()
      acted.withLock { $0 += confirmed.looks.map(\.leaf) }
    }
    for name in ["a", "b", "c"] {
      await bus.publish(Self.confirmed(name))
      #expect(acted.withLock { $0.last } == .file(Path(name)))
    }
    #expect(acted.withLock { $0 } == [.file("a"), .file("b"), .file("c")])
  }

  @Test func mailboxesKeepTheNewestOnly() async {
    let bus = EventBus()
    let early = bus.subscribe()
    bus.notify(.recorded(seq: 1))
    let late = bus.subscribe()
    for seq in 2...1000 { bus.notify(.recorded(seq: UInt64(seq))) }
    var iterator = early.makeAsyncIterator()
    guard case .recorded(1000) = await iterator.next() else {
      Issue.record("not the newest")
      return
    }
    bus.notify(.recorded(seq: 1001))
    bus.notify(.recorded(seq: 1002))
    guard case .recorded(1002) = await iterator.next() else {
      Issue.record("not the newest")
      return
    }
    bus.notify(.stopping)
    guard case .stopping = await iterator.next() else {
      Issue.record("not told of the end")
      return
    }
    #expect(await iterator.next() == nil)
    // One who never read learns of the end all the same.
    #expect(await Self.rest(of: late) == ["stopping"])
  }

  @Test func stoppingIsTheLast() async {
    let bus = EventBus()
    let mailbox = bus.subscribe()
    bus.notify(.stopping)
    bus.notify(.recorded(seq: 5))
    #expect(await Self.rest(of: mailbox) == ["stopping"])
    // Whoever comes after it is not left waiting.
    #expect(await Self.rest(of: bus.subscribe()) == [])
    bus.notify(.stopping)
  }

  @Test func aSubscriberThatLeavesIsForgotten() async {
    let bus = EventBus()
    let stays = bus.subscribe()
    let leaves = Task { await Self.rest(of: bus.subscribe()) }
    leaves.cancel()
    #expect(await leaves.value.isEmpty)
    bus.notify(.recorded(seq: 3))
    bus.notify(.stopping)
    #expect(await Self.rest(of: stays) == ["stopping"])
  }
}
