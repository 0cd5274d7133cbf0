public import Paths

/// A moment in the engine's own order of inputs (the specification's log sequence number). Not a time, and not the
/// `seq` of a log record.
public struct LSN: RawRepresentable, Hashable, Comparable, Sendable {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// Before every input.
  public static let zero = LSN(rawValue: 0)
  public static func < (left: LSN, right: LSN) -> Bool { left.rawValue < right.rawValue }
}

/// Wall-clock time in nanoseconds since 1970, as the shell read it. It orders nothing: it is compared with a file's
/// ctime, and shown.
public typealias WallClock = Int64

/// How an entry stands (INTERFACES, "States").
public enum State: String, Hashable, Sendable, CaseIterable, Comparable {
  case fresh, suspect, stale, expired, missing

  /// `fresh` is the best: a change to a greater state makes an entry worse.
  public static func < (left: State, right: State) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .fresh: 0
    case .suspect: 1
    case .stale: 2
    case .expired: 3
    case .missing: 4
    }
  }
}

/// Taken before reading inputs; a result made from them is accepted only if nothing it rests on moved since.
public struct Lease: Hashable, Sendable {
  /// The run of the agent that gave it: leases die with it.
  public let boot: UInt64
  /// When it was given, in the engine's order.
  public let lsn: LSN
  /// When it was given, for comparison with ctimes of files that nobody watched then.
  public let time: WallClock

  public init(boot: UInt64, lsn: LSN, time: WallClock) {
    self.boot = boot
    self.lsn = lsn
    self.time = time
  }
}

/// What `stat` says of a file: unchanged, it can spare a hash (git's racy-timestamp rule applies).
public struct StatFingerprint: Hashable, Sendable {
  public var device: UInt64
  public var inode: UInt64
  public var size: Int64
  /// Nanoseconds.
  public var modified: Int64
  /// Nanoseconds.
  public var changed: Int64

  public init(device: UInt64, inode: UInt64, size: Int64, modified: Int64, changed: Int64) {
    self.device = device
    self.inode = inode
    self.size = size
    self.modified = modified
    self.changed = changed
  }
}

/// What a look at a leaf (a file, a directory, the matches of a glob) showed.
public struct Observation: Hashable, Sendable {
  /// What it holds. For a glob it is not used: the members are.
  public var fingerprint: Fingerprint
  /// Of the file that was read; nil where there is none or the listing of several directories was read.
  public var stat: StatFingerprint?
  /// The newest ctime of the file and of every directory (and link) on the way to it: what was there before it was.
  public var newestOnPath: WallClock
  /// When the look began.
  public var time: WallClock
  /// A glob's matches, sorted; nil for every other leaf.
  public var members: [Path]?
  /// How many names were read to list a directory or find a glob's matches.
  public var names: Int

  public init(
    fingerprint: Fingerprint, stat: StatFingerprint? = nil, newestOnPath: WallClock, time: WallClock,
    members: [Path]? = nil, names: Int = 0
  ) {
    self.fingerprint = fingerprint
    self.stat = stat
    self.newestOnPath = newestOnPath
    self.time = time
    self.members = members
    self.names = names
  }
}
