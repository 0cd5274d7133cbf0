import Freshness
import Manifest
import Paths
import Testing

@testable import StaledAgent

/// Which hook runs when.
@Suite struct HookQueueTests {
  private func call(_ key: String, _ state: State, cause: String = "c") throws -> HookCall {
    HookCall(name: try EntryName(namespace: "n", key: key), state: state, cause: cause)
  }

  private func ready(_ queue: inout HookQueue, places: Int = .max) -> [String] {
    queue.takeReady(places: places).map { "\($0.key.hook) \($0.call.name.key) \($0.call.state)" }
  }

  /// What comes while a run waits takes its place; one entry's runs follow one another.
  @Test func oneAtATimeForAnEntryAndTheLatestWaits() throws {
    var queue = HookQueue()
    queue.add(0, try call("a", .suspect))
    queue.add(0, try call("a", .stale))
    queue.add(1, try call("a", .stale))
    queue.add(0, try call("b", .stale))
    #expect(ready(&queue) == ["0 a stale", "0 b stale"])
    #expect(ready(&queue) == [] && !queue.isEmpty)
    queue.add(0, try call("a", .fresh))
    queue.add(0, try call("a", .stale))
    #expect(ready(&queue) == [], "it runs already")
    queue.ended(HookQueue.Key(hook: 0, name: try EntryName("n/a")))
    #expect(ready(&queue) == ["1 a stale"])
    queue.ended(HookQueue.Key(hook: 1, name: try EntryName("n/a")))
    #expect(ready(&queue) == ["0 a stale"])
    queue.ended(HookQueue.Key(hook: 0, name: try EntryName("n/a")))
    queue.ended(HookQueue.Key(hook: 0, name: try EntryName("n/b")))
    #expect(queue.isEmpty)
  }

  @Test func whatIsTooMuchIsCountedAndLeftOut() throws {
    var queue = HookQueue()
    for number in 0..<HookQueue.capacity + 3 { queue.add(0, try call("k\(number)", .stale)) }
    queue.add(0, try call("k0", .fresh))
    #expect(queue.takeLost() == 3 && queue.takeLost() == 0)
    #expect(queue.takeReady(places: .max).count == HookQueue.capacity)
    // What waits is for the hooks that were in force.
    queue.add(0, try call("other", .stale))
    #expect(queue.clear() == 1 && queue.clear() == 0)
    #expect(ready(&queue) == [])
  }

  /// Whoever waits for a place is counted, and what comes meanwhile takes its place.
  @Test func soManyAreUnderWayAtATime() throws {
    var queue = HookQueue()
    for key in ["a", "b", "c"] { queue.add(0, try call(key, .suspect)) }
    #expect(ready(&queue, places: 2) == ["0 a suspect", "0 b suspect"])
    #expect(ready(&queue, places: 2) == [])
    queue.add(0, try call("c", .stale))
    queue.ended(HookQueue.Key(hook: 0, name: try EntryName("n/b")))
    #expect(ready(&queue, places: 2) == ["0 c stale"])
  }

  @Test(
    arguments: [
      ("{}", "a", State.stale, [], true), ("{}", "a", .fresh, [], false),
      (#"{"states":["fresh"]}"#, "a", .fresh, [], true),
      (#"{"states":["fresh"]}"#, "a", .stale, [], false), (#"{"tags":["x","y"]}"#, "a", .stale, ["y"], true),
      (#"{"tags":["x"]}"#, "a", .stale, ["y"], false), (#"{"namespaces":["n"]}"#, "a", .stale, [], true),
      (#"{"namespaces":["m"]}"#, "a", .stale, [], false), (#"{"keys":["lib/*"]}"#, "lib/a", .stale, [], true),
      (#"{"keys":["lib/*"]}"#, "lib/a/b", .stale, [], false),
      (#"{"keys":["lib/**"],"tags":["x"]}"#, "lib/a/b", .stale, ["x"], true),
    ] as [(String, String, State, [String], Bool)])
  func allThatIsSaidMustHold(when: String, key: String, state: State, tags: [String], expected: Bool) throws {
    let text = #"{"version":1,"hooks":[{"when":\#(when),"run":["x"]}]}"#
    let (manifest, _) = try Manifest.read(
      Array(text.utf8), file: "staled.json", context: NamingContext(workspace: ["/w"])
    ).get()
    var call = try call(key, state)
    call.tags = Set(tags)
    #expect(manifest.hooks[0].when.holds(for: call) == expected)
  }
}
