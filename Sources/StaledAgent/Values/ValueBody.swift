package import StaledAPI

/// A value on its way to a client.
package enum ValueBody: Sendable {
  case bytes([UInt8])
  /// One that is too large to be held whole: part by part, from any thread. `next` throws if a part is lost meanwhile: then the
  /// reply is broken off.
  case parts(size: Int, next: @Sendable () async throws -> [UInt8]?)

  /// In bytes.
  package var size: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .parts(let size, _): size
    }
  }
}

/// A value on its way in, piece by piece.
package struct ValueStream: Sendable {
  package typealias Taker = @Sendable ([UInt8]) async throws(Problem) -> Void

  private let pieces: @Sendable (@escaping Taker) async throws(Problem) -> Void

  /// - Parameter pieces: hands each piece to its argument, and returns after the last. Throws if the value breaks off or is too
  ///   large. It can be called once.
  package init(_ pieces: @escaping @Sendable (@escaping Taker) async throws(Problem) -> Void) { self.pieces = pieces }

  /// A value that is there already.
  package init(_ bytes: [UInt8]) { self.init { take throws(Problem) in try await take(bytes) } }

  /// Reads all of it.
  package func read(_ take: @escaping Taker) async throws(Problem) { try await pieces(take) }
}
