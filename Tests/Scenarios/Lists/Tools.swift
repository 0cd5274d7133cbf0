/// Programs that write files, as people and scripts call them.
extension Scenario {
  static let tools: [Scenario] = [
    tool("sed -i", [], "sed -i s/one/two/ f.txt"),
    tool("sed -i with a backup", [], "sed -i.orig s/one/two/ f.txt"),
    tool("perl -pi", ["perl"], "perl -pi -e s/one/two/ f.txt"),
    tool("a shell's redirection", [], "echo two > f.txt"),
    tool("a shell's appending redirection", [], "echo two >> f.txt"),
    tool("tee -a", [], "echo two | tee -a f.txt"),
    tool("cp", [], "cp new.txt f.txt"),
    tool("cp -p", [], "touch -r f.txt new.txt; cp -p new.txt f.txt"),
    tool("cp --reflink=auto", [], "cp --reflink=auto new.txt f.txt"),
    tool("cp --remove-destination", [], "cp --remove-destination new.txt f.txt"),
    tool("mv from outside", [], "cp new.txt \"$OUT/f\"; mv \"$OUT/f\" f.txt"),
    tool("dd conv=notrunc", [], "printf TWO | dd of=f.txt bs=1 seek=1 conv=notrunc status=none"),
    tool("truncate", [], "truncate -s 2 f.txt"),
    tool("sort -o onto itself", [], "printf 'b\\na\\n' > \"$OUT/u\"; cat \"$OUT/u\" >> f.txt; sort -o f.txt f.txt"),
    tool("install", [], "install -m 644 new.txt f.txt"),
    tool("patch", ["patch"], "printf -- '--- f.txt\\n+++ f.txt\\n@@ -1 +1 @@\\n-one\\n+two\\n' | patch -p0"),
    tool("rsync", ["rsync"], "mkdir \"$OUT/src\"; echo longer > \"$OUT/src/f.txt\"; rsync -a \"$OUT/src/\" ./"),
    tool(
      "rsync --inplace", ["rsync"],
      "mkdir \"$OUT/src\"; echo longer > \"$OUT/src/f.txt\"; rsync -a --inplace \"$OUT/src/\" ./"),
    tool("tar x", [], "mkdir \"$OUT/src\"; echo two > \"$OUT/src/f.txt\"; tar -C \"$OUT/src\" -c . | tar x"),
    tool(
      "tar x --overwrite", [],
      "mkdir \"$OUT/src\"; echo two > \"$OUT/src/f.txt\"; tar -C \"$OUT/src\" -c . | tar x --overwrite"),
    tool(
      "unzip -o", ["zip", "unzip"],
      "cd \"$OUT\"; echo two > f.txt; zip -q a.zip f.txt; cd \"$TREE\"; unzip -qo \"$OUT/a.zip\""),
    tool("gzip and gunzip of another version", ["gzip"], "gzip f.txt; echo two | gzip > f.txt.gz; gunzip f.txt.gz"),
    tool("ln -sf in place of it", [], "ln -sf new.txt f.txt"),
    Scenario(
      "a new tree unpacked", .tools, before: ["other": "1"],
      expecting: ["t/a": .created, "t/b/c": .created, "t/b/d": .created]
    ) {
      try $0.shell(
        "mkdir -p \"$OUT/t/b\"; cd \"$OUT\"; echo 1 | tee t/a t/b/c > t/b/d; tar -c t | tar -x -C \"$TREE\"")
    },
    Scenario(
      "rsync --delete mirrors a tree", .tools, tools: ["rsync"],
      before: ["m/a": "1", "m/b/c": "1", "m/b/same": "1", "m/gone/d": "1"],
      expecting: ["m/a": .modified, "m/b/c": .deleted, "m/gone/d": .deleted, "m/b/new": .created]
    ) {
      try $0.shell(
        "cp -rp m \"$OUT/m\"; cd \"$OUT/m\"; echo longer > a; rm -r gone b/c; echo 1 > b/new;"
          + " rsync -a --delete \"$OUT/m/\" \"$TREE/m/\"")
    },
    Scenario(
      "a C program compiled with a dependency file", .tools, tools: ["cc"],
      before: ["main.c": "int main(void) { return 0; }\n"], expecting: ["main.o": .created, "main.d": .created]
    ) { try $0.shell("cc -MMD -c main.c") },
    Scenario(
      "a file split and put together again", .tools, before: ["f": "123456"],
      expecting: ["part.aa": .created, "part.ab": .created, "whole": .created]
    ) { try $0.shell("split -b 3 f part.; cat part.* > whole") },
  ]

  /// `script` writes `f.txt` and no other of the three files.
  private static func tool(_ name: String, _ tools: [String], _ script: String) -> Scenario {
    Scenario(
      name, .tools, tools: tools, before: ["f.txt": "one\n", "g.txt": "one\n", "new.txt": "two\n"],
      expecting: ["f.txt": .modified]
    ) { try $0.shell(script) }
  }
}
