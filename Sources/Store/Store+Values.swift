public import Freshness
import GRDB
import Synchronization

/// Values: stored and read part by part, kept as long as an entry names them, freed a slice at a time.
extension Store {
  // MARK: Writing

  /// Begins to store a value. So a lack of room shows before anything was changed by it.
  public func beginValue() -> ValueWriter { ValueWriter(self) }

  /// Ends the hold of whoever stored the value: after the transaction that names it was committed, or when there will be
  /// none. If no entry names it then, it is gone; the next sweeps free its room.
  public func release(_ value: StagedValue) { ledger.withLock { $0.release(value.digest) } }

  /// Writes a part of a value that has no name yet, and with the first one its row. Returns its id.
  func write(part: Int, of id: Int64?, _ bytes: [UInt8]) throws(StoreError) -> Int64 {
    let known = id ?? ledger.withLock { $0.newID() }
    try writeUnflushed { database in
      if id == nil { try ValueTable.begin(known, database) }
      try ValueTable.add(part: part, of: known, bytes, database)
    }
    return known
  }

  /// Names a value, whose last part comes along, and holds it.
  func finish(_ value: StagedValue, id: Int64?, parts: Int, last: [UInt8]?) throws(StoreError) {
    let known = id ?? ledger.withLock { $0.newID() }
    try writeUnflushed { database in
      let stored = try ValueTable.id(of: value.digest, database)
      if stored != nil, !self.ledger.withLock({ $0.damaged.contains(value.digest) }) { return id }
      if let stored { try ValueTable.unname(stored, database) }
      if let last { try ValueTable.add(part: parts, of: known, last, database) }
      try ValueTable.name(known, value.digest, size: value.size, begun: id != nil, database)
      return stored
    } then: { nameless in
      // Held before anybody else can write: no sweep comes in between.
      ledger.withLock { ledger in
        ledger.stage(value.digest)
        ledger.replaced(value.digest)
        if let nameless { ledger.abandon([nameless]) }
      }
    }
  }

  /// Takes back what a writer wrote of a value that has no name.
  func abandon(_ id: Int64) { ledger.withLock { $0.abandon([id]) } }

  // MARK: Reading

  /// The bytes of a stored value, all at once: for small ones. See `openValue`.
  public func value(_ digest: Digest) throws(StoreError) -> [UInt8]? {
    guard let value = try openValue(digest) else { return nil }
    var bytes = try value.next() ?? []
    while let part = try value.next() { bytes += part }
    return bytes
  }

  /// A stored value, to be read part by part; nil if there is none that an entry names or somebody holds.
  ///
  /// It reads the value once, to prove it. Throws `damaged` if its bytes are not those of the digest: it is lost then,
  /// until an equal one is stored.
  public func openValue(_ digest: Digest) throws(StoreError) -> StoredValue? {
    // Held first, then looked for: a sweep that does not see the hold was over before, or finds the value named.
    let isStaged = ledger.withLock { ledger in
      ledger.beginReading(digest)
      return ledger.isStaged(digest)
    }
    do {
      if let (size, source) = try prove(digest, isStaged) { return StoredValue(digest, size: size, source, self) }
    } catch {
      endReading(digest)
      throw notedDamage(error, of: digest)
    }
    endReading(digest)
    return nil
  }

  private func prove(_ digest: Digest, _ isStaged: Bool) throws -> (size: Int, StoredValue.Source)? {
    guard let head = try pool.read({ try ValueTable.head(digest, held: isStaged, $0) }) else { return nil }
    guard var part = head.first else { throw Damage("the value \(digest) has no bytes") }
    if part.count == head.size {
      guard Digest(of: part) == digest else { throw Damage("the value \(digest) has other bytes") }
      return (head.size, .memory(part))
    }
    var hash = ContentHash()
    var proven: [Digest] = []
    var left = head.size
    while true {
      // None of them is empty but that of the empty value, which was dealt with.
      guard !part.isEmpty, part.count <= left else { throw Damage("the value \(digest) has parts of other lengths") }
      left -= part.count
      hash.update(part)
      proven.append(Digest(of: part))
      if left == 0 { break }
      let next = try pool.read { [count = proven.count] in try ValueTable.part(count, of: head.id, $0) }
      guard let next else { throw Damage("the value \(digest) lacks its part \(proven.count)") }
      part = next
    }
    guard hash.digest == digest else { throw Damage("the value \(digest) has other bytes") }
    return (head.size, .parts(id: head.id, proven: proven))
  }

