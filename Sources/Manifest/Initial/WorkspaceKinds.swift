internal import Paths

/// What is written for each kind of workspace. Several can stand side by side: each adds its own.
enum WorkspaceKinds {
  typealias Look = @Sendable (WorkspaceListing, inout ManifestDraft) -> Void

  static let all: [Look] = [swift, cargo, node, python, go, c]

  /// Objects by rule from the C sources, a header pattern each, and what the build is configured by.
  static func c(_ listing: WorkspaceListing, _ draft: inout ManifestDraft) {
    let builders: [(file: Path, configuration: [String])] = [
      ("CMakeLists.txt", ["CMakeLists.txt", "**/CMakeLists.txt", "CMakePresets.json"]),
      ("meson.build", ["meson.build", "**/meson.build"]), ("build.ninja", ["build.ninja"]),
      ("Makefile", ["Makefile", "*.mk"]), ("GNUmakefile", ["GNUmakefile", "*.mk"]), ("makefile", ["makefile", "*.mk"]),
    ]
    let builder = builders.first { listing.has($0.file) }
    var folders: [String: Int] = [:]
    var headers: Set<String> = []
    for path in listing.paths {
      let name = String(decoding: path.name, as: UTF8.self)
      guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { continue }
      let kind = String(name[name.index(after: dot)...])
      // Other tools' sources in their folders are theirs.
      if path.components.contains(where: { Self.foreign.contains(String(decoding: $0, as: UTF8.self)) }) { continue }
      let top = path.components.count > 1 ? Glob.escape(path.components[0]) : ""
      if sourceKinds.contains(kind) { folders["\(top)|\(kind)", default: 0] += 1 }
      if ["h", "hh", "hpp", "hxx"].contains(kind) { headers.insert(top.isEmpty ? "*.\(kind)" : "\(top)/**/*.\(kind)") }
    }
    guard !folders.isEmpty, builder != nil || draft.isEmpty else { return }
    draft.ignore("*.o", "*.d")
    if listing.has("CMakeLists.txt") || listing.has("meson.build") { draft.ignore("build/") }
    let configuration = builder.map { listing.present($0.configuration) } ?? []
    var sources: [String] = []
    for folder in folders.keys.sorted() {
      let parts = folder.split(separator: "|", omittingEmptySubsequences: false)
      let (top, kind) = (String(parts[0]), String(parts[1]))
      // A capture across folders only where there are folders: in src/{name}.c, {name} reads better.
      let flat = listing.matching(top.isEmpty ? "*.\(kind)" : "\(top)/*.\(kind)").count == folders[folder]
      let capture = flat ? "{name}" : "{path...}"
      let prefix = top.isEmpty ? "" : "\(top)/"
      sources.append(top.isEmpty ? "*.\(kind)" : "\(top)/**/*.\(kind)")
      // Two kinds in one folder make objects of different names, as CMake does.
      let several = folders.keys.filter { $0.hasPrefix("\(top)|") }.count > 1
      let object = "obj/\(keyText(prefix))\(flat ? "{name}" : "{path}")\(several ? ".\(kind)" : "").o"
      draft.rule(
        ManifestDraft.Item(
          key: object, files: ["\(prefix)\(capture).\(kind)"] + headers.sorted(), tags: ["object"]))
    }
    draft.entry(ManifestDraft.Item(key: "all", files: sources + headers.sorted() + configuration, tags: ["binary"]))
  }

  private static let sourceKinds: Set<String> = ["c", "cc", "cpp", "cxx"]
  private static let foreign: Set<String> = ["node_modules", "target", ".build", "build", ".venv", "venv", "vendor"]

  /// A path for a key's template: braces doubled, escapes of the glob taken back.
  private static func keyText(_ pattern: String) -> String {
    var text = ""
    var escaped = false
    for character in pattern {
      if character == "\\", !escaped {
        escaped = true
        continue
      }
      escaped = false
      text.append(character)
      if character == "{" || character == "}" { text.append(character) }
    }
    return text
  }

  static func swift(_ listing: WorkspaceListing, _ draft: inout ManifestDraft) {
    guard listing.has("Package.swift") else { return }
    draft.ignore(".build/", ".swiftpm/")
    let package = listing.present(["Package.swift", "Package.resolved"])
    draft.entry(ManifestDraft.Item(key: "build", files: listing.present(["Sources/"]) + package, tags: ["binary"]))
    draft.entry(
      ManifestDraft.Item(key: "test", files: listing.present(["Tests/"]), entries: ["build"], tags: ["test"]))
    if !listing.matching("Sources/*/**").isEmpty {
      draft.rule(
        ManifestDraft.Item(key: "module/{module}", files: ["Sources/{module}/**"] + package, tags: ["module"]))
    }
  }

