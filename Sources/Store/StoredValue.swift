public import Freshness
import Synchronization

/// A stored value whose bytes were proven to be those of its digest, given out part by part.
///
/// As long as it lives the value stays, whoever lets go of it meanwhile. It may be used from any thread; its calls
/// block.
public final class StoredValue: Sendable {
  public let digest: Digest
  /// In bytes.
  public let size: Int

  /// Where the bytes come from.
  enum Source {
    /// A value of one part.
    case memory([UInt8])
    /// The parts of the value `id`, with what each was proven to be.
    case parts(id: Int64, proven: [Digest])
  }

  private struct State {
    var source: Source
    var part = 0
  }

  private let store: Store
  private let state: Mutex<State>

  /// Takes over a hold of its reader on the digest.
  init(_ digest: Digest, size: Int, _ source: Source, _ store: Store) {
    self.digest = digest
    self.size = size
    self.store = store
    state = Mutex(State(source: source))
  }

  deinit { store.endReading(digest) }

  /// The next bytes, no more than a part, never none; nil at the end. Each part is proven again: it throws `damaged` if it
  /// is no longer what it was, never giving out other bytes. Asked again it tries the same part.
  public func next() throws(StoreError) -> [UInt8]? {
    try state.withLock { state throws(StoreError) in
      switch state.source {
      case .memory(let bytes):
        state.source = .memory([])
        return bytes.isEmpty ? nil : bytes
      case .parts(let id, let proven):
        guard state.part < proven.count else { return nil }
        let bytes = try store.part(state.part, of: id, digest, proven: proven[state.part])
        state.part += 1
        return bytes
      }
    }
  }
}
