import Foundation
import Glibc
import Logging
import ServiceLifecycle
import StaledAgent
import Synchronization

/// What came back.
struct Response: Sendable {
  var status = 0
  var headers: [String: String] = [:]
  var body: [UInt8] = []

  var text: String { String(decoding: body, as: UTF8.self) }
}

struct ConnectionError: Error { let what: String }

/// A connection that speaks bytes, so that tests see what is really on the wire. Its methods block: use it within
/// `blocking`.
final class Connection: Sendable {
  private let descriptor: Int32
  private let buffer = Mutex<[UInt8]>([])

  init(_ path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8) + [0]) }
    // A test that fails must not hang.
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let connected = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
    }
    if connected != 0 { throw ConnectionError(what: "connect: \(String(cString: strerror(errno)))") }
  }

  deinit { _ = Glibc.close(descriptor) }

  /// Closes both ways; the descriptor goes with the connection.
  func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  func send(_ text: String) { send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if sent <= 0 { return }
      rest = rest.dropFirst(sent)
    }
  }

  /// False at the end.
  private func fill() throws -> Bool {
    var chunk = [UInt8](repeating: 0, count: 65536)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    // What was sent to a server that has closed meanwhile makes an end a reset.
    if count < 0, errno == ECONNRESET { return false }
    if count < 0 { throw ConnectionError(what: "recv: \(String(cString: strerror(errno)))") }
    buffer.withLock { $0 += chunk[..<count] }
    return count > 0
  }

  func line() throws -> String {
    while true {
      let line = buffer.withLock { buffer -> [UInt8]? in
        guard let end = buffer.firstIndex(of: 10) else { return nil }
        defer { buffer.removeFirst(end + 1) }
        return Array(buffer[..<end].filter { $0 != 13 })
      }
      if let line { return String(decoding: line, as: UTF8.self) }
      if try !fill() { throw ConnectionError(what: "it ended") }
    }
  }

  func bytes(_ count: Int) throws -> [UInt8] {
    while buffer.withLock({ $0.count < count }) { if try !fill() { throw ConnectionError(what: "it ended") } }
    return buffer.withLock { buffer in
      defer { buffer.removeFirst(count) }
      return Array(buffer[..<count])
    }
  }

  /// Whether the peer ended it.
  func ended() throws -> Bool { try buffer.withLock { $0.isEmpty } && !fill() }

  func head() throws -> Response {
    var response = Response()
    response.status = Int(try line().split(separator: " ").dropFirst().first ?? "") ?? 0
    while case let text = try line(), !text.isEmpty {
      let colon = text.firstIndex(of: ":") ?? text.endIndex
      response.headers[text[..<colon].lowercased()] = text[colon...].dropFirst().trimmingCharacters(in: .whitespaces)
    }
    return response
  }

  /// A chunk of a chunked body; empty at its end.
  func chunk() throws -> String {
    let size = Int(try line(), radix: 16) ?? 0
    let content = try bytes(size)
    _ = try line()
    return String(decoding: content, as: UTF8.self)
  }

  func response(toHead: Bool = false) throws -> Response {
    var response = try head()
    if toHead || response.status == 304 || response.status == 100 { return response }
    if let length = response.headers["content-length"] {
      response.body = try bytes(Int(length) ?? 0)
    } else {
      while case let chunk = try chunk(), !chunk.isEmpty { response.body += Array(chunk.utf8) }
    }
    return response
  }
}

/// Runs what blocks on a thread of its own: the pool that the server runs in shares its threads with Dispatch.
func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
  }
}

/// A running server.
struct TestServer: Sendable {
  let path: String
  let group: ServiceGroup

  /// One request on a connection of its own.
  func request(
    _ method: String, _ target: String, headers: [String: String] = [:], body: String? = nil
  ) async throws -> Response {
    let path = path
    return try await blocking {
      let connection = try Connection(path)
      var text = "\(method) \(target) HTTP/1.1\r\nHost: staled\r\n"
      for (name, value) in headers { text += "\(name): \(value)\r\n" }
      if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
      connection.send(text + "\r\n" + (body ?? ""))
      return try connection.response(toHead: method == "HEAD")
    }
  }
}

/// Serves `fake` on a socket of its own while `work` runs; then shuts down, and fails if that does not end.
func withServer(
  _ fake: FakeService, options: AgentServer.Options = .init(), _ work: (TestServer) async throws -> Void
) async throws {
  let folder = try TemporaryFolder()
  let path = "\(folder.path)/s"
  let (listening, listener) = AsyncStream<Void>.makeStream()
  var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  logger.logLevel = .critical
  let server = AgentServer(service: fake, socketPath: path, options: options, logger: logger) { listener.finish() }
  let group = ServiceGroup(configuration: .init(services: [server], logger: logger))
  try await withThrowingTaskGroup(of: Void.self) { tasks in
    tasks.addTask {
      defer { listener.finish() }
      try await group.run()
    }
    for await _ in listening {}
    try await work(TestServer(path: path, group: group))
    await group.triggerGracefulShutdown()
    try await tasks.waitForAll()
  }
}

/// A folder that goes with its last use.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/staled-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ConnectionError(what: "mkdtemp") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
