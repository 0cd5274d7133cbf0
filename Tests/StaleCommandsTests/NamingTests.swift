import Freshness
import Paths
import Testing

@testable import StaleCommands

@Suite struct NamingTests {
  func naming(_ namespace: String? = nil, in directory: Path = "/w/src") -> Naming {
    Naming(workspace: ["/w"], currentDirectory: directory, defaultNamespace: "build", namespace: namespace)
  }

  @Test(
    arguments: [
      (nil, "build/obj/util.o", "build/obj/util.o"),
      (nil, "app", "build/app"),
      (nil, "entry:tool/a/b", "tool/a/b"),
      (nil, "x/", nil),
      (nil, "/x", nil),
      (nil, "", nil),
      ("obj", "a/b", "obj/a/b"),
      ("obj", "app", "obj/app"),
      ("obj", "/abs", "obj//abs"),
      ("obj", "entry:tool/k", "tool/k"),
      ("a/b", "k", nil),
      (nil, "entry:nokey", nil),
      (nil, "a/\u{301}b", "a/\u{301}b"),
    ] as [(String?, String, String?)]) func entries(_ namespace: String?, _ word: String, _ expected: String?)
  {
    #expect((try? naming(namespace).entry(word))?.description == expected)
  }

  @Test(arguments: [
    ("a.c", "file:src/a.c"),
    ("../a.c", "file:a.c"),
    ("./a.c", "file:src/a.c"),
    ("../..", "file:/"),
    ("../../etc/hosts", "file:/etc/hosts"),
    ("/w/a.c", "file:a.c"),
    ("/usr/include/x.h", "file:/usr/include/x.h"),
    ("file:a.c", "file:a.c"),
    ("file:./src/../a.c", "file:a.c"),
    ("glob:src/*.c", "glob:src/*.c"),
    ("dir:src", "dir:src"),
    ("entry:build/app", "entry:build/app"),
    ("env:CC", "env:CC"),
    // A bare word is a path, not percent-encoded and not an entry; a colon behind no scheme is part of it.
    ("100%.c", "file:src/100%25.c"),
    ("build/app", "file:src/build/app"),
    ("1:x", "file:src/1:x"),
    ("./a:b", "file:src/a:b"),
    ("caf\u{10FFE9}.c", "file:src/caf%E9.c"),
    ("file:", nil),
    ("", nil),
  ]) func resources(_ word: String, _ expected: String?) {
    #expect((try? naming().resource(word))?.description == expected)
  }

  @Test(arguments: [
    ("a.c@absent", "file:src/a.c@absent"),
    ("a@b.c", "file:src/a@b.c"),
    ("env:CC@sha256:\(String(repeating: "ab", count: 32))", "env:CC@sha256:\(String(repeating: "ab", count: 32))"),
    ("file:a.c@sha256:12", "file:a.c@sha256:12"),
  ]) func statedDigests(_ word: String, _ expected: String) throws {
    #expect(try naming().dependency(word) == expected)
  }

  @Test(arguments: [
    ("app", "entry:build/app"),
    ("tool/app", "entry:tool/app"),
    ("./app", "file:src/app"),
    ("file:app", "file:app"),
    ("env:CC", "env:CC"),
  ]) func nodesOfTheGraph(_ word: String, _ expected: String) throws {
    #expect(try naming().node(word).description == expected)
  }

  @Test func linksAreNotFoldedAway() throws {
    var naming = naming()
    naming.context.isSymbolicLink = { $0 == "/w/src/link" }
    #expect(try naming.resource("link/../a.c").description == "file:src/link/../a.c")
    #expect(try naming.resource("real/../a.c").description == "file:src/a.c")
  }

  @Test(
    arguments: [
      ([], []),
      (["status"], ["status"]),
      (["--json", "status"], ["status", "--json"]),
      (["--workspace", "/w", "-q", "check", "a", "--json"], ["check", "--workspace", "/w", "-q", "a", "--json"]),
      (["--workspace=/w", "check", "a"], ["check", "--workspace=/w", "a"]),
      (["-n", "ns", "get", "k"], ["get", "-n", "ns", "k"]),
      (["-q", "ensure", "x", "--", "make", "-q"], ["ensure", "-q", "x", "--", "make", "-q"]),
      (["--help"], ["--help"]),
      (["--help", "status"], ["status", "--help"]),
      (["--version"], ["--version"]),
      (["--generate-completion-script", "bash"], ["--generate-completion-script", "bash"]),
      (["--workspace"], ["--workspace"]),
      (["--", "status"], ["--", "status"]),
    ] as [([String], [String])]) func optionsBeforeTheCommand(_ given: [String], _ expected: [String])
  {
    #expect(ArgumentOrder.withOptionsBehindCommand(given) == expected)
  }

  @Test(
    arguments: [
      Array("plain".utf8), [], Array("ü→😀".utf8), [0xFF, 0x80], [0x61, 0xE9, 0x2E], [0xF4, 0x8F, 0xBF, 0xA9],
      [0xC3], [0xED, 0xA0, 0x80], [0xE2, 0x86], [0xC0, 0xAF],
    ] as [[UInt8]]) func everyArgumentRoundTrips(_ bytes: [UInt8])
  {
    #expect(RawArguments.bytes(of: RawArguments.text(of: bytes)) == bytes)
  }
}
