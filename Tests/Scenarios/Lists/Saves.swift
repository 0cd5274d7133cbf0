import Glibc

/// The ways in which programs write files, by system call.
extension Scenario {
  static let saves: [Scenario] = [
    Scenario("written in place", .saves, before: ["f": "1", "g": "1"], expecting: ["f": .modified]) {
      try $0.write("f", "2")
    },
    Scenario("a new file", .saves, before: ["g": "1"], expecting: ["f": .created]) { try $0.write("f", "2") },
    Scenario("a new empty file", .saves, before: ["g": "1"], expecting: ["f": .created]) { try $0.write("f", "") },
    Scenario("a file removed", .saves, before: ["f": "1", "g": "1"], expecting: ["f": .deleted]) {
      try $0.removeFile("f")
    },
    Scenario("a file renamed", .saves, before: ["f": "1", "g": "1"], expecting: ["f": .deleted, "h": .created]) {
      try $0.rename("f", "h")
    },
    Scenario(
      "a file renamed over another", .saves, before: ["f": "1", "g": "2"], expecting: ["f": .deleted, "g": .modified]
    ) {
      try $0.rename("f", "g")
    },
    Scenario(
      "a file moved to another directory, then edited", .saves, before: ["a/f": "1", "b/g": "1"],
      expecting: ["a/f": .deleted, "b/f": .created]
    ) { tree in
      try tree.rename("a/f", "b/f")
      try tree.write("b/f", "2")
    },
    Scenario("a file moved out", .saves, before: ["f": "1", "g": "1"], expecting: ["f": .deleted]) {
      try $0.rename("f", .outside("f"))
    },
    Scenario(
      "a file moved in over another", .saves, before: ["f": "1", .outside("f"): "2", "g": "1"],
      expecting: ["f": .modified]
    ) {
      try $0.rename(.outside("f"), "f")
    },
    Scenario(
      "written beside, flushed, renamed over", .saves, before: ["f": "1", "g": "1"], expecting: ["f": .modified]
    ) {
      try $0.replace("f", "2")
    },
    Scenario(
      "the old one renamed to a backup, a new one written", .saves, before: ["f": "1", "g": "1"],
      expecting: ["f": .modified]
    ) { tree in
      try tree.rename("f", "f~")
      try tree.write("f", "2")
    },
    Scenario("removed and written anew", .saves, before: ["f": "1", "g": "1"], expecting: ["f": .modified]) { tree in
      try tree.removeFile("f")
      try tree.write("f", "2")
    },
    Scenario("replaced 200 times", .saves, before: ["f": "0", "g": "1"], expecting: ["f": .modified]) { tree in
      for round in 1...200 { try tree.replace("f", "\(round)") }
    },
    Scenario(
      "appended to by a writer that stays open", .saves, before: ["f": "1", "g": "1"], expecting: ["f": .modified]
    ) { tree in
      let descriptor = try tree.open("f", O_WRONLY | O_APPEND)
      tree.leaveOpen(descriptor)
      try Tree.write(descriptor, "2")
      try Tree.write(descriptor, "3")
    },
    Scenario("made and kept open", .saves, before: ["g": "1"], expecting: ["d/f": .created]) { tree in
      try tree.makeDirectory("d")
      let descriptor = try tree.open("d/f", O_WRONLY | O_CREAT)
      tree.leaveOpen(descriptor)
      try Tree.write(descriptor, "2")
    },
    Scenario(
      "written through a descriptor after a rename", .saves, before: ["f": "1", "g": "1"],
      expecting: ["f": .deleted, "h": .created]
    ) { tree in
      let descriptor = try tree.open("f", O_WRONLY | O_APPEND)
      tree.leaveOpen(descriptor)
      try tree.rename("f", "h")
      try Tree.write(descriptor, "2")
    },
    Scenario("the replaced file written to, the new one not", .saves, before: ["f": "1", "g": "1"]) { tree in
      let descriptor = try tree.open("f", O_WRONLY | O_APPEND)
      tree.leaveOpen(descriptor)
      try tree.replace("f", "1")
      try Tree.write(descriptor, "2")
    },
    Scenario("cut short", .saves, before: ["f": "123", "g": "1"], expecting: ["f": .modified]) {
      try $0.truncate("f", to: 1)
    },
    Scenario("made longer by truncate", .saves, before: ["f": "1", "g": "1"], expecting: ["f": .modified]) {
      try $0.truncate("f", to: 10)
    },
    Scenario("emptied", .saves, before: ["f": "123", "g": "1"], expecting: ["f": .modified]) { try $0.write("f", "") },
    Scenario(
      "truncated and written with as many other bytes", .saves, before: ["f": "123", "g": "1"],
      expecting: ["f": .modified]
    ) { try $0.write("f", "321") },
    Scenario(
      "one byte in the middle of a megabyte", .saves, before: ["g": "1"], expecting: ["f": .modified],
      prepare: { try $0.write("f", [UInt8](repeating: 7, count: 1 << 20)) },
      act: { tree in
        try tree.open("f", O_WRONLY) { descriptor in
          lseek(descriptor, 1 << 19, SEEK_SET)
          try Tree.write(descriptor, "x")
        }
      }),
    Scenario("written through a mapping", .saves, before: ["f": "1234567", "g": "1"], expecting: ["f": .modified]) {
      try $0.writeMapped("f", at: 3, "x")
    },
    Scenario(
      "written through a mapping, size and time stamps kept", .saves, before: ["f": "1234567", "g": "1"],
      expecting: ["f": .modified]
    ) { tree in try tree.keepingTimes(of: "f") { try tree.writeMapped("f", at: 3, "x") } },
    Scenario("fallocate makes it longer", .saves, before: ["f": "1", "g": "1"], expecting: ["f": .modified]) {
      try $0.allocate("f", .grow, at: 0, length: 5000)
    },
    Scenario(
      "fallocate punches a hole", .saves, before: ["g": "1"], expecting: ["f": .modified],
      prepare: { try $0.write("f", [UInt8](repeating: 7, count: 3 << 12)) },
      act: { try $0.allocate("f", .hole, at: 1 << 12, length: 1 << 12) }),
    Scenario("fallocate beyond the end, size kept", .saves, before: ["f": "1", "g": "1"]) {
      try $0.allocate("f", .beyondTheEnd, at: 0, length: 1 << 16)
    },
    Scenario("copy-file-range over it", .saves, before: ["f": "1", "g": "2"], expecting: ["f": .modified]) {
      try $0.copyRange("g", over: "f")
    },
    Scenario("made without a name, then linked", .saves, before: ["d/g": "1"], expecting: ["d/f": .created]) {
      try $0.createComplete("d/f", "1")
    },
    Scenario(
      "as many other bytes, the time stamps put back", .saves, before: ["f": "123", "g": "1"],
      expecting: ["f": .modified]
    ) { tree in try tree.keepingTimes(of: "f") { try tree.write("f", "321") } },
    Scenario(
      "renamed over with the same size and time stamps", .saves, before: ["f": "123", "g": "1"],
      expecting: ["f": .modified]
    ) { tree in try tree.keepingTimes(of: "f") { try tree.replace("f", "321") } },
    Scenario("time stamps in 1980 and new bytes", .saves, before: ["f": "1", "g": "1"], expecting: ["f": .modified]) {
      tree in
      try tree.write("f", "2")
      try tree.setTimes("f", to: 315_532_800)
    },
    Scenario("a file becomes a named pipe", .saves, before: ["f": "1", "g": "1"], expecting: ["f": .modified]) { tree in
      try tree.removeFile("f")
      try tree.makePipe("f")
    },
  ]
}
