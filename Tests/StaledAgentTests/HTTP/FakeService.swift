import Freshness
import StaledAgent
import StaledAPI
import Synchronization

/// An agent that writes down what it is asked and answers what it is told to.
final class FakeService: AgentService {
  struct Answers: Sendable {
    var watching = true
    var problem: Problem?
    var entry: Entry? = Entry(
      namespace: "build", key: "app", state: "fresh", since: nil, cause: nil, dependencies: nil, outputs: nil, tags: [],
      digest: nil, size: nil, hits: 0, declared: true)
    var read = CacheRead.miss(state: "missing", kept: false, lease: "L1")
    var created = true
    var deleted = true
    var graph = GraphReply(nodes: [], edges: [])
    var verification = [
      VerifyReply(verified: 1, of: 2, entries: 1, notFresh: nil, violations: nil),
      VerifyReply(verified: 2, of: 2, entries: 1, notFresh: nil, violations: []),
    ]
    var log = LogStream(AsyncStream { $0.finish() })
  }

  private let answers: Mutex<Answers>
  private let asked = Mutex<[String]>([])

  init(_ change: (inout Answers) -> Void = { _ in }) {
    var answers = Answers()
    change(&answers)
    self.answers = Mutex(answers)
  }

  var calls: [String] { asked.withLock { $0 } }

  func forget() { asked.withLock { $0 = [] } }

  func set(_ change: (inout Answers) -> Void) { answers.withLock { change(&$0) } }

  private func answer<Value: Sendable>(_ call: String, _ value: (Answers) -> Value) throws(Problem) -> Value {
    asked.withLock { $0.append(call) }
    let now = answers.withLock { $0 }
    if let problem = now.problem { throw problem }
    return value(now)
  }

  func isWatching() async -> Bool { answers.withLock { $0.watching } }

  func status() async -> Status {
    Status(
      state: "watching", clock: "c1", workspace: "/w", pid: 7, version: "1", started: "t", manifest: .init(ok: true),
      watches: 3, entries: ["fresh": 1], resources: 2, degraded: [])
  }

  func sync() async throws(Problem) -> SyncReply { try answer("sync") { _ in SyncReply(clock: "c2") } }

  func lease() async throws(Problem) -> LeaseReply { try answer("lease") { _ in LeaseReply(lease: "L1", clock: "c2") } }

  func entries(_ query: EntryQuery) async throws(Problem) -> EntryPage {
    let parts = [query.namespace, query.tag, query.state, query.prefix, query.cursor].map { $0 ?? "-" }
    return try answer("entries \(parts.joined(separator: " ")) \(query.limit)") { answers in
      EntryPage(entries: answers.entry.map { [$0] } ?? [], next: nil)
    }
  }

  func entry(_ name: EntryName, sync: Bool) async throws(Problem) -> Entry? {
    try answer("entry \(name.namespace)|\(name.key) sync=\(sync)") { $0.entry }
  }

  func check(_ names: [EntryName]) async throws(Problem) -> CheckReply {
    try answer("check \(names)") { _ in CheckReply(entries: []) }
  }

  func why(_ name: EntryName, sync: Bool) async throws(Problem) -> WhyReply? {
    try answer("why \(name.namespace)|\(name.key) sync=\(sync)") { answers in
      answers.entry.map {
        WhyReply(namespace: $0.namespace, key: $0.key, state: $0.state, since: nil, cause: nil, chain: [])
      }
    }
  }

  func amend(_ name: EntryName, _ request: AmendRequest) async throws(Problem) -> AmendReply? {
    let lists = [request.addTags, request.removeTags, request.addDependencies, request.removeDependencies]
    let parts = lists.map { $0.map { "\($0)" } ?? "-" } + [request.ttl?.text ?? "-"]
    return try answer("amend \(name.namespace)|\(name.key) \(parts.joined(separator: " "))") { answers in
      answers.entry.map { AmendReply(entry: $0, unknown: ["entry:build/x"]) }
    }
  }

  func read(_ name: EntryName, sync: Bool, allowStale: Bool) async throws(Problem) -> CacheRead {
    try answer("read \(name.namespace)|\(name.key) sync=\(sync) stale=\(allowStale)") { $0.read }
  }

  func write(_ name: EntryName, value: ValueStream, _ write: CacheWrite) async throws(Problem) -> MadeReply {
    let taken = Mutex<[UInt8]>([])
    try await value.read { piece in taken.withLock { $0 += piece } }
    let value = taken.withLock { $0 }
    let parts = "\(write.dependencies) \(write.tags) \(write.ttl ?? "-") \(write.lease ?? "-")"
    let size = value.count > 32 ? "\(value.count) bytes" : String(decoding: value, as: UTF8.self)
    return try answer("write \(name.namespace)|\(name.key) \(size) \(parts)") { made(name, $0) }
  }

