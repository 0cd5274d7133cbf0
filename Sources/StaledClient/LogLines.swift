internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
public import StaledAPI

/// A line of the invalidation log.
public struct LogLine: Hashable, Sendable {
  /// The JSON object as the agent wrote it, without the newline.
  public let bytes: [UInt8]

  public init(bytes: [UInt8]) { self.bytes = bytes }

  /// The record; throws if the line is not one of this version.
  public func record() throws -> LogRecord { try JSONDecoder().decode(LogRecord.self, from: Data(bytes)) }
}

/// The log as it arrives. To be iterated once; as fast as its reader, not faster.
public struct LogLines: AsyncSequence {
  public typealias Element = LogLine
  let parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
  let request: String

  /// Cuts the body's parts into lines.
  public struct AsyncIterator: AsyncIteratorProtocol {
    var parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator
    let request: String
    private var pending: [UInt8] = []
    private var lines: [LogLine] = []
    private var isDone = false

    init(parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator, request: String) {
      self.parts = parts
      self.request = request
    }

    public mutating func next() async throws -> LogLine? {
      while lines.isEmpty {
        if isDone { return nil }
        let part: HTTPClientResponsePart?
        do { part = try await parts.next() } catch { throw ClientError.endOfConnection(error, request: request) }
        switch part {
        case .body(let part): take(part.readableBytesView)
        case .head: break
        case .end: isDone = true
        case nil: throw ClientError.disconnected(request: request)
        }
      }
      return lines.removeLast()
    }

    /// `lines` is kept in reverse, so that the next one is taken off its end.
    private mutating func take(_ bytes: ByteBufferView) {
      var rest = bytes[...]
      while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
        pending += rest[..<newline]
        if !pending.isEmpty { lines.append(LogLine(bytes: pending)) }
        pending = []
        rest = rest[(newline + 1)...]
      }
      pending += rest
      lines.reverse()
    }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(parts: parts, request: request) }
}

extension StaledClient {
  /// Reads the log.
  ///
  /// - Parameters:
  ///   - since: the first record is the one after this `seq`; without it the oldest one kept.
  ///   - follow: go on with records as they are written, until `body` returns or its task is cancelled.
  ///   - types: only records of these types; all if there are none.
  public func withLog<Result>(
    since: UInt64? = nil, follow: Bool = false, types: [LogRecord.Kind] = [],
    _ body: (LogLines) async throws -> Result
  ) async throws -> Result {
    var target = RequestTarget("log").adding("since", since.map { String($0) }).adding("follow", follow ? "true" : nil)
    for type in types { target.add("type", type.rawValue) }
    let request = Request(method: .GET, target: target, patience: patience)
    return try await withLines(request, untilTold: !follow, body)
  }
}

extension StaledClient {
  /// Sends `request` and reads the reply line by line. `untilTold`: the agent may not keep silent for long between lines.
  func withLines<Result>(
    _ request: Request, untilTold: Bool, _ body: (LogLines) async throws -> Result
  ) async throws -> Result {
    let channel = try await exchange.connect { channel in
      try channel.pipeline.syncOperations.addHTTPClientHandlers()
      try channel.pipeline.syncOperations.addHandler(
        SilenceGuard(request: request, notice: exchange.notice, endsWithHead: !untilTold))
      return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(wrappingChannelSynchronously: channel)
    }
    return try await channel.executeThenClose { inbound, outbound in
      var parts: [HTTPClientRequestPart] = [.head(request.head)]
      if let bytes = request.body, !bytes.isEmpty { parts.append(.body(.byteBuffer(ByteBuffer(bytes: bytes)))) }
      var replies = inbound.makeAsyncIterator()
      do {
        try await outbound.write(contentsOf: parts + [.end(nil)])
        guard case .head(let head) = try await replies.next() else {
          throw ClientError.disconnected(request: request.name)
        }
        if head.status.code != 200 {
          var reply = Reply(status: Int(head.status.code), headers: head.headers, body: [])
          while case .body(let part) = try await replies.next() { reply.body += part.readableBytesView }
          throw ClientError.refused(Self.problem(in: reply))
        }
      } catch {
        throw ClientError.endOfConnection(error, request: request.name)
      }
      return try await body(LogLines(parts: replies, request: request.name))
    }
  }
}

extension ClientError {
  /// What an error says that comes instead of a reply, or amid it. An agent that is killed resets the connection; a reply that it cuts
  /// off is a broken one to the parser.
  fileprivate static func endOfConnection(_ error: any Error, request: String) -> any Error {
    switch error {
    case is ClientError, is CancellationError: error
    case is IOError, is ChannelError, is NIOAsyncWriterError, HTTPParserError.invalidEOFState:
      disconnected(request: request)
    default: notUnderstood(request: request, reason: "\(error)")
    }
  }
}
