internal import Freshness
internal import HTTPTypes
internal import StaledAPI

/// Calls that make entries stale.
struct InvalidationRoutes: Sendable {
  let service: any AgentService

  var routes: [Route] { [Route(.post, .exact("/v1/invalidate"), body: .json, handler: invalidate)] }

  @Sendable private func invalidate(_ exchange: Exchange) async throws(Problem) -> Reply {
    let request = try exchange.decode(InvalidateRequest.self)
    for (index, text) in (request.keys ?? []).enumerated() {
      do { _ = try EntryName(text) } catch { throw .meaningless("keys[\(index)]: \(error)") }
    }
    let names = [request.keys, request.tags, request.namespaces, request.resources]
    if request.all != true, names.allSatisfy({ $0 == nil }) {
      throw .meaningless(
        "the body names nothing to invalidate: give \"keys\", \"tags\", \"namespaces\" or \"resources\", or \"all\":true"
      )
    }
    return .json(try await service.invalidate(request))
  }
}
