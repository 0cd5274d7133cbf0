import Glibc

/// Directories that are renamed: the same files, under other names.
extension Scenario {
  /// The scenarios in which a directory keeps its content and gets another name.
  public static let movedDirectories: [Scenario] = [
    Scenario(
      "a directory renamed", .directories,
      before: ["a/f": "1", "a/sub/g": "1", "other/f": "1"],
      expecting: ["a/f": .deleted, "a/sub/g": .deleted, "b/f": .created, "b/sub/g": .created]
    ) { try $0.rename("a", "b") },
    Scenario(
      "a directory renamed, then edited inside", .directories,
      before: ["a/f": "1", "a/sub/g": "1", "ab/f": "1"],
      expecting: ["a/f": .deleted, "a/sub/g": .deleted, "b/f": .created, "b/sub/g": .created, "b/sub/new": .created]
    ) { tree in
      try tree.rename("a", "b")
      try tree.write("b/f", "2")
      try tree.write("b/sub/g", "2")
      try tree.write("b/sub/new", "2")
    },
    Scenario(
      "a directory renamed 100 times, then edited inside", .directories,
      before: ["d0/sub/f": "1", "d0/g": "1"],
      expecting: ["d0/sub/f": .deleted, "d0/g": .deleted, "d100/sub/f": .created, "d100/g": .created],
      also: ["d50/g"]
    ) { tree in
      for round in 1...100 { try tree.rename(Name("d\(round - 1)"), Name("d\(round)")) }
      try tree.write("d100/sub/f", "2")
    },
    Scenario(
      "renamed, edited, renamed back", .directories,
      before: ["a/f": "1", "a/g": "1"], expecting: ["a/f": .modified], also: ["b/f"]
    ) { tree in
      try tree.rename("a", "b")
      try tree.write("b/f", "2")
      try tree.rename("b", "a")
    },
    Scenario(
      "a file held open, its directory renamed, then written", .directories,
      before: ["a/f": "1", "a/g": "1"],
      expecting: ["a/f": .deleted, "a/g": .deleted, "b/f": .created, "b/g": .created]
    ) { tree in
      try tree.open("a/f", O_WRONLY | O_APPEND) { descriptor in
        try tree.rename("a", "b")
        try Tree.write(descriptor, "2")
      }
    },
    Scenario(
      "nested renames: a to b, then b-c to d", .directories,
      before: ["a/f": "1", "a/c/g": "1", "a/c/e/h": "1"],
      expecting: [
        "a/f": .deleted, "a/c/g": .deleted, "a/c/e/h": .deleted, "b/f": .created, "d/g": .created,
        "d/e/h": .created,
      ], also: ["b/c/g"]
    ) { tree in
      try tree.rename("a", "b")
      try tree.rename("b/c", "d")
      try tree.write("d/e/h", "2")
    },
    Scenario(
      "the inner directory renamed first, then the outer", .directories,
      before: ["a/c/g": "1", "a/f": "1"],
      expecting: ["a/c/g": .deleted, "a/f": .deleted, "b/d/g": .created, "b/f": .created], also: ["a/d/g", "b/c/g"]
    ) { tree in
      try tree.rename("a/c", "a/d")
      try tree.rename("a", "b")
      try tree.write("b/d/g", "2")
    },
    Scenario(
      "a directory moved into its sister", .directories,
      before: ["a/f": "1", "b/f": "1"], expecting: ["a/f": .deleted, "b/a/f": .created]
    ) { tree in
      try tree.rename("a", "b/a")
      try tree.write("b/a/f", "2")
    },
    Scenario(
      "renamed over an empty directory", .directories,
      before: ["a/f": "1", "z": "1"], expecting: ["a/f": .deleted, "b/f": .created],
      prepare: { try $0.makeDirectory("b") },
      act: { tree in
        try tree.rename("a", "b")
        try tree.write("b/f", "2")
      }),
    Scenario(
      "two directories exchanged", .directories,
      before: ["a/f": "1", "b/f": "2", "a/same": "1", "b/same": "1", "a/only": "1"],
      expecting: ["a/f": .modified, "b/f": .modified, "a/only": .deleted, "b/only": .created]
    ) { try $0.exchange("a", "b") },
    Scenario(
      "two directories exchanged, then edited", .directories,
      before: ["a/f": "1", "b/f": "1", "a/sub/g": "1", "b/sub/g": "1"], expecting: ["a/sub/g": .modified]
    ) { tree in
      try tree.exchange("a", "b")
      try tree.write("a/sub/g", "2")
    },
    Scenario(
      "two directories on different levels exchanged, then edited", .directories,
      before: ["a/f": "1", "x/y/b/f": "2"], expecting: ["a/f": .modified, "x/y/b/f": .modified]
    ) { tree in
      try tree.exchange("a", "x/y/b")
      try tree.write("a/f", "3")
    },
    Scenario(
      "two directories change places by three renames", .directories,
      before: ["a/f": "1", "b/f": "2", "a/same": "1", "b/same": "1"],
      expecting: ["a/f": .modified, "b/f": .modified], also: ["t/f"]
    ) { tree in
      try tree.rename("a", "t")
      try tree.rename("b", "a")
      try tree.rename("t", "b")
    },
    Scenario(
      "two files exchanged", .directories,
      before: ["a": "1", "b": "2", "d/c": "3"], expecting: ["a": .modified, "b": .modified]
    ) { try $0.exchange("a", "b") },
    Scenario(
      "a file and a directory exchanged", .directories,
      before: ["x": "1", "d/f": "1", "d/g": "1"],
      expecting: [
        "x": .modified, "d": .modified, "d/f": .deleted, "d/g": .deleted, "x/f": .created, "x/g": .created,
      ]
    ) { try $0.exchange("x", "d") },
    Scenario(
      "moved out, edited there, moved back", .directories,
      before: ["d/f": "1", "d/sub/g": "1", "d/same": "1"], expecting: ["d/f": .modified, "d/sub/g": .modified]
    ) { tree in
      try tree.rename("d", .outside("d"))
      try tree.write(.outside("d/f"), "2")
      try tree.write(.outside("d/sub/g"), "2")
      try tree.rename(.outside("d"), "d")
    },
    Scenario(
      "moved out for good", .directories,
      before: ["d/f": "1", "d/sub/g": "1", "e/f": "1"], expecting: ["d/f": .deleted, "d/sub/g": .deleted]
    ) { try $0.rename("d", .outside("gone")) },
    Scenario(
      "moved out, another put in its place, the first edited outside", .directories,
      before: ["d/f": "1", "d/sub/g": "1", .outside("new/f"): "1", .outside("new/sub/g"): "2"],
      expecting: ["d/sub/g": .modified]
    ) { tree in
      try tree.rename("d", .outside("old"))
      try tree.rename(.outside("new"), "d")
      try tree.write(.outside("old/f"), "2")
      try tree.write(.outside("old/sub/g"), "3")
    },
    Scenario(
      "moved in from outside", .directories,
      before: [.outside("in/f"): "1", .outside("in/sub/g"): "1", "other": "1"],
      expecting: ["in/f": .created, "in/sub/g": .created]
    ) { try $0.rename(.outside("in"), "in") },
    Scenario(
      "moved in from outside, then edited", .directories,
      before: [.outside("in/f"): "1", .outside("in/sub/g"): "1", "other": "1"],
      expecting: ["in/f": .created, "in/sub/g": .created, "in/sub/new": .created]
    ) { tree in
      try tree.rename(.outside("in"), "in")
      try tree.write("in/sub/g", "2")
      try tree.write("in/sub/new", "2")
    },
    Scenario(
      "put aside, and another put in its place", .directories,
      before: ["d/f": "1", "d/same": "1", "d/sub/g": "1", "alt/f": "2", "alt/same": "1"],
      expecting: [
        "d/f": .modified, "d/sub/g": .deleted, "alt/f": .deleted, "alt/same": .deleted, "aside/f": .created,
        "aside/sub/g": .created,
      ]
    ) { tree in
      try tree.rename("d", "aside")
      try tree.rename("alt", "d")
    },
    Scenario(
      "renamed, and a link to it left in its place", .directories,
      before: ["d/f": "1", "d/g": "1"], expecting: ["new/f": .created, "d/g": .modified]
    ) { tree in
      try tree.rename("d", "new")
      try tree.link("d", to: "new")
      try tree.write("new/g", "2")
    },
    Scenario(
      "moved into each other and out again, a file moved along", .directories,
      before: ["one/f": "1", "two/g": "1", "a": "1"],
      expecting: ["one/f": .deleted, "two/f": .created, "a": .deleted, "one/a": .created], also: ["three/one/f"]
    ) { tree in
      try tree.rename("one", "two/one")
      try tree.rename("two/one", "one")
      try tree.rename("a", "one/a")
      try tree.makeDirectory("three")
      try tree.rename("one", "three/one")
      try tree.rename("two", "three/two")
      try tree.rename("three/one", "one")
      try tree.rename("three/two", "two")
      try tree.rename("one/f", "two/f")
      try tree.removeDirectory("three")
    },
    Scenario(
      "the whole folder moved away, edited, moved back", .directories,
      before: ["d/f": "1", "g": "1"], expecting: ["d/f": .modified]
    ) { tree in
      // The folder itself, by its path: `..` of it is watched too.
      try tree.shell("cd / && mv \"$TREE\" \"$OUT/away\" && printf 2 > \"$OUT/away/d/f\" && mv \"$OUT/away\" \"$TREE\"")
    },
  ]
}
