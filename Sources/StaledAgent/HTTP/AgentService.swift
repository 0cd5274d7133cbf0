package import Freshness
package import StaledAPI

/// What the HTTP server asks of the agent: one function a route. Errors are those that the client sees.
package protocol AgentService: Sendable {
  /// Whether the agent watches, so that states mean something.
  func isWatching() async -> Bool
  func status() async -> Status
  /// Returns once every change made before the call is taken in.
  func sync() async throws(Problem) -> SyncReply
  func lease() async throws(Problem) -> LeaseReply
  func entries(_ query: EntryQuery) async throws(Problem) -> EntryPage
  /// nil if nobody knows it.
  func entry(_ name: EntryName, sync: Bool) async throws(Problem) -> Entry?
  func check(_ names: [EntryName]) async throws(Problem) -> CheckReply
  /// nil if nobody knows it.
  func why(_ name: EntryName, sync: Bool) async throws(Problem) -> WhyReply?
  func read(_ name: EntryName, sync: Bool, allowStale: Bool) async throws(Problem) -> CacheRead
  func write(_ name: EntryName, value: ValueStream, _ write: CacheWrite) async throws(Problem) -> MadeReply
  func mark(_ name: EntryName, _ request: MarkRequest) async throws(Problem) -> MadeReply
  /// nil if nobody knows it.
  func amend(_ name: EntryName, _ request: AmendRequest) async throws(Problem) -> AmendReply?
  /// Whether it was there.
  func delete(_ name: EntryName) async throws(Problem) -> Bool
  func invalidate(_ request: InvalidateRequest) async throws(Problem) -> InvalidateReply
  func trigger(_ event: String, _ parameters: EventParameters) async throws(Problem) -> EventReply
  func dependents(of id: String, transitive: Bool) async throws(Problem) -> Neighbours
  func dependencies(of id: String, transitive: Bool) async throws(Problem) -> Neighbours
  /// The whole graph, or what lies within `depth` edges of `id`.
  func graph(around id: String?, depth: Int?) async throws(Problem) -> GraphReply
  /// Looks at what fresh entries rest on, as if no event had ever come: progress, and at last what was found wrong.
  func verify(_ request: VerifyRequest) async throws(Problem) -> ReplyStream<VerifyReply>
  func stats() async -> Stats
  /// Makes entries that are not fresh by their commands: progress, and at last what could not be made.
  func warm(_ request: WarmRequest) async throws(Problem) -> ReplyStream<WarmReply>
  /// What could be better, by the agent's own figures.
  func advice() async -> AdviceReply
  /// In the text format of Prometheus.
  func metrics() async -> String
  /// Whether the caller is to make an entry: see `TurnReply`.
  func turn(_ name: EntryName, needsValue: Bool) async throws(Problem) -> ReplyStream<TurnReply>
  /// The manifest's schedules, and when each is due next.
  func listSchedules() async -> SchedulesReply
  /// The number of the last record of the log.
  func lastSeq() async -> UInt64
  /// The log after `since`; with `follow` it goes on until the reader leaves.
  func log(since: UInt64?, wanted: LogFilter, follow: Bool) async throws(Problem) -> LogStream
}

/// The filters of `GET /v1/entries`.
package struct EntryQuery: Hashable, Sendable {
  /// The largest page, and the one that is given without `limit`.
  package static let maxLimit = 10_000
  package static let defaultLimit = 1_000

  package var namespace: String?
  package var tag: String?
  package var state: String?
  /// Of the key.
  package var prefix: String?
  package var limit = defaultLimit
  /// The `next` of the page before.
  package var cursor: String?

  package init() {}
}

/// What `GET /v1/cache/{ns}/{key}` found.
package enum CacheRead: Sendable {
  case hit(ValueBody, state: String, digest: String)
  /// Not fresh, but asked for with `stale=allow`.
  case stale(ValueBody, state: String, digest: String)
  /// `kept`: there is a value that only `stale=allow` gives. `lease` is good for making the entry.
  case miss(state: String, kept: Bool, lease: String)
}

/// What goes with the value of a `PUT`.
package struct CacheWrite: Hashable, Sendable {
  /// Ids, each perhaps followed by `@DIGEST`.
  package var dependencies: [String]
  /// `file:` ids that the value's maker wrote beside it.
  package var outputs: [String]
  package var tags: [String]
  /// As it was written: `90s`, `never`, a number of seconds.
  package var ttl: String?
  /// Tags and the time to live stay as calls gave them where this call gives none.
  package var keep: Bool
  package var lease: String?

  package init(
    dependencies: [String] = [], outputs: [String] = [], tags: [String] = [], ttl: String? = nil, keep: Bool = false,
    lease: String? = nil
  ) {
    self.dependencies = dependencies
    self.outputs = outputs
    self.tags = tags
    self.ttl = ttl
    self.keep = keep
    self.lease = lease
  }
}

/// A record of the log as it stands in the file.
package struct LogLine: Hashable, Sendable {
  package let seq: UInt64
  /// Without the newline.
  package let bytes: [UInt8]

  package init(seq: UInt64, bytes: [UInt8]) {
    self.seq = seq
    self.bytes = bytes
  }
}

/// What a reader of the log gets at a time: it is sent as one write.
package enum LogChunk: Hashable, Sendable {
  case lines([LogLine])
  /// The position asked for is not kept or not reached: the reader starts anew with what follows.
  case reset
}

/// A reply that is made while it is sent. It ends when there is no more, or when the task that reads it is cancelled.
package struct ReplyStream<Element: Sendable>: AsyncSequence, Sendable {
  package typealias Failure = Never

  private let base: any AsyncSequence<Element, Never> & Sendable

  /// Wraps any sequence, an `AsyncStream` say.
  package init(_ base: any AsyncSequence<Element, Never> & Sendable) { self.base = base }

  package struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate var base: any AsyncIteratorProtocol<Element, Never>

    package mutating func next(isolation actor: isolated (any Actor)? = #isolation) async -> Element? {
      await base.next(isolation: actor)
    }
  }

  package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator()) }
}

/// The log from a position on.
package typealias LogStream = ReplyStream<LogChunk>
