/// Files with several names, and names that stand for others.
extension Scenario {
  static let links: [Scenario] = [
    Scenario(
      "a hard link written through its other name", .saves, before: ["f": "1", "g": "1"],
      expecting: ["f": .modified, "d/other": .modified],
      prepare: { try $0.hardLink("d/other", of: "f") },
      act: { try $0.write("d/other", "2") }),
    Scenario(
      "a hard link written through a name outside", .saves, before: ["f": "1", "g": "1"], expecting: ["f": .modified],
      prepare: { try $0.hardLink(.outside("other"), of: "f") },
      act: { try $0.write(.outside("other"), "2") }),
    Scenario(
      "one of two hard links replaced by rename", .saves, before: ["f": "1", "g": "1"], expecting: ["f": .modified],
      prepare: { try $0.hardLink("other", of: "f") },
      act: { try $0.replace("f", "2") }),
    Scenario(
      "one of two hard links replaced, the other then written", .saves, before: ["f": "1", "g": "1"],
      expecting: ["other": .modified],
      prepare: { try $0.hardLink("other", of: "f") },
      act: { tree in
        try tree.replace("f", "1")
        try tree.write("other", "2")
      }),
    Scenario(
      "one of two hard links removed, the other written", .saves, before: ["f": "1", "g": "1"],
      expecting: ["f": .deleted, "other": .modified],
      prepare: { try $0.hardLink("other", of: "f") },
      act: { tree in
        try tree.removeFile("f")
        try tree.write("other", "2")
      }),
    Scenario(
      "a hard link made inside, then written", .saves, before: ["f": "1", "g": "1"],
      expecting: ["f": .modified, "new": .created]
    ) { tree in
      try tree.hardLink("new", of: "f")
      try tree.write("new", "2")
    },
    Scenario(
      "a new name linked, the old one removed", .saves, before: ["f": "1", "g": "1"],
      expecting: ["f": .deleted, "new": .created]
    ) { tree in
      try tree.hardLink("new", of: "f")
      try tree.removeFile("f")
    },
    Scenario(
      "a symbolic link pointed elsewhere", .saves, before: ["v1": "1", "v2": "2"], expecting: ["link": .modified],
      prepare: { try $0.link("link", to: "v1") },
      act: { try $0.relink("link", to: "v2") }),
    Scenario(
      "a symbolic link removed and made anew", .saves, before: ["v1": "1", "v2": "2"], expecting: ["link": .modified],
      prepare: { try $0.link("link", to: "v1") },
      act: { tree in
        try tree.removeFile("link")
        try tree.link("link", to: "v2")
      }),
    Scenario(
      "the target of a symbolic link written", .saves, before: ["d/target": "1", "g": "1"],
      expecting: ["link": .modified, "d/target": .modified],
      prepare: { try $0.link("link", to: "d/target") },
      act: { try $0.write("d/target", "2") }),
    Scenario(
      "the target of a symbolic link replaced by rename", .saves, before: ["d/target": "1", "g": "1"],
      expecting: ["link": .modified, "d/target": .modified],
      prepare: { try $0.link("link", to: "d/target") },
      act: { try $0.replace("d/target", "2") }),
    Scenario(
      "written through a symbolic link", .saves, before: ["d/target": "1", "g": "1"],
      expecting: ["link": .modified, "d/target": .modified],
      prepare: { try $0.link("link", to: "d/target") },
      act: { try $0.write("link", "2") }),
    Scenario(
      "the target of a symbolic link, outside, written", .saves, before: [.outside("target"): "1", "g": "1"],
      expecting: ["link": .modified],
      prepare: { tree in try tree.link("link", to: String(decoding: tree.path(.outside("target")), as: UTF8.self)) },
      act: { try $0.write(.outside("target"), "2") }),
    Scenario(
      "a chain of symbolic links changed in the middle", .saves, before: ["v1": "1", "v2": "2"],
      expecting: ["a": .modified, "b": .modified],
      prepare: { tree in
        try tree.link("b", to: "v1")
        try tree.link("a", to: "b")
      },
      act: { try $0.relink("b", to: "v2") }),
    Scenario(
      "the target of a dangling link appears", .saves, before: ["g": "1"],
      expecting: ["link": .created, "d/target": .created],
      prepare: { try $0.link("link", to: "d/target") },
      act: { try $0.write("d/target", "1") }),
    Scenario(
      "the target of a symbolic link disappears", .saves, before: ["d/target": "1", "g": "1"],
      expecting: ["link": .deleted, "d/target": .deleted],
      prepare: { try $0.link("link", to: "d/target") },
      act: { try $0.removeTree("d") }),
    Scenario(
      "a symbolic link becomes a loop", .saves, before: ["v1": "1", "g": "1"], expecting: ["link": .deleted],
      prepare: { try $0.link("link", to: "v1") },
      act: { try $0.relink("link", to: "link") }),
    Scenario(
      "a configuration swapped as Kubernetes does", .saves, before: ["..v1/conf": "1", "..v1/same": "1"],
      expecting: [
        "conf": .modified, "..v1/conf": .deleted, "..v1/same": .deleted, "..v2/conf": .created, "..v2/same": .created,
      ], also: ["..data/same"],
      prepare: { tree in
        try tree.link("..data", to: "..v1")
        try tree.link("conf", to: "..data/conf")
        try tree.link("same", to: "..data/same")
      },
      act: { tree in
        try tree.write("..v2/conf", "2")
        try tree.write("..v2/same", "1")
        try tree.relink("..data", to: "..v2")
        try tree.removeTree("..v1")
      }),
    Scenario(
      "a file becomes a symbolic link to other content", .saves, before: ["f": "1", "g": "2"],
      expecting: ["f": .modified]
    ) { tree in
      try tree.removeFile("f")
      try tree.link("f", to: "g")
    },
  ]
}
