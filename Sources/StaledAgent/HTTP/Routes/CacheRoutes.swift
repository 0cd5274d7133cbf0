internal import HTTPTypes
internal import StaledAPI

/// Values.
struct CacheRoutes: Sendable {
  let service: any AgentService

  var routes: [Route] {
    [
      Route(.get, .entry("/v1/cache/"), parameters: [.one("sync"), .one("stale")], handler: get),
      Route(
        .put, .entry("/v1/cache/"), body: .value,
        parameters: [.many("dep"), .many("out"), .many("tag"), .one("ttl"), .one("keep"), .one("lease")], handler: put),
      Route(.delete, .entry("/v1/cache/"), handler: delete),
    ]
  }

  @Sendable private func get(_ exchange: Exchange) async throws(Problem) -> Reply {
    let name = try exchange.name()
    let sync = try exchange.query.flag("sync", default: true)
    let allowStale = try exchange.query.choice("stale", of: ["allow"]) != nil
    switch try await service.read(name, sync: sync, allowStale: allowStale) {
    case .hit(let body, let state, let digest):
      return value(body, state, digest, "staled; hit", exchange.headers)
    case .stale(let body, let state, let digest):
      return value(body, state, digest, "staled; fwd=stale", exchange.headers)
    case .miss(let state, let kept, let lease):
      let problem = Problem(
        "miss", title: "Miss", status: 404,
        detail: kept
          ? "the value of \(name) is kept and not fresh (it is \(state)): make it anew, or add ?stale=allow"
          : "there is no value of \(name) to serve (it is \(state)): make it, and PUT it with the lease in Staled-Lease"
      )
      return .problem(
        problem,
        headers: [
          .cacheStatus: "staled; fwd=\(kept ? "stale" : "miss")", .staledState: state, .staledLease: lease,
          .cacheControl: "no-cache",
        ])
    }
  }

  /// A value with its headers; without its bytes if the client has them.
  private func value(
    _ body: ValueBody, _ state: String, _ digest: String, _ status: String, _ request: HTTPFields
  ) -> Reply {
    let tag = "\"\(digest)\""
    let headers: HTTPFields = [
      .cacheStatus: status, .staledState: state, .eTag: tag, .cacheControl: "no-cache",
    ]
    var reply = Reply(.ok, type: "application/octet-stream", value: body, headers: headers)
    let known = request[values: .ifNoneMatch].flatMap { $0.split(separator: ",") }.map { $0.trimming(" \t") }
    if known.contains(where: { $0 == "*" || $0 == tag || $0 == "W/\(tag)" }) {
      reply.status = .notModified
      reply.headers[.contentType] = nil
      reply.body = .bytes([])
    }
    return reply
  }

  @Sendable private func put(_ exchange: Exchange) async throws(Problem) -> Reply {
    let name = try exchange.name()
    let write = CacheWrite(
      dependencies: exchange.query.all("dep"), outputs: exchange.query.all("out"), tags: exchange.query.all("tag"),
      ttl: exchange.query.one("ttl"), keep: try exchange.query.flag("keep", default: false),
      lease: exchange.query.one("lease"))
    let made = try await service.write(name, value: exchange.value, write)
    return .json(made, status: made.created ? .created : .ok)
  }

  @Sendable private func delete(_ exchange: Exchange) async throws(Problem) -> Reply {
    let name = try exchange.name()
    guard try await service.delete(name) else {
      if try await service.entry(name, sync: false) != nil { throw .nothingToForget("\(name)") }
      throw .unknownEntry("\(name)")
    }
    return .json(DeleteReply(deleted: true))
  }
}

extension StringProtocol {
  /// Without any of `characters` at both ends.
  fileprivate func trimming(_ characters: String) -> String {
    let start = drop { characters.contains($0) }
    return String(String(start.reversed()).drop { characters.contains($0) }.reversed())
  }
}
