internal import Dispatch
internal import Glibc
public import Paths
import Synchronization

/// Questions to file systems that others serve, which may never be answered: a dead server, or a FUSE program that was
/// stopped, holds whoever asks for as long as it likes, and no signal helps.
///
/// Such a question is asked on a thread that nobody else needs, and whoever asked goes on without an answer when
/// patience is over. Until the answer does come, nothing more is asked of that mount: threads are held only by what was asked
/// before that was known. A mount that answers slowly is asked only now and then. What lies on no such mount is asked directly.
public final class RemoteCalls: Sendable {
  /// A mount whose file system may not answer. Another one at the same point is another place.
  public struct Place: Hashable, Sendable {
    let point: [UInt8]
    let mount: Int
  }

  /// What a question is for.
  public enum Purpose: Sendable {
    /// To look at what is there. Where the watcher does not know what it watches, nothing is looked at either: it would prove
    /// nothing.
    case looking
    /// To watch: an answer that does not come is made up for later (`takeRecovered`).
    case watching
  }

  /// How long is waited.
  struct Patience: Sendable {
    /// For each step of an answer, in nanoseconds.
    var step: UInt64 = 3_000_000_000
    /// What nobody minds waiting for, in nanoseconds. The rest is a debt of the mount, paid off in four times that time.
    var quick: UInt64 = 100_000_000
    /// A mount with a larger debt is not asked, in nanoseconds.
    var mostDebt: UInt64 = 5_000_000_000
    /// How soon, at the most and at the least, the watcher asks anew where it went without an answer twice.
    var pauses: ClosedRange<UInt64> = 2_000_000_000...60_000_000_000
  }

  private struct State {
    /// The deepest first.
    var points: [UnsureMount] = []
    /// Questions that were given up and not answered since.
    var open: [Place: Int] = [:]
    /// What is done when they are answered.
    var afterwards: [Place: [@Sendable () -> Void]] = [:]
    var debts: [Place: (amount: UInt64, at: UInt64)] = [:]
    /// Where the watcher went without an answer: what it knows of these may be wrong.
    var missed: Set<Place> = []
    /// How long it waits before it asks there anew, and until when, in nanoseconds.
    var pauses: [Place: (length: UInt64, end: UInt64)] = [:]
    var whenAnswered: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())
  private let hasPlaces = Atomic<Bool>(false)
  private let threads = SpareThreads()
  private let patience: Patience
  private let wait: @Sendable (DispatchSemaphore) -> Bool
  private let clock: @Sendable () -> UInt64

