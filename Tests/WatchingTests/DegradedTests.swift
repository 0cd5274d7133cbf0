import Dispatch
import Glibc
import Paths
import Synchronization
import Testing

@testable import Watching

/// The real system, but watches fail where the test says so: root may read everything, and the limit is everybody's.
private struct FailingKernel: Kernel {
  final class Rules: Sendable {
    let code = Mutex<[[UInt8]: Int32]>([:])
    let limit = Mutex(Int.max)
    let held = Mutex<Set<Int32>>([])
    let mounts = Mutex<[Mount]>([])
    let remounted = Atomic(false)
    /// What asks for a name below it gets no answer until `answers` is signalled, once for each.
    let silent = Mutex<Path?>(nil)
    let unanswered = Atomic(0)
    let answers = DispatchSemaphore(value: 0)
    /// Nanoseconds by which the clocks are ahead.
    let later = Atomic<Int64>(0)
  }
  let real: LinuxKernel
  let rules: Rules

  private func wait(_ path: [UInt8]) {
    guard let silent = rules.silent.withLock({ $0 }), Path(path).isWithin(silent) else { return }
    rules.unanswered.add(1, ordering: .relaxed)
    rules.answers.wait()
    rules.unanswered.subtract(1, ordering: .relaxed)
  }
  func openDirectory(_ path: [UInt8]) throws(Errno) -> Int32 {
    wait(path)
    let handle = try real.openDirectory(path)
    return try permitted(handle)
  }
  func openDirectory(_ name: ArraySlice<UInt8>, in directory: Int32) throws(Errno) -> Int32 {
    let handle = try real.openDirectory(name, in: directory)
    return try permitted(handle)
  }
  private func permitted(_ handle: Int32) throws(Errno) -> Int32 {
    let path = real.readLink(Array("/proc/self/fd/\(handle)".utf8)) ?? []
    guard let code = rules.code.withLock({ $0[path] }) else { return handle }
    real.close(handle)
    throw Errno(code)
  }
  func close(_ directory: Int32) { real.close(directory) }
  func watch(_ directory: Int32, mask: WatchMask) throws(Errno) -> Int32 {
    return try count { () throws(Errno) in try real.watch(directory, mask: mask) }
  }
  func watchFile(_ path: [UInt8], mask: WatchMask) throws(Errno) -> Int32 {
    if let code = rules.code.withLock({ $0[path] }) { throw Errno(code) }
    return try count { () throws(Errno) in try real.watchFile(path, mask: mask) }
  }
  private func count(_ add: () throws(Errno) -> Int32) throws(Errno) -> Int32 {
    let descriptor = try add()
    let fits = rules.held.withLock { held in
      if held.contains(descriptor) || held.count < rules.limit.withLock({ $0 }) {
        held.insert(descriptor)
        return true
      }
      return false
    }
    if fits { return descriptor }
    real.removeWatch(descriptor)
    throw Errno(ENOSPC)
  }
  func removeWatch(_ descriptor: Int32) {
    _ = rules.held.withLock { $0.remove(descriptor) }
    real.removeWatch(descriptor)
  }
  func list(_ directory: Int32, into listing: inout Listing) throws(Errno) { try real.list(directory, into: &listing) }
  func status(_ path: [UInt8]) throws(Errno) -> FileStatus {
    wait(path)
    return try real.status(path)
  }
  func status(of directory: Int32) throws(Errno) -> FileStatus { try real.status(of: directory) }
  func mounts() -> [Mount] { rules.mounts.withLock { $0 } }
  func mountsChanged() -> Bool { rules.remounted.exchange(false, ordering: .relaxed) }
  var time: (stamp: Int64, steady: Int64) {
    let now = real.time
    let later = rules.later.load(ordering: .relaxed)
    return (now.stamp + later, now.steady + later)
  }
  func readLink(_ path: [UInt8]) -> [UInt8]? { real.readLink(path) }
  func read(_ path: [UInt8]) throws(Errno) -> [UInt8]? { try real.read(path) }
  func realPath(_ path: [UInt8]) -> [UInt8]? { real.realPath(path) }
  func makeDirectory(_ path: [UInt8]) throws(Errno) { try real.makeDirectory(path) }
  func flash(_ path: [UInt8]) throws(Errno) { try real.flash(path) }
  var watchLimit: Int { 8192 }
}

