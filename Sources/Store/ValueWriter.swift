public import Freshness
import Synchronization

/// A value that is in the store and held there, so that a transaction can name it: until `Store.release`.
public struct StagedValue: Hashable, Sendable {
  public let digest: Digest
  /// In bytes.
  public let size: Int
}

/// Takes a value piece by piece and stores it part by part: no more than a part of it is in memory.
///
/// Each part is a transaction of its own, so commits come in between. Nobody finds the value before it is finished. A
/// writer that is dropped leaves nothing but room, which a sweep frees; so does the next opening after a crash. Its
/// calls block, and are made one at a time.
public final class ValueWriter: Sendable {
  private struct State {
    var hash = ContentHash()
    var size = 0
    /// What is not written yet: less than a part.
    var pending: [UInt8] = []
    /// How many parts are written.
    var parts = 0
    /// Set once the first part is written.
    var id: Int64?
    /// Why nothing more is taken.
    var end: StoreError?
  }

  private let store: Store
  private let state = Mutex(State())

  init(_ store: Store) { self.store = store }

  deinit { state.withLock { giveUp(&$0) } }

  /// Takes the next bytes. If it throws, what was appended is lost, and so is the writer: every later call throws the same.
  public func append(_ bytes: [UInt8]) throws(StoreError) {
    try state.withLock { state throws(StoreError) in
      if let end = state.end { throw end }
      state.hash.update(bytes)
      state.size += bytes.count
      var rest = bytes[...]
      while state.pending.count + rest.count >= ValueTable.partSize {
        let piece = rest.prefix(ValueTable.partSize - state.pending.count)
        rest = rest.dropFirst(piece.count)
        state.pending += piece
        try writePart(&state)
      }
      state.pending += rest
    }
  }

  /// Stores what is left, and gives the value its name. An equal value that is there already is kept, and this one goes;
  /// unless that one is known to be damaged: then this one takes its place.
  public func finish() throws(StoreError) -> StagedValue {
    try state.withLock { state throws(StoreError) in
      if let end = state.end { throw end }
      let value = StagedValue(digest: state.hash.digest, size: state.size)
      do throws(StoreError) {
        // Every value has a part, the empty one too.
        let last = state.parts == 0 || !state.pending.isEmpty ? state.pending : nil
        if last != nil { try checkRoom(state) }
        try store.finish(value, id: state.id, parts: state.parts, last: last)
      } catch {
        giveUp(&state, error)
        throw error
      }
      state = State(end: Self.ended)
      return value
    }
  }

  /// Gives the value up; one that is finished stays. What is written of it is freed by the next sweeps.
  public func discard() { state.withLock { giveUp(&$0) } }

  private static let ended = StoreError.invalid(detail: "the value was finished or discarded")

  private func writePart(_ state: inout State) throws(StoreError) {
    do throws(StoreError) {
      try checkRoom(state)
      state.id = try store.write(part: state.parts, of: state.id, state.pending)
    } catch {
      giveUp(&state, error)
      throw error
    }
    state.parts += 1
    state.pending.removeAll(keepingCapacity: true)
  }

  private func checkRoom(_ state: State) throws(StoreError) {
    guard state.parts < ValueTable.mostParts else {
      throw .invalid(detail: "a value has at most \(ValueTable.mostParts * ValueTable.partSize) bytes")
    }
  }

  private func giveUp(_ state: inout State, _ error: StoreError = ended) {
    if let id = state.id { store.abandon(id) }
    state = State(end: state.end ?? error)
  }
}
