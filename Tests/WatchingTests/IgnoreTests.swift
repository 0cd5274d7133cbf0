import Glibc
import Paths
import SeededRandom
import Synchronization
import Testing

@testable import Paths
@testable import Watching

/// Our rules against git's own answer, case by case.
@Suite struct IgnoreTests {
  /// Patterns of the top `.gitignore` (lines joined with newlines), and the paths asked about; a trailing slash makes a
  /// directory.
  static let table: [(String, [String])] = [
    ("a", ["a", "b", "x/a", "x/a/b", "ab", "a/"]),
    ("a/", ["a", "a/", "x/a/", "x/a/f", "x/a"]),
    ("/a", ["a", "x/a"]),
    ("/a/", ["a/f", "x/a/f"]),
    ("a/b", ["a/b", "x/a/b", "a/b/c"]),
    ("*.o", ["x.o", ".o", "x.oo", "d.o/f", "d/x.o"]),
    ("*.o\n!keep.o", ["x.o", "keep.o", "d/keep.o"]),
    ("!keep.o\n*.o", ["keep.o"]),
    ("d/\n!d/f", ["d/f", "d/g"]),
    ("d/*\n!d/f", ["d/f", "d/g"]),
    ("**/foo", ["foo", "a/foo", "a/b/foo", "a/foo/b", "afoo"]),
    ("foo/**", ["foo/a", "foo/a/b", "x/foo/a", "foo"]),
    ("a/**/b", ["a/b", "a/x/b", "a/x/y/b", "ab", "a/xb", "a/bx"]),
    ("a**b", ["ab", "axb", "a/b", "axxb"]),
    ("a/**b", ["a/b", "a/xb", "a/x/b"]),
    ("foo**/bar", ["foo/bar", "foox/bar", "foobar", "foox/y/bar", "foo/x/bar"]),
    ("**", ["a", "a/b"]),
    ("***", ["a", "a/b"]),
    ("/**/x", ["x", "a/x", "a/b/x"]),
    ("/*", ["a", "a/b", "b/"]),
    ("/*\n!/a", ["a/f", "b/f"]),
    ("*/a", ["a", "x/a", "x/y/a"]),
    ("?", ["a", "ab", "x/a"]),
    ("a?c", ["abc", "ac", "a/c", "abbc"]),
    ("a/?", ["a/b", "a/bc"]),
    ("[abc]", ["a", "b", "d", "x/c"]),
    ("[a-c]x", ["ax", "bx", "dx", "-x"]),
    ("[!a]x", ["ax", "bx"]),
    ("[^a]x", ["ax", "bx"]),
    ("[]a]x", ["]x", "ax", "bx"]),
    ("[]-]x", ["]x", "-x", "ax"]),
    ("[a-]x", ["ax", "-x", "bx"]),
    ("[-a]x", ["ax", "-x", "bx"]),
    ("[[:digit:]]x", ["1x", "ax"]),
    ("[[:alpha:][:digit:]_]x", ["1x", "ax", "_x", "-x"]),
    ("[[:nope:]]x", ["1x", "nx", ":x"]),
    ("[[:upper:]]", ["A", "a"]),
    ("[[:space:]]x", ["\tx", " x", "x"]),
    ("[[:digit]x", ["[x", ":x", "dx", "1x"]),
    ("[a", ["a", "[a"]),
    ("a[", ["a[", "a"]),
    ("[\\]]x", ["]x", "\\x"]),
    ("[\\a-c]x", ["ax", "bx", "\\x"]),
    ("[c-a]x", ["ax", "bx", "cx"]),
    ("a[/]b", ["a/b", "a[/]b"]),
    ("a/[!x]b", ["a/yb", "a/xb"]),
    ("\\#x", ["#x", "\\#x"]),
    ("#x", ["#x"]),
    ("\\!x", ["!x", "x"]),
    ("a\\*", ["a*", "ab"]),
    ("a\\", ["a", "a\\"]),
    ("a\\b", ["ab", "a\\b"]),
    ("a ", ["a", "a "]),
    ("a\\ ", ["a", "a "]),
    ("a\\ \\ ", ["a  ", "a "]),
    ("a  b  ", ["a  b", "a  b  "]),
    (" a", ["a", " a"]),
    ("a\t", ["a", "a\t"]),
    ("a\r\nb", ["a", "a\r", "b"]),
    ("\u{FEFF}a", ["a", "\u{FEFF}a"]),
    ("\n\n  \na", ["a", " ", "  "]),
    ("/", ["a", "a/"]),
    ("//a", ["a", "x/a"]),
    ("a//", ["a/f", "a"]),
    ("!", ["a"]),
    ("*\n!*/\n!*.c", ["a", "a.c", "x/a", "x/a.c"]),
    ("*", ["a", "x/"]),
    ("*\n!a", ["a", "b", "x/a"]),
    ("a*b*c", ["abc", "axbxc", "aabbcc", "ab", "abcb"]),
    ("*a*a*a*b", ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaab"]),
    ("x/*/z", ["x/y/z", "x/z", "x/y/y/z"]),
    ("x/**/y/**/z", ["x/y/z", "x/a/y/b/z", "x/z", "x/y/a/y/q/z"]),
    ("x/*/**", ["x/a", "x/a/b", "x"]),
    ("é", ["é", "e"]),
    ("caf?", ["café", "cafe"]),
    (".*", [".a", "a", "x/.b/c"]),
    ("**/a/**", ["a/b", "x/a/b", "a", "x/a"]),
    ("a/**/", ["a/b/c", "a/b", "a/b/"]),
    ("build\n!build/\n", ["build", "build/x"]),
    ("**/*.c\n!src/**", ["a.c", "src/a.c", "src/b/a.c"]),
  ]

  @Test func theTableIsGits() throws {
    let scratch = Scratch()
    #expect(Self.table.count >= 60)
    for (index, (patterns, paths)) in Self.table.enumerated() {
      for (other, path) in paths.enumerated() {
        // A case of its own, as a name may be a file in one and a directory in the next.
        let top = Path("t\(index).\(other)")
        scratch.mkdir(top)
        try expectGit(scratch, top, [(".", patterns)], path)
      }
    }
  }

  @Test func nestedListsAreGits() throws {
    let scratch = Scratch()
    let lists: [(String, String)] = [
      (".", "*.o\n/x/only\nlog/\n"), ("x", "!*.o\n/anchored\ny/q\n"), ("x/y", "*.o\n!keep.o\n**/deep\n"),
      (".git/info", "*.o\nexcluded\n!x\n"),
    ]
    for (index, path) in [
      "a.o", "x/a.o", "x/y/a.o", "x/y/keep.o", "x/only", "only", "x/anchored", "x/y/anchored", "x/y/q", "x/x/y/q",
      "x/y/z/deep", "x/deep", "log/f", "x/log/f", "x/y/log", "excluded", "x/excluded", "x/y/excluded/f",
    ].enumerated() {
      let top = Path("n\(index)")
      scratch.mkdir(top)
      try expectGit(scratch, top, lists, path)
    }
  }

  @Test func listsAboveTheWorkspaceHoldUpToTheRepositorysTop() throws {
    let scratch = Scratch()
    let top = scratch.path
    #expect(git(["init", "-q", "\(top)"], in: top) == 0)
    scratch.write(top.appending(".gitignore".utf8), "*.o\n/ws/anchored\n/elsewhere\n")
    scratch.write(top.appending(".git/info/exclude".utf8), "ws/excluded\n!*.o\n")
    scratch.write(".gitignore", "!keep.o\n")
    var bench = Bench(scratch)
    let rules = bench.tree.workspaceRules
    for (name, expected) in [
      ("a.o", true), ("keep.o", false), ("anchored", true), ("elsewhere", false), ("excluded", true), ("f", false),
    ] { #expect(rules.ignores(name.utf8, isDirectory: false) == expected, "\(name)") }
    // They are followed, too.
    scratch.mkdir("excluded/x")
    #expect(bench.events() == [])
    scratch.write(top.appending(".git/info/exclude".utf8), "")
    #expect(covers(bench.events(), "excluded"))
    scratch.write("excluded/x/f")
    #expect(bench.set()?.contains(.modified("excluded/x/f")) == true)
    scratch.write(top.appending(".gitignore".utf8), "f\n")
    #expect(covers(bench.events(), "anything"))
    scratch.write("excluded/x/f", "yy")
    #expect(bench.events() == [])
  }

  @Test func theManifestsPatternsWin() {
    let rules = IgnoreRules(ignore: ["*.log", "!keep.tmp", "/top/deep"], gitignore: Array("!*.log\n*.tmp\n".utf8))
    #expect(rules.ignores("a.log".utf8, isDirectory: false))
    #expect(rules.ignores("a.tmp".utf8, isDirectory: false))
    #expect(!rules.ignores("keep.tmp".utf8, isDirectory: false))
    let below = rules.descending(into: "top".utf8, gitignore: Array("!deep\nq\n".utf8))
    #expect(below.ignores("deep".utf8, isDirectory: true))
    #expect(below.ignores("q".utf8, isDirectory: false))
    #expect(!rules.ignores("q".utf8, isDirectory: false))
    #expect(rules.ignores(".git".utf8, isDirectory: true) && below.ignores(".git".utf8, isDirectory: false))
    #expect(!rules.ignores(".gitignore".utf8, isDirectory: false))
  }

  @Test func aPatternOfManyStarsIsMatchedInNoTime() throws {
    let pattern = try #require(Wildmatch(Array(repeatElement("*a", count: 2000).joined().utf8) + [0x62]))
    #expect(!pattern.matches([UInt8](repeating: 0x61, count: 4000)[...]))
  }

  /// Random patterns of the characters that matter.
  @Test func randomPatternsAreGits() throws {
    let scratch = Scratch()
    var random = Seeded(seed: 20_261_123)
    let characters = ["a", "b", "/", "*", "**", "?", "[ab]", "[!a]", "!", "\\", " ", ".", "**/", "/**"]
    for round in 0..<150 {
      let patterns = (0..<Int.random(in: 1...3, using: &random)).map { _ in
        (0..<Int.random(in: 1...5, using: &random)).map { _ in characters.randomElement(using: &random) ?? "" }.joined()
      }.joined(separator: "\n")
      let top = Path("r\(round)")
      scratch.mkdir(top)
      let path = (0..<Int.random(in: 1...4, using: &random)).map { _ in
        ["a", "b", "ab", "ba", "aab"].randomElement(using: &random) ?? "a"
      }.joined(separator: "/")
      try expectGit(scratch, top, [(".", patterns)], path)
    }
  }

  // MARK: git

  /// `git check-ignore` in a repository of its own, against the answer a watcher would give by descending.
  private func expectGit(
    _ scratch: Scratch, _ top: Path, _ lists: [(String, String)], _ path: String,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let repository = scratch.at(top)
    // The least that git takes for a repository: `git init` costs more than all the rest.
    for directory in [".git/objects", ".git/refs", ".git/info"] { scratch.mkdir(repository.resolving(Path(directory))) }
    scratch.write(repository.appending(".git/HEAD".utf8), "ref: refs/heads/main\n")
    let isDirectory = path.hasSuffix("/")
    let asked = Path(path)
    let whole = repository.resolving(asked)
    scratch.mkdir(isDirectory ? whole : whole.parent ?? whole)
    if !isDirectory { scratch.write(whole) }
    for (directory, text) in lists {
      let at = repository.resolving(Path(directory))
      scratch.mkdir(at)
      scratch.write(at.appending((directory == ".git/info" ? "exclude" : ".gitignore").utf8), text)
    }
    let status = git(["check-ignore", "-q", "--no-index", "--", "./\(asked)"], in: repository)
    #expect(status == 0 || status == 1, "git failed on \(path)", sourceLocation: location)
    var configuration = scratch.configuration()
    configuration.workspace = repository
    let bench = Bench(scratch, configuration)
    let lister = TreeLister(bench.tree)
    let parent = asked.parent ?? .root
    let isListed = try lister.entries(of: parent)?.contains { $0.name.elementsEqual(asked.name) } ?? false
    #expect(
      isListed == (status == 1), "\(lists) and \(path): git says \(status == 0 ? "ignored" : "not ignored")",
      sourceLocation: location)
    if isDirectory {
      let isWatched = bench.tree.find(whole.bytes).map { bench.tree.nodes[$0].watch != 0 } ?? false
      #expect(isWatched == (status == 1), "\(lists) and \(path), watched", sourceLocation: location)
    }
  }
}

/// Its exit status.
func git(_ arguments: [String], in directory: Path) -> Int32 {
  let all = ["git", "-C", "\(directory)"] + arguments
  var pid = pid_t()
  let settings = ["PATH=/usr/bin:/bin", "HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C"]
  let argv: [UnsafeMutablePointer<CChar>?] = all.map { text in strdup(text) } + [nil]
  let environment: [UnsafeMutablePointer<CChar>?] = settings.map { text in strdup(text) } + [nil]
  defer { for pointer in argv + environment { free(pointer) } }
  guard posix_spawnp(&pid, "git", nil, nil, argv, environment) == 0 else { return -1 }
  var status: Int32 = 0
  waitpid(pid, &status, 0)
  return (status >> 8) & 0xFF
}
