import Foundation
import StaledAPI
import Testing

/// The programs under `examples/`, each in a copy of its folder: what held, what was made again, and why.
@Suite struct ExampleTests {
  /// A copy of an example, with an agent beside it unless the example is to start one itself.
  private static func copy(of example: String, isRunning: Bool = true) throws -> Workspace {
    let workspace = try Workspace()
    let original = Binaries.repository.appendingPathComponent("examples/\(example)")
    // What somebody left there who tried it in place is no part of it.
    let left: Set = [".staled", "__pycache__", "site"]
    for name in try FileManager.default.contentsOfDirectory(atPath: original.path) where !left.contains(name) {
      try FileManager.default.copyItem(at: original.appendingPathComponent(name), to: workspace.url(name))
    }
    if isRunning { try workspace.start() }
    return workspace
  }

  private static let path = [
    "PATH": "\(Binaries.folder.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONPATH": Binaries.repository.appendingPathComponent("examples/python").path,
  ]

  private static func run(
    _ workspace: Workspace, _ program: String, _ arguments: String..., environment: [String: String] = [:]
  ) throws -> Ended {
    try BlackBoxTests.run(
      workspace.url(program), arguments, in: workspace.folder, environment: path.merging(environment) { $1 })
  }

  /// The columns of a line, which stand two spaces or more apart.
  private static func columns(_ line: Substring) -> [String] {
    line.components(separatedBy: "  ").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  @Test(arguments: [
    ("tool-cache", "session", "59 questions: "), ("test-runner", "runtests", "8 ran, 0 held"),
    ("docs", "build", "made 5 of 5"),
  ]) func eachStartsAnAgentWhereThereIsNone(example: String, program: String, line: String) throws {
    let workspace = try Self.copy(of: example, isRunning: false)
    // Elsewhere, as STALED_DIR says: nobody looks for `.staled` alone.
    let elsewhere = ["STALED_DIR": ".state"]
    defer { _ = try? workspace.stale(["stop"], environment: elsewhere) }
    let ended = try Self.run(workspace, program, environment: elsewhere)
    #expect(ended.status == 0 && ended.text.contains(line), "\(ended)")
    #expect(FileManager.default.fileExists(atPath: workspace.url(".state/agent.json").path))
    #expect(!FileManager.default.fileExists(atPath: workspace.url(".staled").path))
    #expect(try workspace.stale(["stop"], environment: elsewhere).status == 0)
  }

  @Test(arguments: [("tool-cache", "session"), ("test-runner", "runtests"), ("docs", "build")])
  func eachSaysThatTheProgramsAreNotOnThePath(example: String, program: String) throws {
    let workspace = try Self.copy(of: example, isRunning: false)
    // Only what the script itself needs: Python, by whatever name it goes.
    let python = try BlackBoxTests.run(
      URL(fileURLWithPath: "/usr/bin/env"), ["python3", "-c", "import sys; print(sys.executable)"])
    let programs = workspace.url("programs")
    try FileManager.default.createDirectory(at: programs, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: programs.appendingPathComponent("python3").path,
      withDestinationPath: python.text.trimmingCharacters(in: .whitespacesAndNewlines))
    let ended = try Self.run(workspace, program, environment: ["PATH": programs.path])
    #expect(ended.status == 2 && ended.text.isEmpty, "\(ended)")
    #expect(ended.errors.hasPrefix("\(program): stale is not on your PATH.\n  Build staled"), "\(ended)")
  }

  // MARK: tool-cache

  private static let questions = [
    "read_file src/parser.py", "read_file src/evaluator.py", "list_dir src", "grep TODO src/**/*.py",
    "grep to do docs/*.md", "count_symbols src/parser.py", "count_symbols src/lexer/tokens.py", "python_version",
  ]

  /// What ran in each round of the session, and why; everything else held.
  private static let rounds: [(title: String, ran: [String: String])] = [
    ("The session begins", Dictionary(uniqueKeysWithValues: questions.map { ($0, "first asked") })),
    ("The same questions again", [:]),
    ("src/parser.py is touched, and saved without a change", [:]),
    (
      "src/parser.py is edited",
      [
        "read_file src/parser.py": "src/parser.py changed", "grep TODO src/**/*.py": "src/parser.py changed",
        "count_symbols src/parser.py": "src/parser.py changed",
      ]
    ),
    (
      "src/evaluator.py is new",
      [
        "read_file src/evaluator.py": "src/evaluator.py is new", "list_dir src": "src/ holds other names",
        "grep TODO src/**/*.py": "src/evaluator.py changed",
      ]
    ),
    (
      "Everything that grep said is dropped, by its tag",
      [
        "grep TODO src/**/*.py": "invalidated by tag:tool:grep", "grep to do docs/*.md": "invalidated by tag:tool:grep",
      ]
    ),
    (
      "The edits are undone",
      [
        "read_file src/parser.py": "src/parser.py changed", "read_file src/evaluator.py": "src/evaluator.py is gone",
        "list_dir src": "src/ holds other names", "grep TODO src/**/*.py": "src/parser.py changed",
        "count_symbols src/parser.py": "src/parser.py changed",
      ]
    ),
  ]

  @Test func theToolCacheMakesAgainExactlyWhatReadWhatChanged() throws {
    let workspace = try Self.copy(of: "tool-cache")
    let before = try workspace.read("src/parser.py")
    let ended = try Self.run(workspace, "session")
    #expect(ended.status == 0, "\(ended)")
    let parts = ended.text.components(separatedBy: "\n\n")
    for (title, ran) in Self.rounds {
      let part = try #require(parts.first { $0.trimmingCharacters(in: .newlines).hasPrefix(title + "\n") }, "\(title)")
      let lines = part.split(separator: "\n").dropFirst().map(Self.columns)
      try #require(lines.allSatisfy { $0.count >= 3 }, "\(part)")
      #expect(lines.map { $0[1] } == Self.questions, "\(title)")
      for line in lines {
        // Outcome, question, time, and why if it was not held.
        let why = ran[line[1]]
        #expect(line[0] == (why == nil ? "held" : "made"), "\(title): \(line)")
        #expect((line.count == 4 ? line[3] : nil) == why, "\(title): \(line)")
      }
    }
    #expect(ended.text.hasSuffix("\n59 questions: 22 made, 36 held, 1 refused\n"), "\(ended)")
    #expect(try workspace.read("src/parser.py") == before)
    #expect(!FileManager.default.fileExists(atPath: workspace.url("src/evaluator.py").path))
    #expect(try workspace.log().filter { $0.type == .refused }.count == 1)
  }

  @Test func aResultIsNotKeptIfItsFileChangedWhileTheToolRan() throws {
    let workspace = try Self.copy(of: "tool-cache")
    let ended = try Self.run(workspace, "session")
    let title = "src/parser.py is edited while count_symbols looks at it\n"
    let parts = ended.text.components(separatedBy: "\n\n")
    let part = try #require(parts.first { $0.trimmingCharacters(in: .newlines).hasPrefix(title) })
    let lines = part.split(separator: "\n").dropFirst().map(Self.columns)
    #expect(lines.map { $0[0] } == ["refused", "made", "held"], "\(part)")
    #expect(lines.first?.last == "file:src/parser.py changed meanwhile", "\(part)")
  }

  @Test func theToolCacheIsAProgramToo() throws {
    let workspace = try Self.copy(of: "tool-cache")
    let question = ("pattern=def parse", "glob=src/*.py")
    for outcome in ["made (first asked", "held"] {
      let ended = try Self.run(workspace, "toolcache.py", "grep", question.0, question.1)
      #expect(ended.status == 0 && ended.text == "src/parser.py:13:def parse(text: str) -> int:\n", "\(ended)")
      #expect(ended.errors.hasPrefix("[\(outcome)"), "\(ended)")
    }
    #expect(try workspace.fresh() == [#"grep/{"glob": "src/*.py", "pattern": "def parse"}"#])
    for wrong in [["nonsense"], ["grep"], ["read_file", "path=../x"], ["grep", "pattern=(", "glob=*"]] {
      let ended = try BlackBoxTests.run(
        workspace.url("toolcache.py"), wrong, in: workspace.folder, environment: Self.path)
      #expect(ended.status == 2 && ended.errors.hasPrefix("toolcache: "), "\(wrong): \(ended)")
    }
    #expect(try workspace.states().count == 1, "what makes no sense is not kept")
  }

  // MARK: test-runner

  /// The test files that ran, each with why, and the last line.
  private static func tests(
    _ workspace: Workspace, _ arguments: String..., environment: [String: String] = [:], status: Int32 = 0
  ) throws -> [String] {
    let variables = path.merging(["SHOP_CURRENCY": "EUR"]) { $1 }.merging(environment) { $1 }
    let ended = try BlackBoxTests.run(
      workspace.url("runtests"), arguments, in: workspace.folder, environment: variables)
    #expect(ended.status == status, "\(ended)")
    let lines = ended.text.split(separator: "\n")
    let ran = lines.filter { $0.hasPrefix("passed") || $0.hasPrefix("FAILED") }.map { line in
      let parts = columns(line)
      return "\(parts[0]) \(parts[1].replacingOccurrences(of: "tests/test_", with: "")): \(parts[3])"
    }
    #expect(!ended.text.contains("not recorded"), "\(ended)")
    return ran + [lines.last.map(String.init) ?? ""]
  }

  @Test func theTestRunnerHoldsWhatRestsOnNothingThatChanged() throws {
    let workspace = try Self.copy(of: "test-runner")
    let first = ["cart", "export", "invoice", "letters", "money", "slug", "stock", "tax"]
    #expect(
      try Self.tests(workspace) == first.map { "passed \($0).py: no passed run is known" } + ["8 ran, 0 held"])
    #expect(try Self.tests(workspace) == ["0 ran, 8 held"])

    // An import, and what imports that.
    let stock = try workspace.read("shop/stock.py")
    try workspace.write("shop/stock.py", stock)
    #expect(try Self.tests(workspace) == ["0 ran, 8 held"], "saved without a change")
    try workspace.write("shop/stock.py", stock + "\n")
    let importers = ["cart", "export", "invoice", "stock"]
    #expect(
      try Self.tests(workspace) == importers.map { "passed \($0).py: shop/stock.py changed" } + ["4 ran, 4 held"])

