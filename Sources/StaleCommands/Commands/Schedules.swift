internal import ArgumentParser
internal import StaledAPI
internal import StaledClient

/// `stale schedules`
struct Schedules: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what is invalidated by itself, and when next.",
    discussion: """
      The schedules are in staled.json. A run that was missed while no agent was there is made up for, once, when it starts.

      Examples:
        stale schedules
        stale schedules --json | jq -r '.schedules[0].next'
      """)

  @OptionGroup var global: GlobalOptions

  func execute(_ session: Session) async throws -> Int32 {
    let reply = try await session.client().schedules()
    if global.json {
      try session.output.json(reply)
    } else {
      try session.output.write(Self.text(of: reply, paint: session.paint))
    }
    return 0
  }

  static func text(of reply: SchedulesReply, paint: Paint) -> String {
    if reply.schedules.isEmpty { return "staled.json has no schedules\n" }
    let width = reply.schedules.map(\.time.count).max() ?? 0
    return reply.schedules.map { schedule in
      let time = Display.safe(schedule.time)
      let pad = String(repeating: " ", count: max(0, width - time.count))
      let next = schedule.next.map { Timestamp.local($0) } ?? "never"
      return "\(next)  \(paint.bold(time))\(pad)  \(Display.safe(what(schedule.invalidate)))\n"
    }.joined()
  }

  private static func what(_ request: InvalidateRequest) -> String {
    func list(_ name: String, _ words: [String]?) -> String? {
      words.map { "\(name) \($0.joined(separator: ", "))" }
    }
    let parts = [
      request.all == true ? "everything" : nil, list("entries", request.keys), list("tags", request.tags),
      list("within", request.within), list("namespaces", request.namespaces), list("resources", request.resources),
      request.soft == true ? "(values are kept)" : nil,
    ]
    return parts.compactMap { $0 }.joined(separator: "; ")
  }
}
