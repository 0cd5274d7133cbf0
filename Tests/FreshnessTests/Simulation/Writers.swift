import Freshness
import Paths
import SeededRandom

/// What others do to the files, and to the clock.
extension Trace {
  mutating func disturb(_ kind: Kind) {
    isIdle = kind != .clock
    switch kind {
    case .burst:
      tell("burst")
      for new in ["1", "0", "1", rng.pick(["0", "1"])] { for path in World.files { world.write(path, new) } }
    case .moveIn:
      let path = rng.pick(World.files), new = rng.pick(["0", "1"])
      tell("move \(path) in: \(new)")
      world.moveIn(path, new)
    case .rename:
      let from = rng.pick(World.files), to = rng.pick(World.files)
      tell("rename \(from) to \(to)")
      world.rename(from, to, between: between())
    case .directory: directory()
    case .clock:
      let difference = rng.pick([-100, -40, -8, 8, 40])
      tell("the clock is set by \(difference)")
      world.setClock(by: WallClock(difference))
      engine.now = world.wall
      if on(.clockSet) { clockSetAt = engine.stamp() }
    default:
      let outputs = keys.flatMap { recipes[$0]?.outputs ?? [] }
      let path = !outputs.isEmpty && rng.one(in: profile.outputs) ? rng.pick(outputs) : rng.pick(World.files)
      var new: String? = rng.pick(["0", "0", "1", "1", nil])
      if profile.unreadable > 0, rng.one(in: profile.unreadable) { new = World.isUnreadable }
      tell("write \(path): \(new ?? "gone")")
      world.write(path, new)
    }
  }

  private mutating func directory() {
    let path = rng.pick(World.directories)
    switch Int.random(in: 0..<5, using: &rng) {
    case 0, 1:
      tell("exchange s and t")
      world.exchangeDirectories(between: between())
    case 2:
      tell("move \(path) out or in")
      world.moveOutOrIn(path)
    case 3:
      tell("remove \(path)")
      world.removeDirectory(path)
    default:
      tell("write what was moved out")
      world.writeOutside(rng.pick(["0", "1"]))
    }
  }

  /// What happens between the two halves of a rename: nothing, or a write.
  private mutating func between() -> (inout World) -> Void {
    let path = rng.pick(World.files), new: String? = rng.pick(["0", "1", nil])
    guard rng.one(in: 3) else { return { _ in } }
    tell("… and between the halves write \(path): \(new ?? "gone")")
    return { $0.write(path, new) }
  }
}
