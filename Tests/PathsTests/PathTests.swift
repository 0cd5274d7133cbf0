import Paths
import Testing

@Suite struct PathTests {
  @Test(arguments: [
    ("", "."), (".", "."), ("./", "."), ("a//b/./c/", "a/b/c"), ("a/../b", "b"), ("a/..", "."), ("../a", "../a"),
    ("../../a/..", "../.."), ("/", "/"), ("//a", "/a"), ("/..", "/"), ("/../a/../b", "/b"), ("a/b/../../..", ".."),
    ("...", "..."), (".../..", "."),
  ])
  func normalising(text: String, normal: String) { #expect(Path(text).description == normal) }

  @Test func symbolicLinksKeepTheirDots() {
    let isLink: (Path) -> Bool = { $0 == "a/link" }
    #expect(Path(Array("a/link/../b".utf8), isSymbolicLink: isLink).description == "a/link/../b")
    #expect(Path(Array("a/link/../../b".utf8), isSymbolicLink: isLink).description == "a/link/../../b")
    #expect(Path(Array("a/other/../b".utf8), isSymbolicLink: isLink).description == "a/b")
  }

  @Test func parts() {
    #expect(Path("a/b").parent == "a")
    #expect(Path("a").parent == .root)
    #expect(Path.root.parent == nil)
    #expect(Path("/a").parent == "/")
    #expect(Path("/").parent == nil)
    #expect(Array(Path("a/b.c").name) == Array("b.c".utf8))
    #expect(Array(Path("/").name) == [])
    #expect(Path("/").appending(Array("a".utf8)) == "/a")
    #expect(Path.root.appending(Array("a".utf8)) == "a")
    #expect(Path("/a/b").components.map(Array.init) == [Array("a".utf8), Array("b".utf8)])
  }

  @Test(
    arguments: [
      ("a/b", "a", "b"), ("a", "a", "."), ("ab", "a", nil), ("/a/b", "/", "a/b"), ("/a", ".", nil), ("a", ".", "a"),
      ("../a", ".", nil), ("..", ".", nil), ("..a", ".", "..a"), (".", "a", nil),
    ] as [(String, String, String?)])
  func within(path: String, directory: String, rest: String?) {
    #expect(Path(path).relative(to: Path(directory))?.description == rest)
    #expect(Path(path).isWithin(Path(directory)) == (rest != nil))
  }

  @Test func resolving() {
    #expect(Path("a/b").resolving("../c") == "a/c")
    #expect(Path("a").resolving("/x") == "/x")
    #expect(Path("/").resolving("x") == "/x")
    #expect(Path("a").resolving(.root) == "a")
    #expect(Path.root.resolving("x") == "x")
  }

  @Test(
    arguments: [
      (Array("src/a.c".utf8), "src/a.c"), (Array("café".utf8), "café"), ([0x63, 0xE9], "c%E9"), ([0x0A], "%0A"),
      ([0x7F], "%7F"), (Array("100%".utf8), "100%25"), ([0xC2, 0x85], "%C2%85"), ([0xED, 0xA0, 0x80], "%ED%A0%80"),
      ([0xC3], "%C3"), ([0xC3, 0x41], "%C3A"), ([0xF4, 0x90, 0x80, 0x80], "%F4%90%80%80"), ([0xE2, 0x82], "%E2%82"),
      (Array("e\u{301}".utf8), "e\u{301}"), ([], ""),
    ] as [([UInt8], String)])
  func percentEncoding(bytes: [UInt8], text: String) {
    #expect(Array(PercentEncoding.encode(bytes).utf8) == Array(text.utf8))
    #expect(PercentEncoding.decode(text) == bytes)
  }

  @Test(arguments: ["%", "%4", "%zz", "a%+1", "%4\u{FF11}"]) func malformedPercents(text: String) {
    #expect(PercentEncoding.decode(text) == nil)
  }

  @Test func everyByteRoundTrips() {
    for first in UInt8.min...UInt8.max {
      for second: UInt8 in [0, 0x25, 0x41, 0x7F, 0x80, 0xBF, 0xC2, 0xE0, 0xED, 0xF4, 0xFF] {
        let bytes = [first, second, 0x80, first]
        #expect(PercentEncoding.decode(PercentEncoding.encode(bytes)) == bytes)
      }
    }
  }
}