    // A data file, and a folder that is listed.
    try workspace.write("shop/data/prices.json", #"{"apple": 60, "bread": 320, "cheese": 780}"#)
    #expect(
      try Self.tests(workspace) == importers.map { "passed \($0).py: shop/data/prices.json changed" }
        + ["4 ran, 4 held"])
    try workspace.write("shop/data/letters/gone.txt", "Dear {name}, we miss you.")
    #expect(
      try Self.tests(workspace) == ["passed letters.py: dir:shop/data/letters changed", "1 ran, 7 held"])

    // A module that was looked for in vain.
    try workspace.write("shop/rates.py", "RATE = 20\n")
    #expect(
      try Self.tests(workspace) == [
        "passed invoice.py: shop/rates.py changed", "passed tax.py: shop/rates.py changed", "2 ran, 6 held",
      ])

    // A new test, and one that is gone.
    try workspace.move("tests/test_slug.py", "tests/test_names.py")
    #expect(try Self.tests(workspace) == ["passed names.py: no passed run is known", "1 ran, 7 held"])
    let all = try Self.tests(workspace, "--all", "tests/test_names.py")
    #expect(all == ["passed names.py: asked for", "1 ran, 0 held"])
  }

  @Test func aFailedTestIsNeverHeld() throws {
    let workspace = try Self.copy(of: "test-runner")
    let slug = try workspace.read("shop/slug.py")
    _ = try Self.tests(workspace)
    try workspace.write("shop/slug.py", slug.replacingOccurrences(of: "\"-\"", with: "\"_\""))
    for _ in 1...2 {
      #expect(
        try Self.tests(workspace, status: 1) == ["FAILED slug.py: shop/slug.py changed", "1 ran, 7 held, 1 failed"])
    }
    try workspace.write("shop/slug.py", slug)
    #expect(try Self.tests(workspace) == ["0 ran, 8 held"], "with these very files it has passed")

    // It fails with what it has passed with: what it rests on is more than what was seen.
    try workspace.write("tests/test_luck.py", Self.luck)
    let lucky = ["passed luck.py: no passed run is known", "1 ran, 8 held"]
    #expect(try Self.tests(workspace) == lucky)
    try workspace.remove("luck")
    let unlucky = try Self.tests(workspace, "--all", "tests/test_luck.py", status: 1)
    #expect(unlucky == ["FAILED luck.py: asked for", "1 ran, 0 held, 1 failed"])
    let again = try Self.tests(workspace, status: 1)
    #expect(again == ["FAILED luck.py: entry:test/tests/test_luck.py was invalidated", "1 ran, 8 held, 1 failed"])
  }

  /// A test that asks for a file in a way that no audit hook is told of. The first time it makes it.
  private static let luck = """
    import os
    import subprocess
    import unittest

    if not os.path.exists("luck.was"):
        subprocess.run(["touch", "luck", "luck.was"], check=True)


    class LuckTests(unittest.TestCase):
        def test_luck(self) -> None:
            self.assertTrue(os.path.exists("luck"))

    """

  @Test func variablesAreInputsToo() throws {
    let workspace = try Self.copy(of: "test-runner")
    _ = try Self.tests(workspace)
    let changed = [
      "passed invoice.py: env:SHOP_CURRENCY was invalidated", "passed money.py: env:SHOP_CURRENCY was invalidated",
      "2 ran, 6 held",
    ]
    #expect(try Self.tests(workspace, environment: ["SHOP_CURRENCY": "USD"]) == changed)
    #expect(try Self.tests(workspace, environment: ["SHOP_CURRENCY": "USD"]) == ["0 ran, 8 held"])
    #expect(try Self.tests(workspace) == changed)
    #expect(try Self.tests(workspace, environment: ["NOBODY_READS_THIS": "1"]) == ["0 ran, 8 held"])
    #expect(try workspace.stale("invalidate", "--resource", "env:SHOP_CURRENCY").status == 0)
    #expect(try Self.tests(workspace) == changed)
  }

  // MARK: docs

  /// The steps that were run, and the last line without the time.
  private static func build(_ workspace: Workspace, status: Int32 = 0) throws -> [String] {
    let ended = try run(workspace, "build")
    #expect(ended.status == status, "\(ended)")
    let lines = ended.errors.split(separator: "\n").filter { $0.hasPrefix("  ") }
    let steps = lines.map { $0.trimmingCharacters(in: .whitespaces) }
    let last = ended.text.components(separatedBy: " (")[0]
    return steps + (last.isEmpty ? [] : [last])
  }

  @Test func theDocsAreBuiltAsFarAsNeeded() throws {
    let workspace = try Self.copy(of: "docs")
    let all = ["page/faq", "page/setup", "page/start", "site/titles", "site/index"]
    let nothing = ["nothing to do: 5 of 5 hold"]
    #expect(try Self.build(workspace) == all + ["made 5 of 5"])
    #expect(try Self.build(workspace) == nothing)
    let page = try workspace.read("pages/setup.md")
    try workspace.write("pages/setup.md", page)
    #expect(try Self.build(workspace) == nothing, "saved without a change")

    // The body alone: the titles come out the same, and the index stays.
    try workspace.write("pages/setup.md", page + "\nThat is all.\n")
    #expect(try Self.build(workspace) == ["page/setup", "site/titles", "made 2 of 5"])
    #expect(try Self.build(workspace) == nothing)
    try workspace.write("pages/setup.md", page.replacingOccurrences(of: "# Setting up", with: "# Setup"))
    #expect(try Self.build(workspace) == ["page/setup", "site/titles", "site/index", "made 3 of 5"])
    #expect(try workspace.read("site/index.html").contains(#"<a href="setup.html">Setup</a>"#))

    // An include concerns the pages that have it; the template all.
    try workspace.write("includes/help.md", "Help yourself.\n")
    #expect(try Self.build(workspace) == ["page/faq", "page/start", "site/titles", "made 3 of 5"])
    try workspace.write("template.html", "<title>$title</title>\n$body\n")
    #expect(try Self.build(workspace) == all + ["made 5 of 5"])

    // What was made and is lost is made again, to the same: nothing beyond it is.
    try workspace.remove("site/faq.html")
    #expect(try Self.build(workspace) == ["page/faq", "made 1 of 5"])
    #expect(try Self.build(workspace) == nothing)
  }

  @Test func pagesComeAndGo() throws {
    let workspace = try Self.copy(of: "docs")
    _ = try Self.build(workspace)
    try workspace.write("pages/a #1 $x.md", "# New & odd\n")
    #expect(try Self.build(workspace) == ["page/a #1 $x", "site/titles", "site/index", "made 3 of 6"])
    #expect(try workspace.read("site/index.html").contains("New &amp; odd"))
    try workspace.write("pages/a #1 $x.md", "# New & odd\n\nMore.\n")
    #expect(try Self.build(workspace) == ["page/a #1 $x", "site/titles", "made 2 of 6"])
    try workspace.remove("pages/a #1 $x.md")
    #expect(try Self.build(workspace) == ["site/titles", "site/index", "page/a #1 $x is gone", "made 2 of 5"])
    #expect(!FileManager.default.fileExists(atPath: workspace.url("site/a #1 $x.html").path))
    #expect(try Self.build(workspace) == ["nothing to do: 5 of 5 hold"])
  }

  @Test func aPageThatCannotBeMadeIsNotRecorded() throws {
    let workspace = try Self.copy(of: "docs")
    _ = try Self.build(workspace)
    let page = try workspace.read("pages/faq.md")
    try workspace.write("pages/faq.md", page + "\n{{include includes/more.md}}\n")
    for _ in 1...2 { #expect(try Self.build(workspace, status: 1) == ["page/faq"]) }
    try workspace.write("includes/more.md", "More.\n")
    #expect(try Self.build(workspace) == ["page/faq", "site/titles", "made 2 of 5"])
    #expect(try workspace.read("site/faq.html").contains("<p>More.</p>"))
  }

  @Test func theGraphOfTheDocsShowsWhatRestsOnWhat() throws {
    let workspace = try Self.copy(of: "docs")
    _ = try Self.build(workspace)
    let edges = try workspace.stale("graph", "--json").json["edges"] as? [[String: Any]]
    let pairs = Set(edges?.map { "\($0["from"] ?? "") \($0["to"] ?? "")" } ?? [])
    for pair in [
      "entry:site/index entry:site/titles", "entry:site/titles entry:page/faq", "entry:site/titles dir:pages",
      "entry:page/faq file:includes/help.md", "entry:page/faq file:pages/faq.md", "entry:page/faq file:template.html",
      "entry:page/faq file:site/faq.html",
    ] { #expect(pairs.contains(pair), "\(pair)") }
    #expect(!pairs.contains("entry:site/index entry:page/faq"), "the titles stand in between")
  }
}
