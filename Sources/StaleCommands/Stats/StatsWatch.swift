internal import Glibc
internal import StaledAPI
internal import StaledClient

/// `stale stats --watch`: asks, shows, waits, until it is ended.
struct StatsWatch {
  let workspace: Workspace
  let output: Output
  let paint: Paint
  var printsJSON = false
  var namespace: String?
  /// In seconds.
  var interval: Double
  /// Waits for the next look; tests end the loop here.
  var pause: @Sendable (Double) async throws -> Void = { try await Task.sleep(for: .milliseconds(Int64($0 * 1000))) }
  var timeOfDay: @Sendable () -> String = {
    var (now, parts) = (time(nil), tm())
    guard localtime_r(&now, &parts) != nil else { return "" }
    return [parts.tm_hour, parts.tm_min, parts.tm_sec].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
  }

  /// An agent that keeps silent for longer does not answer.
  private static let patience = Duration.seconds(10)

  /// How much of the log is looked at to begin with, and between two frames: a cascade may be a million records long.
  private static let firstRecords = 200
  private static let mostRecords = 10_000

  func run() async throws {
    // Asked before the screen is taken, so that what is wrong from the start is said as by any other command.
    let first = try await sample()
    if let namespace { _ = try StatsCommand.figures(of: namespace, in: first.stats) }
    let log = LogFiles(stateDirectory: workspace.location.stateDirectory)
    var frame = StatsFrame(workspace: "\(workspace.root)", namespace: namespace)
    var seen = read(log, since: nil, most: Self.firstRecords, into: &frame)
    frame.heard(first)
    let isLive = output.isTerminal && !printsJSON
    func loop() async throws {
      try show(frame, isLive: isLive)
      while true {
        try await pause(interval)
        let isNews = try await look(&frame)
        seen = read(log, since: seen, most: Self.mostRecords, into: &frame)
        if isNews || isLive { try show(frame, isLive: isLive) }
      }
    }
    if isLive {
      try await LiveScreen.whileShown(on: output, loop)
    } else {
      try await loop()
    }
  }

  /// Takes in what the log has behind `since`, and returns where that ends.
  private func read(_ log: LogFiles, since: UInt64?, most: Int, into frame: inout StatsFrame) -> UInt64? {
    guard let newest = log.lines(LogFiles.Wanted(last: 1)).last?.record.seq, newest != since else { return since }
    let records = log.lines(LogFiles.Wanted(since: since, last: most, types: [.invalidated])).map(\.record)
    // What was written meanwhile comes with the next.
    frame.causes.add(records.filter { $0.seq <= newest }, namespace: namespace, isCut: records.count == most)
    return newest
  }

  /// Asks the agent anew. Returns whether there is anything new to tell.
  private func look(_ frame: inout StatsFrame) async throws -> Bool {
    do {
      frame.heard(try await sample())
      return true
    } catch let error as ClientError {
      guard let reason = Self.silence(error) else { throw error }
      return frame.heardNothing(reason)
    }
  }

  private func sample() async throws -> StatsFrame.Sample {
    // The socket is looked up anew: another agent may have another one.
    let client = StaledClient(socket: workspace.location.socket, patience: Self.patience)
    async let status = client.status()
    return StatsFrame.Sample(status: try await status, stats: try await client.stats())
  }

  /// What an agent that is away, or is just coming or going, is to who waits for it; nil for errors that will not pass.
  static func silence(_ error: ClientError) -> String? {
    switch error {
    case .noAgent, .disconnected: "no agent is running; waiting for one"
    case .unreachable, .timedOut: "the agent does not answer"
    case .refused(let problem): problem.status == 503 ? "the agent is starting or stopping" : nil
    case .notUnderstood: nil
    }
  }

  private func show(_ frame: StatsFrame, isLive: Bool) throws {
    var frame = frame
    frame.time = timeOfDay()
    if isLive {
      let lines = frame.lines(TerminalSize.of(output), paint: paint, offset: Timestamp.localOffset)
      try LiveScreen.draw(lines, on: output)
    } else if printsJSON {
      if let stats = frame.sample?.stats, frame.silence == nil { try output.json(stats) }
    } else {
      try output.line(frame.line)
    }
  }
}
