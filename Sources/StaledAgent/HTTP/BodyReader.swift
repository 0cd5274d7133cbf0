internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import StaledAPI

/// Reads a request's body whole, or says why not.
enum BodyReader {
  /// How long the client says the body is; nil if it does not.
  static func declaredLength(_ headers: HTTPFields) -> Int? { headers[.contentLength].flatMap { Int($0) } }

  /// At most `limit` bytes. A body that breaks off is never taken for a whole one.
  static func read(_ request: Request, limit: Int) async throws(Problem) -> [UInt8] {
    let declared = declaredLength(request.headers)
    if let declared, declared > limit { throw .tooLarge(limit: limit) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(declared ?? 0)
    do {
      for try await buffer in request.body {
        if bytes.count + buffer.readableBytes > limit { throw Problem.tooLarge(limit: limit) }
        bytes.append(contentsOf: buffer.readableBytesView)
      }
    } catch let problem as Problem {
      throw problem
    } catch {
      throw .malformed("the body broke off or is no valid HTTP after \(bytes.count) bytes")
    }
    // A cancelled read ends like a body does.
    if Task.isCancelled || (declared ?? bytes.count) != bytes.count {
      throw .malformed("the body broke off after \(bytes.count) bytes")
    }
    return bytes
  }
}
