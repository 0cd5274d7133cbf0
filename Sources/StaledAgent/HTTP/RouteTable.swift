internal import Freshness
internal import HTTPTypes
internal import StaledAPI

/// Finds what answers a request.
///
/// Not Hummingbird's router: that folds `//` in paths, which are part of keys here, and knows no 405.
struct RouteTable: Sendable {
  private let routes: [Route]

  init(_ service: any AgentService) {
    routes =
      StatusRoutes(service: service).routes + EntryRoutes(service: service).routes
      + CacheRoutes(service: service).routes + InvalidationRoutes(service: service).routes
      + GraphRoutes(service: service).routes + LogRoutes(service: service).routes
      + VerificationRoutes(service: service).routes
  }

  /// A route, and the part of the path that names an entry.
  struct Match: Sendable {
    let route: Route
    let entry: Substring
  }

  enum Finding: Sendable {
    case match(Match)
    /// 404 or 405.
    case none(Reply)
  }

  func find(_ method: HTTPRequest.Method, _ path: String) -> Finding {
    var allowed: [String] = []
    for route in routes {
      guard let entry = route.pattern.match(path[...]) else { continue }
      if route.answers(method) { return .match(Match(route: route, entry: entry)) }
      allowed += route.allowed.filter { !allowed.contains($0) }
    }
    if allowed.isEmpty { return .none(.problem(.noSuchRoute(RequestTarget.clip(path)))) }
    let list = allowed.sorted().joined(separator: ", ")
    return .none(
      .problem(
        Problem(
          "method-not-allowed", title: "Method not allowed", status: 405,
          detail: "\(RequestTarget.clip(method.rawValue)) does nothing at \(RequestTarget.clip(path)): use \(list)"),
        headers: [.allow: list]))
  }

  /// Checks names and parameters, and lets the route answer.
  func answer(_ match: Match, target: RequestTarget, headers: HTTPFields, body: [UInt8], value: ValueStream) async
    -> Reply
  {
    do {
      var (named, word) = (EntryName?.none, "")
      if case .named = match.route.pattern {
        word = try RequestTarget.decode(match.entry, what: "the name")
      } else if !match.entry.isEmpty {
        named = try RequestTarget.entry(match.entry)
      }
      let query = try QueryParameters(target.query, allowed: match.route.parameters)
      return try await match.route.handler(
        Exchange(entry: named, word: word, query: query, headers: headers, body: body, value: value))
    } catch {
      return .problem(error)
    }
  }
}
