internal import HTTPTypes
internal import StaledAPI

/// Who depends on what.
struct GraphRoutes: Sendable {
  private static let formats = ["json", "dot", "mermaid", "text"]

  let service: any AgentService

  var routes: [Route] {
    [
      Route(.get, .exact("/v1/dependents"), parameters: [.one("id"), .one("transitive")], handler: dependents),
      Route(.get, .exact("/v1/dependencies"), parameters: [.one("id"), .one("transitive")], handler: dependencies),
      Route(.get, .exact("/v1/graph"), parameters: [.one("format"), .one("id"), .one("depth")], handler: graph),
    ]
  }

  @Sendable private func dependents(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.query.required("id", example: "file:src/util.c")
    let transitive = try exchange.query.flag("transitive", default: false)
    return .json(try await service.dependents(of: id, transitive: transitive))
  }

  @Sendable private func dependencies(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.query.required("id", example: "entry:build/bin/app")
    let transitive = try exchange.query.flag("transitive", default: false)
    return .json(try await service.dependencies(of: id, transitive: transitive))
  }

  @Sendable private func graph(_ exchange: Exchange) async throws(Problem) -> Reply {
    let format = exchange.query.one("format") ?? "json"
    if format == "svg" {
      throw .meaningless(
        "the agent draws no svg: \"format\" can be \(Self.formats.joined(separator: ", ")), and `stale graph --format svg` "
          + "draws one")
    }
    _ = try QueryParameters.check(format, of: Self.formats, what: "format")
    let depth = try exchange.query.number("depth", in: 0...1_000_000)
    let id = exchange.query.one("id")
    if depth != nil, id == nil {
      throw .meaningless("\"depth\" counts edges from an id: give \"id\" too, or leave \"depth\" out")
    }
    let graph = try await service.graph(around: id, depth: depth)
    return switch format {
    case "dot": .text(GraphFormats.dot(graph), type: "text/vnd.graphviz; charset=utf-8")
    case "mermaid": .text(GraphFormats.mermaid(graph))
    case "text": .text(GraphFormats.text(graph))
    default: .json(graph)
    }
  }
}
