import Paths
import Testing

@Suite struct CaptureTests {
  struct Case: CustomTestStringConvertible {
    var pattern: String
    var path: Path
    var captures: [String: String]?
    var testDescription: String { "\(pattern) on \(path)" }
    init(_ pattern: String, _ path: Path, _ captures: [String: String]?) {
      (self.pattern, self.path, self.captures) = (pattern, path, captures)
    }
  }

  @Test(arguments: [
    Case("src/{name}.c", "src/util.c", ["name": "util"]),
    Case("src/{name}.c", "src/.c", nil),
    Case("src/{name}.c", "src/a/b.c", nil),
    Case("src/{name}.c", "src/a.c.c", ["name": "a.c"]),
    Case("src/{path...}.c", "src/a/b/c.c", ["path": "a/b/c"]),
    Case("src/{path...}.c", "src/a.c", ["path": "a"]),
    Case("src/{path...}", "src/a/b", ["path": "a/b"]),
    Case("src/{path...}", "src", nil),
    Case("{path...}", "a/b", ["path": "a/b"]),
    Case("{path...}/{name}.c", "a/b/c.c", ["path": "a/b", "name": "c"]),
    Case("src/pre{path...}.c", "src/pre/a.c", nil),
    Case("src/pre{path...}.c", "src/prex/y/a.c", ["path": "x/y/a"]),
    Case("src/pre{path...}.c", "src/prex.c", ["path": "x"]),
    Case("{name}.{ext}", "a.tar.gz", ["name": "a.tar", "ext": "gz"]),
    Case("{a}{b}", "xyz", ["a": "xy", "b": "z"]),
    Case("{a}{b}", "x€", ["a": "x", "b": "€"]),
    Case("{a}{b}", "€", nil),
    Case("{name}/{name}.c", "util/util.c", ["name": "util"]),
    Case("{name}/{name}.c", "util/main.c", nil),
    Case("{name}/**/{name}.c", "util/x/y/util.c", ["name": "util"]),
    Case("{a}-{b}-{a}", "x-y-x-y-x", ["a": "x", "b": "y-x-y"]),
    Case("**/{name}.c", "a.c", ["name": "a"]),
    Case("**/{name}.c", "x/y/a.c", ["name": "a"]),
    Case("**/{dir}/{name}.c", "x/y/a.c", ["dir": "y", "name": "a"]),
    Case("{top}/**/{name}.c", "x/a.c", ["top": "x", "name": "a"]),
    Case("{src,lib}/{name}.c", "lib/a.c", ["name": "a"]),
    Case("{src,src/x}/{name...}.c", "src/x/a.c", ["name": "x/a"]),
    Case("t[0-9]?/{name}.*", "t1x/a.b.c", ["name": "a.b"]),
    Case("{dir}/", "a/b/c", ["dir": "a"]),
    Case("\\{{name}\\}", "{a}", ["name": "a"]),
    Case("/usr/include/{name}.h", "/usr/include/stdio.h", ["name": "stdio"]),
    Case("**/{name}.h", "/usr/include/stdio.h", nil),
    Case("plain.c", "plain.c", [:]),
  ])
  func matching(_ test: Case) throws {
    let pattern = try CapturePattern(test.pattern)
    let found = pattern.match(test.path)
    #expect(found?.mapValues { String(decoding: $0, as: UTF8.self) } == test.captures)
    if found != nil { #expect(pattern.glob.matches(test.path), "the glob \(pattern.glob) covers it") }
  }

  @Test func rawBytesAreCaptured() throws {
    #expect(try CapturePattern("{name}.c").match(Path([0xE9, 0x2E, 0x63]))?["name"] == [0xE9])
  }

  @Test(arguments: [
    ("src/{name}.c", "src/*.c"), ("src/{path...}.c", "src/**/*.c"), ("src/{path...}", "src/**/*"),
    ("src/x{path...}", "src/x{*,*/**/*}"), ("{a,b}/{name}", "{a,b}/*"),
  ])
  func cover(pattern: String, glob: String) throws {
    #expect(try CapturePattern(pattern).glob.pattern == glob)
  }

  @Test(arguments: [
    ("{a,{b}}", "a capture cannot stand inside the alternatives that begin at byte 0", 3),
    ("{a...}/{a...}", "{a...} can stand only once in a pattern", 7),
    ("{a}/{a...}", "{a...} can stand only once in a pattern", 4),
    ("{a}{b}{c}/{a}{b}{c}", "over 2 captures stand more than once", 16),
    ("x{}", "braces hold a capture's name, as in {name} or {path...}, or alternatives, as in {a,b}", 1),
    ("x{1a}", "braces hold a capture's name, as in {name} or {path...}, or alternatives, as in {a,b}", 1),
    ("{name", "no } closes this {; a brace itself is written \\{", 0),
  ])
  func errors(pattern: String, problem: String, offset: Int) {
    let error = #expect(throws: PatternError.self) { try CapturePattern(pattern) }
    #expect(error?.problem == problem)
    #expect(error?.offset == offset)
  }

  @Test func templates() throws {
    let star: [String: [UInt8]] = ["name": Array("a*{b}".utf8)]
    #expect(try CaptureTemplate("inc/{name}.h").fill(star) == .path(Array("inc/a*{b}.h".utf8)))
    #expect(try CaptureTemplate("inc/{name...}%25.h").fill(star) == .path(Array("inc/a*{b}%.h".utf8)))
    #expect(try CaptureTemplate("inc/{name}/*.h").fill(star) == .glob("inc/a\\*\\{b\\}/*.h"))
    #expect(try CaptureTemplate("{name}/").fill(["name": [0xE9]]) == .glob("%E9/"))
    #expect(try CaptureTemplate("inc/\\*").fill([:]) == .path(Array("inc/*".utf8)))
    #expect(try CaptureTemplate("{x}/{y}/{x}").captures.map(\.name) == ["x", "y"])
    #expect(throws: PatternError.self) { try CaptureTemplate("a[") }
  }
}
