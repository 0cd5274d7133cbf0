internal import FoundationEssentials
internal import HTTPTypes
internal import StaledAPI

/// What goes back to a client.
struct Reply: Sendable {
  enum Body: Sendable {
    case bytes([UInt8])
    /// One whose length is known, written part by part.
    case parts(size: Int, next: @Sendable () async throws -> [UInt8]?)
    /// Written as it comes.
    case stream(ReplyStream<[UInt8]>)
  }

  var status: HTTPResponse.Status
  var headers: HTTPFields
  var body: Body

  init(_ status: HTTPResponse.Status, type: String, bytes: [UInt8], headers: HTTPFields = [:]) {
    self.status = status
    self.headers = headers
    self.headers[.contentType] = type
    body = .bytes(bytes)
  }

  init(_ status: HTTPResponse.Status, type: String, value: ValueBody, headers: HTTPFields = [:]) {
    self.status = status
    self.headers = headers
    self.headers[.contentType] = type
    switch value {
    case .bytes(let bytes): body = .bytes(bytes)
    case .parts(let size, let next): body = .parts(size: size, next: next)
    }
  }

  init(log: LogStream, as format: LogFormat) {
    status = .ok
    headers = [.contentType: format.mediaType, .cacheControl: "no-store"]
    body = .stream(ReplyStream(log.map { format.render($0) }))
  }

  /// Values as lines of JSON.
  init(lines: ReplyStream<some Encodable & Sendable>) {
    status = .ok
    headers = [.contentType: "application/x-ndjson", .cacheControl: "no-store"]
    body = .stream(ReplyStream(lines.map { Self.encode($0) }))
  }

  /// A value as JSON, with a newline for those who read it on a terminal.
  static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Reply {
    Reply(status, type: "application/json", bytes: encode(value))
  }

  static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Reply {
    Reply(.ok, type: type, bytes: Array(text.utf8))
  }

  static func problem(_ problem: Problem, headers: HTTPFields = [:]) -> Reply {
    var headers = headers
    if let seconds = problem.retryAfter { headers[.retryAfter] = "\(seconds)" }
    let status = HTTPResponse.Status(code: 400..<600 ~= problem.status ? problem.status : 500)
    return Reply(status, type: "application/problem+json", bytes: encode(problem), headers: headers)
  }

  private static func encode(_ value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    // The wire types hold strings, whole numbers and finite durations. One that is not finite is a mistake of the agent.
    guard let data = try? encoder.encode(value) else {
      return Array(#"{"type":"about:staled/internal","title":"The reply could not be encoded","status":500}"#.utf8)
    }
    return Array(data) + [0x0A]
  }
}

extension HTTPField.Name {
  // All are tokens, so none can fail.
  static let cacheStatus = Self("Cache-Status")!
  static let staledState = Self("Staled-State")!
  static let staledLease = Self("Staled-Lease")!
  static let lastEventID = Self("Last-Event-ID")!
}
