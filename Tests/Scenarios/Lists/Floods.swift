/// More events than the kernel keeps for a watcher that does not read them: 16,384 unless the system says otherwise.
/// They are for watchers that are stopped meanwhile, and no part of the list.
extension Scenario {
  /// - Parameter files: how many come and go; each is three events or more.
  public static func floods(files: Int) -> [Scenario] {
    [
      Scenario(
        "stopped: one file edited, then a flood", .nothing, before: ["f": "1", "noise/other": "1"],
        expecting: ["f": .modified]
      ) { tree in
        try tree.write("f", "2")
        try flood(tree, files)
      },
      Scenario(
        "stopped: a flood, then one file edited", .nothing, before: ["f": "1", "noise/other": "1"],
        expecting: ["f": .modified]
      ) { tree in
        try flood(tree, files)
        try tree.write("f", "2")
      },
      Scenario(
        "stopped: a flood, and a file in a directory made meanwhile", .nothing,
        before: ["f": "1", "noise/other": "1"], expecting: ["new/deep/f": .created]
      ) { tree in
        try flood(tree, files / 2)
        try tree.write("new/deep/f", "1")
        try flood(tree, files / 2)
      },
      Scenario(
        "stopped: a directory renamed in a flood, then edited", .nothing,
        before: ["d/f": "1", "d/g": "1", "noise/other": "1"],
        expecting: ["d/f": .deleted, "d/g": .deleted, "e/f": .created, "e/g": .created]
      ) { tree in
        try flood(tree, files)
        try tree.rename("d", "e")
        try tree.write("e/f", "2")
      },
      Scenario(
        "stopped: a flood, and a file deleted in it", .nothing, before: ["f": "1", "g": "1", "noise/other": "1"],
        expecting: ["f": .deleted]
      ) { tree in
        try flood(tree, files)
        try tree.removeFile("f")
      },
    ]
  }

  /// Files written by a program while the watcher runs; a third is there before and goes, a third is edited.
  public static func burst(files: Int) -> Scenario {
    @Sendable func name(_ kind: String, _ index: Int) -> Name { Name("\(kind)\(index % 100)/f\(index)") }
    var expected: [Name: Change] = [:]
    for index in 0..<files / 3 {
      expected[name("new", index)] = .created
      expected[name("edited", index)] = .modified
      expected[name("gone", index)] = .deleted
    }
    return Scenario(
      "\(files) files made, edited and removed", .nothing, expecting: expected,
      prepare: { tree in
        for index in 0..<files / 3 {
          try tree.write(name("edited", index), "1")
          try tree.write(name("gone", index), "1")
        }
      },
      act: { tree in
        for index in 0..<files / 3 {
          try tree.write(name("new", index), "2")
          try tree.write(name("edited", index), "2")
          try tree.removeFile(name("gone", index))
        }
      })
  }

  private static func flood(_ tree: Tree, _ files: Int) throws {
    for index in 0..<files {
      let name = Name("noise/\(index % 64)")
      try tree.write(name, "\(index)")
      try tree.removeFile(name)
    }
  }
}
