internal import CNettle

/// SHA-256 of bytes that come in pieces: what `Digest(of:)` makes of the whole.
public struct ContentHash: Sendable {
  private var context = sha256_ctx()

  public init() { nettle_sha256_init(&context) }

  /// Adds what comes next. Nothing is kept of `bytes`.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    // An empty buffer may have no address, and nothing to add.
    guard let start = bytes.baseAddress else { return }
    nettle_sha256_update(&context, bytes.count, start.assumingMemoryBound(to: UInt8.self))
  }

  /// Adds what comes next.
  public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

  /// Of all that was added so far.
  public var digest: Digest {
    // What yields the digest begins anew: a copy does.
    var context = context
    let bytes = [UInt8](unsafeUninitializedCapacity: Digest.size) { buffer, count in
      nettle_sha256_digest(&context, buffer.count, buffer.baseAddress)
      count = buffer.count
    }
    // So many bytes are a digest: the initialiser cannot fail.
    return Digest(bytes: bytes)!
  }
}
