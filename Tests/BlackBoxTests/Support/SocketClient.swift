import Foundation

/// One HTTP/1.1 connection to an agent: many calls, one after the other, at the price of a write and a read each.
///
/// Belongs to one thread. A connection that breaks throws, and is of no use after that.
final class SocketClient {
  struct Answer: CustomStringConvertible {
    var status: Int
    /// Names in lower case.
    var headers: [String: String]
    var body: Data

    var text: String { String(decoding: body, as: UTF8.self) }
    var description: String { "\(status) \(text.prefix(500))" }

    func decoded<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
      try JSONDecoder().decode(type, from: body)
    }
  }

  /// The connection could not be made, or ended before the answer was whole.
  struct Broken: Error { var reason: String }

  private let descriptor: Int32
  private var buffer = Data()

  /// - Parameter path: the socket's; one in another mount namespace is reached through `/proc/PID/root`.
  init(_ path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    if descriptor < 0 { throw Broken(reason: "socket: \(errno)") }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
      close(descriptor)
      throw Broken(reason: "too long a path: \(path)")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    // Nobody waits for ever for an agent that hangs.
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    if result != 0 {
      let code = errno
      close(descriptor)
      throw Broken(reason: "connect: \(String(cString: strerror(code)))")
    }
  }

  deinit { close(descriptor) }

  @discardableResult
  func call(_ method: String, _ target: String, _ body: Data? = nil) throws -> Answer {
    try send(method, target, body)
    return try receive()
  }

  @discardableResult
  func call(_ method: String, _ target: String, _ body: String) throws -> Answer {
    try call(method, target, Data(body.utf8))
  }

  /// The first half of a call: when it returns, the kernel has the request.
  func send(_ method: String, _ target: String, _ body: Data? = nil) throws {
    var request = Data("\(method) \(target) HTTP/1.1\r\nHost: staled\r\n".utf8)
    if let body { request += Data("Content-Length: \(body.count)\r\n".utf8) }
    request += Data("\r\n".utf8)
    if let body { request += body }
    var sent = 0
    while sent < request.count {
      let count = request.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      // An agent that refuses a body answers before it has read it.
      if count <= 0 { break }
      sent += count
    }
  }

  /// The second half.
  func receive() throws -> Answer {
    while true {
      let head = try readHead()
      let lines = head.components(separatedBy: "\r\n")
      let words = lines[0].split(separator: " ")
      guard words.count >= 2, let status = Int(words[1]) else { throw Broken(reason: "no status: \(lines[0])") }
      if status / 100 == 1 { continue }
      var headers: [String: String] = [:]
      for line in lines.dropFirst() {
        guard let colon = line.firstIndex(of: ":") else { continue }
        headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      }
      guard let length = headers["content-length"].flatMap({ Int($0) }) else {
        throw Broken(reason: "an answer without a length: \(head)")
      }
      while buffer.count < length { try readMore() }
      let body = buffer.prefix(length)
      buffer = Data(buffer.dropFirst(length))
      return Answer(status: status, headers: headers, body: Data(body))
    }
  }

  private func readHead() throws -> String {
    let end = Data("\r\n\r\n".utf8)
    while true {
      if let range = buffer.range(of: end) {
        let head = String(decoding: buffer[..<range.lowerBound], as: UTF8.self)
        buffer = Data(buffer[range.upperBound...])
        return head
      }
      try readMore()
    }
  }

  private func readMore() throws {
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = recv(descriptor, &chunk, chunk.count, 0)
      if count > 0 {
        buffer.append(contentsOf: chunk[..<count])
        return
      }
      if count < 0, errno == EINTR { continue }
      throw Broken(reason: count == 0 ? "the agent closed the connection" : "recv: \(String(cString: strerror(errno)))")
    }
  }
}
