import Foundation
import Scenarios
import Testing

@testable import compare_watchers

/// What the comparison makes of a watcher's words.
@Suite struct JudgementTests {
  /// A scenario that has been acted out, and what is made of these reports: `+` here, `-` gone, `?` either, before the
  /// path.
  private func judge(_ name: String, _ reports: [String]) throws -> String {
    let top = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appendingPathComponent("judgement-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: top, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: top) }
    let tree = try Tree(folder: top.path + "/tree", outside: top.path + "/outside")
    let scenario = try #require(Scenario.named(name))
    try scenario.prepare(tree)
    let judge = try Judge(scenario, tree)
    try scenario.act(tree)
    return try judge.judge(
      reports.map { text in
        let says: Report.Says = text.hasPrefix("-") ? .gone : text.hasPrefix("+") ? .here : .either
        return Report(path: tree.path(Name(String(text.dropFirst()))), says: says)
      }
    ).text
  }

  @Test(arguments: [
    (["+f"], "right"), (["?f"], "right"), ([], "missed 1"), (["-f"], "missed 1"), (["-f", "+f"], "right"),
    (["+f", "+g"], "right ~1"), (["+f", "+f.tmp"], "wrong path 1"), (["+f", "+f.tmp", "-f.tmp"], "right"),
  ])
  func aSave(reports: [String], text: String) throws {
    #expect(try judge("written beside, flushed, renamed over", reports) == text)
  }

  @Test(arguments: [
    (["-a/f", "-a/sub/g", "+b/f", "+b/sub/g", "+b/sub/new"], "right"),
    // What a moved directory brought along unchanged could be looked up there; what was edited afterwards could not.
    (["-a", "+b"], "missed 3, folder 2"),
    (["-a", "+b", "+b/f", "+b/sub/g", "+b/sub/new"], "folder 2"),
    // The edits under the name that the directory no longer has.
    (["-a", "+b", "+a/f", "+a/sub/g", "+a/sub/new"], "missed 3, wrong path 3"),
    // Under that name before it was gone: no wrong word.
    (["+a/f", "-a", "+b", "+b/f", "+b/sub/g", "+b/sub/new"], "folder 2"),
  ])
  func aMoveWithEdits(reports: [String], text: String) throws {
    #expect(try judge("a directory renamed, then edited inside", reports) == text)
  }

  @Test func aDirectoryThatWasMadeDoesNotSpeakForItsFiles() throws {
    #expect(try judge("a new tree unpacked", ["+t", "+t/b"]) == "missed 3")
    #expect(try judge("a new tree unpacked", ["+t/a", "+t/b/c", "+t/b/d"]) == "right")
  }

  @Test func nothingIsRightWhereNothingDiffers() throws {
    #expect(try judge("touch", []) == "right")
    #expect(try judge("touch", ["+f"]) == "right ~1")
  }

  @Test func everyNameOfTheTableIsAScenario() {
    #expect(Selection.names.filter { Scenario.named($0) == nil } == [])
    #expect(Selection.names.count >= 25)
    #expect(Set(Selection.names).count == Selection.names.count)
  }

  @Test func theTableCountsWhatIsRight() {
    var table = Table(peers: ["one", "two"])
    var wrong = Judgement()
    wrong.missed = [[1], [2]]
    var died = Judgement()
    died.died = "of it"
    table.add("a", [Judgement(), wrong])
    table.add("b", [Judgement(), died])
    #expect(
      table.markdown == """
        | what happens | one | two |
        |---|:-:|:-:|
        | a | right | missed 2 |
        | b | right | died |
        | **right** | **2 of 2** | **0 of 2** |
        | **phantoms (~)** | **0** | **0** |
        """)
  }

  /// A table with a member that a row lacks, numbers of two sizes, a negative one.
  @Test func aReplyOfWatchmanIsRead() throws {
    let document: [UInt8] =
      [0, 1, 3, 40, 1, 3, 2] + [2, 3, 1, 0x66, 11] + [0, 3, 2, 2, 3, 1, 0x6E, 2, 3, 1, 0x65] + [3, 2]
      + [2, 3, 2, 0x78, 0xE9, 8] + [2, 3, 1, 0x79, 12] + [2, 3, 1, 0x63, 4, 0xFE, 0xFF]
    guard case .object(let reply)? = BSER(document: document), case .list(let rows)? = reply["f"],
      case .number(let number)? = reply["c"], case .object(let first)? = rows.first,
      case .object(let second)? = rows.last,
      case .text(let name)? = first["n"], case .truth(true)? = first["e"]
    else {
      Issue.record("it was not read")
      return
    }
    #expect(name == [0x78, 0xE9] && number == -2 && rows.count == 2 && second["e"] == nil)
    for end in 0..<document.count { #expect(BSER(document: Array(document[..<end])) == nil, "cut at \(end)") }
  }
}
