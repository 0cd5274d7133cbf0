import Glibc
import Paths
import Testing

@testable import Watching

/// What each kind of change is reported as, on real inotify.
@Suite struct WatchTreeTests {
  let scratch = Scratch()

  @Test func aQuietTreeReportsNothing() throws {
    scratch.mkdir("a/b")
    var bench = Bench(scratch)
    #expect(bench.events() == [])
    #expect(bench.tree.status.degraded == [])
  }

  @Test func writingCreatingAndDeletingAFile() {
    scratch.mkdir("a")
    scratch.write("a/f")
    var bench = Bench(scratch)
    scratch.write("a/f", "yy")
    #expect(bench.events() == [.modified("a/f")])
    scratch.write("a/g")
    #expect(bench.events() == [.renamed("a/g"), .modified("a/g")])
    scratch.delete("a/g")
    #expect(bench.events() == [.renamed("a/g")])
    scratch.move("a/f", "h")
    #expect(bench.events() == [.renamed("a/f"), .renamed("h")])
    scratch.chmod("h", 0o600)
    #expect(bench.events() == [.modified("h")])
  }

  @Test func chainsOfNewDirectoriesLoseNoFile() {
    var bench = Bench(scratch)
    for round in 0..<40 {
      var path = Path("r\(round)")
      for level in 0..<50 { path = path.appending("d\(level)".utf8) }
      scratch.mkdir(path)
      scratch.write(path.appending("bottom".utf8))
      let events = bench.events()
      #expect(covers(events, path.appending("bottom".utf8)))
      #expect(events?.first == .renamed(Path("r\(round)")))
      // Everything is watched now: a second write is exactly one event.
      scratch.write(path.appending("bottom".utf8), "again")
      #expect(bench.events() == [.modified(path.appending("bottom".utf8))])
    }
  }

  @Test func aRenamedDirectoryReportsUnderItsNewName() {
    scratch.mkdir("old/deep/er")
    scratch.write("old/deep/er/f")
    var bench = Bench(scratch)
    let before = bench.tree.status.watches
    scratch.move("old", "new")
    #expect(bench.events() == [.renamed("old"), .tree("old"), .renamed("new"), .tree("new")])
    #expect(bench.tree.status.watches == before)
    scratch.write("new/deep/er/f", "y")
    #expect(bench.events() == [.modified("new/deep/er/f")])
    scratch.mkdir("old")
    scratch.write("old/f")
    #expect(covers(bench.events(), "old/f"))
    scratch.move("new/deep", "old/deep")
    scratch.write("old/deep/er/f", "z")
    #expect(covers(bench.events(), "old/deep/er/f"))
  }

  @Test func aDirectoryMovedOutIsLetGoAndTakenInAgain() {
    scratch.mkdir("a/b/c")
    var bench = Bench(scratch)
    let before = bench.tree.status.watches
    scratch.move("a", scratch.path.appending("elsewhere".utf8))
    #expect(bench.events() == [.renamed("a"), .tree("a")])
    _ = bench.events()
    #expect(bench.tree.status.watches == before - 3)
    scratch.write(scratch.path.appending("elsewhere/b/c/f".utf8))
    #expect(bench.events() == [])
    scratch.move(scratch.path.appending("elsewhere".utf8), "back")
    #expect(bench.events() == [.renamed("back"), .tree("back")])
    scratch.write("back/b/c/f")
    #expect(covers(bench.events(), "back/b/c/f"))
    #expect(bench.tree.status.watches == before)
  }

