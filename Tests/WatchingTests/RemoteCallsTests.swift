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
    ("overlay", false), ("proc", false),
  ]) func someMayNotAnswer(_ type: String, _ mayNot: Bool) {
    let remote = RemoteCalls()
    #expect(remote.isEmpty && remote.place(onTheWayTo: "/far/x") == nil)
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
    #expect((remote.place(onTheWayTo: scratch.at(path)) != nil) == isFar)
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

private final class Notes: Sendable {
  private let texts = Mutex<[String]>([])
  var all: [String] { texts.withLock { $0 } }
  func add(_ text: String) { texts.withLock { $0.append(text) } }
}
