import Paths
import Testing

@testable import Watching

/// Listing by the watcher's rules.
@Suite struct TreeListerTests {
  let scratch = Scratch()

  @Test func filesAndLinksToFilesThatAreNotIgnored() throws {
    for file in [
      "a/f", "a/b/g", "a/b/x.o", "build/h", "z", "vendor/keep/k", "vendor/other/o", "c/.gitignore", "c/no", "c/yes",
    ] {
      let path = Path(file)
      scratch.mkdir(path.parent ?? .root)
      scratch.write(path, "no\n")
    }
    scratch.write(".gitignore", "*.o\nbuild/\n")
    scratch.symlink("z", "link")
    scratch.symlink("a", "tolink")
    scratch.symlink("nowhere", "dangling")
    let outside = scratch.path.appending("out".utf8)
    scratch.mkdir(outside.appending("vendor".utf8))
    scratch.write(outside.appending("f".utf8))
    let bench = Bench(scratch, scratch.configuration(roots: [".", "vendor/keep", outside], ignore: ["vendor"]))
    let lister = TreeLister(bench.tree)
    func list(_ base: Path) throws -> [Path] {
      var found: [Path] = []
      try lister.files(below: base) { found.append($0) }
      return found
    }
    #expect(
      try list(.root) == [".gitignore", "dangling", "link", "tolink", "z", "a/f", "a/b/g", "c/.gitignore", "c/yes"])
    #expect(try list("a") == ["a/f", "a/b/g"])
    #expect(try list("build") == [])
    #expect(try list("vendor/keep") == ["vendor/keep/k"])
    #expect(try list(outside) == [outside.appending("f".utf8)])
    #expect(try list("absent") == [])
    #expect(
      try lister.entries(of: .root)?.map { "\(String(decoding: $0.name, as: UTF8.self)) \($0.kind)" } == [
        ".gitignore file", "a directory", "c directory", "dangling link", "link link", "tolink link", "z file",
      ])
    #expect(try lister.entries(of: "absent") == nil)
  }
}