  @Test func removedAndMadeAgainManyTimes() {
    var bench = Bench(scratch)
    let before = (bench.tree.status.watches, bench.tree.nodes.count)
    for round in 0..<200 {
      scratch.mkdir("d/e")
      if round % 3 == 0 { #expect(covers(bench.events(), "d/e")) }
      scratch.delete("d")
      scratch.mkdir("d/e")
      scratch.write("d/e/f", "\(round)")
      #expect(covers(bench.events(), "d/e/f"))
      scratch.write("d/e/f", "again")
      #expect(bench.events() == [.modified("d/e/f")])
      scratch.delete("d")
    }
    _ = bench.events()
    #expect(bench.tree.status.watches == before.0)
    #expect(bench.tree.nodes.count == before.1)
  }

  @Test func namesAreBytes() {
    let names: [[UInt8]] = [
      [0xFF, 0xFE], Array("new\nline".utf8), [UInt8](repeating: 0x61, count: 255), Array("%41 \u{1}".utf8), [0x80],
    ]
    var bench = Bench(scratch)
    for name in names {
      let directory = Path.root.appending(name)
      scratch.mkdir(directory)
      let file = directory.appending(name)
      scratch.write(file)
      #expect(covers(bench.events(), file))
      scratch.write(file, "yy")
      #expect(bench.events() == [.modified(file)])
    }
  }

  @Test func ignoredDirectoriesAreNeitherWatchedNorReported() {
    scratch.mkdir("node_modules/x")
    scratch.mkdir("sub")
    scratch.mkdir(".git/refs")
    scratch.write(".gitignore", "build/\n")
    scratch.mkdir("build/deep")
    var bench = Bench(scratch, scratch.configuration(ignore: ["node_modules/", "*.swp"]))
    let watches = bench.tree.status.watches
    scratch.write("node_modules/x/f")
    scratch.write("build/deep/f")
    scratch.write("sub/a.swp")
    scratch.write(".git/refs/f")
    scratch.mkdir("sub/node_modules/y")
    #expect(bench.events() == [])
    #expect(bench.tree.status.watches == watches)
  }

  @Test func aChangedGitignoreTakesEffect() {
    scratch.mkdir("a/build/x")
    scratch.write("a/.gitignore", "build\n")
    var bench = Bench(scratch)
    let watches = bench.tree.status.watches
    scratch.write("a/.gitignore", "nothing\n")
    #expect(bench.set() == [.modified("a/.gitignore"), .tree("a")])
    #expect(bench.tree.status.watches == watches + 2)
    scratch.write("a/build/x/f")
    #expect(bench.events() == [.renamed("a/build/x/f"), .modified("a/build/x/f")])
    scratch.write("a/.gitignore", "nothing\n")
    #expect(bench.set()?.contains(.modified("a/.gitignore")) == true)
    scratch.write(".gitignore", "build/\n")
    #expect(covers(bench.events(), "a/build"))
    #expect(bench.tree.status.watches == watches)
    scratch.delete(".gitignore")
    #expect(covers(bench.events(), "a/build"))
    #expect(bench.tree.status.watches == watches + 2)
  }

  @Test func aRenameMayChangeWhatIsIgnored() {
    scratch.write(".gitignore", "/two/out\n")
    scratch.mkdir("one/out/x")
    var bench = Bench(scratch)
    let watches = bench.tree.status.watches
    scratch.move("one", "two")
    #expect(covers(bench.events(), "two"))
    #expect(bench.tree.status.watches == watches - 2)
    scratch.move("two", "one")
    #expect(covers(bench.events(), "one/out"))
    #expect(bench.tree.status.watches == watches)
  }

  @Test func aLostWorkspaceIsToldAndFoundAgain() {
    scratch.mkdir("a")
    var bench = Bench(scratch)
    scratch.move(scratch.workspace, scratch.path.appending("away".utf8))
    #expect(covers(bench.events(), "a"))
    scratch.mkdir("a")
    let events = bench.set()
    #expect(events?.contains(.tree(.root)) == true)
    scratch.write("a/f")
    #expect(covers(bench.events(), "a/f"))
    scratch.delete(.root)
    #expect(bench.set()?.contains(.rootLost(.root)) == true)
  }

  @Test func anOverflowWatchesEverythingAgainAndKeepsBarriers() {
    scratch.mkdir("a")
    var bench = Bench(scratch)
    var lost = RawEvents()
    lost.append(descriptor: -1, mask: .overflow)
    scratch.mkdir("b/c")
    bench.tree.take(lost)
    #expect(bench.tree.drain() == [.everything])
    _ = bench.events()
    scratch.write("b/c/f")
    #expect(bench.events() == [.renamed("b/c/f"), .modified("b/c/f")])
  }

  @Test func barriersOutliveAnOverflow() {
    var bench = Bench(scratch)
    #expect(bench.desk.ask(1) == false && bench.desk.ask(2) == false)
    // Their cookies are in the queue, and the queue is lost.
    var buffer = [UInt8](repeating: 0, count: 65536)
    #expect(read(bench.inotify, &buffer, buffer.count) > 0)
    var lost = RawEvents()
    lost.append(descriptor: -1, mask: .overflow)
    bench.tree.take(lost)
    #expect(bench.tree.drain() == [.everything])
    #expect(bench.events() == [.barrier(1), .barrier(2)])
  }

  @Test func barriersComeInOrderAThousandTimes() {
    var bench = Bench(scratch)
    for round in 0..<1000 {
      scratch.write("f", "\(round)")
      #expect(covers(bench.events(chunk: round % 2 == 0 ? 65536 : 300), "f"))
    }
  }

  @Test func withoutADiskABarrierIsTheEndOfAWatch() {
    var bench = Bench(scratch)
    Scratch.remove(scratch.path.appending("state/cookies".utf8))
    // A file where the folder should be.
    scratch.write(scratch.path.appending("state/cookies".utf8))
    for _ in 0..<100 {
      scratch.write("f")
      #expect(covers(bench.events(), "f"))
    }
    // And without a state directory at all, when there is no place for one.
    Scratch.remove(scratch.path.appending("state".utf8))
    scratch.write(scratch.path.appending("state".utf8))
    scratch.write("g")
    #expect(covers(bench.events(), "g"))
  }

  @Test func aRootIsWatchedThoughItIsIgnoredAndOutside() {
    let outside = scratch.path.appending("outside".utf8)
    scratch.mkdir(outside.appending("in".utf8))
    scratch.mkdir("vendor/keep/x")
    scratch.mkdir("vendor/other")
    let configuration = scratch.configuration(roots: [".", "vendor/keep", outside], ignore: ["vendor", "*.o"])
    var bench = Bench(scratch, configuration)
    scratch.write("vendor/keep/x/f")
    scratch.write("vendor/other/f")
    scratch.write(outside.appending("in/f".utf8))
    scratch.write(outside.appending("in/f.o".utf8))
    let inside = outside.appending("in/f".utf8)
    #expect(
      bench.events() == [
        .renamed("vendor/keep/x/f"), .modified("vendor/keep/x/f"), .renamed(inside), .modified(inside),
      ])
  }

  @Test func reconfiguringWatchesWhatIsNewAndLetsGoWhatIsGone() {
    scratch.mkdir("a/x")
    scratch.mkdir("b/y")
    var bench = Bench(scratch, scratch.configuration(roots: ["a"]))
    bench.tree.reconfigure(scratch.configuration(roots: ["b"]))
    #expect(Set(bench.tree.drain()) == [.tree("a"), .tree("b")])
    scratch.write("a/x/f")
    scratch.write("b/y/f")
    #expect(bench.events() == [.renamed("b/y/f"), .modified("b/y/f")])
  }
}
