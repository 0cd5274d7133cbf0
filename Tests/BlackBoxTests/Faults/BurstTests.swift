import Foundation
import StaledAPI
import Testing

extension Faults {
  /// Very many changes at once: none is missed, memory stays bounded, and then there is quiet.
  ///
  /// - `STALED_FAULT_FILES`: how many files change (8,000).
  @Suite struct Burst {
    private static let folders = 200

    /// Where file number `number` lies; one in forty is tracked.
    private static func path(_ number: Int) -> String {
      "tree/\(number % folders)/\(number % 40 == 0 ? "k" : "n")\(number)"
    }

    /// Writes without Foundation's care: this is about the agent's speed.
    private static func write(_ path: String, _ text: String) throws {
      let file = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
      if file < 0 { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
      _ = Glibc.write(file, text, text.utf8.count)
      close(file)
    }

    /// A workspace with the files before: of each four numbers one comes, one goes, one changes and one is rewritten as it was.
    /// In memory: making and removing so many takes a disk much longer than what is tested.
    private static func workspace(_ count: Int, manifest: String) throws -> Workspace {
      let workspace = try Workspace(["staled.json": manifest], inMemory: true)
      for folder in 0..<folders {
        try FileManager.default.createDirectory(
          at: workspace.url("tree/\(folder)"), withIntermediateDirectories: true)
      }
      for number in 0..<count where fate(number) != .comes {
        try write("\(workspace.folder.path)/\(path(number))", "1")
      }
      return workspace
    }

    private enum Fate { case comes, goes, changes, stays }

    private static func fate(_ number: Int) -> Fate {
      // In steps of forty, so that the tracked ones have every fate.
      switch number / 40 % 4 {
      case 0: .comes
      case 1: .goes
      case 2: .changes
      default: .stays
      }
    }

    /// Does to every file what is its fate.
    private static func change(_ folder: String, _ numbers: some Sequence<Int>) throws {
      for number in numbers {
        let path = "\(folder)/\(path(number))"
        switch fate(number) {
        case .comes: try write(path, "new")
        case .goes: unlink(path)
        case .changes: try write(path, "2")
        case .stays: try write(path, "1")
        }
      }
    }

    private static func changes(_ numbers: some Sequence<Int>) -> [String] {
      numbers.compactMap { number in
        switch fate(number) {
        case .comes: "created file:\(path(number))"
        case .goes: "deleted file:\(path(number))"
        case .changes: "modified file:\(path(number))"
        case .stays: nil
        }
      }.sorted()
    }

    @Test func ofManyFilesThoseThatMatterAreFoundExactly() throws {
      let count = Faults.amount("STALED_FAULT_FILES", quick: 8_000)
      let workspace = try Self.workspace(count, manifest: #"{"version":1}"#)
      try workspace.start()
      let tracked = stride(from: 0, to: count, by: 40)
      try workspace.mark(
        Dictionary(uniqueKeysWithValues: tracked.map { ("k\($0)", "file:\(Self.path($0))") }))
      try workspace.mark(["all": "glob:tree/**/k*", "none": "glob:tree/**/x*"])
      #expect(try workspace.notFresh() == [])
      let before = try workspace.log().count
      let process = Proc(pid: workspace.pid)
      let calm = process.peak

      let begun = ContinuousClock.now
      try Self.change(workspace.folder.path, 0..<count)
      let written = begun.duration(to: .now)
      let expected = tracked.filter { Self.fate($0) != .stays }
      #expect(try workspace.notFresh() == Set(expected.map { "k\($0)" }).union(["all"]))
      let known = begun.duration(to: .now)
      #expect(try workspace.changes(behind: before) == Self.changes(tracked))
      try process.becomeQuiet()
      let growth = process.peak - calm
      // What is queued in the agent, not what is on the disk: a path and a mark for each name that was touched.
      #expect(growth < 64 << 20 + count * 1024, "it grew by \(growth >> 20) MiB over \(count) changes")
      print(
        "\(count) changes: written in \(written), known after \(known); memory \(calm >> 20) MiB, then \(process.peak >> 20)"
      )
      #expect(workspace.stop() == 0)
    }

    /// Declared by a rule, never made: its file is tracked all the same until it is gone.
    @Test(arguments: [1, 30]) func aFileThatARuleNamedIsToldWhenItGoes(count: Int) throws {
      let files = Dictionary(uniqueKeysWithValues: (0..<count).map { ("src/\($0).c", "1") })
      let workspace = try Workspace(
        files.merging(["staled.json": #"{"version":1,"rules":[{"files":"src/{name}.c","key":"{name}"}]}"#]) { $1 })
      try workspace.start()
      #expect(try workspace.stale("sync").status == 0)
      let before = try workspace.log().count
      for file in files.keys { try workspace.remove(file) }
      #expect(try workspace.stale("sync").status == 0)
      #expect(try workspace.changes(behind: before) == files.keys.map { "deleted file:\($0)" }.sorted())
    }

    /// All are tracked: a rule for each file, a record for each change.
    @Test func ofManyTrackedFilesEachIsFound() throws {
      let count = Faults.amount("STALED_FAULT_FILES", quick: 8_000) / 10
      let workspace = try Self.workspace(
        count, manifest: #"{"version":1,"rules":[{"files":"tree/{path...}","key":"{path}"}]}"#)
      try workspace.start()
      #expect(try workspace.stale("sync").status == 0)
      let before = try workspace.log().count
      let process = Proc(pid: workspace.pid)
      let calm = process.peak
      let begun = ContinuousClock.now
      try Self.change(workspace.folder.path, 0..<count)
      #expect(try workspace.stale("sync").status == 0)
      let known = begun.duration(to: .now)
      // What a rule names only from then on was never anything else: its coming is an entry, not a change of one.
      let found = Set(try workspace.changes(behind: before).filter { !$0.hasPrefix("created") })
      let expected = Set(Self.changes((0..<count).filter { Self.fate($0) != .comes }))
      #expect(expected.subtracting(found).sorted().prefix(5) == [], "missed")
      #expect(found.subtracting(expected).sorted().prefix(5) == [], "told without need")
      try process.becomeQuiet()
      let growth = process.peak - calm
      #expect(growth < 64 << 20 + count * 8192, "it grew by \(growth >> 20) MiB over \(count) changes")
      print("\(count) tracked changes: known after \(known); memory \(calm >> 20) MiB, then \(process.peak >> 20)")
      let keys = Set(try workspace.states().keys)
      #expect(
        keys == Set((0..<count).filter { Self.fate($0) != .goes }.map { "default/\(Self.path($0).dropFirst(5))" }))
      #expect(workspace.stop() == 0)
    }
  }
}
