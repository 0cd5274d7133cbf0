import Testing

@testable import StaleCommands

@Suite struct DepfileTests {
  @Test(arguments: [
    ("", []),
    ("a.o: a.c a.h\n", ["a.c", "a.h"]),
    ("a.o: a.c a.h", ["a.c", "a.h"]),
    ("a.o : a.c\n", ["a.c"]),
    ("a.o a.d: a.c\n", ["a.c"]),
    ("a.o: a.c \\\n  b.h \\\n  c.h\n", ["a.c", "b.h", "c.h"]),
    ("a.o: a.c\\\nb.h\n", ["a.c", "b.h"]),
    ("a.o: a.c \\\r\n  b.h\r\n", ["a.c", "b.h"]),
    ("a.o: \\\n a.c\n", ["a.c"]),
    ("a.o:\\\n a.c\n", ["a.c"]),
    // -MP: a phony target for each header.
    ("a.o: a.c b.h\n\nb.h:\n", ["a.c", "b.h"]),
    ("a.o: a.c\nb.o: b.c a.c\n", ["a.c", "b.c"]),
    ("a.o: with\\ space.h\n", ["with space.h"]),
    ("a.o: back\\\\slash.h\n", ["back\\\\slash.h"]),
    ("a.o: two\\\\ words\n", ["two\\", "words"]),
    ("a.o: three\\\\\\ one\n", ["three\\ one"]),
    ("a.o: dir\\file.h\n", ["dir\\file.h"]),
    ("a.o: cost$$.h\n", ["cost$.h"]),
    ("a.o: c\\#.h d#.h\n", ["c#.h", "d#.h"]),
    ("# made by cc\na.o: a.c # and this\n", ["a.c"]),
    ("# goes \\\n on: and on\na.o: a.c\n", ["a.c"]),
    ("c:/x/a.o: c:/x/a.c d:\\y.h\n", ["c:/x/a.c", "d:\\y.h"]),
    ("a.o: x:y.h\n", ["x:y.h"]),
    ("a.o:: a.c\n", ["a.c"]),
    ("a.o: a.c a.c ./a.c\n", ["a.c", "./a.c"]),
    ("a.o:\ta.c\t\tb.h\n", ["a.c", "b.h"]),
    ("a.o:\n", []),
    ("\n\n\n", []),
  ]) func prerequisites(_ text: String, _ expected: [String]) throws {
    let found = try Depfile.prerequisites(in: Array(text.utf8))
    #expect(found.map { String(decoding: $0, as: UTF8.self) } == expected)
  }

  @Test func bytesStay() throws {
    let text: [UInt8] = Array("a.o: caf".utf8) + [0xE9] + Array(".h".utf8)
    #expect(try Depfile.prerequisites(in: text) == [Array("caf".utf8) + [0xE9] + Array(".h".utf8)])
  }

  @Test(arguments: [
    ("no colon here\n", 1, "a colon is missing behind the targets"),
    ("a.o: a.c \\\n b.h\nrest\n", 3, "a colon is missing behind the targets"),
    (": a.c\n", 1, "there is no target before the colon"),
  ]) func malformed(_ text: String, _ line: Int, _ problem: String) {
    #expect(throws: Depfile.Malformed(line: line, problem: problem)) {
      try Depfile.prerequisites(in: Array(text.utf8))
    }
  }
}
