internal import ArgumentParser
internal import Freshness
internal import StaledAPI
internal import StaledClient

/// `stale stats`
struct StatsCommand: StaleCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Prints counters since the agent started, hot keys, and what ends most entries.",
    discussion: """
      Rates are those of the last hour. A figure with ~ is an estimate: it is at most that.

      --watch shows on a terminal what happens now, and goes on when the agent is started again; ^C ends it. Piped it prints \
      a line each interval.

      Examples:
        stale stats
        stale stats --namespace build
        stale stats --watch --interval 5
        stale stats --json | jq .violations
      """)

  @OptionGroup var global: GlobalOptions
  @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Only this namespace.", valueName: "ns"))
  var namespace: String?
  @Flag(help: "Go on showing them as they change.") var watch = false
  @Option(help: ArgumentHelp("With --watch: the time between two looks.", valueName: "seconds"))
  var interval: Double?

  func validate() throws {
    guard let interval else { return }
    if !watch { throw ValidationError("--interval is of use with --watch only") }
    if !(0.1...86400 ~= interval) {
      throw ValidationError("--interval takes 0.1 to 86400 seconds, not \(interval)")
    }
  }

  func execute(_ session: Session) async throws -> Int32 {
    if watch {
      try await StatsWatch(
        workspace: try session.workspace(), output: session.output, paint: session.paint, printsJSON: global.json,
        namespace: namespace, interval: interval ?? 2
      ).run()
      return 0
    }
    let stats = try await session.client().stats()
    guard let namespace else {
      if global.json {
        try session.output.json(stats)
      } else {
        try session.output.write(StatsText(paint: session.paint).text(of: stats))
      }
      return 0
    }
    let figures = try Self.figures(of: namespace, in: stats)
    if global.json {
      try session.output.json(figures)
    } else {
      try session.output.write(StatsText(paint: session.paint).text(of: namespace, figures, in: stats))
    }
    return 0
  }

  static func figures(of namespace: String, in stats: Stats) throws(Failure) -> Stats.Namespace {
    if let figures = stats.namespaces[namespace] { return figures }
    let known = stats.namespaces.keys.sorted()
    throw Failure(
      "There is no namespace \(namespace).",
      remedy: known.isEmpty ? "There is none yet." : "There are \(known.prefix(10).joined(separator: ", ")).",
      status: .no)
  }
}
