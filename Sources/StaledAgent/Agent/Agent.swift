internal import Freshness
internal import Glibc
internal import Logging
internal import Manifest
internal import Paths
internal import StaledAPI
internal import Store
internal import Watching

/// The one owner of the engine: feeds it what the watcher, clients and clocks say, and carries out what follows.
///
/// The path of the data: the watcher's events mark entries `suspect` at once (`take`), wait in the `debouncer`, are
/// looked at when they have settled (`confirm`), go over the `bus` to `invalidateDependents`, and end in the store, the log and
/// the subscribers (`record`).
actor Agent {
  let settings: AgentSettings
  let logger: Logger
  let context: NamingContext
  let started = SystemTime.wall()
  /// The same on the steady clock.
  let begun = SystemTime.steady()
  let store: Store
  let committer: Committer
  let bus: EventBus
  let looker: Looker
  let storeNews: StoreNews
  let inbox = EventInbox()

  var engine: Engine
  var recorder: Recorder
  var watcher: Watcher?
  /// Takes in the watcher's batches, in order.
  var taking: Task<Void, Never>?
  /// Writes again what could not be written.
  var retrying: Task<Void, Never>?
  /// Finds what changed while no agent was there.
  var proving: Task<Void, Never>?
  /// What the store met when it was opened; told with the start.
  var recovered: [StoreProblem]
  var debouncer: Debouncer<ContinuousClock.Instant>
  /// Ends the settle time; there is one while a batch is open.
  var settling: Task<Void, Never>?
  /// What `settling` sleeps in; ended early, it asks again when the batch is due.
  var nap: Task<Void, Never>?
  /// Paths that the kernel reported written since they were last read: `stat` does not spare reading those.
  var written: Set<Path> = []
  var manifest: LoadedManifest
  /// What the rules' patterns matched when they were last expanded.
  var expanded: [String: [Path]]?
  var state = RunState.starting
  var problems = Problems()
  /// The barrier that is under way, and the one that whoever comes now shares; likewise of `sync`.
  var barriers = Flights<LSN?>()
  var syncs = Flights<Bool>()
  /// Who waits for which cookie.
  var cookies: [UInt64: CheckedContinuation<Void, Never>] = [:]
  var nextCookie: UInt64 = 0
  /// The look at what is proven that is under way without having been asked for, and what it may cost.
  var verifying: Task<[VerifyReply.Violation], Never>?
  var share = VerificationShare()
  var statistics: Statistics
  /// When the hot keys were written down last, on the engine's clock.
  var hotKeysKept: Int64 = 0
  /// Wall clock less steady clock: if it moves, the wall clock was set, and ctimes prove nothing about leases.
  var clockOffset = SystemTime.wall() - SystemTime.steady()
  /// Leases from before the wall clock was set prove nothing by ctimes.
  var clockSetAt = LSN.zero
  let engineClock: EngineClock
  /// The values that are held in memory.
  var memory = MemoryLevel(total: Agent.standardMemory)
  /// Frees what the store holds and nothing names.
  var sweeping: Task<Void, Never>?
  /// How many values were replaced or went since memory was given back last.
  var droppedValues = 0
  /// What the agent keeps for itself.
  var notes: Notes
  /// Rings when something is due by itself, and what it is set to.
  var alarm: Alarm?
  var alarmed: (wall: WallClock?, steady: Int64?) = (nil, nil)
  /// Who makes an entry that many want.
  var turns = Turns()
  var turnReplies: [Turns.Ticket: AsyncStream<TurnReply>.Continuation] = [:]
  /// What the manifest says of the entries that it declares, if it says more than of their namespace.
  var declaredOptions: [EntryName: EntryOptions] = [:]
  /// What holds in the namespaces that the manifest names.
  var namespaceOptions: [String: EntryOptions] = [:]
  /// Entries that are made at start.
  var warmNames: Set<EntryName> = []
  var refreshing = Refreshing()
  /// So many commands run at a time.
  let commands = CommandPool(width: Agent.commandsAtATime)
  var hookQueue = HookQueue()
  var hookTasks: [HookQueue.Key: Task<Void, Never>] = [:]
  static let commandsAtATime = max(2, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  /// The manifest's schedules, by their keys, and when each ran last.
  var schedules: [String: Schedule] = [:]
  var scheduleBook: ScheduleBook
  var isRunningSchedules = false

  /// How far along the agent is.
  enum RunState: String, Sendable {
    case starting, watching, stopping
  }

  init(
    settings: AgentSettings, manifest: LoadedManifest, store: Store, recovered: Recovered, context: NamingContext,
    logger: Logger
  ) {
    self.settings = settings
    self.manifest = manifest
    self.store = store
    self.context = context
    self.logger = logger
    bus = EventBus()
    let news = StoreNews()
    storeNews = news
    committer = Committer(store: store, noticed: { news.add($0) })
    notes = Notes(recovered.kept)
    scheduleBook = ScheduleBook(stored: notes[Self.scheduleNote])
    statistics = Statistics(stored: notes[Self.hotKeyNote])
    self.recovered = recovered.problems
    looker = Looker(workspace: settings.workspace)
    engineClock = EngineClock(
      from: recovered.meta.clock, isSameRun: recovered.isSameRun, wall: SystemTime.wall(), steady: SystemTime.steady())
    var engine = Engine(
      boot: settings.boot, lsn: recovered.meta.lsn, forgottenAt: recovered.meta.forgottenAt,
      restoring: recovered.nodes, context: context, clock: engineClock.time(at: SystemTime.steady()))
    engine.granularity = SystemTime.granularity()
    engine.now = SystemTime.wall()
    self.engine = engine
    recorder = Recorder(seq: recovered.meta.seq, batch: recovered.meta.batch)
    debouncer = Debouncer(
      settle: manifest.settle, maxDelay: manifest.maxDelay)
  }

  /// What the engine's clock shows.
  var clockNow: Int64 { engineClock.time(at: SystemTime.steady()) }

  /// The clocks, passed to the engine before each input; what is due is ended. Notices when the wall clock was set.
  func tick() -> WallClock {
    let now = SystemTime.wall()
    let steady = SystemTime.steady()
    let offset = now - steady
    if abs(offset - clockOffset) > SystemTime.granularity() {
      clockOffset = offset
      clockSetAt = engine.stamp()
    }
    engine.now = now
    engine.clock = engineClock.time(at: steady)
    // Until the manifest is declared nobody knows how long what was restored is to live, and its values are to be kept.
    if state != .starting { engine.expire() }
    return now
  }
}

/// What the agent is started with.
struct AgentSettings: Sendable {
  /// The workspace root: an absolute, real path.
  var workspace: Path
  /// Where the state is kept, absolute.
  var stateDirectory: Path
  /// Names this run: leases of another are refused. Never the same twice.
  var boot: UInt64
  /// The agent's environment.
  var environment: [String: String] = [:]
  /// How file systems are asked that may not answer.
  var remote = RemoteCalls()
}