/// What cannot be watched is named, re-checked at each barrier, and taken in again by itself.
@Suite struct DegradedTests {
  let scratch = Scratch()
  private let rules = FailingKernel.Rules()

  @Test func anUnreadableDirectoryIsToldBeforeEachBarrierAndRecovers() {
    scratch.mkdir("open")
    scratch.mkdir("shut/below")
    rules.code.withLock { $0[scratch.at("shut").bytes] = EACCES }
    var bench = Bench(scratch) { FailingKernel(real: $0, rules: rules) }
    let degraded = bench.tree.status.degraded
    #expect(degraded.map(\.path) == ["shut"])
    #expect(degraded.first?.reason == "permission denied")
    #expect(degraded.first?.remedy.hasPrefix("chmod u+rX '\(scratch.at("shut"))'") == true)
    #expect(bench.events() == [.tree("shut")])
    #expect(bench.tree.track(["shut/below/f"]) == [false])
    #expect(bench.tree.track(["shut/below/f"]) == [false])
    scratch.write("open/f")
    #expect(bench.events() == [.renamed("open/f"), .modified("open/f"), .tree("shut")])
    rules.code.withLock { $0 = [:] }
    #expect(bench.events() == [.tree("shut")])
    #expect(bench.tree.status.degraded == [])
    #expect(bench.events() == [])
    scratch.write("shut/below/f")
    #expect(bench.set()?.contains(.modified("shut/below/f")) == true)
  }

  @Test func theWatchLimitIsNamedWithANumberAndRecoversByItself() {
    for index in 0..<20 { scratch.mkdir(Path("d\(index)/e")) }
    rules.limit.withLock { $0 = 15 }
    var bench = Bench(scratch) { FailingKernel(real: $0, rules: rules) }
    let status = bench.tree.status
    #expect(status.watches <= 15)
    #expect(status.degraded.first?.reason.contains("max_user_watches = 8192") == true)
    #expect(
      status.degraded.first?.remedy
        == "echo fs.inotify.max_user_watches=524288 | sudo tee /etc/sysctl.d/60-staled.conf"
        + " && sudo sysctl fs.inotify.max_user_watches=524288")
    for index in 0..<20 { scratch.write(Path("d\(index)/e/f")) }
    let events = bench.events()
    for index in 0..<20 { #expect(covers(events, Path("d\(index)/e/f"))) }
    rules.limit.withLock { $0 = .max }
    _ = bench.events()
    #expect(bench.tree.status.degraded == [])
    for index in 0..<20 {
      scratch.write(Path("d\(index)/e/f"), "y")
      #expect(bench.events() == [.modified(Path("d\(index)/e/f"))])
    }
  }

  @Test func evenBarriersPassWhenThereIsNoWatchLeft() {
    rules.limit.withLock { $0 = 0 }
    var bench = Bench(scratch) { FailingKernel(real: $0, rules: rules) }
    _ = bench.tree.track(["f"])
    for _ in 0..<10 {
      scratch.write("f")
      #expect(covers(bench.events(), "f"))
    }
  }

  @Test func aRootThatIsNotThereIsNamedAndTakenInLater() {
    var bench = Bench(scratch, scratch.configuration(roots: ["later"])) { FailingKernel(real: $0, rules: rules) }
    #expect(bench.tree.status.degraded.map(\.path) == ["later"])
    scratch.mkdir("later/x")
    #expect(bench.set()?.contains(.tree("later")) == true)
    #expect(bench.tree.status.degraded == [])
    scratch.write("later/x/f")
    #expect(bench.events() == [.renamed("later/x/f"), .modified("later/x/f")])
  }

