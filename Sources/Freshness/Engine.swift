/// The freshness engine: which entries are proven to match what they were made from.
///
/// It is a value: every input is a mutating method that changes the state and returns what to do. It does no I/O and has
/// no clock, thread or randomness; whoever owns it serialises the calls. `shared/spec/freshness.py` is the protocol,
/// README.md tells how the files are cut.
public struct Engine: Sendable {
  /// The last moment that was given out.
  public private(set) var lsn: LSN
  /// No unknown id was invalidated, and no known one forgotten, after this. Which it was is remembered as long as the
  /// leases that it concerns (`Endings`).
  public internal(set) var forgottenAt: LSN
  /// The wall clock, set by the shell before an input: for `since` and causes only.
  public var now: WallClock = 0
  /// Nanoseconds on a clock that is never set back, not by a restart either; set by the shell before an input. Times to live
  /// run by it.
  public var clock: Int64 = 0
  /// By how much a file's ctime may lag behind the order of events, in nanoseconds.
  public var granularity: WallClock = 4_000_000
  /// How long what is known of an entry that ended for good is kept, so that `why` can be asked: an hour.
  public var epitaph: Int64 = 3_600_000_000_000
  /// How long leases are good.
  public var leaseLimits = LeaseLimits()
  /// The run of the agent: leases of others do not hold.
  public let boot: UInt64

  let context: NamingContext
  var graph: Graph
  var memory: TouchMemory
  var leases = Leases()
  var endedTags = Endings<EndedTag>()
  var forgotten: Endings<ResourceID>
  /// Leaves that are not clean.
  var dirty: Set<NodeID> = []
  /// Leaves that nothing needs any more and that wait for their last look.
  var lingering: Set<NodeID> = []
  var tracking = Tracking()
  var held = Holds()
  var news = News()
  /// Nodes whose record is not what `takeRecords` last said.
  var changedRecords: Set<NodeID> = []
  var removedRecords: [NodeID] = []
  var declaredNames: Set<NodeID> = []
  /// What holds for entries; of some the manifest says more.
  public internal(set) var policies = Policies()
  /// Entries were brought up to date with it: what was stored may be of other times.
  var knowsPolicies = false
  /// The manifest was declared in this run: until then nobody knows which declared entries have policies of their own.
  var knowsDeclarations = false
  var declaredPolicies: [NodeID: EntryPolicy] = [:]
  /// When something happens to entries by itself.
  var due = DueQueue<NodeID>()

  #if DEBUG
    /// A safeguard that is switched off, to show that the simulation misses it.
    package var without: Safeguard?
  #endif

  /// Begins, or begins again with what was stored. Nothing is proven then: each leaf waits to be watched and looked at,
  /// and leases of former runs are dead.
  public init(
    boot: UInt64, lsn: LSN = .zero, forgottenAt: LSN = .zero, restoring records: [NodeRecord] = [],
    context: NamingContext, clock: Int64 = 0
  ) {
    self.boot = boot
    self.lsn = lsn
    self.forgottenAt = forgottenAt
    self.context = context
    self.clock = clock
    graph = Graph(workspace: context.workspace)
    memory = TouchMemory(watermark: lsn)
    forgotten = Endings<ResourceID>(watermark: forgottenAt)
    restore(records)
  }

  #if DEBUG
    /// The same without one of the safeguards.
    package init(
      boot: UInt64, lsn: LSN, forgottenAt: LSN, restoring records: [NodeRecord], context: NamingContext,
      clock: Int64 = 0, without: Safeguard?
    ) {
      self.init(boot: boot, lsn: lsn, forgottenAt: forgottenAt, context: context, clock: clock)
      self.without = without
      restore(records)
    }
  #endif

  /// Takes the next moment: before a barrier, for a lease, at the begin of a look, when a call arrives.
  public mutating func stamp() -> LSN {
    lsn = LSN(rawValue: lsn.rawValue + 1)
    return lsn
  }

  /// Whether a safeguard is in force: always, but in mutation tests.
  @inline(__always)
  func on(_ safeguard: Safeguard) -> Bool {
    #if DEBUG
      return without != safeguard
    #else
      return true
    #endif
  }
}
