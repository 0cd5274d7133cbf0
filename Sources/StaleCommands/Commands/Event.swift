internal import ArgumentParser
internal import StaledAPI
internal import StaledClient

/// `stale event`
struct Event: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Triggers an event that staled.json declares.",
    discussion: """
      What the event's handlers name is invalidated, and programs that subscribe to it hear of it. Ends 1 if there is no such \
      event, 4 if its parameters do not fit.

      Examples:
        stale event deploy
        stale event user_logout user_id=123
        stale event deploy --json | jq .handlers
      """)

  @OptionGroup var global: GlobalOptions
  @Argument(help: "The event.") var name: String
  @Argument(help: ArgumentHelp("Its parameters, name=value each.", valueName: "parameter")) var parameter: [String] = []

  func validate() throws { _ = try Self.values(of: parameter) }

  func execute(_ session: Session) async throws -> Int32 {
    let reply = try await session.client().trigger(name, parameters: try Self.values(of: parameter))
    if global.json {
      try session.output.json(reply)
    } else if !global.quiet {
      try session.output.write(ReachedRenderer(paint: session.paint).text(of: reply.invalidated, dryRun: false))
      let who = [
        Display.count(reply.handlers, "handler"),
        reply.subscribers == 0 ? nil : Display.count(reply.subscribers, "subscriber"),
      ].compactMap { $0 }
      try session.output.line(session.paint.dim("\(Display.safe(name)): \(who.joined(separator: ", "))"))
    }
    return 0
  }

  static func values(of words: [String]) throws -> [String: String] {
    var values: [String: String] = [:]
    for word in words {
      guard let cut = word.firstIndex(of: "="), cut > word.startIndex else {
        throw ValidationError("A parameter is name=value, not '\(word)'")
      }
      let name = String(word[..<cut])
      guard values.updateValue(String(word[word.index(after: cut)...]), forKey: name) == nil else {
        throw ValidationError("The parameter '\(name)' is there twice")
      }
    }
    return values
  }
}
