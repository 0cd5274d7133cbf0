internal import Freshness
internal import HTTPTypes
internal import StaledAPI

/// Whether what is served is true, and how much was.
struct VerificationRoutes: Sendable {
  let service: any AgentService

  var routes: [Route] {
    [
      Route(.post, .exact("/v1/verify"), body: .json, handler: verify),
      Route(.post, .exact("/v1/warm"), body: .json, handler: warm),
      Route(.get, .exact("/v1/stats"), handler: stats),
      Route(.get, .exact("/v1/advice"), handler: advice),
      Route(.get, .exact("/metrics"), handler: metrics),
    ]
  }

  @Sendable private func verify(_ exchange: Exchange) async throws(Problem) -> Reply {
    let request = exchange.body.isEmpty ? VerifyRequest() : try exchange.decode(VerifyRequest.self)
    for (index, text) in (request.entries ?? []).enumerated() {
      do { _ = try EntryName(text) } catch { throw .meaningless("entries[\(index)]: \(error)") }
    }
    if let sample = request.sample, sample < 1 {
      throw .meaningless("\"sample\" is how many entries to verify, at least 1, not \(sample)")
    }
    let stream = try await service.verify(request)
    if exchange.accepts("application/x-ndjson") { return Reply(lines: stream) }
    var last: VerifyReply?
    for await reply in stream { last = reply }
    guard let last, last.violations != nil else { throw .stopping }
    return .json(last)
  }

  @Sendable private func warm(_ exchange: Exchange) async throws(Problem) -> Reply {
    let request = exchange.body.isEmpty ? WarmRequest() : try exchange.decode(WarmRequest.self)
    if let hot = request.hot, hot < 1 {
      throw .meaningless("\"hot\" is how many of the hottest keys are meant, at least 1, not \(hot)")
    }
    let stream = try await service.warm(request)
    if exchange.accepts("application/x-ndjson") { return Reply(lines: stream) }
    var last: WarmReply?
    for await reply in stream { last = reply }
    guard let last, last.failed != nil else { throw .stopping }
    return .json(last)
  }

  @Sendable private func advice(_: Exchange) async throws(Problem) -> Reply { .json(await service.advice()) }

  @Sendable private func metrics(_: Exchange) async throws(Problem) -> Reply {
    .text(await service.metrics(), type: PrometheusText.mediaType)
  }

  @Sendable private func stats(_: Exchange) async throws(Problem) -> Reply { .json(await service.stats()) }
}
