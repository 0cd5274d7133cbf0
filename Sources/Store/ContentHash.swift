import Crypto
import Freshness

/// SHA-256 of bytes that come in pieces: what `Digest(of:)` makes of the whole.
struct ContentHash: Sendable {
  private var state = SHA256()

  mutating func update(_ bytes: [UInt8]) { state.update(data: bytes) }

  var digest: Freshness.Digest {
    // SHA-256 yields 32 bytes: the initialiser cannot fail.
    Freshness.Digest(bytes: Array(state.finalize()))!
  }
}
