import Freshness
import Testing

@testable import StaledAgent

/// What is made again after what.
@Suite struct RefreshOrderTests {
  @Test func eachComesAfterWhatItRestsOn() throws {
    func name(_ key: String) throws -> EntryName { try EntryName(namespace: "n", key: key) }
    let (a, b, c, d) = (try name("a"), try name("b"), try name("c"), try name("d"))
    // d ← b, c ← a
    var order = RefreshOrder([a: [], b: [a], c: [a], d: [b, c]])
    #expect(order.takeReady() == [a])
    #expect(order.takeReady() == [])
    order.ended(a)
    #expect(order.takeReady() == [b, c])
    order.ended(c)
    #expect(order.takeReady() == [])
    order.ended(b)
    #expect(order.takeReady() == [d])
    order.ended(d)
    #expect(order.takeReady() == [])
  }

  /// Whether it went well or not, and however often that is said; what nobody makes holds nobody up for ever once it is told.
  @Test func anEndIsAnEnd() throws {
    let (a, b, c) = (try EntryName("n/a"), try EntryName("n/b"), try EntryName("n/c"))
    var order = RefreshOrder([a: [], b: [a, c]])
    #expect(order.takeReady() == [a])
    for _ in 0..<2 { order.ended(a) }
    #expect(order.takeReady() == [])
    order.ended(c)
    #expect(order.takeReady() == [b])
    for name in [a, b, c] { order.ended(name) }
    #expect(order.takeReady() == [])
  }
}
