internal import Dispatch
import Synchronization

/// Tells that work goes on which takes long.
public final class Progress: Sendable {
  private let count = Atomic<Int>(0)

  init() {}

  var steps: Int { count.load(ordering: .relaxed) }

  /// One step is done.
  public func step() { count.add(1, ordering: .relaxed) }
}

/// What one waits for and another finds out.
final class Question<Answer: Sendable>: Sendable {
  private struct State {
    var answer: Answer?
    var isGivenUp = false
  }

  let isAnswered = DispatchSemaphore(value: 0)
  let progress = Progress()
  private let state = Mutex(State())

  var taken: Answer? { state.withLock { $0.answer } }

  /// False if nobody waits any more.
  func answer(_ answer: Answer) -> Bool {
    state.withLock { state in
      if state.isGivenUp { return false }
      state.answer = answer
      isAnswered.signal()
      return true
    }
  }

  /// Waits no longer; `note` is called before the answer can come. Not if it has come: then that is it.
  func giveUp(_ note: () -> Void) -> Answer? {
    state.withLock { state in
      if let answer = state.answer { return answer }
      state.isGivenUp = true
      note()
      return nil
    }
  }
}
