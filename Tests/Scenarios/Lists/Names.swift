/// Names that programs get wrong.
extension Scenario {
  static let names: [Scenario] =
    oddNames.map { title, name in
      // The five things that happen to a file, each to one of that name, and one that stays.
      Scenario(
        "a name with \(title)", .names,
        before: [name: "1", "gone" / name: "1", "stays" / name: "1", "dirs" / name / "f": "1", "from" / name: "1"],
        expecting: [
          name: .modified, "gone" / name: .deleted, "made" / name: .created, "dirs" / name / "f": .modified,
          "from" / name: .deleted, "to" / name: .created,
        ],
        prepare: { tree in
          try tree.makeDirectory("to")
          try tree.makeDirectory("made")
        },
        act: { tree in
          try tree.write(name, "2")
          try tree.removeFile("gone" / name)
          try tree.write("made" / name, "1")
          try tree.write("dirs" / name / "f", "2")
          try tree.rename("from" / name, "to" / name)
        })
    } + alikeNames

  private static let oddNames: [(String, Name)] = [
    ("a Latin-1 byte", Name(bytes: [0x63, 0x61, 0x66, 0xE9, 0x2E, 0x63])),
    ("bytes that no encoding has", Name(bytes: [0xFF, 0xFE, 0x80, 0xC0, 0xAF])),
    ("half a character at its end", Name(bytes: [0x78, 0xF0, 0x9F, 0x98])),
    ("an encoded surrogate", Name(bytes: [0xED, 0xA0, 0x80])),
    ("a newline", "two\nlines"), ("a newline at its end", "end\n"), ("a carriage return", "a\rb"), ("a tab", "a\tb"),
    ("control bytes", Name(bytes: [1, 0x1B, 0x5B, 0x33, 0x31, 0x6D, 0x7F])),
    ("a percent sign", "100%"), ("an encoded byte in it", "a%41b"), ("a space", "a b"), ("a space at its end", "a "),
    ("a space at its start", " a"), ("nothing but a space", " "), ("quotes", "it's \"quoted\""),
    ("a backslash", "a\\b"), ("backquotes and a dollar", "`id`$HOME"), ("a semicolon", "a;rm -rf b"),
    ("a leading dash", "-rf"), ("two dashes", "--"), ("a leading dot", ".hidden"), ("three dots", "..."),
    ("a tilde", "~"), ("a hash", "#f#"), ("a colon", "file:f"), ("an at sign and a digest", "f@absent"),
    ("255 bytes", Name(String(repeating: "n", count: 255))),
    ("255 bytes in 85 characters", Name(String(repeating: "€", count: 85))),
    ("a combining character", "cafe\u{301}"), ("an emoji", "👩‍👩‍👧‍👦"), ("right-to-left marks", "a\u{202E}b\u{200F}"),
    ("a star", "*"), ("two stars", "**"), ("a question mark", "?"), ("brackets", "[a].c"), ("braces", "{a,b}"),
    ("an exclamation mark", "!f"), ("a comma and an equals sign", "a,b=c"), ("a plus sign", "c++"),
    ("a question mark and an ampersand", "f?x=1&y"),
  ]

  private static let alikeNames: [Scenario] = [
    Scenario(
      "composed and decomposed, both there", .names, before: ["caf\u{E9}": "1", "cafe\u{301}": "1"],
      expecting: ["cafe\u{301}": .modified]
    ) { try $0.write("cafe\u{301}", "2") },
    Scenario(
      "renamed from composed to decomposed", .names, before: ["caf\u{E9}": "1", "other": "1"],
      expecting: ["caf\u{E9}": .deleted, "cafe\u{301}": .created]
    ) { try $0.rename("caf\u{E9}", "cafe\u{301}") },
    Scenario(
      "renamed in case only", .names, before: ["Readme": "1", "other": "1"],
      expecting: ["Readme": .deleted, "README": .created]
    ) { try $0.rename("Readme", "README") },
    Scenario(
      "a directory renamed in case only, then edited", .names, before: ["Src/f": "1", "other": "1"],
      expecting: ["Src/f": .deleted, "src/f": .created]
    ) { tree in
      try tree.rename("Src", "src")
      try tree.write("src/f", "2")
    },
    Scenario("two names that differ in case", .names, before: ["a": "1", "A": "1"], expecting: ["A": .modified]) {
      try $0.write("A", "2")
    },
    Scenario(
      "a name that looks like a pattern for others", .names,
      before: ["[a].c": "1", "a.c": "1", "*": "1", "b": "1", "?": "1"], expecting: ["[a].c": .modified, "*": .modified]
    ) { tree in
      try tree.write("[a].c", "2")
      try tree.write("*", "2")
    },
    Scenario(
      "a name that others begin with", .names, before: ["ab/f": "1", "abc/f": "1", "abc.d/f": "1", "a/f": "1"],
      expecting: ["ab/f": .deleted, "x/f": .created]
    ) { try $0.rename("ab", "x") },
    Scenario(
      "an encoded name and what it stands for", .names, before: ["%41": "1", "A": "1", "%2541": "1"],
      expecting: ["%41": .modified]
    ) { try $0.write("%41", "2") },
  ]
}
