import Dispatch
import Foundation
import Freshness
import GRDB
import Paths
import SeededRandom
import Synchronization
import Testing

@testable import Store

/// Whatever is done in whatever order: what is named or held is there, what is neither is not, and takes no room in the end.
struct ValueModelTests {
  private static let values = [
    [], [1, 2, 3], noise(9000), noise(ValueTable.partSize), noise(2 * ValueTable.partSize + 3, seed: 2),
    noise(6 * ValueTable.partSize, seed: 3),
  ]

  private struct Model {
    /// Which value each entry names.
    var names: [UInt32: Int] = [:]
    var staged: [(value: Int, StagedValue)] = []
    var writers: [(value: Int, given: Int, ValueWriter)] = []
    var readers: [(value: Int, read: Int, StoredValue)] = []
    /// Named again when nobody named or held it any more: it may have been freed by then.
    var uncertain: Set<Int> = []

    func isNeeded(_ value: Int) -> Bool { names.values.contains(value) || staged.contains { $0.value == value } }
  }

  /// `STALED_STORE_RUNS` says how many.
  private static let runs = ProcessInfo.processInfo.environment["STALED_STORE_RUNS"].flatMap(Int.init) ?? 4

  @Test("random calls, ends and crashes against a model", arguments: 0..<runs)
  func random(seed: Int) throws {
    var random = Seeded(seed)
    var scratch = try Scratch()
    var (store, _) = try scratch.open()
    var model = Model()
    for step in 0..<150 {
      let value = Int.random(in: 0..<Self.values.count, using: &random)
      switch Int.random(in: 0..<20, using: &random) {
      case 0...3:
        model.staged.append((value, try store.stage(Self.values[value])))
        model.uncertain.remove(value)
      case 4...5: model.writers.append((value, 0, store.beginValue()))
      case 6...8:
        guard let index = model.writers.indices.randomElement(using: &random) else { continue }
        let (value, given, writer) = model.writers[index]
        let bytes = Self.values[value]
        let next = min(bytes.count, given + ValueTable.partSize + 100)
        try writer.append(Array(bytes[given..<next]))
        model.writers[index].given = next
        if next == bytes.count {
          model.staged.append((value, try writer.finish()))
          model.uncertain.remove(value)
          model.writers.remove(at: index)
        } else if random.flag(), random.flag() {
          model.writers.remove(at: index)
        }
      case 9...10:
        guard let index = model.staged.indices.randomElement(using: &random) else { continue }
        store.release(model.staged.remove(at: index).1)
      case 11...13:
        let id = UInt32.random(in: 0..<5, using: &random)
        let isRemoved = random.flag()
        if !isRemoved, !model.isNeeded(value) { model.uncertain.insert(value) }
        try store.commit(
          isRemoved
            ? Transaction(removed: [NodeID(rawValue: id)], meta: meta(0))
            : Transaction(changed: [try entry(id, value: Self.values[value])], meta: meta(0)), flush: false)
        model.names[id] = isRemoved ? nil : value
      case 14:
        if let stored = try store.openValue(Digest(of: Self.values[value])) { model.readers.append((value, 0, stored)) }
      case 15...16:
        guard let index = model.readers.indices.randomElement(using: &random) else { continue }
        let (value, read, stored) = model.readers[index]
        let part = try stored.next() ?? []
        #expect(Array(Self.values[value].dropFirst(read).prefix(part.count)) == part, "step \(step)")
        model.readers[index].read += part.count
        if part.isEmpty {
          #expect(read == Self.values[value].count, "step \(step)")
          model.readers.remove(at: index)
        }
      case 17...18: _ = try store.sweepSome()
      default:
        // An orderly end, or a crash, sometimes amid a sweep.
        let copy = try scratch.copy()
        model.writers = []
        model.staged = []
        model.readers = []
        store.close()
        if random.flag() { scratch = copy }
        (store, _) = try scratch.open()
      }
      model.uncertain = model.uncertain.filter(model.isNeeded)
      for (index, value) in Self.values.enumerated() {
        let stored = try store.openValue(Digest(of: value))
        if stored == nil {
          #expect(!model.isNeeded(index) || model.uncertain.contains(index), "step \(step): \(index) is lost")
        } else {
          #expect(model.isNeeded(index), "step \(step): \(index) is there")
        }
      }
    }
    for (_, staged) in model.staged { store.release(staged) }
    model = Model(names: model.names)
    try store.sweep()
    var rows = [0, 0]
    for value in Self.values where try store.value(Digest(of: value)) == value {
      rows[0] += 1
      rows[1] += max(1, (value.count + ValueTable.partSize - 1) / ValueTable.partSize)
    }
    #expect(try store.rows() == rows)
    store.close()
  }

