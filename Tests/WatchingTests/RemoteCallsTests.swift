import Dispatch
import Glibc
import Paths
import Synchronization
import Testing

@testable import Watching

/// Questions that may never be answered.
@Suite struct RemoteCallsTests {
  let scratch = Scratch()

  private func learn(_ remote: RemoteCalls, _ points: [Path], type: String = "nfs4") {
    var mounts = [Mount(id: 1, parent: 0, device: 1, point: [.slash], type: "ext4")]
    for (index, point) in points.enumerated() {
      mounts.append(Mount(id: index + 2, parent: 1, device: UInt64(index + 2), point: point.bytes, type: type))
    }
    remote.learn(MountTable(mounts))
  }

  @Test(arguments: [
    ("nfs4", true), ("fuse.sshfs", true), ("fuse.portal", true), ("autofs", true), ("newfs", true), ("ext4", false),
    ("overlay", false), ("proc", false), ("fusectl", false),
  ]) func someMayNotAnswer(_ type: String, _ mayNot: Bool) {
    let remote = RemoteCalls()
    #expect(remote.isEmpty && remote.place(of: Path("/far/x").bytes) == nil)
    learn(remote, ["/far"], type: type)
    #expect(remote.isEmpty != mayNot)
    #expect((remote.place(of: Path("/far/x").bytes) != nil) == mayNot)
  }

