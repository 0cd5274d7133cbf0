internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import StaledAPI
internal import Synchronization

/// Reads a request's body whole, or says why not.
enum BodyReader {
  /// How long the client says the body is; nil if it does not.
  static func declaredLength(_ headers: HTTPFields) -> Int? { headers[.contentLength].flatMap { Int($0) } }

  /// At most `limit` bytes. A body that breaks off is never taken for a whole one.
  static func read(_ request: Request, limit: Int) async throws(Problem) -> [UInt8] {
    let bytes = Mutex<[UInt8]>([])
    bytes.withLock { $0.reserveCapacity(min(limit, declaredLength(request.headers) ?? 0)) }
    try await read(request, limit: limit) { piece in bytes.withLock { $0 += piece } }
    return bytes.withLock { $0 }
  }

  /// The same piece by piece.
  static func read(_ request: Request, limit: Int, _ take: ValueStream.Taker) async throws(Problem) {
    let declared = declaredLength(request.headers)
    if let declared, declared > limit { throw .tooLarge(limit: limit) }
    var count = 0
    do {
      for try await buffer in request.body {
        count += buffer.readableBytes
        if count > limit { throw Problem.tooLarge(limit: limit) }
        try await take(Array(buffer.readableBytesView))
      }
    } catch let problem as Problem {
      throw problem
    } catch {
      throw .malformed("the body broke off or is no valid HTTP after \(count) bytes")
    }
    // A cancelled read ends like a body does.
    if Task.isCancelled || (declared ?? count) != count {
      throw .malformed("the body broke off after \(count) bytes")
    }
  }
}
