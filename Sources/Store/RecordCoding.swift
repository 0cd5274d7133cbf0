import Freshness
import Paths

/// The packed forms inside a row. They are on people's disks: a byte's meaning never changes, new ones are added.
enum RecordCoding {
  /// The first byte of an entry's packed fields, so that fields can be added later.
  private static let entryFormat: UInt8 = 2

  // MARK: Names

  /// One byte for the kind of id, then its bytes as they are. Not the textual id: that is for people, and reading it
  /// depends on a context.
  static func encode(_ name: ResourceID) -> [UInt8] {
    var writer = ByteWriter()
    switch name {
    case .file(let path):
      writer.byte(1)
      writer.raw(path.bytes)
    case .dir(let path):
      writer.byte(2)
      writer.raw(path.bytes)
    case .glob(let pattern):
      writer.byte(3)
      writer.raw(pattern.utf8)
    case .entry(let name):
      writer.byte(4)
      writer.text(name.namespace)
      writer.raw(name.key.utf8)
    case .opaque(let scheme, let rest):
      writer.byte(5)
      writer.text(scheme)
      writer.raw(rest.utf8)
    }
    return writer.bytes
  }

  static func decodeName(_ bytes: [UInt8]) throws(Damage) -> ResourceID {
    var reader = ByteReader(bytes)
    switch try reader.byte() {
    case 1: return .file(try path(reader.rest()))
    case 2: return .dir(try path(reader.rest()))
    case 3: return .glob(try ByteReader.text(of: reader.rest()))
    case 4:
      let namespace = try reader.text()
      let key = try ByteReader.text(of: reader.rest())
      do { return .entry(try EntryName(namespace: namespace, key: key)) } catch { throw Damage(error.description) }
    case 5:
      let scheme = try reader.text()
      return .opaque(scheme: scheme, rest: try ByteReader.text(of: reader.rest()))
    case let kind: throw Damage("a name is of the unknown kind \(kind)")
    }
  }

  /// A path that was normalised when it was stored; `..` behind a symbolic link stays, whatever is there today.
  static func path(_ bytes: ArraySlice<UInt8>) throws(Damage) -> Path {
    let path = Path(bytes, isSymbolicLink: { _ in true })
    guard path.bytes[...] == bytes else { throw Damage("a path is not in its normal form") }
    return path
  }

  // MARK: Fingerprints

  static func encode(_ fingerprint: Fingerprint, to writer: inout ByteWriter) {
    switch fingerprint {
    case .unknown: writer.byte(0)
    case .absent: writer.byte(1)
    case .directory: writer.byte(2)
    case .special: writer.byte(3)
    case .unreadable: writer.byte(4)
    case .digest(let digest):
      writer.byte(5)
      encode(digest, to: &writer)
    }
  }

  static func encode(_ digest: Digest, to writer: inout ByteWriter) {
    writer.word(digest.words.0)
    writer.word(digest.words.1)
    writer.word(digest.words.2)
    writer.word(digest.words.3)
  }

  static func decodeFingerprint(_ reader: inout ByteReader) throws(Damage) -> Fingerprint {
    switch try reader.byte() {
    case 0: return .unknown
    case 1: return .absent
    case 2: return .directory
    case 3: return .special
    case 4: return .unreadable
    case 5: return .digest(try decodeDigest(try reader.slice(32)))
    case let kind: throw Damage("a fingerprint is of the unknown kind \(kind)")
    }
  }

  static func decodeDigest(_ bytes: ArraySlice<UInt8>) throws(Damage) -> Digest {
    guard let digest = Digest(bytes: bytes) else { throw Damage("a digest has \(bytes.count) bytes") }
    return digest
  }

  // MARK: Stat and edges

  static func encode(_ stat: StatFingerprint) -> [UInt8] {
    var writer = ByteWriter()
    writer.varint(stat.device)
    writer.varint(stat.inode)
    writer.signed(stat.size)
    writer.signed(stat.modified)
    writer.signed(stat.changed)
    return writer.bytes
  }