  @Test("from many threads at once, what was committed is there, and nothing else is read")
  func threads() throws {
    let scratch = try Scratch()
    let (store, _) = try scratch.open()
    let values = [[1, 2, 3], noise(9000), noise(ValueTable.partSize + 1)]
    let failures = Mutex<[String]>([])
    let working = Atomic(2)
    DispatchQueue.concurrentPerform(iterations: 5) { thread in
      do {
        var random = Seeded(thread)
        if thread < 2 {
          defer { working.subtract(1, ordering: .relaxed) }
          for round in 0..<60 {
            let value = random.pick(values)
            try store.put(
              Transaction(changed: [try entry(UInt32(thread), value: value)], meta: meta(0)), values: [value])
            if try store.value(Digest(of: value)) != value {
              failures.withLock { $0.append("thread \(thread) round \(round): lost") }
            }
          }
        }
        while thread >= 2, working.load(ordering: .relaxed) > 0 {
          if thread == 2 {
            _ = try store.sweepSome()
            continue
          }
          let value = random.pick(values)
          let read = try store.value(Digest(of: value))
          if read != nil, read != value { failures.withLock { $0.append("thread \(thread): other bytes") } }
        }
      } catch { failures.withLock { $0.append("thread \(thread): \(error)") } }
    }
    #expect(failures.withLock { $0 } == [])
    try store.sweep()
    let named = try store.pool.read { try Int.fetchOne($0, sql: "SELECT count(DISTINCT value) FROM node") }
    #expect(try store.rows()[0] == named)
    store.close()
  }
}

/// What a sweep is given to do.
struct ValueLedgerTests {
  private let a = Digest(of: [1])
  private let b = Digest(of: [2])

  private func suspects(_ ledger: inout ValueLedger) -> [Digest]? {
    if case .free(let suspects, _) = ledger.takeWork(limit: 10) { suspects } else { nil }
  }

  @Test("the end of the last hold makes a suspect, and what is only read none")
  func holds() {
    var ledger = ValueLedger(lastID: 0)
    #expect(!ledger.isSweepDue)
    ledger.stage(a)
    ledger.stage(a)
    ledger.release(a)
    #expect(!ledger.isSweepDue && ledger.isStaged(a) && ledger.spare(a))
    ledger.release(a)
    #expect(!ledger.isStaged(a) && !ledger.spare(a))
    #expect(suspects(&ledger) == [a] && !ledger.isSweepDue)
    ledger.beginReading(b)
    ledger.endReading(b)
    ledger.endReading(b)
    ledger.release(b)
    #expect(!ledger.isSweepDue && !ledger.spare(b))
  }

  @Test("a suspect that was spared for its readers is one again after the last of them")
  func spared() {
    var ledger = ValueLedger(lastID: 0)
    ledger.beginReading(a)
    ledger.beginReading(a)
    ledger.letGo([a])
    #expect(suspects(&ledger) == [a])
    #expect(ledger.spare(a) && !ledger.isStaged(a))
    ledger.endReading(a)
    #expect(!ledger.isSweepDue && ledger.spare(a))
    ledger.endReading(a)
    #expect(suspects(&ledger) == [a] && !ledger.spare(a))
  }

  @Test("work comes in bounded portions, the walk over what was there last, and what was given back comes again")
  func portions() {
    var ledger = ValueLedger(lastID: 7)
    #expect(ledger.newID() == 8 && ledger.newID() == 9)
    ledger.letGo([a, b, a])
    ledger.abandon([8, 9])
    var found: [String] = []
    while ledger.isSweepDue {
      switch ledger.takeWork(limit: 2) {
      case .nothing: found.append("nothing")
      case .walk(let range):
        found.append("\(range)")
        // It was not done to the end the first time.
        if range.lowerBound == 1 { ledger.walked(rest: 5...range.upperBound) }
      case .free(let suspects, let nameless):
        found.append("\(suspects.count) \(nameless.count)")
        if found.count == 1 { ledger.abandon([nameless[0]]) }
      }
    }
    #expect(found == ["2 2", "1 1", "1...7", "5...7"])
    if case .nothing = ledger.takeWork(limit: 2) {} else { Issue.record("there is more") }
  }
}
