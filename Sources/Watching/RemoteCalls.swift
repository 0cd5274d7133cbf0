internal import Dispatch
internal import Glibc
public import Paths
import Synchronization

/// Questions to file systems that others serve, which may never be answered: a dead server, or a FUSE program that was
/// stopped, holds whoever asks for as long as it likes, and no signal helps.
///
/// Such a question is asked on a thread that nobody else needs, and whoever asked goes on without an answer when
/// `patience` is over. Until the answer does come, nothing more is asked of that mount, so that one thread is held and not
/// many. What lies on no such mount is asked directly.
public final class RemoteCalls: Sendable {
  /// A mount point whose file system may not answer.
  public struct Place: Hashable, Sendable {
    let point: [UInt8]
  }

  /// Tells that the work goes on: patience begins anew.
  public final class Progress: Sendable {
    fileprivate let count = Atomic<Int>(0)
    init() {}
    /// One step is done.
    public func step() { count.add(1, ordering: .relaxed) }
  }

  private struct State {
    var points: [[UInt8]] = []
    /// Questions that were given up and not answered since.
    var open: [Place: Int] = [:]
    /// What is done when they are answered.
    var afterwards: [Place: [@Sendable () -> Void]] = [:]
    var idle: [Worker] = []
    var whenAnswered: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())
  private let hasPlaces = Atomic<Bool>(false)
  private let wait: @Sendable (DispatchSemaphore) -> Bool
  private static let mostIdle = 4

  /// `patience`: in milliseconds, for each step of the work.
  public convenience init(patience: Int = 5000) {
    self.init(waiting: { $0.wait(timeout: .now() + .milliseconds(patience)) == .success })
  }

  /// `waiting`: for the signal that there is an answer; false if patience is over.
  init(waiting: @escaping @Sendable (DispatchSemaphore) -> Bool) { wait = waiting }

  deinit { for worker in state.withLock({ $0.idle }) { worker.end() } }

  /// Takes in what is mounted where.
  func learn(_ table: MountTable) {
    let points = table.unsure
    state.withLock { $0.points = points }
    hasPlaces.store(!points.isEmpty, ordering: .releasing)
  }

  /// No file system that may not answer is mounted.
  var isEmpty: Bool { !hasPlaces.load(ordering: .acquiring) }

  /// The first such mount that an absolute path, read without following links, comes to.
  func place(of path: some Collection<UInt8>) -> Place? {
    if isEmpty { return nil }
    return state.withLock { state in
      state.points.first { point in
        guard path.starts(with: point) else { return false }
        return point == [.slash] || path.count == point.count || path.dropFirst(point.count).first == .slash
      }.map(Place.init)
    }
  }

  /// The first such mount that an absolute path comes to, wherever links lead it.
  public func place(onTheWayTo path: Path) -> Place? {
    if isEmpty { return nil }
    let kernel = LinuxKernel(inotify: -1)
    var rest = Array(path.components.reversed())
    var at = Path("/")
    // As the kernel's limit on links in one path.
    var links = 40
    while true {
      // Asked first: not even its status is looked at here.
      if let place = place(of: at.bytes) { return place }
      guard let name = rest.popLast() else { return nil }
      if name == [.dot, .dot] {
        at = at.parent ?? at
        continue
      }
      let next = at.appending(name)
      if let place = place(of: next.bytes) { return place }
      guard let status = try? kernel.status(next.bytes), status.kind != .absent else { return nil }
      guard status.kind == .link else {
        at = next
        continue
      }
      links -= 1
      guard links > 0, let target = kernel.readLink(next.bytes) else { return nil }
      let path = Path(target, isSymbolicLink: { _ in true })
      if path.isAbsolute { at = Path("/") }
      rest += path.components.reversed()
    }
  }

  /// Does work that follows `path`, an absolute path. Nil if no answer came.
  public func reach<Answer: Sendable>(_ path: Path, _ work: @escaping @Sendable () -> Answer) -> Answer? {
    guard let place = place(onTheWayTo: path) else { return work() }
    return call(place) { _ in work() }
  }

