/// Directories that come, go and change places.
extension Scenario {
  static let directories: [Scenario] = [
    Scenario(
      "mkdir -p, 50 deep, 300 times", .directories,
      before: ["other": "1"],
      expecting: Dictionary(uniqueKeysWithValues: (0..<300).map { (chainEnd($0), .created) })
    ) { tree in
      for chain in 0..<300 { try tree.write(chainEnd(chain), "\(chain)") }
    },
    Scenario(
      "a directory made under another name and put in place", .directories,
      before: ["other": "1"], expecting: ["new/f": .created, "new/sub/g": .created], also: ["new.tmp/f"]
    ) { tree in
      try tree.write("new.tmp/f", "1")
      try tree.write("new.tmp/sub/g", "1")
      try tree.rename("new.tmp", "new")
    },
    Scenario(
      "removed and made again with other content", .directories,
      before: ["d/f": "1", "d/g": "1", "d/sub/h": "1"],
      expecting: ["d/f": .modified, "d/g": .deleted, "d/new": .created]
    ) { tree in
      try tree.removeTree("d")
      try tree.write("d/f", "2")
      try tree.write("d/new", "2")
      try tree.write("d/sub/h", "1")
    },
    Scenario(
      "removed and made again 100 times", .directories,
      before: ["d/f": "0", "d/g": "1", "e/f": "1"], expecting: ["d/f": .modified]
    ) { tree in
      for round in 1...100 {
        try tree.removeTree("d")
        try tree.write("d/f", "\(round)")
        try tree.write("d/g", "1")
      }
    },
    Scenario(
      "a deep tree removed", .directories,
      before: ["a/b/c/d/e/f/g/h/bottom": "1", "a/b/c/middle": "1", "a/top": "1", "z/b/c/middle": "1"],
      expecting: ["a/b/c/d/e/f/g/h/bottom": .deleted, "a/b/c/middle": .deleted, "a/top": .deleted]
    ) { try $0.removeTree("a") },
    Scenario(
      "a file becomes a directory", .directories,
      before: ["f": "1", "g": "1"], expecting: ["f": .modified, "f/inside": .created]
    ) { tree in
      try tree.removeFile("f")
      try tree.write("f/inside", "1")
    },
    Scenario(
      "a file becomes a directory and a file again, with other content", .directories,
      before: ["f": "1", "g": "1"], expecting: ["f": .modified], also: ["f/inside"]
    ) { tree in
      try tree.removeFile("f")
      try tree.write("f/inside", "1")
      try tree.removeTree("f")
      try tree.write("f", "2")
    },
    Scenario(
      "a directory becomes a file", .directories,
      before: ["d/f": "1", "d/sub/g": "1", "e": "1"],
      expecting: ["d": .modified, "d/f": .deleted, "d/sub/g": .deleted]
    ) { tree in
      try tree.removeTree("d")
      try tree.write("d", "1")
    },
    Scenario(
      "a directory becomes a file and a directory again, then edited", .directories,
      before: ["d/f": "1", "d/g": "1"], expecting: ["d/f": .modified], also: ["d"]
    ) { tree in
      try tree.removeTree("d")
      try tree.write("d", "1")
      try tree.removeFile("d")
      try tree.write("d/f", "2")
      try tree.write("d/g", "1")
    },
    Scenario(
      "a tree copied, and half of it removed meanwhile", .directories,
      expecting: Dictionary(
        uniqueKeysWithValues: stride(from: 1, to: 20, by: 2).flatMap { d in
          (0..<5).map { (Name("copy/d\(d)/f\($0)"), Change.created) }
        }),
      also: stride(from: 0, to: 20, by: 2).map { Name("copy/d\($0)/f0") },
      prepare: { tree in
        for d in 0..<20 { for f in 0..<5 { try tree.write(Name("tree/d\(d)/f\(f)"), "\(d) \(f)") } }
      },
      // Each even directory is removed while the next is being copied.
      act: { tree in
        try tree.shell(
          """
          mkdir copy
          for d in $(seq 0 19); do
            cp -r tree/d$d copy/
            if [ $((d % 2)) = 0 ]; then rm -r copy/d$d & fi
          done
          wait
          """)
      }),
    Scenario(
      "a link to a directory pointed elsewhere", .directories,
      before: ["v1/f": "1", "v2/f": "2", "v1/same": "1", "v2/same": "1", "v1/only": "1"],
      expecting: ["now/f": .modified, "now/only": .deleted], also: ["now/same"],
      prepare: { try $0.link("now", to: "v1") },
      act: { try $0.relink("now", to: "v2") }),
    Scenario(
      "the target of a link to a directory edited", .directories,
      before: ["v1/f": "1", "v1/g": "1"],
      expecting: ["now/f": .modified, "v1/f": .modified], also: ["now/g"],
      prepare: { try $0.link("now", to: "v1") },
      act: { try $0.write("v1/f", "2") }),
    Scenario(
      "a link to a directory outside, edited there", .directories,
      before: [.outside("lib/f"): "1", .outside("lib/g"): "1", "other": "1"],
      expecting: ["lib/f": .modified], also: ["lib/g"],
      prepare: { tree in try tree.link("lib", to: String(decoding: tree.path(.outside("lib")), as: UTF8.self)) },
      act: { try $0.write(.outside("lib/f"), "2") }),
    Scenario(
      "a directory becomes a link to another", .directories,
      before: ["d/f": "1", "d/same": "1", "e/f": "2", "e/same": "1"],
      expecting: ["d/f": .modified], also: ["d/same"]
    ) { tree in
      try tree.removeTree("d")
      try tree.link("d", to: "e")
    },
    Scenario(
      "files in a directory made after it was expected", .directories,
      before: ["here": "1"], expecting: ["a/b/c/d": .created], also: ["a/b/c/e", "a/x"]
    ) { tree in
      try tree.makeDirectory("a")
      try tree.makeDirectory("a/b")
      try tree.makeDirectory("a/b/c")
      try tree.write("a/b/c/d", "1")
    },
  ]

  /// The file at the bottom of a chain of 50 directories.
  private static func chainEnd(_ chain: Int) -> Name {
    Name((["c\(chain)"] + (1..<50).map { "d\($0)" } + ["f"]).joined(separator: "/"))
  }
}
