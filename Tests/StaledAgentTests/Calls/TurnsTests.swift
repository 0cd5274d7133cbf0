import Freshness
import Synchronization
import Testing

@testable import StaledAgent

/// One makes what many want.
@Suite struct TurnsTests {
  private final class Woken: Sendable {
    private let tickets = Mutex<[Int]>([])
    func wake(_ who: Int) -> Turns.Wake { { self.tickets.withLock { $0.append(who) } } }
    var all: [Int] { tickets.withLock { $0 } }
  }

  @Test func theTurnPassesOnInTheOrderOfTheLine() throws {
    let name = try EntryName("t/a"), other = try EntryName("t/b"), woken = Woken()
    var turns = Turns()
    let (first, isFirst) = turns.ask(name, woken.wake(1))
    let (second, isSecond) = turns.ask(name, woken.wake(2))
    let (third, _) = turns.ask(name, woken.wake(3))
    let (fourth, isFourth) = turns.ask(other, woken.wake(4))
    #expect(isFirst && !isSecond && isFourth && woken.all == [] && turns.waiting(for: name) == 2)
    // A place in the line is given up.
    turns.leave(second, name)
    #expect(woken.all == [] && turns.holds(first, name))
    turns.leave(first, name)
    #expect(woken.all == [3] && turns.holds(third, name) && !turns.holds(first, name))
    // Twice does no harm.
    turns.leave(first, name)
    #expect(turns.holds(third, name))
    turns.leave(third, name)
    turns.leave(fourth, other)
    #expect(turns.count == 0 && woken.all == [3])
  }

  /// Once it is made nobody has to wait for the others' turns.
  @Test func whoWaitsIsToldTogether() throws {
    let name = try EntryName("t/a"), woken = Woken()
    var turns = Turns()
    var tickets = (0..<1000).map { turns.ask(name, woken.wake($0)).ticket }
    turns.leave(tickets.removeFirst(), name)
    #expect(woken.all == [1])
    turns.tellAll(of: name)
    #expect(woken.all == [1] + Array(2..<1000))
    for ticket in tickets.reversed() { turns.leave(ticket, name) }
    #expect(turns.count == 0 && woken.all.count == 999)
  }
}
