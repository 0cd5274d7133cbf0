import Foundation
import Glibc

/// Plain HTTP/1.1 over a Unix socket, a connection for each request: enough to ask a program on this machine many
/// things without starting a client for each.
public struct UnixHTTP: Sendable {
  /// The status line's number and the body as it came.
  public struct Reply: Sendable {
    public let status: Int
    public let body: [UInt8]
    public var text: String { String(decoding: body, as: UTF8.self) }
  }

  private let socket: String

  public init(socket: String) { self.socket = socket }

  /// - Parameter target: the path and query, percent-encoded.
  /// - Throws: ``CallFailed`` if nobody answers within a minute, ``ProgramFailed`` if the answer is no HTTP.
  public func request(_ method: String, _ target: String, _ body: String = "") throws -> Reply {
    let connection = try connect()
    defer { close(connection) }
    try Tree.write(
      connection,
      "\(method) \(target) HTTP/1.1\r\nHost: local\r\nConnection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    )
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while !Self.isWhole(bytes) {
      let count = chunk.withUnsafeMutableBytes { read(connection, $0.baseAddress, $0.count) }
      if count < 0 { throw CallFailed("read from", socket) }
      if count == 0 { break }
      bytes += chunk[..<count]
    }
    guard let (head, body) = Self.split(bytes), let status = Int(head.dropFirst(9).prefix(3)) else {
      throw ProgramFailed(description: "no HTTP from \(socket): \(String(decoding: bytes.prefix(80), as: UTF8.self))")
    }
    return Reply(status: status, body: Array(body))
  }

  private func connect() throws -> Int32 {
    let connection = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
    if connection < 0 { throw CallFailed("socket", socket) }
    var limit = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { path in
      guard socket.utf8.count < path.count else { return false }
      path.copyBytes(from: socket.utf8)
      return true
    }
    // The address is a sockaddr_un, which is what the family in it says.
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(connection, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard fits, result == 0 else {
      defer { close(connection) }
      throw CallFailed("connect", socket)
    }
    return connection
  }

  private static func split(_ bytes: [UInt8]) -> (head: String, body: ArraySlice<UInt8>)? {
    guard let end = Data(bytes).firstRange(of: Data("\r\n\r\n".utf8)) else { return nil }
    return (String(decoding: bytes[..<end.lowerBound], as: UTF8.self), bytes[end.upperBound...])
  }

  /// Whether the reply has come to its end, as far as it says where that is.
  private static func isWhole(_ bytes: [UInt8]) -> Bool {
    guard let (head, body) = split(bytes) else { return false }
    for line in head.lowercased().split(separator: "\r\n") where line.hasPrefix("content-length:") {
      return Int(line.dropFirst(15).drop { $0 == " " }).map { body.count >= $0 } ?? false
    }
    return false
  }
}
