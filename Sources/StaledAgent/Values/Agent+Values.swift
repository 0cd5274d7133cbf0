internal import CGlibc
internal import Freshness
internal import Manifest
internal import StaledAPI
internal import Store
internal import Synchronization

/// The two levels that values are kept in: memory (`MemoryLevel`), and the store.
///
/// Neither decides what is fresh: the engine says which value an entry has, and whether it may be served. A value in memory is found
/// by its entry and its digest, so that one that was replaced is never taken for the new one.
extension Agent {
  /// Larger values are not held in memory, but read part by part from the store each time.
  static let largestHeld = 1 << 20

  /// What memory holds unless the manifest says otherwise.
  static let standardMemory = CacheBounds(maxEntries: 100_000, maxBytes: 64 << 20)

  /// Stores a value that is about to be made known, a part at a time. `release` it after the entry that names it was made, or was
  /// not. `held`: its bytes, if it is small.
  func stage(_ value: ValueStream) async throws(Problem) -> (value: StagedValue, held: [UInt8]?) {
    let writer = store.beginValue()
    let intake = ValueIntake()
    do throws(Problem) {
      try await value.read { [looker] piece throws(Problem) in
        // A thread that may block is bothered for whole parts only.
        guard let part = intake.add(piece) else { return }
        let written: Result<Void, StoreError> = await looker.run {
          do throws(StoreError) { return .success(try writer.append(part)) } catch { return .failure(error) }
        }
        if case .failure(let error) = written { throw Problem(storeError: error) }
      }
    } catch {
      await looker.run { writer.discard() }
      throw error
    }
    let (rest, held) = intake.end()
    let staged: Result<StagedValue, StoreError> = await looker.run {
      do throws(StoreError) {
        try writer.append(rest)
        return .success(try writer.finish())
      } catch {
        writer.discard()
        return .failure(error)
      }
    }
    switch staged {
    case .success(let value): return (value, held)
    case .failure(let error): throw Problem(storeError: error)
    }
  }

  /// The value of an entry; nil if it is lost, which is told, and the entry stale then.
  func value(of name: EntryName, _ info: ValueInfo) async throws(Problem) -> ValueBody? {
    if let bytes = memory.value(name, digest: info.digest) {
      statistics.noteValue(of: name.namespace, from: .memory)
      return .bytes(bytes)
    }
    switch await stored(info.digest) {
    case .success(let value?):
      statistics.noteValue(of: name.namespace, from: .store)
      return try await body(of: value, for: name)
    case .success(nil), .failure(.damaged):
      await readAgain(name, info.digest)
      return nil
    case .failure(let error): throw Problem(storeError: error)
    }
  }

  /// Opens a stored value, which is proven then; nil if there is none.
  func stored(_ digest: Digest) async -> Result<StoredValue?, StoreError> {
    let store = store
    return await looker.run {
      do throws(StoreError) { return .success(try store.openValue(digest)) } catch { return .failure(error) }
    }
  }

  private func body(of value: StoredValue, for name: EntryName) async throws(Problem) -> ValueBody {
    if value.size > Self.largestHeld {
      return .parts(size: value.size) { [looker] in
        try await looker.run { Result { try value.next() } }.get()
      }
    }
    let read: Result<[UInt8], StoreError> = await looker.run {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(value.size)
      do throws(StoreError) {
        while let part = try value.next() { bytes += part }
        return .success(bytes)
      } catch { return .failure(error) }
    }
    switch read {
    case .success(let bytes):
      hold(bytes, of: name, value.digest)
      return .bytes(bytes)
    case .failure(let error): throw Problem(storeError: error)
    }
  }

  /// Keeps a value in memory, if it is still the entry's.
  func hold(_ bytes: [UInt8], of name: EntryName, _ digest: Digest) {
    guard engine.standing(of: name).value?.digest == digest else { return }
    memory.insert(name, digest: digest, bytes: bytes)
  }

