import Glibc

/// Much happens, and nothing is different afterwards.
extension Scenario {
  static let nothing: [Scenario] = [
    unchanged("touch") { try $0.touch("f") },
    unchanged("time stamps from 1980") { try $0.setTimes("f", to: 315_532_800) },
    unchanged("chmod") { try $0.setMode("f", 0o755) },
    unchanged("chmod of a directory") { try $0.setMode("d", 0o700) },
    unchanged("touch of a directory") { try $0.touch("d") },
    unchanged("written with the same bytes") { try $0.write("f", "1") },
    unchanged("opened for writing and closed") { tree in try tree.open("f", O_RDWR) { _ in } },
    unchanged("replaced with the same bytes") { try $0.replace("f", "1") },
    unchanged("replaced with the same bytes 100 times") { tree in for _ in 0..<100 { try tree.replace("f", "1") } },
    unchanged("edited and put back") { tree in
      try tree.write("f", "2")
      try tree.write("f", "1")
    },
    unchanged("appended to and cut back") { tree in
      try tree.append("f", "2")
      try tree.truncate("f", to: 1)
    },
    unchanged("removed and written again with the same bytes") { tree in
      try tree.removeFile("f")
      try tree.write("f", "1")
    },
    unchanged("moved away and back") { tree in
      try tree.rename("f", "away")
      try tree.rename("away", "f")
    },
    unchanged("moved out and back") { tree in
      try tree.rename("f", .outside("f"))
      try tree.rename(.outside("f"), "f")
    },
    unchanged("a directory moved away and back") { tree in
      try tree.rename("d", "away")
      try tree.rename("away", "d")
    },
    unchanged("a directory moved out and back") { tree in
      try tree.rename("d", .outside("d"))
      try tree.rename(.outside("d"), "d")
    },
    unchanged("a directory removed and made again the same") { tree in
      try tree.removeTree("d")
      try tree.write("d/f", "1")
      try tree.write("d/g", "2")
    },
    unchanged("two equal directories exchanged") { try $0.exchange("d", "e") },
    unchanged("two equal files exchanged") { try $0.exchange("f", "same") },
    unchanged("a file becomes a directory and the same file again") { tree in
      try tree.removeFile("f")
      try tree.write("f/inside", "1")
      try tree.removeTree("f")
      try tree.write("f", "1")
    },
    unchanged("a symbolic link to the same content in its place") { try $0.relink("f", to: "same") },
    unchanged("a symbolic link pointed to the same content") { try $0.relink("link", to: "same") },
    unchanged("a symbolic link made anew") { try $0.relink("link", to: "f") },
    unchanged("a link to a directory pointed to an equal one") { try $0.relink("dirlink", to: "e") },
    unchanged("a hard link made") { try $0.hardLink("new", of: "f") },
    unchanged("mapped and written with the same bytes") { try $0.writeMapped("f", at: 0, "1") },
    unchanged("other files come and go beside it") { tree in
      for round in 0..<50 {
        try tree.write(Name("d/noise\(round)"), "1")
        try tree.removeFile(Name("d/noise\(round)"))
      }
    },
    unchanged("other directories come and go beside it") { tree in
      for round in 0..<20 {
        try tree.write(Name("d/noise\(round)/deep/f"), "1")
        try tree.removeTree(Name("d/noise\(round)"))
      }
    },
    unchanged("sed -i that matches nothing") { try $0.shell("sed -i s/nowhere/else/ f d/f d/g") },
    unchanged("a formatter that writes the same to all files") {
      try $0.shell("for f in f d/f d/g; do cat $f > \"$OUT/t\"; cp \"$OUT/t\" $f; done")
    },
    unchanged("cp of the file's own copy over it") { try $0.shell("cp f \"$OUT/f\"; cp \"$OUT/f\" f") },
    unchanged("tar x of the same tree") { try $0.shell("tar -c . > \"$OUT/t.tar\"; tar xf \"$OUT/t.tar\"") },
    unchanged("a tree copied away and copied back") {
      try $0.shell("cp -r d \"$OUT/d\"; rm -r d; cp -r \"$OUT/d\" d")
    },
    unchanged("sort -o onto itself, sorted already") { try $0.shell("sort -o f f; printf 1 > f") },
    unchanged("rsync of the same tree", tools: ["rsync"]) {
      try $0.shell("cp -r d \"$OUT/d\"; rsync -a --ignore-times \"$OUT/d/\" d/")
    },
    unchanged("vim saves what it read", tools: ["vim"]) {
      try $0.shell("vim -Nu NONE -es -c 'set backup nofixendofline' -c 'wq' f")
    },
    unchanged("emacs saves what it read", tools: ["emacs"]) {
      try $0.shell(
        "emacs -Q --batch --eval '(progn (find-file \"f\") (set-buffer-modified-p t) (save-buffer))'")
    },
    unchanged("patch and the patch reversed", tools: ["patch"]) {
      try $0.shell(
        "cp d/f \"$OUT/a\"; printf '1\\n' > d/f; printf -- '--- x\\n+++ x\\n@@ -1 +1 @@\\n-1\\n+2\\n' > \"$OUT/p\";"
          + " patch -s d/f \"$OUT/p\"; patch -s -R d/f \"$OUT/p\"; cp \"$OUT/a\" d/f")
    },
  ]

  private static func unchanged(
    _ name: String, tools: [String] = [], act: @escaping @Sendable (Tree) throws -> Void
  ) -> Scenario {
    Scenario(
      name, .nothing, tools: tools,
      before: ["f": "1", "same": "1", "d/f": "1", "d/g": "2", "e/f": "1", "e/g": "2"],
      also: ["away", "new.tmp", "f/inside", "dirlink/f"],
      prepare: { tree in
        try tree.link("link", to: "f")
        try tree.link("dirlink", to: "d")
      }, act: act)
  }
}
