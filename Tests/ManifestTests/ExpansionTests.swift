import Freshness
import Manifest
import Paths
import Testing

@Suite struct ExpansionTests {
  /// The declarations as lines: name, dependencies, then outputs and tags where there are any.
  func lines(_ expansion: Expansion) -> [String] {
    expansion.declarations.map { declaration in
      let outputs =
        declaration.outputs.isEmpty ? "" : " → \(declaration.outputs.map(\.description).joined(separator: " "))"
      let tags = declaration.tags.isEmpty ? "" : " #\(declaration.tags.joined(separator: " #"))"
      return
        "\(declaration.name): \(declaration.dependencies.map(\.description).joined(separator: " "))\(outputs)\(tags)"
    }
  }

  func expansion(_ rules: String, entries: String = "", files: [Path]) throws -> Expansion {
    let (manifest, _) = try read(#"{"version": 1, "entries": [\#(entries)], "rules": [\#(rules)]}"#)
    return expand(manifest, files: files)
  }

  @Test func everyMemberIsFilled() throws {
    let expansion = try expansion(
      #"""
      {"files": ["src/{path...}/{name}.c", "inc/{name}.h", "inc/{path}/*.h", "./cfg/../cfg/all.h", "lib/"],
       "key": "{path}/{name}.o", "tags": ["o", "dir:{path}"], "entries": ["gen/{name}", "entry:tools/{name}/cc"],
       "resources": ["env:CC", "./x"], "outputs": ["out/{path}/{name}.o"], "warm": true}
      """#, files: ["src/a/b/c.c", "src/c.c"])
    #expect(
      lines(expansion) == [
        "default/a/b/c.o: file:src/a/b/c.c file:inc/c.h glob:inc/a/b/*.h file:cfg/all.h glob:lib/ "
          + "entry:default/gen/c entry:tools/c/cc env:CC file:x → file:out/a/b/c.o #o #dir:a/b"
      ])
    #expect(expansion.declarations[0].warm)
    #expect(expansion.problems.isEmpty)
  }

  /// A name with magic stays itself: in paths, in patterns, in keys.
  @Test func capturedTextIsLiteral() throws {
    let strange: [Path] = ["src/a*[b].c", Path(Array("src/caf".utf8) + [0xE9, 0x2E, 0x63]), "src/50%.c", "src/{x}.c"]
    let expansion = try expansion(
      #"{"files": ["src/{name}.c", "inc/{name}.h", "inc/{name}/*.h"], "key": "{{{name}}}.o", "outputs": ["{name}.o"]}"#,
      files: strange)
    #expect(
      lines(expansion) == [
        #"default/{50%25}.o: file:src/50%25.c file:inc/50%25.h glob:inc/50%25/*.h → file:50%25.o"#,
        #"default/{a*[b]}.o: file:src/a*[b].c file:inc/a*[b].h glob:inc/a\*\[b\]/*.h → file:a*[b].o"#,
        #"default/{caf%E9}.o: file:src/caf%E9.c file:inc/caf%E9.h glob:inc/caf%E9/*.h → file:caf%E9.o"#,
        #"default/{{x}}.o: file:src/{x}.c file:inc/{x}.h glob:inc/\{x\}/*.h → file:{x}.o"#,
      ])
    for declaration in expansion.declarations {
      for id in declaration.dependencies { #expect(try ResourceID(parsing: id.description, in: context) == id) }
    }
  }

  @Test func accentsWrittenDifferentlyAreDifferentEntries() throws {
    let files: [Path] = [Path("\u{E9}.c"), Path("e\u{301}.c")]
    let expansion = try expansion(#"{"files": "{n}.c", "key": "{n}"}"#, files: files)
    #expect(expansion.declarations.map { $0.name.key.unicodeScalars.count } == [2, 1])
    #expect(expansion.declarations.allSatisfy { $0.dependencies.count == 1 })
  }

  @Test func whatGivesTheSameEntryIsMerged() throws {
    let expansion = try expansion(
      #"""
      {"files": "src/{dir}/*.c", "key": "lib/{dir}", "ttl": "2h", "keepStale": 1, "tags": ["c"]},
      {"files": "src/{dir}/*.s", "key": "lib/{dir}", "ttl": "3h", "idle": 7, "tags": ["c", "asm"]}
      """#, entries: #"{"key": "lib/a", "resources": ["env:AR"], "keepStale": 9, "tags": ["top"]}"#,
      files: ["src/a/2.c", "src/a/1.c", "src/a/0.s", "src/b/1.c"])
    #expect(
      lines(expansion) == [
        "default/lib/a: env:AR file:src/a/1.c file:src/a/2.c file:src/a/0.s #top #c #asm",
        "default/lib/b: file:src/b/1.c #c",
      ])
    let options = expansion.declarations[0].options
    #expect(options.ttl == .after(ManifestDuration(nanoseconds: 7_200_000_000_000)))
    #expect(options.keepStale?.seconds == 9)
    #expect(options.idle?.seconds == 7)
    #expect(expansion.declarations[0].position.column < expansion.declarations[1].position.column)
  }

  @Test func optionsOfAllLevels() throws {
    let (manifest, _) = try read(
      #"""
      {"version": 1, "tagHierarchy": true, "defaults": {"ttl": "1d", "jitter": 0.1, "strategy": "ttl"},
       "namespaces": {"n": {"ttl": "1h"}, "m": {"strategy": "manual"}},
       "entries": [{"key": "a", "namespace": "n"}, {"key": "b", "namespace": "n", "ttl": "never"},
                   {"key": "c", "namespace": "m"}, {"key": "d"}, {"key": "e", "strategy": "event"}]}
      """#)
    let options = expand(manifest, files: []).declarations.map {
      "\($0.name) \($0.options.strategy!.rawValue) \($0.options.ttl.map { "\($0)" } ?? "-") \($0.options.jitter ?? 0) \($0.options.tagHierarchy!)"
    }
    #expect(
      options == [
        "default/d ttl after(1d) 0.1 true", "default/e event - 0.0 true", "m/c manual - 0.0 true",
        "n/a ttl after(1h) 0.1 true", "n/b ttl never 0.1 true",
      ])
  }

  @Test func commandsOfRulesKeepTheCaptures() throws {
    let expansion = try expansion(
      #"{"files": "{n}.c", "key": "{n}.o", "refresh": ["cc", "-o{key}", "{n}.c", "{{{n}}}"]}"#,
      files: [Path([0xE9, 0x2E, 0x63])])
    let arguments = expansion.declarations[0].options.refresh?.run.arguments(["key": Array("K".utf8)])
    #expect(arguments == [Array("cc".utf8), Array("-oK".utf8), [0xE9, 0x2E, 0x63], [0x7B, 0xE9, 0x7D]])
  }

  @Test func circlesThroughRules() throws {
    let expansion = try expansion(
      #"{"files": "{n}.c", "key": "{n}.o", "entries": ["lib"]}, {"files": "{n}.d", "key": "{n}.d"}"#,
      entries: #"{"key": "lib", "entries": ["a.o"]}, {"key": "top", "entries": ["lib"]}"#, files: ["a.c", "b.c", "b.d"])
    #expect(
      expansion.problems.map(\.description) == [
        "staled.json:1:111: error: entries depend on one another in a circle: default/lib → default/a.o → default/lib "
          + "(take one of these dependencies away)"
      ])
    #expect(expansion.declarations.map(\.name.key) == ["b.d", "b.o", "top"])
  }

  @Test func filesThatGiveNoEntry() throws {
    let long = Path(String(repeating: "x", count: 250) + "/f.c")
    let expansion = try expansion(
      #"{"files": "{d}/{n}.c", "key": "\#(String(repeating: "{d}", count: 20))"}"#, files: [long, "a/b.c"])
    #expect(expansion.declarations.map(\.name.key) == [String(repeating: "a", count: 20)])
    #expect(expansion.problems.count == 1)
    #expect(
      expansion.problems[0].message.hasSuffix("/f.c\" gives no key: the key has 5000 bytes, at most 4096 are allowed"))
  }

  @Test func patternsAreAskedForOnce() throws {
    let (manifest, _) = try read(
      #"{"version": 1, "rules": [{"files": "src/{a}.c", "key": "{a}.o"}, {"files": "src/{b}.c", "key": "{b}.d"}]}"#)
    #expect(manifest.rulePatterns == ["src/*.c"])
    var asked: [String] = []
    _ = manifest.expand(context: context) { pattern in
      asked.append(pattern)
      return []
    }
    #expect(asked == ["src/*.c"])
  }

  /// Time in proportion to the files: in square time this would take hours.
  @Test(.timeLimit(.minutes(5))) func manyFiles() throws {
    let folders = (0..<100).map { Path("src/d\($0)") }
    let files = (0..<20_000).map { folders[$0 % 100].appending(Array("f\($0).c".utf8)) }
    let (manifest, _) = try read(
      #"{"version": 1, "rules": [{"files": ["src/{d}/{n}.c", "inc/**/*.h"], "key": "{d}/{n}.o", "tags": ["o"]}, {"files": "src/**/{x}.c", "key": "all"}]}"#
    )
    let expansion = manifest.expand(context: context) { _ in files }
    #expect(expansion.declarations.count == 20_001)
    #expect(expansion.declarations[0].dependencies.count == 20_000)
  }

  /// A chain as deep as the manifest is long takes no stack.
  @Test func deepChains() throws {
    let entries = (0..<20_000).map { #"{"key": "e\#($0)", "entries": ["e\#($0 + 1)"]}"# }.joined(separator: ",")
    let (manifest, _) = try read(#"{"version": 1, "entries": [\#(entries)]}"#)
    #expect(expand(manifest, files: []).problems.isEmpty)
    let closed = problems(#"{"version": 1, "entries": [\#(entries), {"key": "e20000", "entries": ["e0"]}]}"#)
    #expect(closed.count == 1)
    #expect(closed.first?.contains("default/e5 → … → default/e19996") == true)
  }
}
