import Foundation
import StaledAPI
import Testing

extension Faults {
  /// The agent stands still while far more happens than the kernel's queue holds: it learns only that something was lost.
  @Suite struct Overflow {
    /// What is changed while the agent stands still, and when.
    struct Case: Sendable, CustomTestStringConvertible {
      var name: String
      /// Shell scripts before, amid and after the noise.
      var first = ""
      var middle = ""
      var last = ""
      var changes: [String]
      var notFresh: Set<String>

      var testDescription: String { name }
    }

    static let cases = [
      Case(
        name: "the first of all", first: "echo 2 > src/a", changes: ["modified file:src/a"],
        notFresh: ["a", "sources", "names-and-content"]),
      Case(
        name: "the last of all", last: "echo 2 > src/a", changes: ["modified file:src/a"],
        notFresh: ["a", "sources", "names-and-content"]),
      Case(
        name: "amid the others, size and time stamp kept",
        middle: "touch -r src/a stamp; echo 2 > src/a; touch -r stamp src/a; rm stamp",
        changes: ["modified file:src/a"], notFresh: ["a", "sources", "names-and-content"]),
      Case(
        name: "in a directory made meanwhile", middle: "mkdir -p made/deep; echo 1 > made/deep/new",
        changes: ["created file:made/deep/new"], notFresh: ["new", "made"]),
      Case(
        name: "deleted", middle: "rm src/a", changes: ["deleted file:src/a", "modified dir:src"],
        notFresh: ["a", "sources", "names", "names-and-content"]),
      Case(
        name: "in a directory that is renamed", middle: "mv old young; echo 2 > young/b",
        changes: ["created file:young/b", "deleted file:old/b"], notFresh: ["old", "young"]),
      Case(
        name: "below directories that are exchanged by renames", middle: "mv old x; mv other old; mv x other",
        changes: ["modified file:old/b", "modified file:other/b"], notFresh: ["old", "other"]),
      Case(
        name: "replaced by a directory", last: "rm src/a; mkdir src/a",
        changes: ["modified dir:src", "modified file:src/a"],
        notFresh: ["a", "sources", "names", "names-and-content"]),
      Case(name: "changed and put back", first: "echo 2 > src/a", last: "echo 1 > src/a", changes: [], notFresh: []),
      Case(name: "nothing that matters", changes: [], notFresh: []),
    ]

    @Test(arguments: cases) func whatMattersIsFoundAndNothingElse(change: Case) throws {
      let workspace = try Workspace([
        "staled.json": #"{"version":1}"#, "src/a": "1\n", "src/calm": "1", "old/b": "1\n", "other/b": "other",
        "noise/x": "",
      ])
      try workspace.start()
      try workspace.mark([
        "a": "file:src/a", "calm": "file:src/calm", "old": "file:old/b", "young": "file:young/b",
        "other": "file:other/b", "new": "file:made/deep/new", "made": "glob:made/**/n*", "sources": "glob:src/*",
        "names": "dir:src", "names-and-content": "glob:**/a", "nothing": "glob:src/*.none",
      ])
      #expect(try workspace.notFresh() == [])
      let before = try workspace.log().count
      let asked = try workspace.client()

      try Proc(pid: workspace.pid).pause()
      try workspace.sh(change.first)
      try Self.noise(in: workspace.url("noise"))
      try workspace.sh(change.middle)
      try Self.noise(in: workspace.url("noise"))
      try workspace.sh(change.last)
      // Asked while it stands still; answered right after, without a sync.
      let entries = ["t/a", "t/old", "t/young", "t/new", "t/calm"]
      try asked.send("POST", "/v1/check", JSONEncoder().encode(CheckRequest(entries: entries)))
      Proc(pid: workspace.pid).resume()
      let checked: CheckReply = try asked.receive().decoded()
      #expect(
        Set(checked.entries.filter { $0.state != "fresh" }.map(\.key))
          == change.notFresh.intersection(
            entries.map { String($0.dropFirst(2)) }))

      #expect(try workspace.notFresh() == change.notFresh)
      #expect(try workspace.changes(behind: before) == change.changes)
      let invalidated = try workspace.log().dropFirst(before).filter { $0.type == .invalidated }
      // What was touched is suspect at once; only what differs is ever told.
      #expect(Set(invalidated.compactMap(\.key)) == change.notFresh)
      #expect(try workspace.degraded() == [])
    }

    /// More events than the queue holds: each file is created, closed and deleted.
    static func noise(in folder: URL) throws {
      let limit = try String(contentsOfFile: "/proc/sys/fs/inotify/max_queued_events", encoding: .utf8)
      for number in 0..<(Int(limit.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 16_384) / 2 {
        let path = "\(folder.path)/\(number)"
        let file = open(path, O_CREAT | O_WRONLY, 0o600)
        if file < 0 { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        close(file)
        unlink(path)
      }
    }
  }
}
