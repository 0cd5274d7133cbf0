/// Changes that the kernel tells nobody of when they happen. They are in the comparison so that it hides no limit, and not in
/// `all`: nobody who waits for events can find them.
extension Scenario {
  public static let untold: [Scenario] = [
    Scenario(
      "written through a mapping that stays open", .saves, before: ["f": "1234567", "g": "1"],
      expecting: ["f": .modified],
      prepare: { tree in
        try tree.keepMapping(of: "f")
        tree.writeKept(at: 3, "x")
      },
      act: { $0.writeKept(at: 3, "y") }),
    Scenario(
      "linked from outside, then written through that name", .saves, before: ["f": "1", "g": "1"],
      expecting: ["f": .modified]
    ) { tree in
      try tree.hardLink(.outside("other"), of: "f")
      try tree.write(.outside("other"), "2")
    },
  ]
}
