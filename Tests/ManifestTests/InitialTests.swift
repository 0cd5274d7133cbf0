import Freshness
import Manifest
import Paths
import Testing

@Suite struct InitialTests {
  struct Case: CustomTestStringConvertible {
    var kind: String
    var files: [Path]
    var contents: [Path: String] = [:]
    /// The entries that it declares.
    var declares: [String]
    var testDescription: String { kind }
  }

  @Test(arguments: [
    Case(kind: "empty", files: [], declares: ["build/all"]),
    Case(kind: "unknown", files: ["notes.txt"], declares: ["build/all"]),
    Case(
      kind: "plain C", files: ["main.c", "util.c", "util.h"],
      declares: ["build/all", "build/obj/main.o", "build/obj/util.o"]),
    Case(
      kind: "make", files: ["Makefile", "src/main.c", "src/util.c", "include/util.h"],
      declares: ["build/all", "build/obj/src/main.o", "build/obj/src/util.o"]),
    Case(
      kind: "cmake with folders and C++",
      files: ["CMakeLists.txt", "src/a.c", "src/x/b.c", "src/c.cpp", "lib/CMakeLists.txt", "lib/d.cc"],
      declares: [
        "build/all", "build/obj/lib/d.o", "build/obj/src/a.c.o", "build/obj/src/c.cpp.o", "build/obj/src/x/b.c.o",
      ]),
    Case(kind: "ninja", files: ["build.ninja", "a.c"], declares: ["build/all", "build/obj/a.o"]),
    Case(kind: "make without C", files: ["Makefile", "page.md"], declares: ["build/all"]),
    Case(
      kind: "folders with magic in their names", files: ["a{b}[c]/x.c", "100%/y.c"],
      declares: ["build/all", "build/obj/100%25/y.o", "build/obj/a{b}[c]/x.o"]),
    Case(
      kind: "Swift", files: ["Package.swift", "Sources/A/a.swift", "Sources/B/x/b.swift", "Tests/ATests/t.swift"],
      declares: ["build/build", "build/module/A", "build/module/B", "build/test"]),
    Case(
      kind: "Cargo", files: ["Cargo.toml", "Cargo.lock", "src/main.rs", "tests/t.rs"],
      declares: ["build/build", "build/test"]),
    Case(
      kind: "Cargo workspace",
      files: ["Cargo.toml", "crates/a/Cargo.toml", "crates/a/src/lib.rs", "crates/b/src/lib.rs"],
      declares: ["build/build", "build/crate/a", "build/crate/b", "build/test"]),
    Case(
      kind: "npm", files: ["package.json", "package-lock.json", "src/index.js", "src/index.test.js"],
      declares: ["build/build", "build/install", "build/test"]),
    Case(kind: "npm, flat", files: ["package.json", "index.js"], declares: ["build/build", "build/install"]),
    Case(
      kind: "pytest", files: ["pyproject.toml", "pkg/__init__.py", "tests/test_a.py", "tests/deep/er/test_b.py"],
      declares: ["build/package", "build/test", "build/test/a", "build/test/deep/er/b"]),
    Case(
      kind: "pytest elsewhere", files: ["pyproject.toml", "pkg/a.py", "testing/test_a.py"],
      contents: ["pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = [\"testing\"]\n"],
      declares: ["build/package", "build/test", "build/test/a"]),
    Case(kind: "requirements only", files: ["requirements.txt", "a.py"], declares: ["build/package"]),
    Case(kind: "Go", files: ["go.mod", "main.go"], declares: ["build/build"]),
    Case(
      kind: "two kinds", files: ["package.json", "index.js", "Makefile", "native/a.c", "node_modules/x/b.c"],
      declares: ["build/all", "build/build", "build/install", "build/obj/native/a.o"]),
  ])
  func fits(_ test: Case) throws {
    let text = Manifest.initial(for: test.files) { test.contents[$0].map { Array($0.utf8) } }
    #expect(text == Manifest.initial(for: test.files.reversed()) { test.contents[$0].map { Array($0.utf8) } })
    let (manifest, warnings) = try read(text)
    #expect(warnings.isEmpty, "\(text)")
    let expansion = expand(manifest, files: test.files)
    #expect(expansion.problems.isEmpty)
    #expect(expansion.declarations.map(\.name.description) == test.declares, "\(text)")
    for rule in manifest.rules {
      #expect(test.files.contains { rule.pattern.match($0) != nil }, "\(rule.pattern) matches a file")
    }
    for entry in manifest.entries where test.files.count > 1 {
      for id in entry.dependencies {
        switch id {
        case .file(let path): #expect(test.files.contains(path), "\(path) is there")
        case .glob(let pattern):
          let glob = try Glob(pattern)
          #expect(test.files.contains { glob.matches($0) }, "\(pattern) matches a file")
        default: break
        }
      }
    }
  }

  @Test func text() {
    #expect(
      Manifest.initial(for: ["Makefile", "src/main.c", "src/util.c", "include/util.h"]) == """
        {
          "$schema": ".staled/staled.schema.json",
          "version": 1,
          "watch": {"ignore": ["*.o", "*.d"]},
          "defaults": {"namespace": "build"},
          "entries": [
            {"key": "all", "files": ["src/**/*.c", "include/**/*.h", "Makefile"], "tags": ["binary"]}
          ],
          "rules": [
            {"key": "obj/src/{name}.o", "files": ["src/{name}.c", "include/**/*.h"], "tags": ["object"]}
          ]
        }

        """)
  }
}
