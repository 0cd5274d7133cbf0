import Freshness
import Glibc
import Paths
import Testing
import Watching

@testable import StaledAgent

/// What a directory holds, and what a glob matches.
@Suite struct DirectoryLookTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  static func lister(_ folder: TemporaryFolder, ignore: [String] = ["*.o", "out/"]) -> TreeLister {
    TreeLister(workspace: folder.root, rules: IgnoreRules(ignore: ignore))
  }

  static func listing(_ folder: TemporaryFolder, _ name: String) throws -> Fingerprint {
    try DirectoryLook.listing(of: Path(name), in: folder.root, lister: lister(folder))
  }

  static func matches(_ folder: TemporaryFolder, _ pattern: String) throws -> [Path]? {
    var names = 0
    return try DirectoryLook.matches(of: pattern, in: folder.root, lister: lister(folder), names: &names)
  }

  private func listing(_ name: String) throws -> Fingerprint { try Self.listing(folder, name) }

  @Test func theDigestIsOfNamesAndKinds() throws {
    try folder.folder("d")
    #expect(try listing("d") == .digest(digest("")))
    try folder.write("d/b", "1")
    try folder.folder("d/a")
    try folder.link("d/l", to: "a")
    #expect(mkfifo(folder.at("d/p").terminated, 0o600) == 0)
    let before = try listing("d")
    #expect(before == .digest(digest("directory a\0file b\0link l\0special p\0")))
    // Contents, modes and what lies deeper are no part of it.
    try folder.write("d/b", "2, and longer")
    try folder.write("d/a/deeper", "x")
    chmod(folder.at("d/b").terminated, 0o600)
    #expect(try listing("d") == before)
    // What is ignored is none either.
    try folder.write("d/x.o", "x")
    try folder.folder("d/out")
    #expect(try listing("d") == before)
    // A file named like an ignored directory is.
    try folder.write("d/sub/out", "x")
    #expect(try listing("d/sub") == .digest(digest("file out\0")))
    // Another kind under the same name is another listing; so is another name.
    try folder.rename("d/sub", to: "gone")
    unlink(folder.at("d/l").terminated)
    try folder.write("d/l", "")
    #expect(try listing("d") == .digest(digest("directory a\0file b\0file l\0special p\0")))
    try folder.rename("d/l", to: "d/m")
    #expect(try listing("d") == .digest(digest("directory a\0file b\0file m\0special p\0")))
    // The workspace root, through a link, with a name that is no UTF-8.
    try folder.link("way", to: "d/sub2")
    try folder.folder("d/sub2")
    let odd = folder.at("d/sub2").appending([0xE9, 0x0A])
    close(open(odd.terminated, O_CREAT | O_WRONLY, 0o600))
    #expect(try listing("way") == .digest(Digest(of: Array("file ".utf8) + [0xE9, 0x0A, 0])))
    // A directory that is ignored and named outright: all that it holds.
    try folder.write("d/out/x.o", "x")
    #expect(try listing("d/out") == .digest(digest("file x.o\0")))
    try folder.write("d/sub2/deep/x", "x")
    #expect(try listing("way/deep") == .digest(digest("file x\0")))
    #expect(try listing("") == .digest(digest("directory d\0directory gone\0link way\0")))
  }

  @Test func whatIsNoDirectory() throws {
    try folder.write("file", "x")
    try folder.link("loop", to: "loop")
    for (name, expected) in [
      ("nothing", Fingerprint.absent), ("nothing/below", .absent), ("file/below", .absent), ("loop", .absent),
      ("file", .special),
    ] { #expect(try listing(name) == expected, "\(name)") }
  }

  @Test func whatIsNotWatchedIsNotProven() throws {
    try folder.write("src/b.c")
    try folder.link("way", to: "src")
    for pattern in ["way/**/*.c", "/usr/include/**/*.h", "/usr/include/*/x.h", "/nowhere/a/"] {
      #expect(try Self.matches(folder, pattern) == nil, "\(pattern)")
    }
    #expect(try Self.matches(folder, "/nowhere/*") == [])
  }

  @Test(arguments: [
    ("**/*.c", ["a.c", "src/b.c", "src/deep/c.c"]), ("src/*.c", ["src/b.c"]),
    ("src/**/*.c", ["src/b.c", "src/deep/c.c"]),
    ("src/{b,x}.c", ["src/b.c"]), ("src/", ["src/b.c", "src/deep/c.c", "src/l.c"]), ("src/l.*", ["src/l.c"]),
    ("a.c", ["a.c"]), ("src/b.c", ["src/b.c"]), ("nothing/**", []), ("**/*.o", []), ("out/*", []),
    // Neither directories nor what is special nor what lies behind a link to a directory, unless it is named outright; but
    // links themselves, wherever they lead.
    ("*", ["a.c", "dangling", "loop", "way"]), ("way/*", ["way/b.c", "way/l.c"]), ("way/deep/*", ["way/deep/c.c"]),
    ("w*/*", []),
    ("loop/*", []), ("dangling/*", []), ("[", []),
  ]) func matches(_ pattern: String, _ expected: [String]) throws {
    try folder.write("a.c")
    try folder.write("src/b.c")
    try folder.write("src/deep/c.c")
    try folder.write("src/b.o")
    try folder.write("out/d.c")
    try folder.link("src/l.c", to: "b.c")
    try folder.link("way", to: "src")
    try folder.link("loop", to: "loop")
    try folder.link("dangling", to: "nothing")
    #expect(mkfifo(folder.at("pipe").terminated, 0o600) == 0)
    let found = try Self.matches(folder, pattern)
    // A link to a file is one.
    let all = pattern == "**/*.c" || pattern == "src/**/*.c" || pattern == "src/*.c" ? ["src/l.c"] : []
    #expect(found == (expected + all).map { Path($0) }.sorted())
  }
}
