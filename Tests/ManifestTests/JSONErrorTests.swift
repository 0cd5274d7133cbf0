import Freshness
import Manifest
import Testing

/// What is said of texts that are not JSON.
@Suite struct JSONErrorTests {
  static let messagesCases: [Case] = [
    Case("", ["1:1: error: the file is empty (the least is {\"version\": 1})"]),
    Case(" \n ", ["2:2: error: the file is empty (the least is {\"version\": 1})"]),
    Case(
      "\u{FEFF}{\"version\": 1}",
      ["1:1: error: the file starts with a byte order mark (save it as UTF-8 without one)"]
    ),
    Case("{\"version\": 1", ["1:1: error: the file ends before this object does (add a })"]),
    Case("{\"version\": 1}}", ["1:15: error: unexpected } after the end of the value (a file holds one value)"]),
    Case(
      "{\"version\": 1,}",
      ["1:14: error: a comma stands before the end of the object (take it away)"]
    ),
    Case(
      "{\"version\": 1, \"entries\": [\n],\n\"rules\": [],\n}",
      ["3:12: error: a comma stands before the end of the object (take it away)"]
    ),
    Case("{\"version\": 1,, }", ["1:15: error: a value is missing before this comma (take the comma away)"]),
    Case(
      "{\"version\": 1 \"entries\": []}",
      ["1:15: error: a comma is missing before this (separate the parts of the object with commas)"]
    ),
    Case("{\"version\" 1}", ["1:12: error: a colon is expected after the name \"version\", not 1"]),
    Case(
      "{version: 1}",
      ["1:2: error: unexpected v where a member's name is expected (names stand in double quotes)"]
    ),
    Case(
      "{'version': 1}", ["1:2: error: unexpected ' where a member's name is expected (names stand in double quotes)"]),
    Case(
      "// a\n{\"version\": 1 /* b */} # c",
      [
        "1:1: error: JSON has no comments (take it away)", "2:15: error: JSON has no comments (take it away)",
        "2:24: error: JSON has no comments (take it away)",
      ]
    ),
    Case(
      "{\"version\": NaN}",
      [
        "1:13: error: JSON has no NaN (leave the member out, or write a number)",
        "1:13: error: \"version\" must be the number 1, not null",
      ]
    ),
    Case("{\"version\": 1, \"watch\": {\"gitignore\": True}}", ["1:39: error: JSON has no True (write true)"]),
    Case(
      "{\"version\": yes}",
      ["1:13: error: unexpected yes where a value is expected (strings stand in double quotes)"]
    ),
    Case("{\"version\": '1'}", ["1:13: error: strings stand in double quotes (write \" for ')"]),
    Case(
      "{\"version\": 01}",
      [
        "1:13: error: 01 is not a JSON number (take the leading 0 away)",
        "1:13: error: \"version\" must be the number 1, not null",
      ]
    ),
    Case(
      "{\"version\": 1, \"watch\": {\"settle\": 50ms}}",
      [
        "1:36: error: 50ms is not a JSON number (a string stands in double quotes)",
        "1:36: error: \"settle\" must be a duration, not null (write \"250ms\", \"90s\", \"1h30m\", \"1d\" or a number of seconds)",
      ]
    ),
    Case("{\"version\": 1, \"$schema\": \"a\nb\"}", ["1:27: error: no \" ends this string on its line"]),
    Case("{\"version\": 1, \"$schema\": \"a", ["1:27: error: no \" ends this string"]),
    Case(
      "{\"version\": 1, \"$schema\": \"a\tb\"}", ["1:29: error: a control character stands in a string (write \\t)"]),
    Case(
      "{\"version\": 1, \"$schema\": \"\u{1}\"}",
      ["1:28: error: a control character stands in a string (write \\u0001)"]),
    Case(
      "{\"version\": 1, \"$schema\": \"\\d\"}",
      ["1:28: error: a \\ cannot stand before d (a \\ itself is written \\\\)"]),
    Case("{\"version\": 1, \"$schema\": \"\\u12\"}", ["1:28: error: four hexadecimal digits are expected after \\u"]),
    Case(
      "{\"version\": 1, \"$schema\": \"\\ud83d\"}",
      ["1:28: error: this is half of a surrogate pair (write both halves, or the character itself)"]
    ),
    Case("[1]", ["1:1: error: the manifest must be an object, not an array"]),
    Case("{\"version\":", ["1:12: error: the file ends where a value is expected"]),
    Case(
      "{\"é𝄞\": 1, \"version\": 1}",
      [
        "1:2: error: unknown member \"é𝄞\" in the manifest (known here: $schema, version, watch, defaults, namespaces, "
          + "memory, disk, limits, tagHierarchy, entries, rules, events, schedules, hooks)"
      ]
    ),
    Case(
      "{\"version\": 1,\r\n\t\"é\u{301}𝄞\": \"x\" 5}", ["2:13: error: a comma or } is expected in the object, not 5"]),
  ]

  @Test(arguments: messagesCases) func messages(_ test: Case) { #expect(problems(test.text) == test.expected) }

  @Test func bytesThatAreNotUTF8() {
    let text = Array("{\"version\":\n \"é".utf8) + [0xE9, 0x22, 0x7D]
    guard case .failure(let error) = Manifest.read(text, file: "m.json", context: context) else {
      Issue.record("it was read")
      return
    }
    #expect(error.description == "m.json:2:4: error: the byte 0xE9 is not UTF-8 (save the file as UTF-8)")
  }

  @Test func depthIsLimited() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(problems(deep) == ["1:65: error: arrays and objects are nested over 64 deep"])
    let objects = String(repeating: "{\"a\":", count: 100_000)
    #expect(problems(objects) == ["1:321: error: arrays and objects are nested over 64 deep"])
  }

  @Test func escapesAreRead() throws {
    let (manifest, _) = try read(
      #"{"version": 1.0e0, "entries": [{"key": "a\u00e9\ud834\udd1e\"\\\/\n", "tags": ["\b\f\r\t"], "tags2": 0}]}"#
        .replacing(#", "tags": ["\b\f\r\t"], "tags2": 0"#, with: ""))
    #expect(manifest.entries[0].name.key == "aé𝄞\"\\/\n")
  }

  /// Cutting a manifest off anywhere, or spoiling a byte of it, never traps and is always told with a place in it.
  @Test func nothingTraps() {
    let bytes = Array(example.utf8)
    for end in stride(from: 0, to: bytes.count, by: 7) {
      guard case .failure(let error) = Manifest.read(Array(bytes[..<end]), file: "f", context: context) else {
        Issue.record("a manifest cut off after \(end) bytes was read")
        continue
      }
      #expect(!error.problems.isEmpty)
    }
    var state: UInt64 = 42
    for at in stride(from: 0, to: bytes.count, by: 3) {
      var spoiled = bytes
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      spoiled[at] = UInt8(truncatingIfNeeded: state >> 33)
      if case .failure(let error) = Manifest.read(spoiled, file: "f", context: context) {
        #expect(error.problems.allSatisfy { $0.line >= 1 && $0.line <= 38 && $0.column >= 1 })
      }
    }
  }
}
