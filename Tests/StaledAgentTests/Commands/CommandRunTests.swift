import Foundation
import Glibc
import Synchronization
import Testing

@testable import StaledAgent

/// Commands of the manifest, as real processes.
@Suite struct CommandRunTests {
  private func run(
    _ arguments: String..., timeout: Duration = .seconds(60), environment: [String: String] = [:]
  ) async -> (outcome: CommandRun.Outcome, output: [UInt8]) {
    let output = Collected()
    let command = CommandRun(
      arguments: arguments.map { Array($0.utf8) }, environment: ["PATH": "/usr/bin:/bin"].merging(environment) { $1 },
      directory: "/usr", timeout: timeout)
    let outcome = await command.run { output.add($0) }
    return (outcome, output.all)
  }

  private final class Collected: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    func add(_ more: [UInt8]) { bytes.withLock { $0 += more } }
    var all: [UInt8] { bytes.withLock { $0 } }
  }

  @Test(arguments: [
    (["true"], CommandRun.End.exited(0)), (["sh", "-c", "exit 3"], .exited(3)),
    (["sh", "-c", "kill -TERM $$"], .signalled(SIGTERM)), (["/bin/echo", "x"], .exited(0)),
    (["no-such-program-here"], .notStarted("there is no such program, or it may not be run")),
  ]) func itsEndIsTold(arguments: [String], expected: CommandRun.End) async {
    let command = CommandRun(
      arguments: arguments.map { Array($0.utf8) }, environment: ["PATH": "/usr/bin:/bin"], directory: "/",
      timeout: .seconds(60))
    #expect(await command.run().end == expected)
  }

  /// Neither one that ran nor one that could not.
  @Test func noRunLeavesADescriptorBehind() async {
    await #expect(processExitsWith: .success) {
      func run(_ program: String) async {
        _ = await CommandRun(
          arguments: [Array(program.utf8)], environment: ["PATH": "/usr/bin:/bin"], directory: "/",
          timeout: .seconds(60)
        ).run { _ in }
      }
      for program in ["true", "no-such-program-here"] {
        await run(program)
        let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        for _ in 0..<30 { await run(program) }
        let after = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        if after > before + 3 { exit(1) }
      }
    }
  }

  @Test func aProgramThatMayNotBeRunIsTold() async {
    guard case .notStarted(let reason) = await run("/etc/passwd").outcome.end else {
      Issue.record("it was run")
      return
    }
    #expect(reason.contains("may not be run"), "\(reason)")
  }

  /// What is in the pipe when the command has ended is read to its end.
  @Test func allOfItsOutputComes() async {
    for _ in 0..<20 {
      let (outcome, output) = await run("sh", "-c", "head -c 60000 /dev/zero; echo oops >&2")
      #expect(outcome.isSuccess && output.count == 60000 && outcome.lastLines == ["oops"])
    }
    let (outcome, output) = await run("head", "-c", "3000000", "/dev/zero")
    #expect(outcome.isSuccess && output.count == 3_000_000)
  }

  /// What it leaves behind may still write: the output is whole when nobody holds it any more.
  @Test func theOutputOfItsChildrenCountsAfterItsEndAsWell() async throws {
    let (outcome, output) = await run("sh", "-c", "(while kill -0 $$ 2>/dev/null; do :; done; echo late) & echo early")
    #expect(outcome.isSuccess && String(decoding: output, as: UTF8.self) == "early\nlate\n")
    // One that never lets go of it is ended in time, and its command failed: nobody takes half for the whole.
    let hanging = await run("sh", "-c", "echo $$; sleep 1000 &", timeout: .milliseconds(300))
    #expect(hanging.outcome.end == .timedOut)
    let leader = try #require(pid_t(String(decoding: hanging.output.dropLast(), as: UTF8.self)))
    await Self.expectEnd(of: leader)
    // Where nobody takes it, nobody waits for it; what the command said itself is known.
    let hook = CommandRun(
      arguments: ["sh", "-c", "echo $$; sleep 1000 & exit 3"].map { Array($0.utf8) },
      environment: ["PATH": "/usr/bin:/bin"], directory: "/", timeout: .seconds(1000))
    let left = await hook.run()
    #expect(left.end == .exited(3) && left.lastLines.count == 1)
    kill(-(try #require(left.lastLines.first.flatMap(pid_t.init))), SIGKILL)
    let noisy = CommandRun(
      arguments: ["sh", "-c", "yes $$ & exit 3"].map { Array($0.utf8) },
      environment: ["PATH": "/usr/bin:/bin"], directory: "/", timeout: .seconds(1000))
    let leftNoisy = await noisy.run()
    #expect(leftNoisy.end == .exited(3))
    // One that has an output of its own does not count.
    let apart = await run("sh", "-c", "echo $$; sleep 1000 >/dev/null 2>&1 &")
    #expect(apart.outcome.isSuccess)
    kill(-(try #require(pid_t(String(decoding: apart.output.dropLast(), as: UTF8.self)))), SIGKILL)
  }

  @Test func itsLastLinesAreKept() async {
    #expect(
      await run("sh", "-c", "for i in 1 2 3 4 5 6 7; do echo $i >&2; done; exit 1").outcome.lastLines == [
        "3", "4", "5", "6", "7",
      ])
    #expect(await run("sh", "-c", "echo said; exit 1").outcome.lastLines == ["said"], "without errors its output tells")
    let long = await run("sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x >&2").outcome.lastLines
    #expect(long.map(\.utf8.count) == [1024])
  }

  @Test func itSeesWhatItIsGivenAndNothingElse() async {
    let (_, output) = await run(
      "sh", "-c", "env | grep -v ^_= | sort; pwd; readlink /proc/self/fd/0; ls /proc/self/fd | wc -l",
      environment: ["STALED_KEY": "k"])
    let lines = String(decoding: output, as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(lines.prefix(4) == ["PATH=/usr/bin:/bin", "PWD=/usr", "STALED_KEY=k", "/usr"], "\(lines)")
    // Standard input, output and errors, and the folder that `ls` reads.
    #expect(lines.suffix(2) == ["/dev/null", "4"], "\(lines)")
  }

  /// The processes of a session that live. One that nobody has waited for yet is dead.
  private static func members(of session: pid_t) -> [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.filter { name in
      guard let text = try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8),
        let close = text.lastIndex(of: ")")
      else { return false }
      let fields = text[close...].split(separator: " ")
      return fields.count > 4 && fields[4] == "\(session)" && fields[1] != "Z"
    }
  }

  /// They were killed when the command's end was told; the kernel may take a moment to carry that out.
  private static func expectEnd(of session: pid_t) async {
    let end = ContinuousClock.now + .seconds(20)
    while !members(of: session).isEmpty, ContinuousClock.now < end { await Task.yield() }
    #expect(members(of: session) == [])
  }

  /// With its children: one that ignores the first word is killed.
  @Test func whatTakesTooLongIsEndedWithItsChildren() async throws {
    let (outcome, output) = await run(
      "sh", "-c", "trap '' TERM; (trap '' TERM; echo $$; exec sleep 1000) & wait; wait", timeout: .milliseconds(300))
    #expect(outcome.end == .timedOut)
    let leader = try #require(pid_t(String(decoding: output.dropLast(), as: UTF8.self)))
    await Self.expectEnd(of: leader)
  }

  /// With those as well that made a group for themselves, as timeout(1) and shells with job control do.
  @Test(arguments: ["timeout 1000 sleep 1000", "set -m; (trap '' TERM; sleep 1000) & wait"])
  func whateverGroupItsChildrenAreIn(script: String) async throws {
    let (outcome, output) = await run("sh", "-c", "echo $$; \(script)", timeout: .milliseconds(300))
    #expect(outcome.end == .timedOut)
    await Self.expectEnd(of: try #require(pid_t(String(decoding: output.dropLast(), as: UTF8.self))))
  }

  @Test func itIsEndedWithItsTask() async throws {
    let (lines, note) = AsyncStream<pid_t>.makeStream()
    let task = Task {
      await CommandRun(
        arguments: ["sh", "-c", "echo $$; sleep 1000"].map { Array($0.utf8) }, environment: ["PATH": "/usr/bin:/bin"],
        directory: "/", timeout: .seconds(1000)
      ).run { bytes in if let pid = pid_t(String(decoding: bytes.dropLast(), as: UTF8.self)) { note.yield(pid) } }
    }
    var found: pid_t?
    for await pid in lines {
      found = pid
      break
    }
    let leader = try #require(found)
    task.cancel()
    #expect(await task.value.end == .cancelled)
    await Self.expectEnd(of: leader)
  }

  /// At its first bytes already, which may come before it is known here that it runs.
  @Test(arguments: Array(repeating: 0, count: 20) + [1 << 20])
  func whoTakesItsOutputMayHaveEnough(enough: Int) async {
    let command = CommandRun(
      arguments: ["yes"].map { Array($0.utf8) }, environment: ["PATH": "/usr/bin:/bin"], directory: "/",
      timeout: .seconds(600))
    let taken = Collected()
    let outcome = await command.run { bytes in
      taken.add(bytes)
      if taken.all.count > enough { throw CommandRun.OutputRefused(reason: "enough") }
    }
    #expect(outcome.end == .outputRefused("enough") && outcome.took < command.timeout)
  }

  /// More than there are threads: the agent goes on meanwhile.
  @Test(arguments: ["yes", "yes >&2"]) func whatSaysALotHoldsUpNobody(command: String) async {
    await withTaskGroup(of: CommandRun.Outcome.self) { group in
      let noisy = CommandRun(
        arguments: ["sh", "-c", command].map { Array($0.utf8) }, environment: ["PATH": "/usr/bin:/bin"], directory: "/",
        timeout: .seconds(300))
      for i in 0...ProcessInfo.processInfo.activeProcessorCount {
        group.addTask { await i % 2 == 0 ? noisy.run() : noisy.run { _ in } }
      }
      #expect(await run("sh", "-c", "echo x", timeout: .seconds(300)).outcome.isSuccess)
      group.cancelAll()
      for await outcome in group { #expect(outcome.end == .cancelled) }
    }
  }

  private final class Gauge: Sendable {
    private let state = Mutex((now: 0, most: 0))
    func enter() {
      state.withLock { state in
        state.now += 1
        state.most = max(state.most, state.now)
      }
    }
    func leave() { state.withLock { $0.now -= 1 } }
    var most: Int { state.withLock { $0.most } }
  }

  @Test func aPoolLetsSoManyRunAtATime() async {
    let pool = CommandPool(width: 2)
    let gauge = Gauge()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<20 {
        group.addTask {
          await pool.use {
            gauge.enter()
            await Task.yield()
            gauge.leave()
          }
        }
      }
    }
    #expect(gauge.most == 2)
  }

  /// One that hangs and is tried again and again holds up its like, not what was never tried.
  @Test func whatIsTriedAgainWaitsBehindTheRest() async {
    let pool = CommandPool(width: 1)
    let order = Collected()
    let (gate, open) = AsyncStream.makeStream(of: Void.self)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await pool.use { for await _ in gate {} } }
      while await pool.running == 0 { await Task.yield() }
      for (index, isRetry) in [true, false, true, false].enumerated() {
        group.addTask { await pool.use(isRetry: isRetry) { order.add([isRetry ? 2 : 1]) } }
        while await pool.waitingCount <= index { await Task.yield() }
      }
      open.finish()
    }
    #expect(order.all == [1, 1, 2, 2])
  }

  @Test func theEnvironmentOfCommandsIsClean() {
    let agent = [
      "HOME": "/h", "LD_PRELOAD": "x", "LC_ALL": "C", "NOTIFY_SOCKET": "s", "AWS_SECRET": "k", "XDG_RUNTIME_DIR": "/r",
    ]
    #expect(
      CommandEnvironment.variables(of: agent, workspace: "/w", values: ["key": "k", "state": "stale"]) == [
        "HOME": "/h", "LC_ALL": "C", "XDG_RUNTIME_DIR": "/r", "PATH": "/usr/local/bin:/usr/bin:/bin",
        "STALED_WORKSPACE": "/w", "STALED_KEY": "k", "STALED_STATE": "stale",
      ])
  }
}
