import Freshness
import Manifest
import SeededRandom
import Testing

@testable import StaledAgent

/// A hundred thousand operations at random, beside a plain model of what may be held.
@Suite struct MemoryStormTests {
  /// What the level was given last. What it holds must be among it, and what is missing must have been evicted.
  private struct Model {
    var given: [EntryName: (digest: Digest, bytes: [UInt8])] = [:]
    var total = CacheBounds()
    var bounds: [String: CacheBounds] = [:]
    var others = CacheBounds()

    /// What does not hold of the level; drops what it let go from the model.
    mutating func differences(from level: MemoryLevel) -> [String] {
      var found: [String] = []
      given = given.filter { level.contains($0.key) }
      if given.count != level.entries { found.append("\(level.entries) entries, \(given.count) of them were given") }
      if size(of: given.values) != level.bytes { found.append("\(level.bytes) bytes in all") }
      if passes(total, given.count, level.bytes) { found.append("the total is passed") }
      for (namespace, names) in Dictionary(grouping: given.keys, by: \.namespace) {
        let bytes = size(of: names.compactMap { given[$0] })
        if level.count(namespace) != names.count { found.append("entries in \(namespace)") }
        if level.bytes(namespace) != bytes { found.append("bytes in \(namespace)") }
        if passes(bounds[namespace] ?? others, names.count, bytes) { found.append("\(namespace) passes its bound") }
      }
      return found
    }

    private func size(of values: some Sequence<(digest: Digest, bytes: [UInt8])>) -> Int {
      Dictionary(values.map { ($0.digest, $0.bytes.count) }, uniquingKeysWith: { one, _ in one }).values.reduce(0, +)
    }

    private func passes(_ bound: CacheBounds, _ entries: Int, _ bytes: Int) -> Bool {
      entries > bound.maxEntries ?? .max || bytes > bound.maxBytes ?? .max
    }
  }

  /// Four storms of 25,000, side by side.
  @Test(arguments: 1...4) func noBoundIsEverPassedAndNothingIsLeftBehind(_ seed: Int) {
    var numbers = Seeded(seed), level = MemoryLevel(), model = Model()
    let names = (0..<60).map { name("n\($0 % 4)/\($0)") }
    // Values 0..<40, some of them large; several entries get the same one.
    let values: [(Digest, [UInt8])] = (0..<40).map { number in
      let size = number % 7 == 0 ? 10 * number : number % 5
      return (digest(number), [UInt8](repeating: UInt8(number), count: size))
    }
    var evictions = 0
    for step in 0..<25_000 {
      let entry = names[numbers.below(names.count)], value = values[numbers.below(values.count)]
      let before = level.entries, wasHeld = level.contains(entry)
      switch numbers.below(1000) {
      case 0..<450:
        let isHeld = level.insert(entry, digest: value.0, bytes: value.1)
        #expect(isHeld == level.contains(entry), "step \(step)")
        if isHeld { model.given[entry] = value }
        let gained = (isHeld ? 1 : 0) - (wasHeld ? 1 : 0)
        let evicted = level.evictions - evictions
        #expect(evicted == before + gained - level.entries)
      case 450..<850:
        let given = model.given[entry]
        let read = level.value(entry, digest: given?.0 ?? value.0)
        #expect(read == given?.1, "step \(step)")
      case 850..<880:
        let read = level.value(entry, digest: value.0)
        #expect((read != nil) == (wasHeld && model.given[entry]?.0 == value.0), "step \(step)")
      case 880..<990:
        level.remove(entry)
        #expect(!level.contains(entry), "step \(step)")
      case 990..<994:
        for other in model.given.keys where other.namespace == entry.namespace { level.remove(other) }
        #expect(level.count(entry.namespace) == 0, "step \(step)")
      case 994..<995:
        level.removeAll()
        #expect(level.isEmptied, "step \(step)")
      default:
        func bounds() -> CacheBounds {
          CacheBounds(
            maxEntries: numbers.below(2) == 0 ? nil : numbers.below(20),
            maxBytes: numbers.below(2) == 0 ? nil : numbers.below(400))
        }
        (model.total, model.others, model.bounds) = (bounds(), bounds(), ["n0": bounds(), "n1": bounds()])
        level.setBounds(total: model.total, namespaces: model.bounds, others: model.others)
        #expect(before - level.entries == level.evictions - evictions, "step \(step)")
      }
      evictions = level.evictions
      let broken = model.differences(from: level) + (step % 5 == 0 ? level.checkInvariants() : [])
      if !broken.isEmpty {
        Issue.record("seed \(seed), step \(step): \(broken)")
        return
      }
    }
    #expect(evictions > 1000)
    for entry in names { level.remove(entry) }
    #expect(level.isEmptied)
  }
}
