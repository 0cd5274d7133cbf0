/// How long leases are good, and with them what is remembered for their sake.
public struct LeaseLimits: Hashable, Sendable {
  /// In nanoseconds of the wall clock as the shell hands it in: a day. A clock that is set by more than this ends all.
  public var age: WallClock = 86_400_000_000_000
  /// How many are good at once: the newest.
  public var count = 65_536
  /// How many touched paths are remembered, so that a lease vouches for what nothing depended on yet. Beyond, all paths
  /// count as touched.
  public var touches = 65_536

  public init() {}
}

/// The leases that are good: the newest, each with the time it was given at. One moment stands for all that are not.
struct Leases: Sendable {
  private struct Given: Sendable {
    let lsn: LSN
    let time: WallClock
  }

  private var given: [Given] = []
  /// Where in `given` those that are good begin.
  private var start = 0
  /// Leases from up to here are not good any more.
  private(set) var horizon = LSN.zero

  var isEmpty: Bool { start == given.count }
  /// The oldest that is good.
  var oldest: LSN? { isEmpty ? nil : given[start].lsn }

  mutating func give(_ lsn: LSN, at time: WallClock, within limits: LeaseLimits) {
    given.append(Given(lsn: lsn, time: time))
    expire(at: time, within: limits)
  }

  /// Lets go of what is beyond the limits. True if none is left that was good before.
  @discardableResult
  mutating func expire(at now: WallClock, within limits: LeaseLimits) -> Bool {
    if isEmpty { return false }
    while let first = oldest,
      given.count - start > max(1, limits.count) || (now &- given[start].time).magnitude >= limits.age.magnitude
    {
      horizon = first
      start += 1
    }
    if start > 64, start * 2 > given.count {
      given.removeFirst(start)
      start = 0
    }
    return isEmpty
  }
}

/// A tag that a call ended, everywhere or in one namespace.
struct EndedTag: Hashable, Sendable {
  var namespace: String?
  var tag: String
}

/// When what nobody knows was ended by call, for the leases that are good: a lease ends by what happens to its own entry,
/// dependencies and tags, not to others.
///
/// It is bounded: what no longer fits raises the watermark, which stands for every name.
struct Endings<Name: Hashable & Sendable>: Sendable {
  private static var limit: Int { 4096 }
  private var last: [Name: LSN] = [:]
  private var watermark: LSN

  init(watermark: LSN = .zero) { self.watermark = watermark }

  mutating func note(_ name: Name, at lsn: LSN, since oldest: LSN) {
    if lsn <= watermark { return }
    last[name] = max(lsn, last[name] ?? .zero)
    guard last.count > Self.limit else { return }
    let old = last.values.filter { $0 <= oldest }.max()
    last = last.filter { $0.value > oldest }
    watermark = max(watermark, old ?? watermark)
    if last.count > Self.limit / 2 { all(at: last.values.max() ?? lsn) }
  }

  /// Every name that nobody knows counts as ended at `lsn`.
  mutating func all(at lsn: LSN) {
    watermark = max(watermark, lsn)
    last = last.filter { [watermark] in $0.value > watermark }
  }

  func lastEnd(of name: Name) -> LSN { max(watermark, last[name] ?? .zero) }
}

extension Engine {
  /// Gives a lease: to be asked for before the inputs are read. It is good until it is older than `leaseLimits`.
  ///
  /// `now` must be set before. Only leases given here are kept account of: touches of paths that nothing depends on are
  /// remembered for them, and for nobody else.
  public mutating func lease() -> Lease {
    let lsn = stamp()
    leases.give(lsn, at: now, within: leaseLimits)
    return Lease(boot: boot, lsn: lsn, time: now)
  }

  /// Lets go of leases that are too old and of what was remembered for them.
  mutating func expireLeases() {
    if leases.expire(at: now, within: leaseLimits) {
      memory.forgetAll(at: lsn)
      endedTags = Endings()
      forgotten.all(at: forgottenAt)
    }
    letGoHolds { [now, leaseLimits] in (now &- $0.since).magnitude >= leaseLimits.age.magnitude }
  }

  /// A tag was ended: entries that are being made are to bear it, and nobody knows that yet.
  mutating func rememberEnd(of tag: String, within namespaces: [String]?, at moment: LSN) {
    guard let oldest = leases.oldest else { return }
    for namespace in namespaces.map({ $0.map(Optional.some) }) ?? [nil] {
      endedTags.note(EndedTag(namespace: namespace, tag: tag), at: moment, since: oldest)
    }
  }

  /// When a tag was last ended for an entry of a namespace.
  func lastEnd(of tag: String, in namespace: String) -> LSN {
    max(
      endedTags.lastEnd(of: EndedTag(namespace: nil, tag: tag)),
      endedTags.lastEnd(of: EndedTag(namespace: namespace, tag: tag)))
  }

  /// What was touched is remembered for the leases that are good.
  mutating func remember(_ touch: Touch, at moment: LSN) {
    guard let oldest = leases.oldest else { return memory.forgetAll(at: moment) }
    memory.note(touch, at: moment, since: oldest, limit: leaseLimits.touches)
  }
}