  func mark(_ name: EntryName, _ request: MarkRequest) async throws(Problem) -> MadeReply {
    let lists = [request.dependencies, request.outputs, request.tags].map { $0.map { "\($0)" } ?? "-" }
    let parts = (lists + [request.lease ?? "-", request.digest ?? "-"]).joined(separator: " ")
    return try answer("mark \(name.namespace)|\(name.key) \(parts)") { made(name, $0) }
  }

  private func made(_ name: EntryName, _ answers: Answers) -> MadeReply {
    MadeReply(
      namespace: name.namespace, key: name.key, state: "fresh", digest: "sha256:00", created: answers.created,
      unknown: [])
  }

  func delete(_ name: EntryName) async throws(Problem) -> Bool {
    try answer("delete \(name.namespace)|\(name.key)") { $0.deleted }
  }

  func invalidate(_ request: InvalidateRequest) async throws(Problem) -> InvalidateReply {
    try answer("invalidate \(request.keys ?? []) \(request.tags ?? []) all=\(request.all ?? false)") { _ in
      InvalidateReply(seq: 9, invalidated: 1, matched: 2, entries: [], truncated: false)
    }
  }

  func dependents(of id: String, transitive: Bool) async throws(Problem) -> Neighbours {
    try answer("dependents \(id) \(transitive)") { _ in Neighbours(id: id, entries: []) }
  }

  func dependencies(of id: String, transitive: Bool) async throws(Problem) -> Neighbours {
    try answer("dependencies \(id) \(transitive)") { _ in Neighbours(id: id, entries: []) }
  }

  func graph(around id: String?, depth: Int?) async throws(Problem) -> GraphReply {
    try answer("graph \(id ?? "-") \(depth.map { "\($0)" } ?? "-")") { $0.graph }
  }

  func verify(_ request: VerifyRequest) async throws(Problem) -> ReplyStream<VerifyReply> {
    let names = request.entries.map { "\($0)" } ?? "all"
    return try answer("verify \(names) \(request.sample.map { "\($0)" } ?? "-")") { answers in
      ReplyStream(
        AsyncStream { stream in
          for reply in answers.verification { stream.yield(reply) }
          stream.finish()
        })
    }
  }

  func stats() async -> Stats {
    var stats = Stats()
    (stats.uptime, stats.hits, stats.misses, stats.hitRate) = (1.5, 1, 3, 0.25)
    return stats
  }

  func turn(_ name: EntryName, needsValue: Bool) async throws(Problem) -> ReplyStream<TurnReply> {
    try answer("turn \(name.namespace)|\(name.key) value=\(needsValue)") { _ in
      ReplyStream(
        AsyncStream { stream in
          stream.yield(TurnReply(turn: .yours, state: "missing", lease: "L1"))
          stream.finish()
        })
    }
  }

  func lastSeq() async -> UInt64 { 41 }

  func advice() async -> AdviceReply { AdviceReply(advice: []) }

  func metrics() async -> String { "staled_up 1\n" }

  func warm(_ request: WarmRequest) async throws(Problem) -> ReplyStream<WarmReply> {
    let parts = "\(request.namespaces ?? []) \(request.tags ?? []) \(request.hot.map { "\($0)" } ?? "-")"
    return try answer("warm \(parts)") { _ in
      ReplyStream(
        AsyncStream { stream in
          stream.yield(WarmReply(done: 1, of: 2))
          stream.yield(WarmReply(done: 2, of: 2, failed: []))
          stream.finish()
        })
    }
  }

  func listSchedules() async -> SchedulesReply { SchedulesReply(schedules: []) }

  func trigger(_ event: String, _ parameters: EventParameters) async throws(Problem) -> EventReply {
    let given = parameters.values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    return try answer("event \(event) [\(given)]") { _ in
      EventReply(
        InvalidateReply(seq: 9, invalidated: 1, matched: 1, entries: [], truncated: false), handlers: 1, subscribers: 0)
    }
  }

  func log(since: UInt64?, wanted: LogFilter, follow: Bool) async throws(Problem) -> LogStream {
    let words = (wanted.types.map(\.rawValue).sorted() + wanted.names.sorted()).joined(separator: ",")
    return try answer("log \(since.map { "\($0)" } ?? "-") [\(words)] follow=\(follow)") { $0.log }
  }
}