  static func decodeStat(_ bytes: [UInt8]) throws(Damage) -> StatFingerprint {
    var reader = ByteReader(bytes)
    let stat = StatFingerprint(
      device: try reader.varint(), inode: try reader.varint(), size: try reader.signed(), modified: try reader.signed(),
      changed: try reader.signed())
    try reader.end()
    return stat
  }

  static func encode(_ edges: [EdgeRecord]) -> [UInt8] {
    var writer = ByteWriter()
    writer.reserve(5 + edges.count * 38)
    writer.varint(UInt64(edges.count))
    for edge in edges {
      writer.varint(UInt64(edge.to.rawValue))
      writer.byte(edge.roles.rawValue)
      encode(edge.observed, to: &writer)
    }
    return writer.bytes
  }

  static func decodeEdges(_ bytes: [UInt8]) throws(Damage) -> [EdgeRecord] {
    var reader = ByteReader(bytes)
    let count = try reader.varint()
    // An edge takes three bytes at least: a damaged count cannot reserve more memory than the row warrants.
    guard count <= UInt64(bytes.count / 3) else { throw Damage("a row has too few bytes for \(count) dependencies") }
    var edges: [EdgeRecord] = []
    edges.reserveCapacity(Int(count))
    for _ in 0..<count {
      guard let to = UInt32(exactly: try reader.varint()) else { throw Damage("a node id has over 32 bits") }
      let roles = EdgeRoles(rawValue: try reader.byte())
      edges.append(EdgeRecord(to: NodeID(rawValue: to), observed: try decodeFingerprint(&reader), roles: roles))
    }
    try reader.end()
    return edges
  }

  // MARK: Entries

  /// All but the value's digest, which has a column of its own: values are counted by it.
  static func encode(_ entry: EntryRecord) -> [UInt8] {
    var writer = ByteWriter()
    writer.byte(entryFormat)
    let flags: [Bool] = [
      entry.made, entry.declared, entry.forced, entry.standing, entry.cause != nil, entry.value != nil,
      entry.evicted != nil,
    ]
    writer.byte(flags.enumerated().reduce(0) { $1.element ? $0 | 1 << UInt8($1.offset) : $0 })
    writer.byte(code(of: entry.published))
    writer.signed(entry.since)
    writer.varint(UInt64(entry.tags.count))
    for tag in entry.tags {
      writer.text(tag.name)
      writer.byte((tag.declared ? 1 : 0) | (tag.given ? 2 : 0))
    }
    if let cause = entry.cause { encode(cause, to: &writer) }
    if let value = entry.value { writer.signed(Int64(value.size)) }
    writer.byte(code(of: entry.strategy))
    encode(entry.life, to: &writer)
    if let evicted = entry.evicted { writer.text(evicted) }
    return writer.bytes
  }

  static func decodeEntry(_ bytes: [UInt8], value digest: Digest?) throws(Damage) -> EntryRecord {
    var reader = ByteReader(bytes)
    let format = try reader.byte()
    guard (1...entryFormat).contains(format) else { throw Damage("an entry is of the unknown format \(format)") }
    let flags = try reader.byte()
    var entry = EntryRecord()
    entry.made = flags & 1 != 0
    entry.declared = flags & 2 != 0
    entry.forced = flags & 4 != 0
    entry.standing = flags & 8 != 0
    entry.published = try state(try reader.byte())
    entry.since = try reader.signed()
    let tags = try reader.varint()
    guard tags <= UInt64(bytes.count / 2) else { throw Damage("a row has too few bytes for \(tags) tags") }
    for _ in 0..<tags {
      let name = try reader.text()
      let givers = try reader.byte()
      entry.tags.append(Tag(name, declared: givers & 1 != 0, given: givers & 2 != 0))
    }
    if flags & 16 != 0 { entry.cause = try decodeCause(&reader) }
    switch (flags & 32 != 0, digest) {
    case (true, let digest?): entry.value = ValueInfo(digest: digest, size: Int(try reader.signed()))
    case (false, nil): break
    default: throw Damage("an entry's value and its digest do not belong together")
    }
    if format > 1 {
      entry.strategy = try strategy(try reader.byte())
      entry.life = try decodeLife(&reader)
      if flags & 64 != 0 { entry.evicted = try reader.text() }
    }
    try reader.end()
    return entry
  }

