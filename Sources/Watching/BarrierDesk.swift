package import Paths
import Synchronization

/// Barriers asked for and not yet met in the queue. It has a lock of its own, so that asking for one does not wait for a
/// scan of the tree; where both locks are needed the tree's is taken first.
package final class BarrierDesk<K: Kernel>: Sendable {
  /// Barriers that are met at once, in the order in which they were asked for; `order` is that of the last question.
  private struct Waiting {
    var barriers: [UInt64]
    var order: UInt64
  }

  private struct State {
    /// By the name of the cookie file.
    var cookies: [[UInt8]: Waiting] = [:]
    /// By the descriptor whose end they are.
    var ends: [Int32: Waiting] = [:]
    /// Asked for when neither way was open: met once the queue has been read to its end.
    var owed: [UInt64] = []
    var order: UInt64 = 0
    var watch: Int32 = 0
  }

  private let kernel: K
  private let stateDirectory: [UInt8]
  private let token: [UInt8]
  private let state = Mutex(State())

  /// `token` keeps the cookies of different watchers apart.
  package init(kernel: K, stateDirectory: Path, token: UInt64) {
    self.kernel = kernel
    self.stateDirectory = stateDirectory.bytes
    self.token = Array("\(token)-".utf8)
  }

  private var cookieDirectory: [UInt8] { stateDirectory + Array("/cookies".utf8) }

  /// Asks for a barrier. True if the reader has to be woken, because nothing will come through the queue.
  package func ask(_ barrier: UInt64) -> Bool { state.withLock { ask([barrier], &$0) } }

  /// One thing is put into the queue for all of them.
  private func ask(_ barriers: [UInt64], _ state: inout State) -> Bool {
    state.order += 1
    let waiting = Waiting(barriers: barriers, order: state.order)
    let name = token + Array(String(state.order).utf8)
    if openCookies(&state) {
      state.cookies[name] = waiting
      if (try? kernel.flash(cookieDirectory + [.slash] + name)) != nil { return false }
      state.cookies[name] = nil
    }
    // The disk refuses. The end of a watch comes through the queue as well.
    if let handle = try? kernel.openDirectory(stateDirectory) {
      defer { kernel.close(handle) }
      if let descriptor = try? kernel.watch(handle, mask: .itself), state.ends[descriptor] == nil {
        state.ends[descriptor] = waiting
        kernel.removeWatch(descriptor)
        return false
      }
    }
    state.owed += barriers
    return true
  }

  private func openCookies(_ state: inout State) -> Bool {
    if state.watch != 0 { return true }
    try? kernel.makeDirectory(stateDirectory)
    try? kernel.makeDirectory(cookieDirectory)
    guard let handle = try? kernel.openDirectory(cookieDirectory) else { return false }
    defer { kernel.close(handle) }
    state.watch = (try? kernel.watch(handle, mask: [.create, .deleteSelf, .moveSelf])) ?? 0
    return state.watch != 0
  }

  /// The barriers that an event on a descriptor which is not the tree's stands for. `wake`: as `ask` says.
  /// `lost`: the folder is gone, and perhaps the whole state directory.
  func arrived(_ event: RawEvents.Event, name: ArraySlice<UInt8>) -> (barriers: [UInt64], wake: Bool, lost: Bool) {
    state.withLock { state in
      if event.mask.contains(.ignored), let end = state.ends.removeValue(forKey: event.descriptor) {
        return (end.barriers, false, false)
      }
      guard event.descriptor == state.watch, state.watch != 0 else { return ([], false, false) }
      if event.mask.contains(.create) {
        return (state.cookies.removeValue(forKey: Array(name))?.barriers ?? [], false, false)
      }
      // The folder is gone or moved: cookies made from then on were not seen.
      if !event.mask.contains(.ignored) { kernel.removeWatch(state.watch) }
      state.watch = 0
      return ([], askAgain(&state), true)
    }
  }

  /// After an overflow: every barrier that is waiting may have lost its cookie. They get one between them: with one each, so
  /// many may wait that their cookies are the next overflow. True: as `ask`.
  func askAgain() -> Bool {
    state.withLock { state in
      // What told that the folder is gone may be lost, too. If it is the same its watch stays, so that no more than the
      // cookie comes into the queue.
      let old = state.watch
      state.watch = 0
      _ = openCookies(&state)
      if old != 0, old != state.watch { kernel.removeWatch(old) }
      return askAgain(&state)
    }
  }

  private func askAgain(_ state: inout State) -> Bool {
    let waiting = (Array(state.cookies.values) + Array(state.ends.values)).sorted { $0.order < $1.order }
    if waiting.isEmpty { return false }
    state.cookies = [:]
    state.ends = [:]
    return ask(waiting.flatMap(\.barriers), &state)
  }

  /// The barriers that are met when the queue, from now on, has been read to its end.
  package func takeOwed() -> [UInt64] {
    state.withLock { state in
      defer { state.owed = [] }
      return state.owed
    }
  }

  /// Watches the cookies' folder. False if it cannot be made or watched; barriers go other ways then.
  @discardableResult package func open() -> Bool { state.withLock { openCookies(&$0) } }

  /// Ends the watch.
  package func close() {
    state.withLock { state in
      if state.watch != 0 { kernel.removeWatch(state.watch) }
      state = State()
    }
  }
}
