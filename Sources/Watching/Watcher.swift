import CInotifyTools
import Dispatch
import Glibc
public import Paths
import Synchronization

/// Turns the kernel's events into changed paths, and loses none. One runs in a process at a time.
public final class Watcher: Sendable {
  private let session: InotifySession
  private let desk: BarrierDesk<DeadlineKernel<LinuxKernel>>
  private let tree: Mutex<WatchTree<DeadlineKernel<LinuxKernel>>>
  private let remote: RemoteCalls
  private let deliver: @Sendable ([WatchEvent]) -> Void
  /// An eventfd beside inotify's descriptor.
  private let bell: Int32
  /// `/proc/self/mountinfo`: what is mounted and unmounted wakes who polls it. -1 where there is none.
  private let mountInfo: Int32
  private let life = Mutex(Life.new)
  /// A file system answers again.
  private let isAnswered = Atomic<Bool>(false)
  /// Whose turn it is to wait for the tree's lock. Without it, under a flood of events, the reader would take the lock again
  /// and again before anybody else who waits is awake.
  private let turn = DispatchSemaphore(value: 1)

  /// In seconds.
  private static let patienceAtEnd = 5

  private enum Life {
    case new
    case running(pthread_t)
    case stopped
  }

  /// `deliver` is called on the reader's thread, once for each batch drained, in order. It must not call `stop`. `remote`: how
  /// file systems are asked that may not answer.
  public init(
    _ configuration: WatchConfiguration, remote: RemoteCalls = RemoteCalls(),
    deliver: @escaping @Sendable ([WatchEvent]) -> Void
  ) throws(WatchError) {
    guard configuration.workspace.isAbsolute, configuration.stateDirectory.isAbsolute else {
      throw WatchError(
        message: "the workspace \(configuration.workspace) or the state directory \(configuration.stateDirectory)"
          + " is not absolute", remedy: "give their real paths")
    }
    let bell = staled_eventfd()
    guard bell >= 0 else {
      throw WatchError(message: "no eventfd: \(String(cString: strerror(errno)))", remedy: "raise ulimit -n")
    }
    do throws(WatchError) {
      session = try InotifySession.take()
    } catch {
      close(bell)
      throw error
    }
    self.bell = bell
    self.remote = remote
    self.deliver = deliver
    mountInfo = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)
    let kernel = DeadlineKernel(LinuxKernel(inotify: session.descriptor, mountInfo: mountInfo), remote, for: .watching)
    desk = BarrierDesk(kernel: kernel, stateDirectory: configuration.stateDirectory, token: .random(in: 0...UInt64.max))
    tree = Mutex(WatchTree(configuration, kernel: kernel, desk: desk))
  }

  deinit {
    stop()
    close(bell)
    if mountInfo >= 0 { close(mountInfo) }
  }

  /// Watches everything and starts the reader; what happens after it returns is reported.
  public func start() throws(WatchError) {
    let isNew = life.withLock { if case .new = $0 { true } else { false } }
    guard isNew else { throw WatchError(message: "this watcher was started before", remedy: "make another") }
    desk.open()
    remote.whenAnswered { [weak self] in
      self?.isAnswered.store(true, ordering: .relaxed)
      self?.ring()
    }
    tree.withLock { $0.start() }
    if let code = startThread() {
      throw WatchError(message: "no thread: \(String(cString: strerror(code)))", remedy: "raise ulimit -u")
    }
  }

  /// Reports every change of what these paths stand for from now on, wherever it is, under these paths. For each, whether
  /// that was so before the call already: it lay in directories watched and reported, with no link involved. A path in
  /// the state directory is never reported.
  public func track(_ paths: [Path]) -> [Bool] { locked { $0.track(paths) } }

  /// Undoes one `track` of each.
  public func untrack(_ paths: [Path]) { locked { $0.untrack(paths) } }

  /// Delivers `.barrier(id)` after every event that was queued before this call.
  public func barrier(_ id: UInt64) { if desk.ask(id) { ring() } }

  /// Watches by new rules: what is new is watched, what is gone is let go, and `.tree` tells what changed.
  public func reconfigure(ignore: [String], roots: [Path], gitignore: Bool) {
    locked { tree in
      var new = tree.configuration
      new.ignore = ignore
      new.roots = roots
      new.gitignore = gitignore
      tree.reconfigure(new)
    }
  }

  /// How many watches, and what is wrong.
  public var status: WatchStatus { asking { $0.status } }

  /// The rules in force in the workspace root, for a `TreeLister`.
  public var ignoreRules: IgnoreRules { asking { $0.workspaceRules } }

  /// Lists directories by the same rules.
  public var lister: TreeLister { asking { [remote] in TreeLister($0, remote: remote) } }

  /// Ends the reader and gives all watches back. Not to be called from `deliver`.
  public func stop() {
    let old = life.withLock { life in
      defer { life = .stopped }
      return life
    }
    switch old {
    case .stopped: return
    case .new: break
    case .running(let thread):
      ring()
      // A disk that does not answer may hold the reader, with the tree: the process ends without it.
      guard staled_join(thread, Self.patienceAtEnd) == 0 else { return }
    }
    tree.withLock { $0.stop() }
    session.giveBack()
  }

  /// The tree, for whoever comes first.
  private func asking<R: Sendable>(
    _ body: (inout sending WatchTree<DeadlineKernel<LinuxKernel>>) -> sending R
  ) -> R {
    turn.wait()
    return tree.withLock { tree in
      turn.signal()
      return body(&tree)
    }
  }

  private func locked<R: Sendable>(_ body: (inout sending WatchTree<DeadlineKernel<LinuxKernel>>) -> sending R) -> R {
    let (result, hasNews) = asking { tree in
      let result = body(&tree)
      return (result, !tree.out.isEmpty || tree.wantsWake)
    }
    if hasNews { ring() }
    return result
  }

  // MARK: The reader

  private func ring() {
    var one: UInt64 = 1
    _ = write(bell, &one, 8)
  }

  private func startThread() -> Int32? {
    var thread = pthread_t()
    // The thread owns a reference until it ends.
    let reference = Unmanaged.passRetained(self)
    let code = pthread_create(&thread, nil, Self.run, reference.toOpaque())
    if code != 0 {
      reference.release()
      return code
    }
    life.withLock { $0 = .running(thread) }
    return nil
  }

  /// Threads are started from here: a closure made in isolated code would trap.
  private static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
    // Retained for the thread by `startThread`.
    guard let argument else { return nil }
    Unmanaged<Watcher>.fromOpaque(argument).takeRetainedValue().read()
    return nil
  }

  private var isStopped: Bool { life.withLock { if case .stopped = $0 { true } else { false } } }

  /// For `poll`: without end where nothing has to be compared.
  static func patience(until due: Int64?, _ now: Int64) -> Int32 {
    guard let due else { return -1 }
    // Never early: rounded up.
    let (whole, rest) = max(0, due - now).quotientAndRemainder(dividingBy: 1_000_000)
    return Int32(clamping: whole + (rest > 0 ? 1 : 0))
  }

  private func read() {
    var batch = RawEvents()
    // The first time at once: what has to be compared was found before this thread began.
    var patience: Int32 = 0
    while !isStopped {
      var waits = [
        pollfd(fd: session.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: bell, events: Int16(POLLIN), revents: 0),
        // Negative ones are skipped.
        pollfd(fd: mountInfo, events: Int16(POLLPRI), revents: 0),
      ]
      let isWoken = poll(&waits, nfds_t(waits.count), patience) > 0
      // It is told once.
      var isRemounted = isWoken && LinuxKernel.tellsOfMounts(waits[2].revents)
      var rung: UInt64 = 0
      _ = Glibc.read(bell, &rung, 8)
      // Before the queue is read: these are met when it is empty.
      let owed = desk.takeOwed()
      var hasMore = true
      while hasMore, !isStopped {
        batch.removeAll()
        hasMore = session.read(into: &batch, limit: 4096)
        let (events, wake) = asking { tree in
          if isRemounted { tree.mountsMayDiffer = true }
          isRemounted = false
          if isAnswered.exchange(false, ordering: .relaxed) { tree.hurry() }
          tree.take(batch)
          tree.tick()
          if !hasMore { for barrier in owed { tree.deliver(barrier) } }
          let wake = tree.wantsWake
          patience = Self.patience(until: tree.nextLook, LinuxKernel.steadyNow)
          return (tree.drain(), wake)
        }
        if wake { ring() }
        if !events.isEmpty { deliver(events) }
      }
    }
  }
}
