internal import HTTPTypes
internal import StaledAPI

/// How the agent is, and where it stands.
struct StatusRoutes: Sendable {
  let service: any AgentService

  var routes: [Route] {
    [
      Route(.get, .exact("/healthz"), handler: health),
      Route(.get, .exact("/v1/status"), handler: status),
      Route(.get, .exact("/v1/schedules"), handler: schedules),
      Route(.post, .exact("/v1/sync"), body: .json, handler: sync),
      Route(.post, .exact("/v1/leases"), body: .json, handler: lease),
    ]
  }

  @Sendable private func health(_: Exchange) async throws(Problem) -> Reply {
    if await service.isWatching() { return .text("watching\n") }
    throw Problem(
      "not-watching", title: "Not watching yet", status: 503,
      detail: "the agent is taking in the workspace; nothing is fresh before it has", retryAfter: 1)
  }

  @Sendable private func status(_: Exchange) async throws(Problem) -> Reply { .json(await service.status()) }

  @Sendable private func schedules(_: Exchange) async throws(Problem) -> Reply {
    .json(await service.listSchedules())
  }

  @Sendable private func sync(_ exchange: Exchange) async throws(Problem) -> Reply {
    try checkEmpty(exchange)
    return .json(try await service.sync())
  }

  @Sendable private func lease(_ exchange: Exchange) async throws(Problem) -> Reply {
    try checkEmpty(exchange)
    return .json(try await service.lease())
  }

  /// Neither takes a member yet: no body, or an empty object.
  private func checkEmpty(_ exchange: Exchange) throws(Problem) {
    if !exchange.body.isEmpty { _ = try exchange.decode(NoMembers.self) }
  }

  private struct NoMembers: RequestBody {
    static let members: [String] = []
  }
}
