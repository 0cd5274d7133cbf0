internal import Freshness
internal import Manifest
internal import StaledAPI

extension Agent {
  /// The reply lists at most so many entries.
  private static let mostListed = 10_000

  /// `POST /v1/invalidate`. What it does is on the disk when it returns.
  func invalidate(_ request: InvalidateRequest) async throws(Problem) -> InvalidateReply {
    var call = Invalidation()
    do throws(IDError) {
      for key in request.keys ?? [] { call.keys.append(try EntryName(key)) }
      for id in request.resources ?? [] { call.resources.append(try ResourceID(parsing: id, in: context)) }
    } catch { throw Problem(error) }
    call.tags = request.tags ?? []
    // No entry has such a one: whoever names it means another.
    if let problem = call.tags.lazy.compactMap(TagRule.problem).first { throw .badTag(problem) }
    call.within = request.within
    call.namespaces = request.namespaces ?? []
    call.all = request.all ?? false
    call.soft = request.soft ?? false
    call.cascade = request.cascade
    return try await carryOut([call], dryRun: request.dryRun ?? false)
  }

  /// Invalidates what calls name, all at once; on the disk when it returns. `event` is told before.
  func carryOut(
    _ calls: [Invalidation], dryRun: Bool = false, event: EventNote? = nil
  ) async throws(Problem) -> InvalidateReply {
    // What was changed before the call is told first, by its own causes.
    guard await syncAll() else { throw .stopping }
    if !dryRun { try await writePending() }
    _ = tick()
    let result = engine.invalidate(calls, dryRun: dryRun)
    track()
    let seq: UInt64
    if dryRun {
      seq = recorder.seq
    } else {
      do throws(Problem) { seq = try await record(flush: true, event: event) } catch { throw error.butInForce }
    }
    return InvalidateReply(
      seq: seq, invalidated: result.invalidated, matched: result.matched,
      entries: result.entries.prefix(Self.mostListed).map { entry in
        Reached(
          namespace: entry.name.namespace, key: entry.name.key, depth: entry.depth, via: entry.via.description)
      },
      truncated: result.entries.count > Self.mostListed)
  }

  /// `GET /v1/dependents`
  func dependents(of id: String, transitive: Bool) async throws(Problem) -> Neighbours {
    let resource = try parse(id)
    return describe(resource, engine.dependents(of: resource, transitive: transitive))
  }

  /// `GET /v1/dependencies`
  func dependencies(of id: String, transitive: Bool) async throws(Problem) -> Neighbours {
    let resource = try parse(id)
    return describe(resource, engine.dependencies(of: resource, transitive: transitive))
  }

  /// `GET /v1/graph`
  func graph(around id: String?, depth: Int?) async throws(Problem) -> GraphReply {
    var center: ResourceID?
    if let id { center = try parse(id) }
    let graph = engine.graph(around: center, depth: depth)
    return GraphReply(
      nodes: graph.nodes.map { node in
        GraphReply.Node(id: node.id.description, state: node.state?.rawValue, declared: nil)
      },
      edges: graph.edges.map { edge in
        GraphReply.Edge(
          from: edge.from.description, to: edge.to.description, output: edge.roles.contains(.output) ? true : nil)
      })
  }

  func parse(_ id: String) throws(Problem) -> ResourceID {
    do throws(IDError) { return try ResourceID(parsing: id, in: context) } catch { throw Problem(error) }
  }

  private func describe(_ id: ResourceID, _ found: [Neighbour]) -> Neighbours {
    Neighbours(
      id: id.description,
      entries: found.map {
        Neighbours.Neighbour(id: $0.id.description, depth: $0.depth, via: $0.via.description)
      })
  }
}
