internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// Answers requests on a Unix socket with what a test wants said.
package final class FakeAgent: Sendable {
  /// A request as it came.
  package struct Request: Hashable, Sendable, CustomStringConvertible {
    package var method: String
    /// Path and query, encoded.
    package var target: String
    package var body: String

    /// `METHOD target body`.
    package var description: String { body.isEmpty ? "\(method) \(target)" : "\(method) \(target) \(body)" }
  }

  /// What to do with a request.
  package enum Answer: Sendable {
    case reply(Int, String, headers: [(String, String)] = [])
    /// The connection is closed without a reply.
    case hangUp
    /// Nothing, for ever.
    case silence

    /// A problem as the agent reports it.
    package static func problem(_ status: Int, _ detail: String, ids: [String] = []) -> Answer {
      let ids = ids.isEmpty ? "" : ",\"ids\":[\(ids.map { "\"\($0)\"" }.joined(separator: ","))]"
      return .reply(
        status, "{\"type\":\"about:staled/x\",\"title\":\"T\",\"status\":\(status),\"detail\":\"\(detail)\"\(ids)}",
        headers: [("content-type", "application/problem+json")])
    }
  }

  private let requests = Mutex<[Request]>([])

  /// All that was asked so far.
  package var received: [String] { requests.withLock { $0.map(\.description) } }

  /// Listens on `socket` while `body` runs.
  package static func listening<Result>(
    on socket: String, answer: @escaping @Sendable (Request) -> Answer,
    _ body: (FakeAgent) async throws -> Result
  ) async throws -> Result {
    let agent = FakeAgent()
    let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(Answering(agent: agent, answer: answer))
        }
      }
      .bind(unixDomainSocketPath: socket).get()
    let result: Result
    do {
      result = try await body(agent)
    } catch {
      try? await server.close()
      throw error
    }
    try await server.close()
    return result
  }

  fileprivate func remember(_ request: Request) { requests.withLock { $0.append(request) } }
}

private final class Answering: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let agent: FakeAgent
  private let answer: @Sendable (FakeAgent.Request) -> FakeAgent.Answer
  private var request = FakeAgent.Request(method: "", target: "", body: "")

  init(agent: FakeAgent, answer: @escaping @Sendable (FakeAgent.Request) -> FakeAgent.Answer) {
    self.agent = agent
    self.answer = answer
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): request = FakeAgent.Request(method: head.method.rawValue, target: head.uri, body: "")
    case .body(let part): request.body += String(buffer: part)
    case .end:
      agent.remember(request)
      switch answer(request) {
      case .silence: break
      case .hangUp: context.close(promise: nil)
      case .reply(let status, let text, let headers):
        let all = HTTPHeaders([("content-length", String(text.utf8.count))] + headers)
        let head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: all)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      }
    }
  }
}
