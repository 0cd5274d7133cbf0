import Testing

/// Wrong entries.
extension ManifestErrorTests {
  static let entriesCases: [Case] = [
    Case(#""entries": {}"#, ["1:26: error: \"entries\" must be an array of objects, not an object"]),
    Case(#""entries": ["a"]"#, ["1:27: error: an entry must be an object, not a string"]),
    Case(
      #""entries": [{"tag": []}]"#,
      [
        "1:27: error: an entry needs the member \"key\"",
        "1:28: error: unknown member \"tag\" in an entry (did you mean \"tags\"?)",
      ]),
    Case(#""entries": [{"key": ""}]"#, ["1:35: error: the key is empty (a key is 1–4096 bytes without NUL)"]),
    Case(#""entries": [{"key": "a\u0000"}]"#, ["1:35: error: the key holds a NUL (a key is 1–4096 bytes without NUL)"]),
    Case(
      #""entries": [{"key": "a", "files": "src/[z-a]"}]"#,
      ["1:55: error: the pattern \"src/[z-a]\": this range runs backwards"]),
    Case(
      #""entries": [{"key": "a", "files": ["\u00e9\"{a,b"]}]"#,
      [
        "1:59: error: the pattern \"é\"{a,b\": no } closes this {; a brace itself is written \\{"
      ]),
    Case(
      #""entries": [{"key": "a", "files": ["src/{name}.c"]}]"#,
      [
        "1:55: error: the pattern \"src/{name}.c\": {name} is a capture, which only a rule's patterns can have; "
          + "alternatives are written {a,b}, a brace itself \\{"
      ]),
    Case(#""entries": [{"key": "a", "files": [""]}]"#, ["1:51: error: the pattern \"\": the pattern is empty"]),
    Case(
      #""entries": [{"key": "a", "files": 5}]"#,
      ["1:49: error: \"files\" must be a string or an array of strings, not a number"]),
    Case(
      #""entries": [{"key": "a", "outputs": ["*.o"]}]"#,
      ["1:52: error: an output is one file, not a pattern: \"*.o\" (name each file)"]),
    Case(
      #""entries": [{"key": "a", "resources": ["file:%zz"]}]"#,
      [
        "1:54: error: \"file:%zz\": a % must be followed by two hexadecimal digits (%25 is a % itself)"
      ]),
    Case(
      #""entries": [{"key": "a", "resources": ["glob:a["]}]"#,
      [
        "1:54: error: \"glob:a[\": no ] closes this [; a bracket itself is written \\[ (at byte 1 of the pattern)"
      ]),
    Case(
      #""entries": [{"key": "a", "entries": ["entry:x"]}]"#,
      [
        "1:52: error: \"entry:x\": an entry is named namespace/key (write \"entry:namespace/key\")"
      ]),
    Case(
      #""entries": [{"key": "a", "entries": ["file:x"]}]"#,
      [
        "1:52: error: \"file:x\" is no entry (put it in \"files\" without file:, or in \"resources\")"
      ]),
    Case(#""entries": [{"key": "a", "tags": [""]}]"#, ["1:49: error: a tag is empty"]),
    Case(#""entries": [{"key": "a", "warm": 1}]"#, ["1:48: error: \"warm\" must be true or false, not a number"]),
    Case(
      "\"entries\": [{\"key\": \"a\"},\n{\"key\": \"b\"},\n {\"key\": \"a\", \"namespace\": \"default\"}]",
      [
        "3:2: error: the entry \"default/a\" is declared twice (it stands first at line 1, column 27)"
      ]),
    Case(
      #""entries": [{"key": "a", "entries": ["a"]}]"#,
      [
        "1:52: error: entries depend on one another in a circle: default/a → default/a (take one of these dependencies away)"
      ]),
    Case(
      "\"entries\": [{\"key\": \"a\", \"entries\": [\"b\"]},\n{\"key\": \"b\", \"resources\": [\"env:X\", \"entry:default/c\"]},\n"
        + "{\"key\": \"c\", \"entries\": [\"x\", \"a\"]}]",
      [
        "3:31: error: entries depend on one another in a circle: default/a → default/b → default/c → default/a "
          + "(take one of these dependencies away)"
      ]),
    Case(
      #""entries": [{"key": "a", "refresh": []}]"#,
      ["1:51: error: \"refresh\" is empty (the program comes first: [\"make\", \"{key}\"])"]),
    Case(
      #""entries": [{"key": "a", "refresh": "make"}]"#,
      [
        "1:51: error: \"refresh\" must be an argument array or an object, not a string (write [\"make\", \"{key}\"])"
      ]),
    Case(#""entries": [{"key": "a", "refresh": [""]}]"#, ["1:52: error: \"refresh\" names no program"]),
    Case(
      #""entries": [{"key": "a", "refresh": ["x", "{kye}"]}]"#,
      [
        "1:58: error: \"{kye}\": there is no placeholder {kye} here (did you mean \"key\"?)"
      ]),
    Case(
      #""entries": [{"key": "a", "refresh": ["awk", "{ print }"]}]"#,
      [
        "1:60: error: the template \"{ print }\": a { begins a placeholder, as in {name}; a brace itself is written {{"
      ]),
    Case(
      #""entries": [{"key": "a", "refresh": {"on": ["expiry"]}}]"#,
      ["1:51: error: \"refresh\" needs the member \"run\""]),
    Case(
      #""entries": [{"key": "a", "refresh": {"run": ["x"], "on": ["save"]}}]"#,
      [
        "1:73: error: each of \"on\" must be one of \"expiry\", \"invalidation\", not \"save\""
      ]),
    Case(
      #""entries": [{"key": "a", "refresh": {"run": ["x"], "value": "stdin"}}]"#,
      [
        "1:75: error: \"value\" must be one of \"stdout\", \"none\", not \"stdin\""
      ]),
  ]

  @Test(arguments: entriesCases) func entries(_ test: Case) { #expect(errors(test.text) == test.expected) }
}