  @Test(arguments: [
    ("far", true), ("far/a/b", true), ("far/../near", false), ("farther", false), ("near/x", false), ("gone/x", false),
    ("link", true), ("relative/x", true), ("round", false), ("near/up/far", true), ("inside/in/x", true),
    ("chain/a", true), ("near/file/x", false),
  ]) func theWayThereIsFollowedUpToIt(_ path: Path, _ isFar: Bool) {
    scratch.mkdir("near")
    scratch.mkdir("farther")
    scratch.write("near/file")
    scratch.symlink("\(scratch.at("far/a"))", "link")
    scratch.symlink("./near/../far", "relative")
    scratch.symlink("round", "round")
    scratch.symlink("..", "near/up")
    scratch.symlink("near", "inside")
    scratch.symlink("../far", "near/in")
    scratch.symlink("link", "chain")
    let remote = RemoteCalls()
    // Nothing is there: whoever looked would find it absent.
    learn(remote, [scratch.at("far")])
    var ways = remote.ways()
    for _ in 0..<2 { #expect((ways.place(onTheWayTo: scratch.at(path)) != nil) == isFar) }
  }

  @Test func ofMountsInsideOneAnotherTheDeepestIsAsked() throws {
    let remote = RemoteCalls()
    func mount(_ id: Int, _ parent: Int, _ point: Path, _ type: String) -> Mount {
      Mount(id: id, parent: parent, device: UInt64(id), point: point.bytes, type: type)
    }
    remote.learn(
      MountTable([
        mount(1, 0, "/", "ext4"), mount(2, 1, "/home", "autofs"), mount(3, 2, "/home/alice", "nfs4"),
        mount(4, 2, "/home/local", "ext4"), mount(5, 3, "/home/alice/in", "nfs4"), mount(6, 1, "/proc", "proc"),
        mount(7, 6, "/proc/sys/fs/binfmt_misc", "autofs"),
      ]))
    for (path, id) in [
      ("/home/bob/x", 2), ("/home/alice/x", 3), ("/home/alice/in/x", 5), ("/home/local/x", nil), ("/home", 2),
      ("/homes", nil), ("/proc/sys/fs/binfmt_misc/x", nil),
    ] as [(Path, Int?)] {
      #expect(remote.place(of: path.bytes)?.mount == id, "\(path)")
      var ways = remote.ways()
      // Only as far as is there.
      if id != nil { #expect(ways.place(onTheWayTo: path)?.mount == id, "\(path)") }
    }
    // The root itself.
    remote.learn(MountTable([mount(1, 0, "/", "nfs4"), mount(2, 1, "/run", "tmpfs")]))
    var ways = remote.ways()
    #expect(ways.place(onTheWayTo: "/etc/x")?.mount == 1)
  }

  @Test func anotherMountAtTheSamePointIsAsked() throws {
    let gate = DispatchSemaphore(value: 0)
    let remote = RemoteCalls { $0.wait(timeout: .now()) == .success }
    learn(remote, ["/far"])
    let old = try #require(remote.place(of: Path("/far/x").bytes))
    let held: Int? = remote.call(old) { _ in
      gate.wait()
      return 1
    }
    #expect(held == nil)
    remote.learn(
      MountTable([
        Mount(id: 1, parent: 0, device: 1, point: [.slash], type: "ext4"),
        Mount(id: 9, parent: 1, device: 2, point: Path("/far").bytes, type: "nfs4"),
      ]))
    let new = try #require(remote.place(of: Path("/far/x").bytes))
    #expect(new != old && remote.isAsked(new, for: .looking) && !remote.isAsked(old, for: .looking))
    gate.signal()
  }

  @Test func aSlowMountIsAskedOnlyNowAndThen() throws {
    let clock = Clock()
    let remote = RemoteCalls(clock: { clock.now }) { isAnswered in
      isAnswered.wait()
      return true
    }
    learn(remote, ["/far"])
    let place = try #require(remote.place(of: Path("/far/x").bytes))
    func ask(taking milliseconds: UInt64) -> Bool {
      remote.call(place, for: .watching) { _ in clock.pass(milliseconds) } != nil
    }
    for _ in 0..<1000 { #expect(ask(taking: 100)) }
    #expect(!remote.takeRecovered())
    // 1.4 s too long each.
    let answered = (0..<10).prefix { _ in ask(taking: 1500) }.count
    #expect(answered == 5)
    #expect(!remote.takeRecovered(), "it is still in debt")
    clock.pass(4000)
    #expect(!remote.isAsked(place, for: .looking), "the watcher has gone without an answer")
    #expect(remote.takeRecovered() && !remote.takeRecovered())
    #expect(remote.isAsked(place, for: .looking))
    #expect(ask(taking: 1500) && !ask(taking: 1500))
    // The next times it waits longer and longer.
    var waited: [Int] = []
    for _ in 0..<4 {
      waited.append(
        (1...100).first { _ in
          clock.pass(1000)
          return remote.takeRecovered()
        } ?? 0)
      while ask(taking: 3000) {}
    }
    #expect(waited == waited.sorted() && waited[3] > 2 * waited[0], "\(waited)")
  }

  @Test func anAnswerInTimeIsTheAnswer() throws {
    let remote = RemoteCalls()
    learn(remote, ["/far"])
    let place = try #require(remote.place(of: Path("/far/x").bytes))
    for number in 0..<100 { #expect(remote.call(place) { _ in number } == number) }
    #expect(remote.reach("/near") { 7 } == 7)
  }

  @Test func oneIsHeldAndTheOthersGoOn() throws {
    let gate = DispatchSemaphore(value: 0)
    let answered = DispatchSemaphore(value: 0)
    let remote = RemoteCalls { $0.wait(timeout: .now()) == .success }
    learn(remote, ["/far", "/other"])
    remote.whenAnswered { answered.signal() }
    let place = try #require(remote.place(of: Path("/far/x").bytes))
    let done = Notes()
    let answer = remote.call(place, late: { (answer: String) in done.add("late \(answer)") }) { _ in
      gate.wait()
      return "answer"
    }
    #expect(answer == nil)
    #expect(remote.call(place) { _ in done.add("asked again") } == nil)
    remote.finish(place) { done.add("finished") }
    #expect(done.all == [])
    gate.signal()
    answered.wait()
    #expect(done.all == ["late answer", "finished"])
    remote.finish(place) { done.add("at once") }
    #expect(done.all.last == "at once")
  }

  @Test func workThatGoesOnIsWaitedFor() throws {
    let (go, stepped) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let rounds = Notes()
    let remote = RemoteCalls { isAnswered in
      // Patience is over three times, and each time the work has gone on; then it ends.
      rounds.add("over")
      go.signal()
      if rounds.all.count > 3 {
        isAnswered.wait()
        return true
      }
      stepped.wait()
      return false
    }
    learn(remote, ["/far"])
    let place = try #require(remote.place(of: Path("/far").bytes))
    let answer = remote.call(place) { progress in
      for _ in 0..<3 {
        go.wait()
        progress.step()
        stepped.signal()
      }
      go.wait()
      return "all"
    }
    #expect(answer == "all")
  }
}

private final class Clock: Sendable {
  private let nanoseconds = Atomic<UInt64>(0)
  var now: UInt64 { nanoseconds.load(ordering: .relaxed) }
  func pass(_ milliseconds: UInt64) { nanoseconds.add(milliseconds * 1_000_000, ordering: .relaxed) }
}

private final class Notes: Sendable {
  private let texts = Mutex<[String]>([])
  var all: [String] { texts.withLock { $0 } }
  func add(_ text: String) { texts.withLock { $0.append(text) } }
}