  /// Does work that asks the file system at `place`. Nil if no answer came, or if an earlier one is still owed.
  ///
  /// - Parameter late: is given an answer that comes when nobody waits for it any more.
  public func call<Answer: Sendable>(
    _ place: Place, late: @escaping @Sendable (Answer) -> Void = { _ in },
    _ work: @escaping @Sendable (Progress) -> Answer
  ) -> Answer? {
    if state.withLock({ $0.open[place] != nil }) { return nil }
    let question = Question<Answer>()
    let isAsked = start { [self] in
      let answer = work(question.progress)
      guard !question.answer(answer) else { return }
      late(answer)
      close(place)
    }
    if !isAsked { return nil }
    var steps = 0
    while !wait(question.isAnswered) {
      let done = question.progress.count.load(ordering: .relaxed)
      if done != steps {
        steps = done
        continue
      }
      return question.giveUp { [self] in state.withLock { $0.open[place, default: 0] += 1 } }
    }
    return question.taken
  }

  /// Calls `body` whenever a mount answers again, on any thread.
  func whenAnswered(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.whenAnswered = body } }

  private func close(_ place: Place) {
    let afterwards = state.withLock { state -> [@Sendable () -> Void] in
      state.open[place]? -= 1
      guard state.open[place] == 0 else { return [] }
      state.open[place] = nil
      return (state.afterwards.removeValue(forKey: place) ?? []) + [state.whenAnswered].compactMap(\.self)
    }
    for work in afterwards { work() }
  }

  /// Does `work` when no question that was given up may still use what it ends.
  func finish(_ place: Place, _ work: @escaping @Sendable () -> Void) {
    let isLater = state.withLock { state in
      if state.open[place] == nil { return false }
      state.afterwards[place, default: []].append(work)
      return true
    }
    if !isLater { work() }
  }

  // MARK: Threads

  /// Runs work on a thread that nobody else needs. False if there is none to be had.
  private func start(_ work: @escaping @Sendable () -> Void) -> Bool {
    let worker = state.withLock { $0.idle.popLast() } ?? Worker()
    let job: @Sendable () -> Bool = { [self] in
      work()
      return state.withLock { state in
        guard state.idle.count < Self.mostIdle else { return false }
        state.idle.append(worker)
        return true
      }
    }
    return worker.run(job)
  }
}

/// What one waits for and another finds out.
private final class Question<Answer: Sendable>: Sendable {
  private struct State {
    var answer: Answer?
    var isGivenUp = false
  }

  let isAnswered = DispatchSemaphore(value: 0)
  let progress = RemoteCalls.Progress()
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

/// A thread that does one job after the other.
private final class Worker: Sendable {
  /// False: the thread ends.
  typealias Job = @Sendable () -> Bool

  private struct State {
    var job: Job?
    var isStarted = false
  }

  private let state = Mutex(State())
  private let bell = DispatchSemaphore(value: 0)

  /// False if there is no thread to be had.
  func run(_ job: @escaping Job) -> Bool {
    let isStarted = state.withLock { state in
      state.job = job
      defer { state.isStarted = true }
      return state.isStarted
    }
    bell.signal()
    if isStarted { return true }
    var thread = pthread_t()
    // The thread owns a reference until it ends.
    let reference = Unmanaged.passRetained(self)
    guard pthread_create(&thread, nil, Self.main, reference.toOpaque()) == 0 else {
      reference.release()
      return false
    }
    pthread_detach(thread)
    return true
  }

  /// To be called when it is idle.
  func end() { bell.signal() }

  /// Threads are started from here: a closure made in isolated code would trap.
  private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
    // Retained for the thread by `run`.
    guard let argument else { return nil }
    Unmanaged<Worker>.fromOpaque(argument).takeRetainedValue().work()
    return nil
  }

  private func work() {
    while true {
      bell.wait()
      let job = state.withLock { state in
        defer { state.job = nil }
        return state.job
      }
      guard let job, job() else { return }
    }
  }
}
