internal import ArgumentParser
internal import StaledAPI
internal import StaledClient

/// `stale start`
struct Start: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Starts the agent and waits until it is watching.",
    discussion: """
      The agent (staled) runs on by itself; what it says goes to .staled/agent.log. If one is running already that is fine. \
      If it cannot start, its own words and its exit status are passed on.

      Examples:
        stale start
        stale --workspace ~/project start
      """)

  @OptionGroup var global: GlobalOptions

  func execute(_ session: Session) async throws -> Int32 {
    let outcome = try await AgentStarter(workspace: try session.workspace()).start()
    let status = try await session.client().status()
    if global.json {
      try session.output.json(status)
    } else if !global.quiet {
      let verb = outcome == .wasRunning ? "is already watching" : "is watching"
      try session.output.line("staled \(verb) \(Display.safe(status.workspace))  (pid \(status.pid))")
    }
    return 0
  }
}

/// `stale stop`
struct Stop: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Asks the agent to end, and waits until it is gone.",
    discussion: """
      Ends 3 if none is running. What was recorded stays; the next agent finds out what changed meanwhile.

      Example:
        stale stop && rm -r .staled
      """)

  @OptionGroup var global: GlobalOptions

  func execute(_ session: Session) async throws -> Int32 {
    let pid = try await AgentStopper(location: try session.workspace().location).stop()
    if global.json {
      try session.output.json(["stopped": Int(pid)])
    } else if !global.quiet {
      try session.output.line("staled has ended  (pid \(pid))")
    }
    return 0
  }
}

/// `stale sync`
struct Sync: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Waits until every change made before it is taken in.",
    discussion: """
      Afterwards states are final for those changes, and their records are in the log.

      Example:
        touch src/util.c; stale sync && stale tail -n 3
      """)

  @OptionGroup var global: GlobalOptions

  func execute(_ session: Session) async throws -> Int32 {
    let reply = try await session.client().sync()
    if global.json { try session.output.json(reply) }
    return 0
  }
}

/// `stale status`
struct StatusCommand: StaleCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Tells whether the agent is up, what it watches, and how healthy it is.",
    discussion: """
      What works less well than it should is listed with what to do about it. Ends 3 if no agent is running.

      Examples:
        stale status
        stale status --json | jq .degraded
      """)

  @OptionGroup var global: GlobalOptions

  func execute(_ session: Session) async throws -> Int32 {
    let status = try await session.client().status()
    if global.json {
      try session.output.json(status)
    } else {
      try session.output.write(Self.text(of: status, paint: session.paint))
    }
    return 0
  }

  static func text(of status: Status, paint: Paint) -> String {
    let states = ["fresh", "suspect", "stale", "expired", "missing"].compactMap { state in
      status.entries[state].flatMap { $0 > 0 ? "\($0) \(paint.state(state))" : nil }
    }
    let total = status.entries.values.reduce(0, +)
    var lines = [
      "\(paint.bold("staled")) \(status.version) is \(status.state) \(Display.safe(status.workspace))",
      "  since      \(Timestamp.local(status.started))  (pid \(status.pid))",
      "  entries    \(total)" + (states.isEmpty ? "" : ": " + states.joined(separator: ", ")),
      "  resources  \(status.resources)  (\(Display.count(status.watches, "kernel watch", "kernel watches")))",
      "  clock      \(Display.safe(status.clock))",
    ]
    if status.manifest.ok {
      lines.append("  manifest   ok")
    } else {
      let trouble = status.manifest.lastGood == true ? "broken" : "not all of it is carried out"
      let rest = status.manifest.lastGood == true ? "; the last good one is in force" : ""
      lines.append("  manifest   \(paint.error(trouble))\(rest)")
      lines += (status.manifest.problems ?? []).map { "    \(Display.safe($0))" }
    }
    if status.degraded.isEmpty {
      lines.append("  health     good")
    } else {
      lines.append("  health     \(paint.warning("degraded"))")
      for item in status.degraded {
        lines.append("    \(Display.safe(item.what)): \(Display.safe(item.reason))")
        lines.append("      → \(Display.safe(item.remedy))")
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }
}
