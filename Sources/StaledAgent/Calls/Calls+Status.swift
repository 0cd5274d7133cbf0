internal import Freshness
internal import Glibc
internal import Paths
internal import StaledAPI
internal import Store
internal import Watching

extension Agent: AgentService {
  /// The moment that states are final for, opaque to clients.
  var clock: String { "\(String(settings.boot, radix: 36)).\(engine.lsn.rawValue).\(recorder.seq)" }

  /// `GET /healthz`
  func isWatching() -> Bool { state == .watching }

  /// `GET /v1/status`
  func status() -> Status {
    let watching = watcher?.status
    let counts = engine.counts()
    return Status(
      state: state.rawValue, clock: clock, workspace: "\(settings.workspace)", pid: Int(getpid()),
      version: staledVersion,
      started: SystemTime.text(started),
      manifest: Status.Manifest(
        ok: manifest.problems.isEmpty, problems: manifest.problems.isEmpty ? nil : manifest.problems,
        lastGood: !manifest.unusable.isEmpty),
      watches: watching?.watches ?? 0,
      entries: Dictionary(uniqueKeysWithValues: counts.entries.map { ($0.key.rawValue, $0.value) }),
      resources: counts.resources,
      degraded: problems.degradations(
        watching: watching?.degraded ?? [], unreadable: engine.unreadable(), isTracked: { engine.isTracked($0) },
        exists: { exists(settings.workspace.resolving($0)) }))
  }

  func lastSeq() -> UInt64 { recorder.seq }

  /// `GET /v1/log`
  func log(since: UInt64?, wanted: LogFilter, follow: Bool) async throws(Problem) -> LogStream {
    LogStream(
      LogFollower(
        directory: settings.stateDirectory, since: since, last: recorder.seq, wanted: wanted, bus: follow ? bus : nil,
        looker: looker))
  }
}
