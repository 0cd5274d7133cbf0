internal import HTTPTypes
internal import StaledAPI

/// The invalidation log, from a position on.
struct LogRoutes: Sendable {
  let service: any AgentService

  var routes: [Route] {
    [
      Route(
        .get, .exact("/v1/log"), parameters: [.one("since"), .one("follow"), .many("type"), .many("name")],
        streams: true, handler: log)
    ]
  }

  @Sendable private func log(_ exchange: Exchange) async throws(Problem) -> Reply {
    let events = exchange.accepts("text/event-stream")
    let isFromNow = exchange.query.one("since") == "now"
    var since = isFromNow ? await service.lastSeq() : try exchange.query.number("since", in: 0...UInt64.max)
    // A browser sends it when it comes back, and knows better than the address it was given at first.
    if events, let last = exchange.headers[.lastEventID], !last.isEmpty {
      guard last.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }), let seq = UInt64(last) else {
        throw .meaningless("Last-Event-ID must be the seq of a record, not \"\(RequestTarget.clip(last))\"")
      }
      since = seq
    }
    let follow = try exchange.query.flag("follow", default: false)
    var types: Set<LogRecord.Kind> = []
    for word in exchange.query.all("type") {
      let word = try QueryParameters.check(word, of: LogRecord.Kind.allCases.map(\.rawValue), what: "type")
      if let type = LogRecord.Kind(rawValue: word) { types.insert(type) }
    }
    let names = Set(exchange.query.all("name"))
    let stream = try await service.log(since: since, wanted: LogFilter(types: types, names: names), follow: follow)
    return Reply(log: stream, as: events ? .events : .lines)
  }
}