  @Test func anUnreadableAncestorOfTheWorkspaceIsNoTrouble() {
    rules.code.withLock { $0[scratch.path.bytes] = EACCES }
    scratch.mkdir("a")
    var bench = Bench(scratch) { FailingKernel(real: $0, rules: rules) }
    #expect(bench.tree.status.degraded == [])
    #expect(bench.tree.track(["a/f"]) == [true])
    #expect(bench.events() == [])
    scratch.move(scratch.workspace, scratch.path.appending("away".utf8))
    #expect(covers(bench.events(), "a"))
  }

  @Test func aTrackedFileInAnUnreadableDirectoryIsWatchedItself() {
    let directory = scratch.path.appending("secret".utf8)
    let file = directory.appending("f".utf8)
    scratch.mkdir(directory)
    scratch.write(file)
    rules.code.withLock { $0[directory.bytes] = EACCES }
    var bench = Bench(scratch) { FailingKernel(real: $0, rules: rules) }
    _ = bench.tree.track([file])
    scratch.write(file, "y")
    #expect(bench.set()?.contains(.modified(file)) == true)
    scratch.delete(file)
    #expect(covers(bench.events(), file))
    // Nobody tells of its coming back: it is re-checked at barriers.
    #expect(bench.tree.status.degraded.map(\.path) == [directory])
    scratch.write(file)
    #expect(covers(bench.events(), file))
  }

  @Test func aFileSystemThatDoesNotAnswerHoldsUpNobody() throws {
    scratch.mkdir("far")
    scratch.mkdir("near")
    scratch.write("far/f")
    scratch.write("near/f")
    let device = try LinuxKernel(inotify: -1).status(scratch.at("far").bytes).device
    rules.mounts.withLock {
      $0 = [
        Mount(id: 1, parent: 0, device: 1, point: [.slash], type: "ext4"),
        Mount(id: 2, parent: 1, device: device, point: scratch.at("far").bytes, type: "nfs4"),
      ]
    }
    // Patience is over when the question is one of those that nobody answers.
    let remote = RemoteCalls { [rules] signal in
      while signal.wait(timeout: .now() + .milliseconds(1)) == .timedOut {
        if rules.unanswered.load(ordering: .relaxed) > 0 { return false }
      }
      return true
    }
    let answered = DispatchSemaphore(value: 0)
    remote.whenAnswered { answered.signal() }
    var bench = Bench(scratch) { DeadlineKernel(FailingKernel(real: $0, rules: rules), remote, for: .watching) }
    _ = bench.tree.track(["far/f", "near/f"])
    _ = bench.events()
    func reasons() -> [Path: String] {
      let told = bench.tree.status.degraded.map { ($0.path, $0.reason) }
      return Dictionary(uniqueKeysWithValues: told.filter { $0.1.contains("answer") })
    }
    #expect(reasons() == [:])

    rules.silent.withLock { $0 = scratch.at("far") }
    scratch.write("near/f", "2")
    // Asked again and again, it is in doubt each time, and one thread is held.
    for round in 0..<3 {
      let events = bench.events()
      #expect(covers(events, "far/f"), "\(events ?? [])")
      #expect(covers(events, "near/f") || round > 0, "\(events ?? [])")
      #expect(Set(reasons().values) == ["its file system does not answer"])
      #expect(reasons().keys.allSatisfy { $0.isWithin("far") })
      #expect(rules.unanswered.load(ordering: .relaxed) == 1)
    }

    rules.silent.withLock { $0 = nil }
    scratch.write("far/f", "2")
    rules.answers.signal()
    answered.wait()
    bench.tree.hurry()
    bench.tree.tick()
    #expect(covers(bench.events(), "far/f"))
    #expect(reasons() == [:])
  }
}
