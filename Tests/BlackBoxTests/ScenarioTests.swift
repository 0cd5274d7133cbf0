import Foundation
import Scenarios
import StaledAPI
import Testing

/// Every scenario of the list against the built agent: what is not fresh afterwards is what really differs, no more and
/// no less, and the log says the same.
@Suite(.serialized) struct ScenarioTests {
  /// When the agent looks at what happens.
  enum Looking: String, CaseIterable, Sendable {
    /// It confirms nothing until somebody syncs: what it then finds is exactly the difference.
    case onSync
    /// It confirms every two milliseconds, in the middle of things: states are as exact, and what it logs on the way
    /// was so.
    case atOnce
    /// It was killed before, and finds out when it is started again.
    case afterwards
  }

  @Test(arguments: Looking.allCases, Scenario.Family.allCases)
  func whatIsNotFreshIsWhatDiffers(looking: Looking, family: Scenario.Family) throws {
    let bench = try ScenarioBench(Scenario.of(family), settle: looking == .atOnce ? "2ms" : "1h")
    try bench.markAll()
    if looking == .afterwards {
      try actWhileDown(bench)
    } else {
      for run in bench.runs {
        try run.act()
        try bench.judge(run, try bench.syncedRecords(), exactly: looking == .onSync)
        try run.restore()
        try bench.judgeRestored(run, try bench.syncedRecords(), exactly: looking == .onSync)
      }
    }
    try bench.judgeTheWhole()
  }

  /// What no event tells of is found by verification, and said to be a fault.
  @Test func whatTheKernelTellsNobodyIsFoundByVerification() throws {
    let bench = try ScenarioBench(Scenario.untold, settle: "1h")
    try bench.markAll()
    for run in bench.runs { try run.act() }
    _ = try bench.workspace.stale("verify")
    for run in bench.runs {
      // Perhaps the agent was just doing it by itself.
      try until { try bench.states(of: run)["\(run.place)/f"] == "stale" }
      #expect(try bench.states(of: run).filter { $0.value != "fresh" } == ["\(run.place)/f": "stale"], "\(run)")
    }
    #expect(try bench.workspace.log().count { $0.type == .error } == bench.runs.count)
  }

  private func actWhileDown(_ bench: ScenarioBench) throws {
    bench.workspace.kill()
    for run in bench.runs { try run.act() }
    try bench.workspace.start()
    let records = try bench.syncedRecords()
    for run in bench.runs { try bench.judge(run, records, exactly: true) }
    for run in bench.runs { try run.restore() }
    let restored = try bench.syncedRecords()
    for run in bench.runs { try bench.judgeRestored(run, restored, exactly: true) }
  }

  /// A rule has an entry for each file that is there, whatever its name, and the log has its edits though none was
  /// made.
  @Test func aRuleFollowsFilesOfAnyName() throws {
    let bench = try ScenarioBench(Scenario.of(.names), settle: "1h", rules: Self.rules)
    _ = try bench.syncedRecords()
    for run in bench.runs {
      try run.act()
      let (changes, invalidated) = run.told(try bench.syncedRecords())
      let modified = run.scenario.expected.filter { $0.value == .modified }.keys.sorted()
      #expect(changes.filter { $0.kind == "modified" }.map(\.name).sorted() == modified, "\(run): changes")
      #expect(invalidated == [], "\(run): invalidated")
      let states = try bench.states(of: run, in: "rule")
      let named = states.keys.map { Name(bytes: Array(Percent.decode($0).dropFirst(run.place.utf8.count + 1))) }
      #expect(named.sorted() == (try run.files()), "\(run): entries")
      #expect(states.values.allSatisfy { $0 == "missing" }, "\(run): states")
    }
  }

  /// INTERFACES 6: a confirmed change of what a declared entry depends on is logged, also where a rule declares it and
  /// the entry comes or goes with the file.
  @Test func theLogHasWhatComesAndGoesUnderARule() throws {
    let scenarios = ["a new file", "a file removed", "a file renamed", "written in place"]
    let bench = try ScenarioBench(scenarios.compactMap(Scenario.named), settle: "1h", rules: Self.rules)
    _ = try bench.syncedRecords()
    for run in bench.runs {
      try run.act()
      let (changes, _) = run.told(try bench.syncedRecords())
      let told = Dictionary(changes.map { ($0.name, $0.kind ?? "") }) { $0 + $1 }
      #expect(told == run.scenario.expected.mapValues(\.rawValue), "\(run)")
    }
  }

  private static let rules = #"[{"files": "{path...}", "key": "{path}", "namespace": "rule"}]"#

  /// The judge itself: an agent that learns of the files only after the change says that nothing happened, and is found
  /// out.
  @Test func anAgentThatSeesNothingIsFoundOut() throws {
    let scenario = try #require(Scenario.named("written in place"))
    let bench = try ScenarioBench([scenario], settle: "1h")
    try bench.runs[0].act()
    try bench.markAll()
    let records = try bench.syncedRecords()
    withKnownIssue { try bench.judge(bench.runs[0], records, exactly: true) }
    withKnownIssue { try bench.judge(bench.runs[0], records, exactly: false) }
  }

  @Test func namesOfScenariosAreUnique() {
    let names = (Scenario.all + Scenario.untold).map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names.count >= 200)
  }

  @Test func anUpstreamMadeAgainToTheSameDigestLeavesItsDependentsAsTheyWere() throws {
    let workspace = try Workspace(["staled.json": #"{"version":1,"watch":{"settle":"1h"}}"#, "f": "1", "g": "1"])
    try workspace.start()
    let digest = "sha256:" + String(repeating: "0", count: 64)
    let mark = #"{"dependencies":["file:f"],"digest":"\#(digest)"}"#
    #expect(try workspace.http("POST", "/v1/entries/n/upstream/mark", body: mark).status == 201)
    let rests = #"{"dependencies":["entry:n/upstream"]}"#
    #expect(try workspace.http("POST", "/v1/entries/n/made/mark", body: rests).status == 201)
    #expect(try workspace.fresh() == ["n/upstream", "n/made"])
    try workspace.write("f", "2")
    #expect(try workspace.states() == ["n/upstream": "stale", "n/made": "suspect"])
    let since = try #require(workspace.log().last?.seq)
    #expect(try workspace.http("POST", "/v1/entries/n/upstream/mark", body: mark).status == 200)
    #expect(try workspace.fresh() == ["n/upstream", "n/made"])
    #expect(try workspace.log().filter { $0.seq > since && $0.type == .invalidated }.isEmpty)
  }
}