  /// A part of the value `digest` if it is still what was proven.
  func part(_ part: Int, of id: Int64, _ digest: Digest, proven: Digest) throws(StoreError) -> [UInt8] {
    do {
      guard let bytes = try pool.read({ try ValueTable.part(part, of: id, $0) }), Digest(of: bytes) == proven else {
        throw Damage("the part \(part) of the value \(digest) is not what it was")
      }
      return bytes
    } catch { throw notedDamage(error, of: digest) }
  }

  func endReading(_ digest: Digest) { ledger.withLock { $0.endReading(digest) } }

  private func notedDamage(_ error: any Error, of digest: Digest) -> StoreError {
    if error is Damage { ledger.withLock { $0.noteDamage(digest) } }
    return noted(error)
  }

  // MARK: Freeing

  /// Whether `sweepSome` has anything to do.
  public var isSweepDue: Bool { ledger.withLock { $0.isSweepDue } }

  /// Frees some of the room of values that are gone, in one short transaction; true while there is more to do. After an
  /// opening it looks through all values first, for what was never named before the program ended.
  ///
  /// Whoever owns the store calls it in the background, until it returns false. If it throws, nothing is forgotten: it
  /// can be called again.
  public func sweepSome() throws(StoreError) -> Bool {
    switch ledger.withLock({ $0.takeWork(limit: Self.sweepLimit) }) {
    case .nothing: return false
    case .walk(let range): try walk(range)
    case .free(let suspects, let nameless):
      do throws(StoreError) { try free(suspects, nameless) } catch {
        ledger.withLock { ledger in
          ledger.letGo(suspects)
          ledger.abandon(nameless)
        }
        throw error
      }
    }
    return isSweepDue
  }

  /// A sweep looks at no more values than that,
  private static var sweepLimit: Int { 256 }
  /// and frees no more bytes (and a part), so that it is over in some milliseconds.
  static var sweepRoom: Int { 4 * ValueTable.partSize }
  /// A walk only reads, and holds nobody up.
  private static var walkLimit: Int { 4096 }

  private func walk(_ range: ClosedRange<Int64>) throws(StoreError) {
    do {
      let found = try pool.read {
        try ValueTable.unnamed(from: range.lowerBound, through: range.upperBound, limit: Self.walkLimit, $0)
      }
      ledger.withLock { ledger in
        ledger.letGo(found.digests)
        ledger.abandon(found.nameless)
        let next = found.next ?? .max
        ledger.walked(rest: next <= range.upperBound ? next...range.upperBound : nil)
      }
    } catch {
      ledger.withLock { $0.walked(rest: range) }
      throw noted(error)
    }
  }

  private func free(_ suspects: [Digest], _ nameless: [Int64]) throws(StoreError) {
    let unnamed: [Digest]
    do {
      // Most suspects are named after all: that is found out without holding up a commit.
      unnamed = try pool.read { try ValueTable.unnamed(suspects, $0) }
    } catch { throw noted(error) }
    if unnamed.isEmpty, nameless.isEmpty { return }
    try writeUnflushed { database in
      var room = try ValueRoom(database, bytes: Self.sweepRoom)
      var rest: (suspects: [Digest], nameless: [Int64]) = ([], [])
      for id in nameless {
        if !(try room.free(id)) { rest.nameless.append(id) }
      }
      for digest in unnamed {
        if room.left <= 0 {
          rest.suspects.append(digest)
          continue
        }
        // Nobody else writes before this transaction's end: what is neither held nor named now stays so until then.
        if self.ledger.withLock({ $0.spare(digest) }) { continue }
        if let id = try room.free(digest) { rest.nameless.append(id) }
      }
      return rest
    } then: { rest in
      ledger.withLock { ledger in
        ledger.letGo(rest.suspects)
        ledger.abandon(rest.nameless)
      }
    }
  }
}