  static func cargo(_ listing: WorkspaceListing, _ draft: inout ManifestDraft) {
    guard listing.has("Cargo.toml") else { return }
    draft.ignore("target/")
    let sources = listing.present(["src/", "crates/**/*.rs", "build.rs", "Cargo.toml", "**/Cargo.toml", "Cargo.lock"])
    draft.entry(
      ManifestDraft.Item(
        key: "build", files: sources.filter { $0 != "Cargo.toml" || !sources.contains("**/Cargo.toml") },
        tags: ["binary"]))
    draft.entry(
      ManifestDraft.Item(
        key: "test", files: listing.present(["tests/", "benches/"]), entries: ["build"], tags: ["test"]))
    if !listing.matching("crates/*/**/*.rs").isEmpty {
      draft.rule(ManifestDraft.Item(key: "crate/{crate}", files: ["crates/{crate}/**"], tags: ["module"]))
    }
  }

  static func node(_ listing: WorkspaceListing, _ draft: inout ManifestDraft) {
    guard listing.has("package.json") else { return }
    draft.ignore("node_modules/", "dist/")
    let package = listing.present([
      "package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "tsconfig.json",
    ])
    draft.entry(
      ManifestDraft.Item(
        key: "install",
        files: package.filter { $0 != "tsconfig.json" }, tags: ["dependencies"]))
    let source = listing.present(["src/", "lib/", "app/", "public/"])
    let files = source.isEmpty ? listing.present(["*.{js,mjs,cjs,ts,jsx,tsx}"]) : source
    draft.entry(
      ManifestDraft.Item(
        key: "build", files: files + listing.present(["tsconfig.json"]), entries: ["install"], tags: ["binary"]))
    let tests = listing.present(["test/", "tests/", "__tests__/", "**/*.test.{js,ts,jsx,tsx}"])
    if !tests.isEmpty {
      draft.entry(ManifestDraft.Item(key: "test", files: tests, entries: ["build"], tags: ["test"]))
    }
  }

  static func python(_ listing: WorkspaceListing, _ draft: inout ManifestDraft) {
    let configuration = listing.present([
      "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "uv.lock", "poetry.lock", "pytest.ini", "tox.ini",
    ])
    guard !configuration.isEmpty else { return }
    draft.ignore("__pycache__/", "*.pyc", ".venv/", ".pytest_cache/", "*.egg-info/")
    let sources = listing.present(["**/*.py"])
    draft.entry(ManifestDraft.Item(key: "package", files: sources + configuration, tags: ["binary"]))
    // Where pytest looks by itself, or where its configuration sends it.
    let asked = listing.text("pyproject.toml").contains("testpaths") ? listing.present(["test/", "testing/"]) : []
    let tests = (listing.present(["tests/"]) + asked).first
    if let tests {
      draft.entry(ManifestDraft.Item(key: "test", files: [tests], entries: ["package"], tags: ["test"]))
      let flat = listing.matching("\(tests)test_*.py").count
      if flat > 0 {
        draft.rule(
          ManifestDraft.Item(
            key: "test/{name}", files: ["\(tests)test_{name}.py"], entries: ["package"], tags: ["test"]))
      }
      if listing.matching("\(tests)**/test_*.py").count > flat {
        draft.rule(
          ManifestDraft.Item(
            key: "test/{folder}/{name}", files: ["\(tests){folder...}/test_{name}.py"], entries: ["package"],
            tags: ["test"]))
      }
    }
  }

  static func go(_ listing: WorkspaceListing, _ draft: inout ManifestDraft) {
    guard listing.has("go.mod") else { return }
    draft.entry(
      ManifestDraft.Item(key: "build", files: listing.present(["**/*.go", "go.mod", "go.sum"]), tags: ["binary"]))
  }

  /// Nothing is known of the workspace: an entry of all that is there.
  static func anything(_ listing: WorkspaceListing, _ draft: inout ManifestDraft) {
    draft.entry(ManifestDraft.Item(key: "all", files: ["**"], tags: ["example"]))
  }
}
