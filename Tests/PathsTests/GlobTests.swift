import Paths
import Testing

@Suite struct GlobTests {
  struct Case: CustomTestStringConvertible {
    var pattern: String
    var yes: [Path]
    var no: [Path]
    var testDescription: String { pattern }
    init(_ pattern: String, yes: [Path] = [], no: [Path] = []) {
      (self.pattern, self.yes, self.no) = (pattern, yes, no)
    }
  }

  @Test(arguments: [
    Case("src/a.c", yes: ["src/a.c"], no: ["src/a.cc", "src/a", "a.c", "x/src/a.c", "/src/a.c"]),
    Case("*.c", yes: ["a.c", ".c", ".hidden.c"], no: ["src/a.c", "a.cc"]),
    Case("src/*", yes: ["src/a", "src/.a"], no: ["src", "src/a/b"]),
    Case("src/**", yes: ["src/a", "src/a/b/c", "src/.git/x"], no: ["src", "srcs/a"]),
    Case("src/", yes: ["src/a", "src/a/b"], no: ["src", "srcs/a"]),
    Case("src/**/", yes: ["src/a", "src/a/b"], no: ["src"]),
    Case("**", yes: ["a", "a/b/c"], no: ["/a"]),
    Case("./", yes: ["a", "a/b"], no: ["/a"]),
    Case("/", yes: ["/a", "/a/b"], no: ["a"]),
    Case("**/*.h", yes: ["a.h", "x/a.h", "x/y/a.h"], no: ["a.c", "a.h/b"]),
    Case("a/**/b", yes: ["a/b", "a/x/b", "a/x/y/b", "a/b/b"], no: ["a", "b", "ab", "a/x"]),
    Case("a/**/b/**/c", yes: ["a/b/c", "a/x/b/y/c", "a/b/x/b/c"], no: ["a/c", "a/b", "a/c/b"]),
    Case("**/a/**/a", yes: ["a/a", "x/a/y/a", "a/a/a"], no: ["a", "x/a"]),
    Case("a**b", yes: ["ab", "axxb"], no: ["a/b", "ax/xb"]),
    Case("?.c", yes: ["a.c", "é.c", "€.c", "𝄞.c"], no: [".c", "ab.c"]),
    Case("*??", yes: ["ab", "aé", "abc"], no: ["a", "é", "€", "𝄞"]),
    Case("[a-c].c", yes: ["a.c", "c.c"], no: ["d.c", "-.c", ".c"]),
    Case("[!a-c]", yes: ["d", "é", "-"], no: ["a", "", "dd"]),
    Case("[^a]", yes: ["b"], no: ["a"]),
    Case("[]a]", yes: ["]", "a"], no: ["b"]),
    Case("[!]]", yes: ["a"], no: ["]"]),
    Case("[a-]", yes: ["a", "-"], no: ["b"]),
    Case("[à-ï]", yes: ["é"], no: ["e", "ÿ"]),
    Case("x[!a]y", yes: ["xby"], no: ["x/y", "xay"]),
    Case("[\\]\\-x]", yes: ["]", "-", "x"], no: ["\\"]),
    Case("{a,b}.c", yes: ["a.c", "b.c"], no: ["c.c", "{a,b}.c"]),
    Case("{src,lib/{x,y}}/*.c", yes: ["src/a.c", "lib/x/a.c", "lib/y/a.c"], no: ["lib/a.c", "lib/z/a.c"]),
    Case("{,sub/}a", yes: ["a", "sub/a"], no: ["x/a"]),
    Case("{a,b}{c,d}", yes: ["ac", "ad", "bc", "bd"], no: ["ab", "a"]),
    Case("a,b", yes: ["a,b"]),
    Case("\\*\\{\\}\\\\", yes: ["*{}\\"], no: ["a{}\\"]),
    Case("./a//b/./*", yes: ["a/b/c"], no: ["a/b"]),
    Case("/usr/include/**/*.h", yes: ["/usr/include/a.h", "/usr/include/sys/a.h"], no: ["usr/include/a.h"]),
    Case("a%2Ab", yes: ["a*b"], no: ["axb"]),
    Case("100%25", yes: ["100%"]),
    Case("../x/*", yes: [Path(Array("../x/a".utf8))], no: ["x/a"]),
  ])
  func matching(_ test: Case) throws {
    let glob = try Glob(test.pattern)
    for path in test.yes { #expect(glob.matches(path), "\(path)") }
    for path in test.no { #expect(!glob.matches(path), "\(path)") }
    // What matches lies below the base, and no walk from there is cut short on the way to it.
    for path in test.yes where !path.bytes.starts(with: [.dot, .dot]) {
      #expect(path.isWithin(glob.base) && glob.couldMatch(below: glob.base), "\(path)")
      var parent = path.parent
      while let directory = parent {
        #expect(glob.couldMatch(below: directory), "\(path) below \(directory)")
        parent = directory.parent
      }
    }
  }

  @Test func bytesThatAreNotUTF8() throws {
    let stray = Path([0x63, 0xE9, 0x2E, 0x63])
    for pattern in ["c%E9.c", "c?.c", "c[%E9].c", "c[!a].c", "c[%E0-%EF].c", "*.c"] {
      #expect(try Glob(pattern).matches(stray), "\(pattern)")
    }
    for pattern in ["cé.c", "c[é].c", "c??.c", "c[%C0-%C9].c"] {
      #expect(try !Glob(pattern).matches(stray), "\(pattern)")
    }
    #expect(try Glob("caf[%C3%A9e]").matches("café"))
    #expect(try Glob("[\u{E9}%C3]").matches(Path([0xC3])))
  }

  @Test(arguments: [
    ("src/*.c", "src"), ("src/a.c", "src"), ("a.c", "."), ("*.c", "."), ("src/", "src"), ("src/lib/**", "src/lib"),
    ("/usr/include/*.h", "/usr/include"), ("/*", "/"), ("{src/a,src/b}/x/*.c", "src"), ("{src,lib}/*.c", "."),
    ("src/x/{a,b}.c", "src/x"), ("src/a\\*/b/?", "src/a*/b"), ("**/x", "."),
  ])
  func base(pattern: String, base: String) throws {
    #expect(try Glob(pattern).base == Path(base))
  }

  @Test(arguments: [
    ("src/*.c", "src", true), ("src/*.c", ".", true), ("src/*.c", "src/x", false), ("src/*.c", "lib", false),
    ("src/**/x/*.c", "src/a/b", true), ("**/a.h", "any/thing", true), ("src/a.c", "src", true),
    ("src/a.c", "src/a.c", false), ("s*/t*/x", "src/test", true), ("s*/t*/x", "src/best", false),
    ("{a,b/c}/x", "b", true), ("{a,b/c}/x", "b/d", false), ("/usr/*", "usr", false), ("/usr/*", "/", true),
    ("/usr/*", ".", false), ("src/", "src/a/b/c", true),
  ])
  func pruning(pattern: String, directory: String, could: Bool) throws {
    #expect(try Glob(pattern).couldMatch(below: Path(directory)) == could)
  }

  @Test(arguments: [
    ("", "the pattern is empty", 0),
    ("src/[a-z", "no ] closes this [; a bracket itself is written \\[", 4),
    ("[]", "no ] closes this [; a bracket itself is written \\[", 0),
    ("a[z-a]", "this range runs backwards", 2),
    ("a[b/c]", "a slash cannot stand between [ and ]", 3),
    ("é{a,b", "no } closes this {; a brace itself is written \\{", 2),
    ("a}", "this } closes nothing; a brace itself is written \\}", 1),
    ("x{}", "braces hold alternatives, as in {a,b}; a brace itself is written \\{", 1),
    ("x{a*}", "braces hold alternatives, as in {a,b}; a brace itself is written \\{", 1),
    (
      "x/{name}",
      "{name} is a capture, which only a rule's patterns can have; alternatives are written {a,b}, a brace itself \\{",
      2
    ),
    ("a\\", "nothing follows the \\; a \\ itself is written \\\\", 1),
    ("50%", "a % must be followed by two hexadecimal digits (%25 is a % itself)", 2),
    ("50%zz", "a % must be followed by two hexadecimal digits (%25 is a % itself)", 2),
    ("a%2Fb", "no name holds a slash, so %2F can never match", 1),
    ("a%00", "no name holds a NUL", 1),
    ("{/a,b}", "some alternatives are absolute and some relative: write two patterns", 0),
    (
      String(repeating: "{a,b}", count: 11), "its braces stand for over 1024 patterns, or too long ones", 0
    ),
    (String(repeating: "a", count: 8193), "the pattern has over 8192 bytes", 8192),
  ])
  func errors(pattern: String, problem: String, offset: Int) {
    let error = #expect(throws: PatternError.self) { try Glob(pattern) }
    #expect(error?.problem == problem)
    #expect(error?.offset == offset)
  }

  @Test func deeplyNestedBraces() throws {
    let depth = 1000
    let glob = try Glob(String(repeating: "{a,", count: depth) + "b" + String(repeating: "}", count: depth))
    #expect(glob.matches("a") && glob.matches("b") && !glob.matches("c"))
  }

  @Test func literals() throws {
    #expect(try Glob("src/a.c").isLiteral)
    #expect(try Glob("src/\\*.c").literal == "src/*.c")
    #expect(try !Glob("src/").isLiteral)
    #expect(try !Glob("{a,b}").isLiteral)
    #expect(Glob.hasMagic("src/") && Glob.hasMagic("a[") && !Glob.hasMagic("src/a,b.c"))
    for bytes: [UInt8] in [Array("a*b?[c]{d,e}\\%/f".utf8), [0xE9, 0x0A, 0x2A], Array("é".utf8)] {
      #expect(try Glob(Glob.escape(bytes)).literal?.bytes == bytes)
    }
  }

  /// Each of these takes minutes where every star is tried again.
  @Test(.timeLimit(.minutes(5))) func noExponentialTime() throws {
    let stars = try Glob(String(repeating: "*a", count: 60) + "b")
    #expect(!stars.matches(Path(Array(repeating: UInt8(ascii: "a"), count: 250))))
    let deep = try Glob(String(repeating: "**/a/", count: 60) + "b")
    #expect(!deep.matches(Path(String(repeating: "a/", count: 1000))))
    let capture = try CapturePattern((0..<40).map { "{c\($0)}a" }.joined() + "b")
    #expect(capture.match(Path(Array(repeating: UInt8(ascii: "a"), count: 250))) == nil)
    let paths = try CapturePattern((0..<20).map { "{c\($0)...}/a" }.joined(separator: "/") + "/b")
    #expect(paths.match(Path(String(repeating: "a/", count: 500))) == nil)
    let twice = try CapturePattern("{a}{b}x{c}{a}y{d}{b}z")
    #expect(twice.match(Path(Array(repeating: UInt8(ascii: "x"), count: 60))) == nil)
  }
}
