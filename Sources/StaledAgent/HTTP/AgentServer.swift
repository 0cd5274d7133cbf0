internal import AsyncAlgorithms
internal import Glibc
internal import HTTPTypes
internal import HummingbirdCore
package import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import StaledAPI
internal import Synchronization

/// Serves the API (INTERFACES, 5) on a Unix socket.
///
/// A request is matched by `RouteTable`, its body is read by `BodyReader` within the route's limit, the route asks the
/// `AgentService`, and its `Reply` is written here. Hummingbird's core carries the connections; its router and its
/// `Application` are not used: the one folds `//` in paths, the other wakes up every second for the `Date` header.
package struct AgentServer: Service {
  /// What a server is told.
  package struct Options: Sendable {
    /// The largest value of a `PUT`, in bytes.
    package var maxValueBytes = 64 << 20
    /// The largest JSON body, in bytes.
    package var maxJSONBytes = 8 << 20
    /// How many connections are taken at a time; whoever comes then waits in the socket's queue. Without it a busy loop of
    /// failing `accept` calls would begin where descriptors end.
    package var maxConnections = 1024
    /// How long requests under way may take once the agent is to end.
    package var shutdownGrace: Duration = .seconds(1)

    package init() {}
  }

  private let service: any AgentService
  private let socketPath: String
  private let options: Options
  private let logger: Logger
  private let table: RouteTable
  private let onListening: @Sendable () async -> Void
  /// One loop serves a socket well; a thread for each processor would only hold memory and descriptors.
  private static let eventLoops = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  /// - Parameters:
  ///   - socketPath: where to listen, in a directory of mode 0700. A socket that is there is replaced: the caller holds the
  ///     workspace's lock.
  ///   - onListening: called once, when the socket is bound and takes connections.
  package init(
    service: any AgentService, socketPath: String, options: Options = Options(), logger: Logger,
    onListening: @escaping @Sendable () async -> Void = {}
  ) {
    self.service = service
    self.socketPath = socketPath
    self.options = options
    self.logger = logger
    self.onListening = onListening
    table = RouteTable(service)
  }

  /// Serves until graceful shutdown: then nothing new is taken, streams end, and what else is under way has
  /// `shutdownGrace` before it is broken off.
  ///
  /// - Throws: `StartupError` if it cannot listen.
  package func run() async throws {
    let failure = Mutex<StartupError?>(nil)
    let server = try HTTPServerBuilder.http1(
      configuration: .init(additionalChannelHandlers: [ParseErrorHandler()])
    ).buildServer(
      configuration: ServerConfiguration(
        address: .unixDomainSocket(path: socketPath),
        availableConnectionsDelegate: MaximumAvailableConnections(options.maxConnections)),
      eventLoopGroup: Self.eventLoops, logger: logger,
      responder: { (request, writer: consuming ResponseWriter, channel) in
        try await respond(to: request, channel, writer)
      },
      onServerRunning: { channel in
        if let error = restrictSocket() {
          failure.withLock { $0 = error }
          try? await channel.close()
        } else {
          await onListening()
        }
      })
    do {
      try await runBounded(server)
    } catch let error as IOError {
      throw StartupError(
        "cannot listen on \(socketPath): \(String(cString: strerror(error.errnoCode)))",
        remedy: "look at the permissions of its directory, or move the state directory with STALED_DIR")
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  /// Runs the server, and breaks off what still goes on a while after the shutdown began.
  private func runBounded(_ server: any Service) async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await server.run()
        return true
      }
      group.addTask {
        do { try await gracefulShutdown() } catch { return false }
        // Cancelled as soon as the server has ended.
        try? await Task.sleep(for: options.shutdownGrace)
        return false
      }
      for try await ended in group {
        group.cancelAll()
        if ended { return }
      }
    }
  }

  /// Only the owner may connect. The directory's mode covers the moment before this.
  private func restrictSocket() -> StartupError? {
    if chmod(socketPath, 0o600) == 0 { return nil }
    return StartupError(
      "cannot make \(socketPath) private: \(String(cString: strerror(errno)))",
      remedy: "look at the permissions of its directory, or move the state directory with STALED_DIR")
  }

  private func respond(to request: Request, _ channel: any Channel, _ writer: consuming ResponseWriter) async throws {
    let target = RequestTarget(request.head.path ?? "")
    let reply: Reply
    switch table.find(request.method, target.path) {
    case .none(let none): reply = none
    case .match(let match):
      let limit = limit(match.route.body)
      if match.route.body != .none, request.headers[.expect]?.lowercased() == "100-continue",
        BodyReader.declaredLength(request.headers) ?? 0 <= limit
      {
        // curl waits a second for this before it sends a larger value.
        try await writer.writeInformationalHead(HTTPResponse(status: .continue))
      }
      do {
        let body = match.route.body == .json ? try await BodyReader.read(request, limit: limit) : []
        let value = ValueStream { take throws(Problem) in try await BodyReader.read(request, limit: limit, take) }
        reply = await table.answer(match, target: target, headers: request.headers, body: body, value: value)
      } catch {
        reply = .problem(error)
      }
    }
    if case .stream(let stream) = reply.body {
      try await write(reply, stream, channel, writer)
    } else {
      try await write(reply, to: request, writer)
    }
  }

  private func limit(_ body: Route.Body) -> Int {
    switch body {
    case .none: 0
    case .json: options.maxJSONBytes
    case .value: options.maxValueBytes
    }
  }

  private func write(_ reply: Reply, to request: Request, _ writer: consuming ResponseWriter) async throws {
    var headers = reply.headers
    headers[.date] = HTTPDate.now()
    switch reply.body {
    case .stream: return
    case .bytes(let bytes):
      if reply.status != .notModified { headers[.contentLength] = "\(bytes.count)" }
      let head = HTTPResponse(status: reply.status, headerFields: headers)
      if request.method == .head || bytes.isEmpty {
        try await writer.writeResponse(head)
      } else {
        try await writer.write(response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
      }
    case .parts(let size, let next):
      headers[.contentLength] = "\(size)"
      let head = HTTPResponse(status: reply.status, headerFields: headers)
      if request.method == .head { return try await writer.writeResponse(head) }
      var body = try await writer.writeHead(head)
      // If a part is lost, the error breaks the connection off: a body that is too short is no value.
      while let part = try await next() { try await body.write(ByteBuffer(bytes: part)) }
      try await body.finish(nil)
    }
  }

  /// Writes a stream, a chunk a write. Its reader is let go when it has gone or the agent ends.
  ///
  /// Not with Hummingbird's `consumeWithCancellationOnInboundClose`: that traps when a peer leaves in the middle of a body.
  private func write(
    _ reply: Reply, _ stream: ReplyStream<[UInt8]>, _ channel: any Channel, _ writer: consuming ResponseWriter
  ) async throws {
    var headers = reply.headers
    headers[.date] = HTTPDate.now()
    var body = try await writer.writeHead(HTTPResponse(status: reply.status, headerFields: headers))
    let (gone, note) = AsyncStream<[UInt8]?>.makeStream()
    channel.closeFuture.whenComplete { _ in
      note.yield(nil)
      note.finish()
    }
    defer { note.finish() }
    // Merged sequences end when both have: nil is the end of either.
    let end: [[UInt8]?] = [nil]
    let chunks = chain(stream.map { [UInt8]?.some($0) }, end.async)
    for try await chunk in merge(chunks, gone).cancelOnGracefulShutdown() {
      guard let chunk else { break }
      if !chunk.isEmpty { try await body.write(ByteBuffer(bytes: chunk)) }
    }
    try await body.finish(nil)
  }
}
