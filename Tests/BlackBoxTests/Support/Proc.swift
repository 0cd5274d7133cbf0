import Foundation

/// What `/proc` tells of a process, and waiting for what no test can make happen.
struct Proc {
  let pid: Int32

  private func read(_ file: String) -> String {
    (try? String(contentsOf: URL(fileURLWithPath: "/proc/\(pid)/\(file)"), encoding: .utf8)) ?? ""
  }

  private func threads() -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []).sorted()
  }

  /// The states of its threads: `R`, `S`, `T` …
  var states: Set<Character> {
    Set(
      threads().compactMap { thread in
        // After the name, which is in parentheses and may hold anything.
        let stat = read("task/\(thread)/stat")
        return stat.lastIndex(of: ")").flatMap { stat[$0...].dropFirst(2).first }
      })
  }

  /// The largest size it ever had in memory, in bytes.
  var peak: Int { bytes("VmHWM:") }

  /// How much of it is in memory now, in bytes.
  var resident: Int { bytes("VmRSS:") }

  private func bytes(_ name: String) -> Int {
    let line = read("status").split(separator: "\n").first { $0.hasPrefix(name) }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
  }

  /// How many descriptors it has open.
  var descriptors: Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count) ?? 0
  }

  /// What rises whenever it does anything: each thread's context switches.
  var activity: [String] {
    threads().map { thread in
      let lines = read("task/\(thread)/status").split(separator: "\n")
      return "\(thread) \(lines.filter { $0.contains("ctxt_switches") })"
    }
  }

  /// The processes that it started.
  static func children(of pid: Int32) -> [Int32] {
    Proc(pid: pid).threads().flatMap { thread in
      Proc(pid: pid).read("task/\(thread)/children").split(separator: " ").compactMap { Int32($0) }
    }
  }

  /// Stops it, and waits until each of its threads stands still.
  func pause() throws {
    kill(pid, SIGSTOP)
    try until { states == ["T"] }
  }

  func resume() { kill(pid, SIGCONT) }

  /// Waits until it does nothing for half a second.
  func becomeQuiet() throws {
    var last = activity
    try until(20, every: 500_000) {
      defer { last = activity }
      return activity == last
    }
  }
}

/// It did not happen in time.
struct TooLate: Error {}

/// Looks again and again until something outside our control is so.
func until(_ seconds: Int = 60, every microseconds: UInt32 = 1000, _ isSo: () throws -> Bool) throws {
  let end = ContinuousClock.now + .seconds(seconds)
  while true {
    usleep(microseconds)
    if try isSo() { return }
    if ContinuousClock.now > end { throw TooLate() }
  }
}

/// Runs a body on so many threads at once, and returns what each came to, in order. They may block.
func inParallel<Result: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) -> Result) -> [Result] {
  let results = Shared<[Int: Result]>([:])
  let done = DispatchSemaphore(value: 0)
  for index in 0..<count {
    let thread = Thread {
      let result = body(index)
      results.change { $0[index] = result }
      done.signal()
    }
    thread.start()
  }
  for _ in 0..<count { done.wait() }
  return results.value.sorted { $0.key < $1.key }.map(\.value)
}

/// A value that threads share.
final class Shared<Value: Sendable>: @unchecked Sendable {
  // Only touched while the lock is held.
  private var held: Value
  private let lock = NSLock()

  init(_ value: Value) { held = value }

  var value: Value { lock.withLock { held } }

  @discardableResult
  func change<Result>(_ body: (inout Value) -> Result) -> Result { lock.withLock { body(&held) } }
}
