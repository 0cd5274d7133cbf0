import Foundation
import SeededRandom
import StaledAPI
import Testing

/// What a year of use leaves behind: nothing.
///
/// - `STALED_STORM`: how many entries come and go at once (1,500; 100,000 in CI).
/// - `STALED_STEADY`: for how many seconds mixed work goes on (3; ten minutes in `Tests/long`).
@Suite(.serialized) struct StormTests {
  private static let callers = 8

  private static func amount(_ variable: String, quick: Int) -> Int {
    ProcessInfo.processInfo.environment[variable].flatMap { Int($0) } ?? quick
  }

  private static let manifest = """
    {"version":1,"namespaces":{"n0":{"memory":{"maxEntries":500}},"n1":{"tagHierarchy":true},"n2":{"ttl":"1d"}}}
    """

  /// Entries with values, tags and dependencies on files, ids and each other are made, amended and deleted, four times over (at most 10,000 from the second time on):
  /// every figure is exact at the top and nought at the end, and the agent's memory, descriptors and files do not grow from one
  /// time to the next.
  @Test func afterAStormEverythingIsAsItWas() throws {
    let most = Self.amount("STALED_STORM", quick: 1500) / 100 * 100
    let workspace = try Workspace(["staled.json": Self.manifest], inMemory: true)
    for number in 0..<50 { try workspace.write("src/f\(number)", "\(number)") }
    try workspace.start()
    let process = Proc(pid: workspace.pid)
    let socket = try workspace.socket()
    let (descriptors, begun) = (process.descriptors, process.resident)
    var peaks: [Int] = []
    var rests: [Int] = []
    var sizes: [Int] = []
    for round in 0..<4 {
      let count = round == 0 ? most : min(most, 10_000)
      // Each hundredth rests on the one before it, so that there are chains.
      let refused = try Self.inParts(count, socket) { client, number in
        let up = number % 100 > 0 && number % 10 == 0 ? "&dep=entry:n\((number - 10) % 7)/k\(number - 10)" : ""
        let target =
          "/v1/cache/n\(number % 7)/k\(number)?tag=all&tag=some/x\(number % 1000)&dep=file:src/f\(number % 50)"
          + "&dep=config:c\(number % 300)\(up)"
        var answers = [try client.call("PUT", target, "value \(round) of \(number), and no other")]
        if number % 10 == 0 {
          answers.append(
            try client.call(
              "PATCH", "/v1/entries/n\(number % 7)/k\(number)",
              #"{"addTags":["late"],"removeTags":["all"],"addDependencies":["env:E"],"ttl":3600}"#))
        }
        return answers.allSatisfy { $0.status < 300 }
      }
      #expect(refused == [])
      let top = try Self.stats(workspace)
      #expect(top.levels.l2.entries == count)
      #expect(top.tags.taggedEntries == count)
      #expect(top.tags.totalTags == min(1000, count) + 2)
      #expect(top.dependencies.dependentEntries == count)
      // Fifty files, three hundred configurations and one environment.
      #expect(top.dependencies.resources == 50 + min(300, count) + 1)
      #expect(top.dependencies.totalDependencies == count * 2 + count / 10 + count / 100 * 9)
      #expect(top.levels.l1.entries <= count && (top.namespaces["n0"]?.levels.l1.entries ?? 0) <= 500)
      peaks.append(process.resident)
      let kept = try Self.inParts(count, socket) { client, number in
        try client.call("DELETE", "/v1/cache/n\(number % 7)/k\(number)").status == 200
      }
      #expect(kept == [])
      let end = try Self.stats(workspace)
      #expect(end.levels.l2.entries == 0 && end.levels.l2.bytes == 0)
      #expect(end.levels.l1.entries == 0 && end.levels.l1.bytes == 0)
      #expect(end.tags == Stats.Tags() && end.dependencies == Stats.Dependencies())
      #expect(try workspace.json("GET", "/v1/entries")["entries"] as? [String] == [])
      try process.becomeQuiet()
      rests.append(process.resident)
      sizes.append(try Self.size(of: workspace.url(".staled")))
    }
    let story = "top \(peaks.map { $0 >> 20 }), end \(rests.map { $0 >> 20 }), disk \(sizes.map { $0 >> 20 }) MiB"
    print("\(most) entries and fewer, four times: \(story)")
    // Of the largest as well: so much for an entry with two dependencies and three tags at most, and for the tables' capacity later.
    #expect(peaks[0] < begun + most * 4096 + 8 << 20, "\(story)")
    #expect(rests[0] < begun + most * 2048 + 8 << 20, "\(story)")
    // The first time at that size finds the level.
    for levels in [peaks, rests] { #expect(levels[3] < levels[1] + levels[1] / 10 + 2 << 20, "\(story)") }
    #expect(sizes[3] < sizes[1] + sizes[1] / 5 + 1 << 20, "\(story)")
    #expect(process.descriptors <= descriptors + Self.callers)
  }

  /// Everything that clients do, mixed, on a bounded set of entries: memory and descriptors stay at their level.
  @Test func mixedWorkGoesOnAtTheSameLevel() throws {
    let seconds = Self.amount("STALED_STEADY", quick: 3)
    let workspace = try Workspace(["staled.json": Self.manifest], inMemory: true)
    for number in 0..<50 { try workspace.write("src/f\(number)", "\(number)") }
    try workspace.start()
    let process = Proc(pid: workspace.pid)
    let socket = try workspace.socket()
    var levels: [(resident: Int, descriptors: Int)] = []
    let end = ContinuousClock.now + .seconds(seconds)
    var round = 0
    var done = 0
    while ContinuousClock.now < end || round < 4 {
      let folder = workspace.folder.path
      let failures = inParallel(Self.callers) { [round] caller -> [String] in
        var random = Seeded(seed: UInt64(round * Self.callers + caller))
        do {
          let client = try SocketClient(socket)
          return try (0..<60).compactMap { _ in try Self.work(client, folder, &random) }
        } catch { return ["\(error)"] }
      }
      #expect(failures.joined().sorted() == [])
      done += Self.callers * 60
      round += 1
      levels.append((process.resident, process.descriptors))
    }
    // The first quarter is to find its level.
    let found = levels.prefix(max(levels.count / 4, 2))
    let highest = (found.map(\.resident).max() ?? 0, levels.map(\.resident).max() ?? 0)
    #expect(highest.1 < highest.0 + highest.0 / 4 + 8 << 20, "\(highest.0 >> 20) → \(highest.1 >> 20) MiB")
    let descriptors = (found.map(\.descriptors).max() ?? 0, levels.map(\.descriptors).max() ?? 0)
    #expect(descriptors.1 <= descriptors.0 + Self.callers)
    #expect(try workspace.stale("verify").status == 0)
    #expect(try workspace.degraded() == [])
    print("\(done) calls of mixed work in \(seconds) s: \(highest.0 >> 20) → \(highest.1 >> 20) MiB")
  }

  /// One thing that a client may do. → what went wrong
  private static func work(_ client: SocketClient, _ folder: String, _ random: inout Seeded) throws -> String? {
    func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }
    let number = below(400)
    let entry = "n\(number % 7)/k\(number)"
    let answer: SocketClient.Answer
    var allowed: Set<Int> = [200, 201, 404]
    switch below(14) {
    case 0, 1, 2:
      // A write and a call may cross: then what was read is not what is there.
      allowed.insert(409)
      let ttl = below(4) == 0 ? "&ttl=1s" : ""
      answer = try client.call(
        "PUT", "/v1/cache/\(entry)?tag=t\(below(30))&tag=all&dep=file:src/f\(below(50))\(ttl)",
        String(repeating: "v\(below(1000))", count: below(2000)))
    case 3, 4, 5, 6: answer = try client.call("GET", "/v1/cache/\(entry)")
    case 7: answer = try client.call("GET", "/v1/cache/\(entry)?stale=allow&sync=false")
    case 8:
      allowed.insert(409)
      answer = try client.call(
        "POST", "/v1/entries/\(entry)/mark", #"{"dependencies":["glob:src/*\#(below(10))","config:c\#(below(20))"]}"#)
    case 9:
      allowed.insert(409)
      answer = try client.call(
        "PATCH", "/v1/entries/\(entry)", #"{"addTags":["p\#(below(30))"],"addDependencies":["env:E\#(below(9))"]}"#)
    case 10: answer = try client.call("POST", "/v1/invalidate", #"{"tags":["t\#(below(30))"],"soft":true}"#)
    case 11:
      answer = try client.call(
        "POST", "/v1/invalidate", #"{"resources":["config:c\#(below(20))"],"namespaces":["n6"]}"#)
    case 12: answer = try client.call("DELETE", "/v1/cache/\(entry)")
    default:
      let file = open("\(folder)/src/f\(below(50))", O_WRONLY | O_TRUNC)
      var text = Array("\(below(5))".utf8)
      _ = write(file, &text, text.count)
      close(file)
      return nil
    }
    return allowed.contains(answer.status) ? nil : "\(entry): \(answer)"
  }

  /// Calls for each number, by several callers at once; those of one hundred in order. → the numbers for which it was false
  private static func inParts(
    _ count: Int, _ socket: String, _ body: @escaping @Sendable (SocketClient, Int) throws -> Bool
  ) throws -> [Int] {
    let parts = inParallel(callers) { caller -> Result<[Int], any Error> in
      Result {
        let client = try SocketClient(socket)
        var failed: [Int] = []
        for hundred in stride(from: caller * 100, to: count, by: callers * 100) {
          for number in hundred..<hundred + 100 where try !body(client, number) { failed.append(number) }
        }
        return failed
      }
    }
    return try parts.flatMap { try $0.get() }
  }

  private static func stats(_ workspace: Workspace) throws -> Stats {
    try workspace.client().call("GET", "/v1/stats").decoded()
  }

  /// The database's bytes and what lies beside it, without the log.
  private static func size(of folder: URL) throws -> Int {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.fileSizeKey])
      .filter { !$0.lastPathComponent.hasPrefix("invalidations") }
      .reduce(0) { try $0 + ($1.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0) }
  }
}