  /// What the manifest says of both levels is in force from now on.
  func boundLevels() {
    let manifest = manifest.manifest
    let total = CacheBounds(
      maxEntries: manifest.memory.maxEntries ?? Self.standardMemory.maxEntries,
      maxBytes: manifest.memory.maxBytes ?? Self.standardMemory.maxBytes)
    memory.setBounds(total: total, namespaces: manifest.namespaces.mapValues(\.memory))
  }

  /// A value for which there could never be room is refused, rather than let go of at once.
  func checkRoom(for name: EntryName, size: Int) throws(Problem) {
    let bounds = [
      ("the namespace \(name.namespace)", manifest.manifest.namespaces[name.namespace]?.disk.maxBytes),
      ("all together", manifest.manifest.disk.maxBytes),
    ]
    for case (let place, let most?) in bounds where size > most {
      throw Problem(
        "too-large", title: "Too large", status: 413,
        detail: "a value of \(size) bytes has no room: `disk.maxBytes` of \(place) is \(most)")
    }
  }

  /// Keeps the store within its bounds; what goes is told with the next record.
  func boundStore() {
    let manifest = manifest.manifest
    for (name, namespace) in manifest.namespaces where namespace.disk != CacheBounds() {
      engine.evict(
        in: name, maxValues: namespace.disk.maxEntries, maxBytes: namespace.disk.maxBytes, because: "bounds:\(name)")
    }
    if manifest.disk != CacheBounds() {
      engine.evict(
        in: nil, maxValues: manifest.disk.maxEntries, maxBytes: manifest.disk.maxBytes, because: "bounds:all")
    }
  }

  /// Lets go of what memory holds of entries that have another value now, or none.
  func forgetValues(of names: some Sequence<EntryName>) {
    for name in names {
      droppedValues += 1
      guard memory.contains(name) else { continue }
      // One that does not match goes.
      if let value = engine.standing(of: name).value {
        _ = memory.value(name, digest: value.digest)
      } else {
        memory.remove(name)
      }
    }
  }

  /// So many that went are worth to give memory back.
  private static var manyValues: Int { 4096 }

  /// Frees what the store holds and nothing names, a slice at a time, while there is something.
  func sweepValues() {
    guard sweeping == nil, store.isSweepDue, state != .stopping else { return }
    sweeping = Task { [store, looker] in
      var pause = Duration.milliseconds(100)
      while !Task.isCancelled {
        let swept: Result<Bool, StoreError> = await looker.run {
          do throws(StoreError) { return .success(try store.sweepSome()) } catch { return .failure(error) }
        }
        switch swept {
        case .success(true): pause = .milliseconds(100)
        case .success(false):
          if droppedValues >= Self.manyValues {
            droppedValues = 0
            // After a storm the C library would keep most of what was given back to it.
            await looker.run { _ = malloc_trim(0) }
          }
          sweeping = nil
          // What came to be freed in between.
          sweepValues()
          return
        case .failure:
          // A full disk, perhaps: there is no hurry.
          try? await Task.sleep(for: pause)
          pause = min(pause * 2, .seconds(60))
        }
      }
    }
  }
}

/// Gathers the pieces of a value into parts worth a write; used by one reader, on one task at a time.
private final class ValueIntake: Sendable {
  private struct State {
    var part: [UInt8] = []
    var held: [UInt8]? = []
  }

  private static let part = 256 << 10
  private let state = Mutex(State())

  /// A part to be written now, if one is full.
  func add(_ piece: [UInt8]) -> [UInt8]? {
    state.withLock { state in
      state.part += piece
      if let size = state.held?.count, size + piece.count <= Agent.largestHeld {
        state.held? += piece
      } else {
        state.held = nil
      }
      guard state.part.count >= Self.part else { return nil }
      defer { state.part = [] }
      return state.part
    }
  }

  /// What is left, and all of it if it is small.
  func end() -> (rest: [UInt8], held: [UInt8]?) { state.withLock { ($0.part, $0.held) } }
}
