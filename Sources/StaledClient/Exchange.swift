internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import StaledAPI

/// The event loop that all clients of a process share: one thread, started by the first call. Never shut down, as it
/// lives as long as the process.
private let sharedGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)

/// A request in the words of HTTP.
struct Request: Sendable {
  var method: HTTPMethod
  var target: RequestTarget
  var contentType: String?
  /// The media type that the reply is wanted in.
  var accept = "*/*"
  var body: [UInt8]?
  /// How long the agent may keep silent, before its reply and in it.
  var patience: Duration

  /// For messages.
  var name: String { "\(method.rawValue) \(target.text.prefix { $0 != "?" })" }

  var head: HTTPRequestHead {
    var headers = HTTPHeaders([("host", "staled"), ("connection", "close"), ("accept", accept)])
    if let contentType { headers.add(name: "content-type", value: contentType) }
    if let body { headers.add(name: "content-length", value: String(body.count)) }
    return HTTPRequestHead(version: .http1_1, method: method, uri: target.text, headers: headers)
  }
}

/// A complete reply.
struct Reply: Sendable {
  var status: Int
  var headers: HTTPHeaders
  var body: [UInt8]
}

/// One request over a connection of its own.
struct Exchange: Sendable {
  let socket: String
  /// How long to wait for a place in the agent's queue of connections.
  let connectPatience: Duration
  let notice: Notice?

  /// Who is to be told that the agent keeps silent, and when.
  struct Notice: Sendable {
    var after: Duration
    var tell: @Sendable () -> Void
  }

  /// Sends `request` and waits for the whole reply, whatever its status.
  func reply(to request: Request) async throws -> Reply {
    let promise = sharedGroup.next().makePromise(of: Reply.self)
    let channel: any Channel
    do {
      channel = try await connect { channel in
        try channel.pipeline.syncOperations.addHTTPClientHandlers()
        try channel.pipeline.syncOperations.addHandlers(
          SilenceGuard(request: request, notice: notice), ReplyCollector(request: request, promise: promise))
        return channel
      }
    } catch {
      promise.fail(error)
      throw error
    }
    return try await withTaskCancellationHandler {
      // Failed writes do not matter by themselves: a reply may stand in the queue that says why nobody reads on.
      channel.write(HTTPClientRequestPart.head(request.head), promise: nil)
      if let body = request.body, !body.isEmpty {
        channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil)
      }
      channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
      return try await promise.futureResult.get()
    } onCancel: {
      channel.close(promise: nil)
    }
  }

  /// A connection that is set up by `setUp`, tried again while the agent's queue of connections is full.
  func connect<Result: Sendable>(
    _ setUp: @escaping @Sendable (any Channel) throws -> Result
  ) async throws -> Result {
    let deadline = ContinuousClock.now + connectPatience
    var pause = Duration.milliseconds(2)
    while true {
      do {
        return try await ClientBootstrap(group: sharedGroup)
          .connectTimeout(TimeAmount(connectPatience))
          .connect(unixDomainSocketPath: socket) { channel in
            channel.eventLoop.makeCompletedFuture { try setUp(channel) }
          }
      } catch let error as IOError where error.errnoCode == EAGAIN && ContinuousClock.now < deadline {
        try await Task.sleep(for: pause)
        pause = min(pause * 2, .milliseconds(100))
      } catch {
        throw Self.clientError(of: error, socket: socket)
      }
    }
  }

  /// What a failed attempt to connect means.
  static func clientError(of error: any Error, socket: String) -> any Error {
    switch error {
    case let error as IOError where error.errnoCode == ENOENT || error.errnoCode == ECONNREFUSED:
      ClientError.noAgent(socket: socket)
    case let error as IOError where error.errnoCode == ENOTDIR:
      ClientError.noAgent(socket: socket)
    case let error as IOError:
      ClientError.unreachable(socket: socket, reason: String(cString: strerror(error.errnoCode)))
    case is ChannelError:
      ClientError.unreachable(socket: socket, reason: "it accepts no connection")
    case let error as SocketAddressError where error == .unixDomainSocketPathTooLong:
      // No agent listens there: its socket would be elsewhere, and agent.json would say where.
      ClientError.noAgent(socket: socket)
    default: error
    }
  }
}

/// Fails the exchange if the agent keeps silent for longer than the request allows.
final class SilenceGuard: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias InboundOut = HTTPClientResponsePart

  private let request: Request
  /// A log that is followed may be silent for ever once it has begun.
  private let endsWithHead: Bool
  private let notice: Exchange.Notice?
  private var timer: Scheduled<Void>?
  private var noticing: Scheduled<Void>?

  init(request: Request, notice: Exchange.Notice?, endsWithHead: Bool = false) {
    self.request = request
    self.notice = notice
    self.endsWithHead = endsWithHead
  }

  func channelActive(context: ChannelHandlerContext) {
    restart(context)
    if let notice { noticing = context.eventLoop.scheduleTask(in: TimeAmount(notice.after), notice.tell) }
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    timer?.cancel()
    noticing?.cancel()
    if !endsWithHead { restart(context) }
    context.fireChannelRead(data)
  }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    noticing?.cancel()
    context.fireChannelInactive()
  }

  private func restart(_ context: ChannelHandlerContext) {
    timer?.cancel()
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(request.patience)) { [request] in
      let seconds = Int(request.patience.components.seconds)
      context.fireErrorCaught(ClientError.timedOut(request: request.name, seconds: seconds))
      context.close(promise: nil)
    }
  }
}

/// Puts the parts of a reply together.
final class ReplyCollector: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart

  private let request: Request
  private let promise: EventLoopPromise<Reply>
  private var head: HTTPResponseHead?
  private var body: [UInt8] = []
  private var isDone = false

  init(request: Request, promise: EventLoopPromise<Reply>) {
    self.request = request
    self.promise = promise
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    case .body(let part): body += part.readableBytesView
    case .end:
      guard let head else { return }
      finish(.success(Reply(status: Int(head.status.code), headers: head.headers, body: body)))
      context.close(promise: nil)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case let error as ClientError: finish(.failure(error))
    // A write that failed: what was read before decides.
    case is IOError, is ChannelError: break
    default: finish(.failure(ClientError.notUnderstood(request: request.name, reason: "\(error)")))
    }
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    finish(.failure(ClientError.disconnected(request: request.name)))
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    finish(.failure(ClientError.disconnected(request: request.name)))
  }

  private func finish(_ result: Result<Reply, any Error>) {
    guard !isDone else { return }
    isDone = true
    promise.completeWith(result)
  }
}
