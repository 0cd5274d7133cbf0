internal import NIOHTTP1
public import StaledAPI

/// What concerns the agent as a whole.
extension StaledClient {
  /// Whether it is up, what it watches, how healthy it is.
  public func status() async throws -> Status {
    try await call(.GET, RequestTarget("status"), as: Status.self)
  }

  /// Returns once every file change made before the call is taken in; states are final for them then.
  public func sync() async throws -> SyncReply {
    try await call(.POST, RequestTarget("sync"), as: SyncReply.self)
  }

  /// A lease, to be taken before the inputs are read; good for any entry.
  public func lease() async throws -> LeaseReply {
    try await call(.POST, RequestTarget("leases"), as: LeaseReply.self)
  }

  /// Invalidates what `request` names, or says what it would.
  public func invalidate(_ request: InvalidateRequest) async throws -> InvalidateReply {
    try await call(.POST, RequestTarget("invalidate"), body: request, as: InvalidateReply.self)
  }

  /// Triggers an event that the manifest declares.
  public func trigger(_ event: String, parameters: [String: String] = [:]) async throws -> EventReply {
    try await call(.POST, RequestTarget("events", event), body: parameters, as: EventReply.self)
  }

  /// What is invalidated by itself, the next first.
  public func schedules() async throws -> SchedulesReply {
    try await call(.GET, RequestTarget("schedules"), as: SchedulesReply.self)
  }

  /// The entries that rest on `id`, breadth first; direct ones only unless `transitive`.
  public func dependents(of id: String, transitive: Bool) async throws -> Neighbours {
    let target = RequestTarget("dependents").adding("id", id).adding("transitive", transitive ? "true" : "false")
    return try await call(.GET, target, as: Neighbours.self)
  }

  /// The dependency graph, or the part of it around `id`, `depth` steps in both directions.
  public func graph(around id: String? = nil, depth: Int? = nil) async throws -> GraphReply {
    let target = RequestTarget("graph").adding("format", "json").adding("id", id)
      .adding("depth", depth.map(String.init))
    return try await call(.GET, target, as: GraphReply.self)
  }
}