  /// Knows what is mounted now; a watcher goes on telling it.
  public convenience init() {
    let patience = Patience()
    self.init(
      patience: patience, clock: { DispatchTime.now().uptimeNanoseconds },
      waiting: { $0.wait(timeout: .now() + .nanoseconds(Int(patience.step))) == .success })
    let mountInfo = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)
    guard mountInfo >= 0 else { return }
    defer { Glibc.close(mountInfo) }
    learn(MountTable(LinuxKernel(inotify: -1, mountInfo: mountInfo).mounts()))
  }

  /// `clock`: nanoseconds that never go back. `waiting`: for the signal that there is an answer; false if patience is over.
  init(
    patience: Patience = Patience(), clock: @escaping @Sendable () -> UInt64 = { 0 },
    waiting: @escaping @Sendable (DispatchSemaphore) -> Bool
  ) {
    (self.patience, self.clock, wait) = (patience, clock, waiting)
  }

  // MARK: Places

  /// Takes in what is mounted where.
  func learn(_ table: MountTable) {
    let points = table.unsure
    state.withLock { state in
      state.points = points
      // What is mounted there now is looked at because of that.
      let places = Set(points.map { Place(point: $0.point, mount: $0.id) })
      state.missed.formIntersection(places)
      state.pauses = state.pauses.filter { places.contains($0.key) }
      state.debts = state.debts.filter { places.contains($0.key) }
    }
    hasPlaces.store(!points.isEmpty, ordering: .releasing)
  }

  /// No file system that may not answer is mounted.
  var isEmpty: Bool { !hasPlaces.load(ordering: .acquiring) }

  /// The deepest such mount that an absolute path, read without following links, lies on.
  func place(of path: some Collection<UInt8>) -> Place? {
    if isEmpty { return nil }
    return state.withLock { state in
      state.points.first { $0.holds(path) }.map { Place(point: $0.point, mount: $0.id) }
    }
  }

  /// To find the ways of many paths at about the same time.
  public func ways() -> RemoteWays { RemoteWays(self) }

  // MARK: Questions

  /// Does work that follows `path`, an absolute path. Nil if no answer came.
  public func reach<Answer: Sendable>(_ path: Path, _ work: @escaping @Sendable () -> Answer) -> Answer? {
    var ways = ways()
    guard let place = ways.place(onTheWayTo: path) else { return work() }
    return call(place) { _ in work() }
  }

  /// Does work that asks the file system at `place`. Nil if no answer came, or if it is not asked at present.
  ///
  /// - Parameters:
  ///   - purpose: whose question it is.
  ///   - late: is given an answer that comes when nobody waits for it any more.
  ///   - work: is given what it tells its progress: patience then begins anew.
  public func call<Answer: Sendable>(
    _ place: Place, for purpose: Purpose = .looking, late: @escaping @Sendable (Answer) -> Void = { _ in },
    _ work: @escaping @Sendable (Progress) -> Answer
  ) -> Answer? {
    guard isAsked(place, for: purpose) else { return nil }
    let begun = clock()
    let question = Question<Answer>()
    let isUnderWay = threads.run { [self] in
      let answer = work(question.progress)
      guard !question.answer(answer) else { return }
      late(answer)
      close(place)
    }
    guard isUnderWay else {
      if purpose == .watching { state.withLock { _ = $0.missed.insert(place) } }
      return nil
    }
    var steps = 0
    while !wait(question.isAnswered) {
      let done = question.progress.steps
      if done != steps {
        steps = done
        continue
      }
      return question.giveUp { [self] in
        state.withLock { state in
          state.open[place, default: 0] += 1
          if purpose == .watching { state.missed.insert(place) }
        }
      }
    }
    note(clock() - begun, over: steps + 1, at: place)
    return question.taken
  }

  /// Whether a question may be asked there now.
  func isAsked(_ place: Place, for purpose: Purpose) -> Bool {
    let now = clock()
    return state.withLock { state in
      let isWilling = isWilling(place, now, state)
      switch purpose {
      case .looking: return isWilling && !state.missed.contains(place)
      case .watching:
        if !isWilling { state.missed.insert(place) }
        return isWilling
      }
    }
  }

  private func isWilling(_ place: Place, _ now: UInt64, _ state: borrowing State) -> Bool {
    state.open[place] == nil && debt(of: place, now, state) <= patience.mostDebt
  }

  private func debt(of place: Place, _ now: UInt64, _ state: borrowing State) -> UInt64 {
    guard let debt = state.debts[place] else { return 0 }
    let paid = (now - debt.at) / 4
    return debt.amount > paid ? debt.amount - paid : 0
  }

  private func note(_ time: UInt64, over steps: Int, at place: Place) {
    let quick = patience.quick * UInt64(steps)
    if time <= quick { return }
    let now = clock()
    state.withLock { $0.debts[place] = (debt(of: place, now, $0) + time - quick, now) }
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

  /// Calls `body` whenever a mount answers again, on any thread.
  func whenAnswered(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.whenAnswered = body } }

  /// Whether the watcher went without an answer somewhere and may ask anew now: it is to look at everything again.
  func takeRecovered() -> Bool {
    if isEmpty { return false }
    let now = clock()
    return state.withLock { state in
      let found = state.missed.filter { place in
        isWilling(place, now, state) && now >= state.pauses[place]?.end ?? 0
      }
      for place in found {
        state.missed.remove(place)
        // One that goes on like that is asked less and less often.
        let last = state.pauses[place].flatMap { now < $0.end + patience.pauses.upperBound ? $0.length : nil }
        let length = last.map { min($0 * 2, patience.pauses.upperBound) } ?? patience.pauses.lowerBound
        state.pauses[place] = (length, now + length)
      }
      return !found.isEmpty
    }
  }

  private func close(_ place: Place) {
    let afterwards = state.withLock { state -> [@Sendable () -> Void] in
      state.open[place]? -= 1
      guard state.open[place] == 0 else { return [] }
      state.open[place] = nil
      return (state.afterwards.removeValue(forKey: place) ?? []) + [state.whenAnswered].compactMap(\.self)
    }
    for work in afterwards { work() }
  }
}
