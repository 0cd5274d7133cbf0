import Foundation

/// The built programs: beside the test runner, or where `STALED_BIN` says.
enum Binaries {
  static let folder: URL = {
    if let folder = ProcessInfo.processInfo.environment["STALED_BIN"] { return URL(fileURLWithPath: folder) }
    return URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
  }()
  static let agent = folder.appendingPathComponent("staled")
  static let tool = folder.appendingPathComponent("stale")
  /// The top of the repository.
  static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}

/// How a program ended.
struct Ended: CustomStringConvertible {
  var status: Int32
  var output: Data
  var errors: String

  var text: String { String(decoding: output, as: UTF8.self) }
  var description: String { "exit \(status)\n--- output\n\(text)\n--- errors\n\(errors)" }

  /// The output as a JSON object.
  var json: [String: Any] {
    get throws { try JSONSerialization.jsonObject(with: output) as? [String: Any] ?? [:] }
  }
}

/// Runs a program to its end.
func run(
  _ program: URL, _ arguments: [String], in folder: URL? = nil, input: Data = Data(),
  environment: [String: String] = [:]
) throws -> Ended {
  let process = Process()
  process.executableURL = program
  process.arguments = arguments
  process.currentDirectoryURL = folder
  var variables = ProcessInfo.processInfo.environment
  variables["NO_COLOR"] = "1"
  variables["STALED_DIR"] = nil
  variables.merge(environment) { $1 }
  process.environment = variables
  let (inward, outward, errors) = (Pipe(), Pipe(), Pipe())
  process.standardInput = inward
  process.standardOutput = outward
  process.standardError = errors
  try process.run()
  let gathered = Gathered(errors.fileHandleForReading)
  let writer = Thread {
    inward.fileHandleForWriting.write(input)
    try? inward.fileHandleForWriting.close()
  }
  writer.start()
  let output = outward.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return Ended(
    status: process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus,
    output: output, errors: String(decoding: gathered.data(), as: UTF8.self))
}

/// Reads a pipe to its end on a thread of its own.
private final class Gathered: @unchecked Sendable {
  // Written by the thread before it signals, read by `data` after: the semaphore orders the two.
  private var bytes = Data()
  private let done = DispatchSemaphore(value: 0)

  init(_ handle: FileHandle) {
    let thread = Thread { [self] in
      bytes = handle.readDataToEndOfFile()
      done.signal()
    }
    thread.start()
  }

  func data() -> Data {
    done.wait()
    return bytes
  }
}
