#if DEBUG
  import Paths
  import Testing

  @testable import Watching

  /// What the simulation takes for one and the same.
  @Suite struct WatchPlacesTests {
    @Test func theWorkspaceLiesInARootAboveIt() {
      var places = Places()
      let (inside, other, outside) = (places["a/b"], places["b"], places["/o/a"])
      #expect(places["/w/a/b"] == inside)
      #expect(places["/w"] == Places.workspace)
      #expect(places.isIn([Places.top], inside))
      #expect(places.isIn([Places.workspace], inside))
      #expect(!places.isIn([other], inside))
      #expect(!places.isIn([Places.workspace], outside))
      #expect([inside, outside, Places.workspace].map { places.text($0) } == ["a/b", "/o/a", "."])
    }
  }
#endif
