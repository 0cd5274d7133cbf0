import Foundation
import SeededRandom
import Testing

/// A project that we did not write, built object by object through `stale ensure`, edited at random: what staled calls fresh is
/// compared with a rebuild from nothing, and what it builds again with what `make` would.
@Suite struct LuaTests {
  enum Edit: CaseIterable {
    case source, header, constant, touch, rewrite, revert, renameAndBack, restore, moveHeader
    /// Whether nothing may be built again after it.
    var isNone: Bool { [.touch, .rewrite, .revert, .renameAndBack].contains(self) }
  }

  @Test(.timeLimit(.minutes(10))) func randomEdits() throws {
    let edits = Faults.amount("STALED_LUA_EDITS", quick: 20)
    let scratch = try Workspace()
    let sources: URL
    do { sources = try Lua.sources(into: scratch.folder) } catch {
      print("SKIPPED: Debian's source package of lua5.4 cannot be had here: \(error.reason)")
      return
    }
    let workspace = try Workspace(["staled.json": #"{"version":1,"watch":{"settle":"5ms"}}"#])
    let project = try Project(workspace: workspace, sources: sources)
    try workspace.start()
    #expect(try project.build() == project.objects, "at first everything is built")
    #expect(try project.build() == [])

    let seed = ProcessInfo.processInfo.environment["STALED_LUA_SEED"].flatMap(UInt64.init) ?? 20_261_122
    var random = Seeded(seed: seed)
    var (ours, makes) = (0, 0)
    for number in 0..<edits {
      let edit = Edit.allCases[number % Edit.allCases.count]
      let told = try project.apply(edit, number: number, using: &random)
      let notFresh = try project.notFresh()
      let fromNothing = try project.rebuildFromNothing()
      let wrong = try project.objects.filter { !notFresh.contains($0) }.filter {
        try project.object($0) != fromNothing[$0]
      }
      #expect(wrong.isEmpty, "seed \(seed), edit \(number) (\(told)): called fresh, but differ")
      if edit.isNone { #expect(notFresh == [], "seed \(seed), edit \(number) (\(told))") }
      makes += try project.makeWouldBuild().count
      let built = try project.build()
      #expect(built == notFresh, "seed \(seed), edit \(number) (\(told))")
      ours += built.count
    }
    print("lua5.4, \(edits) edits: staled built \(ours) objects again, make would have built \(makes)")
    #expect(ours > 0 && ours < makes)
  }

  /// A copy of the sources with objects beside them, and a copy of that for `make`'s opinion.
  final class Project {
    let workspace: Workspace
    let objects: Set<String>
    private let original: [String: Data]
    private let scratch: Workspace

    init(workspace: Workspace, sources: URL) throws {
      self.workspace = workspace
      scratch = try Workspace()
      var original: [String: Data] = [:]
      for name in try FileManager.default.contentsOfDirectory(atPath: sources.path)
      where name.hasSuffix(".c") || name.hasSuffix(".h") {
        original[name] = try Data(contentsOf: sources.appendingPathComponent(name))
        try original[name]?.write(to: workspace.url(name))
      }
      // Debian's rules make this one while they build.
      let header = Data("#define DEB_HOST_MULTIARCH \"x86_64-linux-gnu\"\n".utf8)
      original["lua5.4-deb-multiarch.h"] = header
      try header.write(to: workspace.url("lua5.4-deb-multiarch.h"))
      self.original = original
      objects = Set(original.keys.filter { $0.hasSuffix(".c") }.map { String($0.dropLast(2)) })
    }

    private static func compile(_ name: String, into object: String) -> [String] {
      ["cc", "-O0", "-std=gnu99", "-DLUA_USE_LINUX", "-I.", "-c", "\(name).c", "-o", object]
    }

    /// Runs `stale ensure` for every object; the ones that were compiled.
    func build() throws -> Set<String> {
      var built: Set<String> = []
      for name in objects.sorted() {
        let command =
          [
            "ensure", "lua/\(name)", "--depfile", "\(name).d", "--out", "\(name).o", "--", "sh", "-c",
            "echo ran; exec \"$@\"", "sh",
          ]
          + Self.compile(name, into: "\(name).o") + ["-MMD", "-MF", "\(name).d"]
        let ended = try workspace.stale(command)
        #expect(ended.status == 0 && ended.errors.isEmpty, "\(name): \(ended)")
        if ended.text == "ran\n" { built.insert(name) }
      }
      return built
    }

    func notFresh() throws -> Set<String> {
      let fresh = try workspace.fresh()
      return objects.filter { !fresh.contains("lua/\($0)") }
    }

    func object(_ name: String) throws -> Data { try Data(contentsOf: workspace.url("\(name).o")) }

    /// Compiles everything anew in a copy.
    func rebuildFromNothing() throws -> [String: Data] {
      let script = """
        set -eu
        rm -rf "$1"; mkdir -p "$1"; cp -R *.c *.h "$1"
        for dir in moved*; do [ -d "$dir" ] && cp -R "$dir" "$1"; done
        cd "$1"
        ls *.c | sed 's/.c$//' | xargs -P 2 -I NAME \(Self.compile("NAME", into: "NAME.o").joined(separator: " "))
        """
      let copy = scratch.url("copy")
      let ended = try run(URL(fileURLWithPath: "/bin/sh"), ["-c", script, "sh", copy.path], in: workspace.folder)
      #expect(ended.status == 0, "\(ended)")
      var made: [String: Data] = [:]
      for name in objects { made[name] = try Data(contentsOf: copy.appendingPathComponent("\(name).o")) }
      return made
    }

    /// What `make` would compile, by the time stamps of objects and of what their depfiles name.
    func makeWouldBuild() throws -> Set<String> {
      let rules =
        "all: \(objects.map { "\($0).o" }.sorted().joined(separator: " "))\n%.o:\n\t@echo BUILD $*\n-include *.d\n"
      try rules.write(to: scratch.url("Makefile"), atomically: true, encoding: .utf8)
      let ended = try run(
        URL(fileURLWithPath: "/usr/bin/make"), ["-n", "-f", scratch.url("Makefile").path], in: workspace.folder)
      return Set(
        ended.text.split(separator: "\n").filter { $0.contains("BUILD ") }.map {
          String($0.split(separator: " ").last ?? "")
        })
    }

    /// Makes an edit and tells what it was.
    func apply(_ edit: Edit, number: Int, using random: inout Seeded) throws -> String {
      let sources = original.keys.filter { $0.hasSuffix(".c") }.sorted()
      let headers = original.keys.filter { $0.hasSuffix(".h") && $0 != "lua.hpp" }.sorted()
      let any = (sources + headers).randomElement(using: &random)!
      switch edit {
      case .source:
        let file = sources.randomElement(using: &random)!
        try workspace.write(file, workspace.read(file) + "\nint edit_\(number)(void) { return \(number); }\n")
        return "a function in \(file)"
      case .header:
        let file = headers.randomElement(using: &random)!
        try workspace.write(file, workspace.read(file) + "\n/* edit \(number) */\n")
        return "a comment in \(file)"
      case .constant:
        let text = try workspace.read("llimits.h")
        try workspace.write("llimits.h", text + "\n#undef LUAI_MAXSHORTLEN\n#define LUAI_MAXSHORTLEN \(30 + number)\n")
        return "a constant in llimits.h"
      case .touch:
        let file = workspace.url(any).path
        try FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: file)
        return "touch \(any)"
      case .rewrite:
        try workspace.write(any, workspace.read(any))
        return "the same bytes into \(any)"
      case .revert:
        let text = try workspace.read(any)
        try workspace.write(any, text + "\n/* for a moment */\n")
        try workspace.stale("sync")
        try workspace.write(any, text)
        return "an edit of \(any), reverted"
      case .renameAndBack:
        try workspace.move(any, "away")
        try workspace.stale("sync")
        try workspace.move("away", any)
        return "\(any) renamed and renamed back"
      case .restore:
        for (name, bytes) in original.sorted(by: { $0.key < $1.key })
        where try Data(contentsOf: workspace.url(name)) != bytes {
          try bytes.write(to: workspace.url(name))
          return "\(name) as it was at first"
        }
        return "nothing to restore"
      case .moveHeader:
        let file = headers.randomElement(using: &random)!
        if try workspace.read(file).hasPrefix("#include \"moved") { return "\(file) was moved before" }
        try FileManager.default.createDirectory(at: workspace.url("moved\(number)"), withIntermediateDirectories: true)
        try workspace.move(file, "moved\(number)/\(file)")
        try workspace.write(file, "#include \"moved\(number)/\(file)\"\n")
        return "\(file) moved to moved\(number)/"
      }
    }
  }
}
