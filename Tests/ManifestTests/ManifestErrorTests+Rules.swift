import Testing

/// Wrong rules.
extension ManifestErrorTests {
  static let rulesCases: [Case] = [
    Case(
      #""rules": [{}]"#,
      ["1:25: error: a rule needs the member \"files\"", "1:25: error: a rule needs the member \"key\""]),
    Case(
      #""rules": [{"files": [], "key": "k"}]"#, ["1:35: error: \"files\" is empty (its first member is the pattern)"]),
    Case(
      #""rules": [{"files": "{name}.c", "key": "{nam}.o"}]"#,
      [
        "1:55: error: \"{nam}.o\": there is no capture {nam} here (did you mean \"name\"?)"
      ]),
    Case(
      #""rules": [{"files": ["{a}.c", "{b}.h"], "key": "x{a}", "tags": ["t{c}"], "entries": ["e{d}"], "outputs": ["o{e}"]}]"#,
      [
        "1:46: error: \"{b}.h\": there is no capture {b} here (did you mean \"a\"?)",
        "1:81: error: \"t{c}\": there is no capture {c} here (did you mean \"a\"?)",
        "1:102: error: \"e{d}\": there is no capture {d} here (did you mean \"a\"?)",
        "1:123: error: \"o{e}\": there is no capture {e} here (did you mean \"a\"?)",
      ]),
    Case(
      #""rules": [{"files": "a.c", "key": "{x}"}]"#,
      ["1:50: error: \"{x}\": there is no capture {x} here (a brace itself is written {{)"]),
    Case(
      #""rules": [{"files": "{a}.c", "key": "{a"}]"#,
      [
        "1:52: error: the template \"{a\": a { begins a placeholder, as in {name}; a brace itself is written {{"
      ]),
    Case(
      #""rules": [{"files": "{a}.c", "key": "a}"}]"#,
      [
        "1:53: error: the template \"a}\": this } closes no placeholder; a brace itself is written }}"
      ]),
    Case(
      #""rules": [{"files": "x{a,{b}}", "key": "k"}]"#,
      [
        "1:40: error: the pattern \"x{a,{b}}\": a capture cannot stand inside the alternatives that begin at byte 1"
      ]),
    Case(
      #""rules": [{"files": "{key}.c", "key": "{key}"}]"#,
      [
        "1:35: error: the capture {key} has a name that commands use themselves (choose another than namespace, key, id, state, cause)"
      ]),
    Case(
      #""rules": [{"files": "{a}.c", "key": "{a}", "outputs": ["{a}/*"]}]"#,
      [
        "1:70: error: an output is one file, not a pattern: \"{a}/*\" (name each file)"
      ]),
    Case(
      #""rules": [{"files": "{a}.c", "key": "{a}", "entries": ["entry:{a}"]}]"#,
      [
        "1:70: error: \"entry:{a}\": an entry is named namespace/key (write \"entry:namespace/key\")"
      ]),
    Case(#""rules": [{"files": "{a}.c", "key": ""}]"#, ["1:51: error: the key is empty"]),
    Case(
      #""rules": [{"files": "{a}.c", "key": "{a}", "refresh": ["cc", "{b}"]}]"#,
      [
        "1:77: error: \"{b}\": there is no placeholder {b} here (did you mean \"a\"?)"
      ]),
  ]

  @Test(arguments: rulesCases) func rules(_ test: Case) { #expect(errors(test.text) == test.expected) }
}
