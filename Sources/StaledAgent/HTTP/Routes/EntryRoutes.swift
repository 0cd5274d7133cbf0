internal import Freshness
internal import HTTPTypes
internal import StaledAPI

/// Entries and their states.
struct EntryRoutes: Sendable {
  private static let states = ["fresh", "suspect", "stale", "expired", "missing"]

  let service: any AgentService

  var routes: [Route] {
    [
      Route(
        .get, .exact("/v1/entries"),
        parameters: [.one("namespace"), .one("tag"), .one("state"), .one("prefix"), .one("limit"), .one("cursor")],
        handler: list),
      Route(.post, .action("/v1/entries/", "mark"), body: .json, handler: mark),
      Route(.get, .entry("/v1/entries/"), parameters: [.one("sync")], handler: show),
      Route(.patch, .entry("/v1/entries/"), body: .json, handler: amend),
      Route(.post, .exact("/v1/check"), body: .json, handler: check),
      Route(.post, .entry("/v1/turns/"), body: .json, parameters: [.one("value")], streams: true, handler: turn),
      Route(.get, .entry("/v1/why/"), parameters: [.one("sync")], handler: why),
    ]
  }

  @Sendable private func list(_ exchange: Exchange) async throws(Problem) -> Reply {
    var query = EntryQuery()
    query.namespace = exchange.query.one("namespace")
    query.tag = exchange.query.one("tag")
    query.state = try exchange.query.choice("state", of: Self.states)
    query.prefix = exchange.query.one("prefix")
    query.limit = try exchange.query.number("limit", in: 1...EntryQuery.maxLimit) ?? EntryQuery.defaultLimit
    query.cursor = exchange.query.one("cursor")
    return .json(try await service.entries(query))
  }

  @Sendable private func show(_ exchange: Exchange) async throws(Problem) -> Reply {
    let name = try exchange.name()
    let sync = try exchange.query.flag("sync", default: true)
    guard let entry = try await service.entry(name, sync: sync) else { throw .unknownEntry("\(name)") }
    return .json(entry)
  }

  @Sendable private func mark(_ exchange: Exchange) async throws(Problem) -> Reply {
    let name = try exchange.name()
    // An entry without dependencies is marked with no body at all.
    let request = exchange.body.isEmpty ? MarkRequest() : try exchange.decode(MarkRequest.self)
    let made = try await service.mark(name, request)
    return .json(made, status: made.created ? .created : .ok)
  }

  @Sendable private func amend(_ exchange: Exchange) async throws(Problem) -> Reply {
    let name = try exchange.name()
    guard let reply = try await service.amend(name, try exchange.decode(AmendRequest.self)) else {
      throw .unknownEntry("\(name)")
    }
    return .json(reply)
  }

  @Sendable private func check(_ exchange: Exchange) async throws(Problem) -> Reply {
    var names: [EntryName] = []
    for (index, text) in try exchange.decode(CheckRequest.self).entries.enumerated() {
      do { names.append(try EntryName(text)) } catch { throw .meaningless("entries[\(index)]: \(error)") }
    }
    return .json(try await service.check(names))
  }

  @Sendable private func turn(_ exchange: Exchange) async throws(Problem) -> Reply {
    let needsValue = try exchange.query.flag("value", default: false)
    return Reply(lines: try await service.turn(try exchange.name(), needsValue: needsValue))
  }

  @Sendable private func why(_ exchange: Exchange) async throws(Problem) -> Reply {
    let name = try exchange.name()
    let sync = try exchange.query.flag("sync", default: true)
    guard let reply = try await service.why(name, sync: sync) else { throw .unknownEntry("\(name)") }
    return .json(reply)
  }
}
