internal import Freshness
internal import HTTPTypes
internal import StaledAPI

/// Calls that make entries stale.
struct InvalidationRoutes: Sendable {
  let service: any AgentService

  var routes: [Route] {
    [
      Route(.post, .exact("/v1/invalidate"), body: .json, handler: invalidate),
      Route(.post, .named("/v1/events/"), body: .json, handler: trigger),
    ]
  }

  @Sendable private func trigger(_ exchange: Exchange) async throws(Problem) -> Reply {
    var parameters = EventParameters()
    if !exchange.body.isEmpty {
      do { parameters = try EventParameters(strictlyDecoding: exchange.body) } catch {
        switch error {
        case .malformed: throw .malformed(error.description)
        case .meaningless: throw .meaningless(error.description)
        }
      }
    }
    return .json(try await service.trigger(exchange.word, parameters))
  }

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
    if request.within != nil, request.tags == nil {
      throw .meaningless(
        "\"within\" narrows \"tags\", and there are none: a namespace itself is named by \"namespaces\"")
    }
    return .json(try await service.invalidate(request))
  }
}
