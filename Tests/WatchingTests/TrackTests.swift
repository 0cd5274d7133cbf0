import Glibc
import Paths
import Testing

@testable import Watching

/// Tracked names: wherever they lead, their changes are reported under them.
@Suite struct TrackTests {
  let scratch = Scratch()

  @Test func aFileInACoveredDirectoryIsCovered() {
    scratch.mkdir("a")
    scratch.write("a/f")
    var bench = Bench(scratch)
    let watches = bench.tree.status.watches
    #expect(
      bench.tree.track(["a/f", "a/absent", "a/no/such/file", "a", ".", "a/f"]) == [true, true, true, true, true, true])
    #expect(bench.tree.status.watches == watches)
    scratch.write("a/f", "y")
    #expect(bench.events() == [.modified("a/f")])
    scratch.mkdir("a/no/such")
    scratch.write("a/no/such/file")
    #expect(covers(bench.events(), "a/no/such/file"))
    scratch.move("a", "b")
    #expect(covers(bench.events(), "a/f"))
    bench.tree.untrack(["a/f", "a/absent", "a/no/such/file", "a", ".", "a/f"])
    #expect(bench.tree.tracked.isEmpty)
  }

  @Test func tensOfThousandsInOneDirectory() {
    scratch.mkdir("node_modules")
    for index in 0..<2000 { scratch.write(Path("node_modules/f\(index)")) }
    var bench = Bench(scratch, scratch.configuration(ignore: ["node_modules"]))
    let nodes = bench.tree.nodes.count
    let paths = (0..<20000).map { Path("node_modules/f\($0)") }
    #expect(bench.tree.track(paths).allSatisfy { !$0 })
    scratch.write("node_modules/f7", "y")
    scratch.write("node_modules/other", "y")
    scratch.write("node_modules/f19999", "y")
    #expect(
      bench.set() == [
        .modified("node_modules/f7"), .renamed("node_modules/f19999"), .tree("node_modules/f19999"),
        .modified("node_modules/f19999"),
      ])
    bench.tree.untrack(paths)
    #expect(bench.tree.nodes.count == nodes)
    scratch.write("node_modules/f7", "z")
    #expect(bench.events() == [])
  }

  @Test func absentAtSeveralLevelsOutsideTheRoots() {
    let file = scratch.path.appending("out/b/c/d/file".utf8)
    var bench = Bench(scratch)
    let watches = bench.tree.status.watches
    #expect(bench.tree.track([file]) == [false])
    for level in ["out", "out/b", "out/b/c", "out/b/c/d"] {
      scratch.mkdir(scratch.path.resolving(Path(level)))
      #expect(covers(bench.events(), file))
    }
    scratch.write(file)
    #expect(bench.set() == [.renamed(file), .tree(file), .modified(file)])
    scratch.write(scratch.path.appending("out/b/c/d/other".utf8))
    #expect(bench.events() == [])
    scratch.move(scratch.path.appending("out/b".utf8), scratch.path.appending("out/x".utf8))
    #expect(covers(bench.events(), file))
    scratch.mkdir(scratch.path.appending("out/b/c/d".utf8))
    scratch.write(file, "new")
    #expect(covers(bench.events(), file))
    scratch.write(file, "newer")
    #expect(bench.events() == [.modified(file)])
    bench.tree.untrack([file])
    #expect(bench.tree.status.watches == watches)
  }

  @Test func symbolicLinksAreFollowedAndRetargeted() {
    let out = scratch.path.appending("out".utf8)
    scratch.mkdir(out.appending("one".utf8))
    scratch.mkdir(out.appending("two".utf8))
    scratch.write(out.appending("one/f".utf8))
    scratch.write(out.appending("two/f".utf8))
    scratch.symlink("../out/one", "link")
    scratch.symlink("link/f", "file")
    var bench = Bench(scratch)
    let before = bench.tree.nodes.count
    #expect(bench.tree.track(["link/f", "file"]) == [false, false])
    scratch.write(out.appending("one/f".utf8), "y")
    #expect(bench.set() == [.modified("link/f"), .modified("file")])
    scratch.delete("link")
    #expect(covers(bench.events(), "link/f"))
    scratch.symlink("../out/two", "link")
    let events = bench.events()
    #expect(covers(events, "link/f") && covers(events, "file"))
    scratch.write(out.appending("one/f".utf8), "z")
    #expect(bench.events() == [])
    scratch.write(out.appending("two/f".utf8), "z")
    #expect(bench.set() == [.modified("link/f"), .modified("file")])
    // The target's directory goes and comes back.
    scratch.move(out.appending("two".utf8), out.appending("three".utf8))
    #expect(covers(bench.events(), "link/f"))
    scratch.mkdir(out.appending("two".utf8))
    #expect(covers(bench.events(), "file"))
    scratch.write(out.appending("two/f".utf8), "w")
    #expect(covers(bench.events(), "file"))
    // A link becomes a directory.
    scratch.delete("link")
    scratch.mkdir("link")
    scratch.write("link/f")
    #expect(covers(bench.events(), "link/f"))
    scratch.write("link/f", "22")
    #expect(bench.set()?.isSuperset(of: [.modified("link/f"), .modified("file")]) == true)
    bench.tree.untrack(["link/f", "file"])
    #expect(bench.tree.observers.isEmpty && bench.tree.routes.isEmpty)
    #expect(bench.tree.nodes.count == before + 1)
  }

  @Test func loopsAndDanglingLinksDoNoHarm() {
    scratch.symlink("b", "a")
    scratch.symlink("a", "b")
    scratch.symlink("nowhere/at/all", "c")
    var bench = Bench(scratch)
    _ = bench.tree.track(["a", "b/x", "c"])
    scratch.mkdir("nowhere/at")
    scratch.write("nowhere/at/all")
    #expect(covers(bench.events(), "c"))
    scratch.write("nowhere/at/all", "y")
    #expect(bench.set()?.contains(.modified("c")) == true)
    scratch.delete("a")
    scratch.mkdir("a")
    scratch.write("a/x")
    #expect(covers(bench.events(), "b/x"))
  }

  @Test func aTrackedDirectoryOutsideReportsItsListing() {
    let out = scratch.path.appending("out".utf8)
    scratch.mkdir(out)
    scratch.symlink("../out", "link")
    var bench = Bench(scratch)
    _ = bench.tree.track([out, "link"])
    scratch.write(out.appending("f".utf8))
    #expect(bench.set()?.isSuperset(of: [.renamed(out.appending("f".utf8)), .renamed("link/f")]) == true)
  }

  @Test func hardLinksAreWatchedThemselves() {
    scratch.write("f")
    scratch.write("g")
    let other = scratch.path.appending("other".utf8)
    scratch.link("f", other)
    var bench = Bench(scratch)
    #expect(bench.tree.track(["f", "g"]) == [false, true])
    scratch.write(other, "y")
    #expect(bench.events() == [.modified("f")])
    // A second link appears later.
    scratch.mkdir("d")
    _ = bench.events()
    let late = Path("d/late")
    scratch.link("g", late)
    #expect(covers(bench.events(), "g"))
    scratch.write(late, "yy")
    #expect(bench.set() == [.modified("g"), .modified(late)])
    // Both names in one tree.
    scratch.link("g", "g2")
    _ = bench.tree.track(["g2"])
    _ = bench.events()
    scratch.write(late, "zzz")
    #expect(bench.set() == [.modified("g"), .modified("g2"), .modified(late)])
    scratch.delete("g")
    scratch.write("g", "new file")
    #expect(covers(bench.events(), "g"))
    scratch.write(late, "old file")
    #expect(bench.set() == [.modified("g2"), .modified(late)])
  }

  @Test func trackedInAnIgnoredDirectory() {
    scratch.mkdir("build/x")
    scratch.write("build/x/f")
    scratch.mkdir(".git")
    scratch.write(".git/HEAD")
    var bench = Bench(scratch, scratch.configuration(ignore: ["build/"]))
    #expect(bench.tree.track(["build/x/f", ".git/HEAD"]) == [false, false])
    scratch.write("build/x/g")
    scratch.write("build/x/f", "y")
    scratch.write(".git/HEAD", "y")
    #expect(bench.events() == [.modified("build/x/f"), .modified(".git/HEAD")])
    scratch.delete("build")
    #expect(covers(bench.events(), "build/x/f"))
    scratch.mkdir("build/x")
    scratch.write("build/x/f", "y")
    #expect(covers(bench.events(), "build/x/f"))
    scratch.write("build/x/f", "z")
    #expect(bench.events() == [.modified("build/x/f")])
  }

  @Test func theStateDirectoryIsNeverReported() {
    let state = scratch.at(".staled")
    scratch.mkdir(".staled")
    var configuration = scratch.configuration()
    configuration.stateDirectory = state
    var bench = Bench(scratch, configuration)
    #expect(bench.tree.track([".staled/db"]) == [false])
    scratch.write(".staled/db")
    scratch.chmod(".staled", 0o700)
    #expect(bench.events() == [])
  }

  @Test func whatWasIgnoredAsADirectoryWasNotReportedBefore() {
    scratch.mkdir("c")
    var bench = Bench(scratch, scratch.configuration(ignore: ["c/"]))
    scratch.delete("c")
    #expect(bench.events() == [])
    #expect(bench.tree.track(["c", "d"]) == [false, true])
  }

  @Test func aNewDirectoryThatWasTrackedForAMomentIsReportedWhole() {
    var bench = Bench(scratch)
    scratch.mkdir("a")
    scratch.write("a/f")
    // It is watched from here on, before anybody has been told of it.
    _ = bench.tree.track(["a"])
    bench.tree.untrack(["a"])
    #expect(bench.events() == [.renamed("a"), .tree("a")])
  }
}