  private static func encode(_ life: LifeRecord, to writer: inout ByteWriter) {
    var flags: UInt8 = (life.expired == nil ? 0 : 4) | (life.ended == nil ? 0 : 8)
    switch life.given {
    case nil: break
    case .forever: flags |= 1
    case .limited: flags |= 2
    }
    writer.byte(flags)
    if case .limited(let time) = life.given { writer.signed(time) }
    writer.signed(life.begun)
    writer.varint(UInt64(life.draw))
    writer.signed(life.used)
    if let expired = life.expired { writer.signed(expired) }
    if let ended = life.ended { writer.signed(ended) }
  }

  private static func decodeLife(_ reader: inout ByteReader) throws(Damage) -> LifeRecord {
    var life = LifeRecord()
    let flags = try reader.byte()
    guard flags < 16, flags & 3 != 3 else { throw Damage("an entry's time has the unknown flags \(flags)") }
    if flags & 1 != 0 { life.given = .forever }
    if flags & 2 != 0 { life.given = .limited(try reader.signed()) }
    life.begun = try reader.signed()
    guard let draw = UInt16(exactly: try reader.varint()) else { throw Damage("an entry's draw has over 16 bits") }
    life.draw = draw
    life.used = try reader.signed()
    if flags & 4 != 0 { life.expired = try reader.signed() }
    if flags & 8 != 0 { life.ended = try reader.signed() }
    return life
  }

  private static func encode(_ cause: CauseRecord, to writer: inout ByteWriter) {
    writer.text(cause.cause)
    writer.blob(encode(cause.via))
    writer.signed(Int64(cause.depth))
    writer.signed(cause.time)
    writer.byte((cause.from == nil ? 0 : 1) | (cause.to == nil ? 0 : 2))
    if let from = cause.from { encode(from, to: &writer) }
    if let to = cause.to { encode(to, to: &writer) }
  }

  private static func decodeCause(_ reader: inout ByteReader) throws(Damage) -> CauseRecord {
    let cause = try reader.text()
    let via = try decodeName(try reader.blob())
    let depth = Int(try reader.signed())
    let time = try reader.signed()
    let sides = try reader.byte()
    let from = sides & 1 != 0 ? try decodeFingerprint(&reader) : nil
    let to = sides & 2 != 0 ? try decodeFingerprint(&reader) : nil
    return CauseRecord(cause: cause, via: via, depth: depth, from: from, to: to, time: time)
  }

  private static func code(of strategy: Strategy) -> UInt8 {
    switch strategy {
    case .ttl: 1
    case .event: 2
    case .manual: 3
    case .predictive: 4
    case .hybrid: 5
    }
  }

  private static func strategy(_ code: UInt8) throws(Damage) -> Strategy {
    switch code {
    case 1: .ttl
    case 2: .event
    case 3: .manual
    case 4: .predictive
    case 5: .hybrid
    default: throw Damage("a strategy has the unknown code \(code)")
    }
  }

  private static func code(of state: State) -> UInt8 {
    switch state {
    case .fresh: 1
    case .suspect: 2
    case .stale: 3
    case .expired: 4
    case .missing: 5
    }
  }

  private static func state(_ code: UInt8) throws(Damage) -> State {
    switch code {
    case 1: .fresh
    case 2: .suspect
    case 3: .stale
    case 4: .expired
    case 5: .missing
    default: throw Damage("a state has the unknown code \(code)")
    }
  }
}
