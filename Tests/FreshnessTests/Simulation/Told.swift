import Freshness
import Paths

/// What the log says of files: each true change of what is followed, once, from what it said last.
extension Trace {
  /// Brings what the log said in line with what is followed. Of a file that is followed only now the log says nothing: the
  /// first look at it counts as known.
  mutating func follow() {
    for path in World.files + keys.flatMap({ recipes[$0]?.outputs ?? [] }) {
      // Let go, perhaps named again at once.
      guard engine.isTracked(.file(path)), let seen = engine.lastLook(.file(path)) else {
        if let told = truth.lasting.told.removeValue(forKey: path), truth.lasting.left[path] == nil {
          truth.lasting.left[path] = told
        }
        continue
      }
      if let told = truth.lasting.told[path], told != .unknown { continue }
      truth.lasting.told[path] = seen.fingerprint
      truth.lasting.met.insert(path)
    }
  }

  /// Each change begins where the log left off.
  mutating func checkChanges(_ batch: Batch) throws {
    for change in batch.changes {
      guard case .file(let path) = change.resource else { continue }
      let kind: Batch.Change.Kind = change.to == .absent ? .deleted : change.from == .absent ? .created : .modified
      try expect(change.from != change.to && change.kind == kind, "told: no change, \(change)")
      let told = truth.lasting.told.updateValue(change.to, forKey: path)
      guard let told, told != change.from, told != .unknown, !truth.lasting.met.contains(path) else { continue }
      // There and back: told only because of an entry that was made in between.
      try expect(
        told == change.to && batch.outcomes.contains { $0.cause == "\(change.resource)" },
        "told: \(path) was said to be \(told), and is said to be \(change.kind) from \(change.from) to \(change.to)")
    }
    // Let go, named again and as it was, all within a batch: there and back, and nothing to tell.
    let told = Set(batch.changes.map(\.resource))
    for path in truth.lasting.met where !told.contains(.file(path)) {
      // What was not followed before was perhaps not there: it came and went.
      let left = truth.lasting.left[path] ?? .absent
      if engine.lastLook(.file(path))?.fingerprint == left { truth.lasting.told[path] = left }
    }
    truth.lasting.met = []
    truth.lasting.left = [:]
    follow()
  }

  /// At rest: nothing is left to tell.
  func checkTold() throws {
    for (path, told) in truth.lasting.told.sorted(by: { $0.key < $1.key }) where told != .unknown {
      // What only a refused call names is not followed to the end.
      if engine.dependents(of: .file(path), transitive: false).isEmpty { continue }
      let now = Fingerprints.of(world.contents[path])
      try expect(told == now, "log: \(path) is \(now) at rest, and was said to be \(told)")
    }
  }
}
