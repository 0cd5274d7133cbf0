import Freshness
import Glibc
import Paths
import Testing
import Watching

@testable import StaledAgent

/// The newest ctime on the way to a file.
@Suite struct PathAgeTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("a/b/file", "x")
    try folder.write("c/other", "x")
    try folder.link("a/link", to: "../c/other")
    try folder.link("way", to: "a/b")
    try folder.link("loop", to: "loop")
  }

  private func changed(_ name: String) throws -> WallClock {
    try #require(FileLook.status(of: folder.at(name), following: false)).st_ctim.nanoseconds
  }

  /// Makes `name` the youngest of the test's files, and younger than `times`: stamps it until the kernel's clock has gone on.
  private func renew(_ name: String, after others: [String], _ times: [WallClock] = []) throws -> WallClock {
    let newest = max(try others.map { try changed($0) }.max() ?? 0, times.max() ?? 0)
    while try changed(name) <= newest {
      // A link has no mode that could be set; its owner can.
      _ = lchown(folder.at(name).terminated, getuid(), getgid())
    }
    return try changed(name)
  }

  private func newest(_ name: String) -> WallClock {
    var age = PathAge()
    // As ids have it: `..` after a link is not folded.
    return age.newest(on: folder.root.resolving(Path(Array(name.utf8)) { _ in true }) { _ in true })
  }

  private static let all = ["", "a", "a/b", "a/b/file", "c", "c/other", "a/link", "way", "loop"]

  /// The temporary folder's parents are others' too: what is on the way is at least as young as what was renewed.
  @Test(arguments: [
    ("a/b/file", ["a", "a/b", "a/b/file", ""]), ("way/file", ["way", "a", "a/b", "a/b/file"]),
    ("a/link", ["a", "a/link", "c", "c/other"]), ("way/../link", ["way", "a", "a/link", "c/other"]),
    ("a/b/nothing/below", ["a", "a/b"]), ("a/b/file/below", ["a/b/file"]), ("loop", ["loop"]), ("loop/x", ["loop"]),
    ("way/file/x", ["way", "a/b/file"]),
  ]) func whatIsOnTheWayCounts(_ name: String, _ way: [String]) throws {
    for part in way {
      let renewed = try renew(part, after: Self.all.filter { $0 != part })
      #expect(newest(name) >= renewed, "\(part)")
    }
  }

  @Test func whatIsBesideTheWayDoesNot() throws {
    func parents() -> [WallClock] {
      ["/", "/tmp"].compactMap { FileLook.status(of: Path($0), following: false)?.st_ctim.nanoseconds }
    }
    while true {
      let before = parents()
      let renewed = try renew("c/other", after: Self.all.filter { $0 != "c/other" }, before)
      let found = newest("a/b/file")
      // Another test may just have made a folder of its own beside this one.
      if before != parents() { continue }
      #expect(found < renewed)
      break
    }
  }

  /// Old contents come into place by a rename far above: the file's own ctime tells nothing.
  @Test func aDirectoryRenamedIntoPlaceIsYoung() throws {
    try folder.write("new/b/file", "other")
    let old = try [changed("new/b/file"), changed("new/b")]
    // The kernel's clock goes on before the rename.
    _ = try renew("c", after: ["new/b/file", "new/b", "new"])
    try folder.rename("a", to: "old")
    try folder.rename("new", to: "a")
    #expect(try [changed("a/b/file"), changed("a/b")] == old)
    let renamed = try changed("a")
    #expect(old.allSatisfy { $0 < renamed })
    #expect(newest("a/b/file") >= renamed)
  }

  @Test func directoriesAreAskedOnceARound() throws {
    var age = PathAge()
    let first = age.newest(on: folder.at("a/b/file"))
    _ = try renew("a/b", after: Self.all)
    #expect(age.newest(on: folder.at("a/b/file")) == first)
    #expect(newest("a/b/file") > first)
  }

  @Test func fortyLinksAreFollowedAndNoMore() throws {
    try folder.link("l0", to: "c/other")
    for index in 1...41 { try folder.link("l\(index)", to: "l\(index - 1)") }
    let renewed = try renew("c/other", after: Self.all + (0...41).map { "l\($0)" })
    #expect(newest("l39") >= renewed)
    var look = FileLook()
    #expect(look.look(at: folder.at("l39"), known: nil)?.fingerprint == .digest(digest("x")))
    #expect(look.look(at: folder.at("l40"), known: nil)?.fingerprint == .absent)
    // It ends; what it finds then does not matter.
    _ = newest("l41")
  }

  @Test func anotherMachinesClockVouchesForNothing() throws {
    let status = try #require(FileLook.status(of: folder.root, following: true))
    let device = UInt64(status.st_dev)
    let packed = (device >> 8 & 0xFFF | device >> 32 & 0xFFFF_F000) << 32 | device & 0xFF | device >> 12 & 0xFFFF_FF00
    for (shared, isOurs) in [([packed + 1], true), ([packed], false)] as [(Set<UInt64>, Bool)] {
      let lister = TreeLister(
        workspace: folder.root, rules: IgnoreRules(ignore: []), roots: [.root], shared: shared)
      var age = PathAge(lister)
      #expect((age.newest(on: folder.at("a/b/file")) < .max) == isOurs)
    }
  }
}
