import Foundation
import StaledAPI
import Testing

/// A folder with an agent beside it, both gone when the test ends.
final class Workspace {
  let folder: URL
  private var agent: Process?

  /// Makes a folder with these files, perhaps in memory. The agent is not started.
  init(_ files: [String: String] = [:], inMemory: Bool = false) throws {
    let name = "staled-test-\(UUID().uuidString.prefix(8))"
    let base = inMemory ? URL(fileURLWithPath: "/dev/shm") : FileManager.default.temporaryDirectory
    folder = base.appendingPathComponent(name).resolvingSymlinksInPath()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (path, text) in files { try write(path, text) }
  }

  deinit {
    kill()
    try? FileManager.default.removeItem(at: folder)
  }

  // MARK: files

  func url(_ path: String) -> URL { folder.appendingPathComponent(path) }

  /// At one stroke, as careful editors do: what a test expects of the log does not depend on how often the agent looked meanwhile.
  func write(_ path: String, _ text: String) throws {
    let file = url(path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    let new = folder.appendingPathExtension("new")
    try Data(text.utf8).write(to: new)
    guard rename(new.path, file.path) == 0 else {
      try FileManager.default.removeItem(at: new)
      throw POSIXError(.EIO)
    }
  }

  /// As `echo >` does: the file is empty for a moment, and stays the same one.
  func writeInPlace(_ path: String, _ text: String) throws { try Data(text.utf8).write(to: url(path)) }

  /// Removes what is there, and again until it is gone: an agent that removes or makes files in a directory while that is being
  /// emptied makes its removal fail.
  func remove(_ path: String) throws {
    let item = url(path)
    guard isThere(item) else { throw CocoaError(.fileNoSuchFile) }
    for _ in 1..<100 where isThere(item) { try? FileManager.default.removeItem(at: item) }
    if isThere(item) { try FileManager.default.removeItem(at: item) }
  }

  /// Of itself: a symbolic link that leads nowhere is there too.
  private func isThere(_ item: URL) -> Bool { (try? FileManager.default.attributesOfItem(atPath: item.path)) != nil }

  func move(_ from: String, _ to: String) throws { try FileManager.default.moveItem(at: url(from), to: url(to)) }

  func read(_ path: String) throws -> String { try String(contentsOf: url(path), encoding: .utf8) }

  // MARK: the agent

  /// Starts the agent in the foreground of the test and waits until it watches.
  ///
  /// - Parameter wrapper: a command that runs the agent's command, which follows it.
  func start(_ environment: [String: String] = [:], wrapper: [String] = []) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    // The pipe for readiness is the agent's descriptor 3.
    let ready = Pipe()
    process.arguments =
      ["-c", "exec \"$@\" --ready-fd 3 3>&1 >/dev/null", "sh"] + wrapper
      + [Binaries.agent.path, "--workspace", folder.path]
    process.standardOutput = ready
    process.standardInput = FileHandle.nullDevice
    let log = url("../\(folder.lastPathComponent).log")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    process.standardError = try FileHandle(forWritingTo: log)
    var variables = ProcessInfo.processInfo.environment
    variables["STALED_DIR"] = nil
    process.environment = variables.merging(environment) { $1 }
    try process.run()
    agent = process
    let line = ready.fileHandleForReading.readData(ofLength: 1)
    let said = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
    try? FileManager.default.removeItem(at: log)
    #expect(line == Data("\n".utf8), "the agent did not get ready: \(said)")
  }

  /// Ends the agent as a service manager would, and says how it ended.
  @discardableResult
  func stop() -> Int32 {
    guard let agent else { return -1 }
    agent.terminate()
    agent.waitUntilExit()
    self.agent = nil
    return agent.terminationReason == .uncaughtSignal ? 128 + agent.terminationStatus : agent.terminationStatus
  }

  /// Ends the agent without giving it a chance.
  func kill() {
    guard let agent else { return }
    Foundation.kill(agent.processIdentifier, SIGKILL)
    agent.waitUntilExit()
    self.agent = nil
  }

  var pid: Int32 { agent?.processIdentifier ?? -1 }

  // MARK: the tool

  @discardableResult
  func stale(_ arguments: String..., input: String = "", in subfolder: String = ".") throws -> Ended {
    try run(Binaries.tool, arguments, in: url(subfolder), input: Data(input.utf8), environment: path)
  }

  @discardableResult
  func stale(_ arguments: [String], input: Data = Data(), environment: [String: String] = [:]) throws -> Ended {
    try run(Binaries.tool, arguments, in: folder, input: input, environment: path.merging(environment) { $1 })
  }

  private var path: [String: String] {
    ["PATH": "\(Binaries.folder.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")"]
  }

  /// The state of each entry, after a sync.
  func states() throws -> [String: String] {
    try stale("sync")
    let listed = try stale("list", "--json")
    let page = try JSONDecoder().decode(EntryPage.self, from: listed.output)
    return Dictionary(uniqueKeysWithValues: page.entries.map { ("\($0.namespace)/\($0.key)", $0.state) })
  }

  /// The names of the entries that are fresh, after a sync.
  func fresh() throws -> Set<String> { Set(try states().filter { $0.value == "fresh" }.keys) }

  /// Every record of the log.
  func log() throws -> [LogRecord] {
    let text = (try? read(".staled/invalidations.ndjson")) ?? ""
    return try text.split(separator: "\n").map { try JSONDecoder().decode(LogRecord.self, from: Data($0.utf8)) }
  }

  // MARK: HTTP

  /// A request over the socket by curl: status, headers in lower case, body.
  func http(
    _ method: String, _ path: String, body: String? = nil, headers: [String] = []
  ) throws -> (status: Int, headers: [String: String], body: String) {
    var arguments = ["-sS", "-i", "-X", method, "--unix-socket", try socket()]
    if method == "HEAD" { arguments = ["-sS", "-I", "--unix-socket", try socket()] }
    for header in headers { arguments += ["-H", header] }
    if body != nil { arguments += ["--data-binary", "@-"] }
    let ended = try run(
      URL(fileURLWithPath: "/usr/bin/curl"), arguments + ["http://staled\(path)"], input: Data((body ?? "").utf8))
    #expect(ended.status == 0, "curl: \(ended.errors)")
    var text = ended.text
    while text.hasPrefix("HTTP/1.1 100"), let end = text.range(of: "\r\n\r\n") {
      text = String(text[end.upperBound...])
    }
    let parts = text.components(separatedBy: "\r\n\r\n")
    let lines = parts[0].components(separatedBy: "\r\n")
    var fields: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      fields[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    let status = Int(lines[0].split(separator: " ")[1]) ?? 0
    return (status, fields, parts.dropFirst().joined(separator: "\r\n\r\n"))
  }

  func socket() throws -> String {
    let file = try Data(contentsOf: url(".staled/agent.json"))
    return try JSONDecoder().decode(AgentFile.self, from: file).socket
  }

  /// A request whose reply is a JSON object.
  func json(_ method: String, _ path: String, _ body: String? = nil) throws -> [String: Any] {
    let reply = try http(method, path, body: body)
    return try JSONSerialization.jsonObject(with: Data(reply.body.utf8)) as? [String: Any] ?? [:]
  }

  /// Waits until the agent has ended by itself, and says how.
  func waitForEnd() -> Int32 {
    agent?.waitUntilExit()
    defer { agent = nil }
    return agent?.terminationStatus ?? -1
  }
}
