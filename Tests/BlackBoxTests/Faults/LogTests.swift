import Foundation
import StaledAPI
import Testing

extension Faults {
  /// The log's file cut, torn, taken away, and rotated under its readers.
  @Suite struct Log {
    static let file = ".staled/invalidations.ndjson"

    /// While the agent runs.
    @Test(arguments: [
      "rm $log", ": > $log", "mv $log aside", "printf '{\"seq\":' >> $log", "truncate -s -5 $log",
      "echo '{\"seq\":7,\"type\":\"change\"}' >> $log", "cp $log copy; rm $log; mv copy $log",
    ])
    func whatIsDoneToItUnderTheAgent(script: String) throws {
      let workspace = try WhileDown.made()
      let before = try #require(try workspace.log().last?.seq)
      try workspace.sh("log=\(Self.file); \(script)")
      try workspace.write("src/a", "2\n")
      #expect(try workspace.notFresh() == ["a", "all", "forced"])
      try workspace.write("src/a", "1\n")
      #expect(try workspace.notFresh() == ["forced"])
      let records = try workspace.log()
      let seqs = records.map(\.seq)
      #expect(seqs == (seqs[0]...(seqs.last ?? 0)).map { $0 }, "\(seqs)")
      let changes = records.filter { $0.seq > before && $0.type == .change }
      #expect(changes.map(\.resource) == ["file:src/a", "file:src/a"], "what comes after is all there")
      let isTold = records.contains { $0.type == .warning && $0.seq > before && $0.message?.contains("log") == true }
      #expect(isTold, "\(records.suffix(12))")
      #expect(workspace.stop() == 0)
      try workspace.start()
      #expect(try workspace.notFresh() == ["forced"])
      #expect(try workspace.degraded() == [])
    }

    /// While no agent is there.
    @Test(arguments: [
      ("rm $log", true), (": > $log", true), ("truncate -s -30 $log", true), ("truncate -s 300 $log", true),
      ("printf '{\"seq\":' >> $log", false), ("head -c 400 /dev/zero >> $log", false), ("rm $log; mkdir $log", true),
      ("head -c 4000 /dev/zero > $log", true),
    ])
    func whatIsDoneToItWhileDown(script: String, isLoss: Bool) throws {
      let workspace = try WhileDown.made()
      #expect(workspace.stop() == 0)
      let before = try #require(try workspace.log().last?.seq)
      try workspace.sh("log=\(Self.file); \(script)")
      let agent = try AgentProcess(workspace.folder)
      guard script.contains("mkdir") else {
        #expect(agent.isReady, "\(agent.errors)")
        try Self.judge(workspace, after: before, isLoss: isLoss)
        #expect(agent.stop() == 0)
        return
      }
      // Nothing can be appended to a directory: said, or the agent does not start.
      if agent.isReady {
        #expect(!(try workspace.degraded().isEmpty))
        #expect(try workspace.notFresh() == ["forced"])
        #expect(agent.stop() == 0)
      } else {
        #expect(agent.status == 4 && agent.errors.contains("invalidations.ndjson"), "\(agent.errors)")
      }
      try workspace.sh("rmdir \(Self.file)")
      let next = try AgentProcess(workspace.folder)
      #expect(next.isReady, "\(next.errors)")
      try Self.judge(workspace, after: before, isLoss: isLoss)
    }

    private static func judge(_ workspace: Workspace, after before: UInt64, isLoss: Bool) throws {
      #expect(try workspace.notFresh() == ["forced"])
      try workspace.write("src/a", "2\n")
      #expect(try workspace.notFresh() == ["a", "all", "forced"])
      let records = try workspace.log()
      #expect(records.filter { $0.seq > before && $0.type == .change }.map(\.resource) == ["file:src/a"])
      let new = records.filter { $0.seq > before }.map(\.seq)
      #expect(new == (0..<UInt64(new.count)).map { before + 1 + $0 }, "numbers go on and are not used again")
      let told = records.contains { ($0.type == .error || $0.type == .warning) && $0.seq > before }
      #expect(told, "\(records.suffix(6))")
      let degraded = try workspace.degraded()
      #expect(degraded.isEmpty == !isLoss, "\(degraded)")
    }

    /// A reader sees each record once, in order, over rotations: with `tail -F` as with our own.
    @Test func rotationUnderReaders() throws {
      let workspace = try Workspace(["staled.json": #"{"version":1,"watch":{"settle":"1ms"}}"#, "in": "0"])
      try workspace.start()
      // Long keys make long records: the log is rotated at 16 MiB.
      let entries = 300
      let long = Faults.amount("STALED_FAULT_ROUNDS", quick: 0) > 0
      let client = try workspace.client()
      let body = try JSONEncoder().encode(MarkRequest(dependencies: ["file:in"]))
      for entry in 0..<entries {
        let key = "\(entry)-" + String(repeating: "long", count: 1000)
        #expect(try client.call("POST", "/v1/entries/t/\(key)/mark", body).status == 201)
      }
      let outside = try Workspace(["gnu": "", "own": ""])
      var readers: [Process] = []
      for (name, command) in [
        ("gnu", ["tail", "-n", "+1", "-F", workspace.url(Self.file).path]),
        ("own", [Binaries.tool.path, "tail", "-f", "--since", "0", "--json"]),
      ] {
        let reader = Process()
        reader.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        reader.arguments = command
        reader.currentDirectoryURL = workspace.folder
        reader.standardOutput = try FileHandle(forWritingTo: outside.url(name))
        reader.standardError = FileHandle.nullDevice
        try reader.run()
        readers.append(reader)
      }
      defer {
        for reader in readers {
          kill(reader.processIdentifier, SIGKILL)
          reader.waitUntilExit()
        }
      }
      /// The number of the last whole line.
      func last(_ name: String) throws -> UInt64 {
        let file = try FileHandle(forReadingFrom: outside.url(name))
        defer { try? file.close() }
        let end = try file.seekToEnd()
        try file.seek(toOffset: end > 10_000 ? end - 10_000 : 0)
        let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        guard let line = lines.last, let number = line.split(separator: ":").dropFirst().first else { return 0 }
        return UInt64(number.prefix { $0.isNumber }) ?? 0
      }
      // Both read along before anything is rotated.
      #expect(try client.call("POST", "/v1/sync").status == 200)
      let first = try #require(try workspace.log().last?.seq)
      for name in ["gnu", "own"] { try until { try last(name) >= first } }
      for round in 1...(long ? 60 : 15) {
        try workspace.write("in", "\(round % 2)")
        #expect(try client.call("POST", "/v1/sync").status == 200)
      }
      let rotated = (1...9).filter {
        FileManager.default.fileExists(atPath: workspace.url("\(Self.file).\($0)").path)
      }
      #expect(rotated.count >= (long ? 3 : 1))
      var check = LogCheck(workspace.url(Self.file))
      #expect(try check.problems() == [])
      for name in ["gnu", "own"] {
        try until { try last(name) >= UInt64(check.count) }
        var seen = LogCheck(outside.url(name))
        #expect(try seen.problems() == [], "\(name)")
        #expect(seen.count == check.count, "\(name)")
      }
    }
  }
}
