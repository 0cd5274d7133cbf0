internal import ArgumentParser
internal import Freshness
internal import StaledAPI
internal import StaledClient

/// `stale warm`
struct Warm: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes what is not fresh, by its refresh command.",
    discussion: """
      Entries are made in the order of their dependencies, several at a time; one that is fresh is left alone. Without \
      options all that have a command are meant; of several options an entry has to fit all, of several namespaces or tags \
      one. --hot takes the keys that are asked for most, see "stale stats".

      A refresh command may call it: its place is free for others meanwhile.

      Ends 0 if everything that is meant is fresh now; 1 if something could not be made, with its reason, or has no refresh \
      command.

      Examples:
        stale warm
        stale warm --namespace build --tag object
        stale warm --hot 20
      """)

  @OptionGroup var global: GlobalOptions
  @Option(
    name: [.customShort("n"), .long],
    help: ArgumentHelp("Only entries of this namespace; may be repeated.", valueName: "ns"))
  var namespace: [String] = []
  @Option(help: "Only entries with this tag; may be repeated.") var tag: [String] = []
  @Option(help: ArgumentHelp("Only so many of the hottest keys.", valueName: "n")) var hot: Int?

  func validate() throws {
    if let hot, hot < 1 { throw ValidationError("--hot says how many of the hottest keys, at least 1, not \(hot)") }
  }

  func execute(_ session: Session) async throws -> Int32 {
    // What the agent tells its commands.
    let isWithin = try Files.environment("STALED_WORKSPACE") == "\(session.workspace().root)"
    let request = WarmRequest(
      namespaces: namespace.isEmpty ? nil : namespace, tags: tag.isEmpty ? nil : tag, hot: hot,
      within: isWithin ? Files.environment("STALED_ID") : nil)
    var progress = Progress(session, "warming")
    // The line goes before anything else is said, an error too.
    defer { progress.clear() }
    let reply = try await session.client().warm(request) { progress.show($0.done, of: $0.of) }
    progress.clear()
    if global.json {
      try session.output.json(reply)
    } else {
      try session.output.write(Self.text(of: reply, paint: session.paint, isQuiet: global.quiet))
    }
    for name in reply.unable ?? [] { session.warn("\(Display.safe(name)) is not fresh, and has no refresh command") }
    let isNothing = reply.matched == 0 && !(namespace.isEmpty && tag.isEmpty && hot == nil)
    return reply.failed?.isEmpty == true && reply.unable?.isEmpty != false && !isNothing ? 0 : 1
  }

  static func text(of reply: WarmReply, paint: Paint, isQuiet: Bool) -> String {
    let failed = reply.failed ?? []
    var lines = failed.map { "\(paint.error("failed")) \(Display.safe($0.entry))  \(Display.lines($0.reason))" }
    if !isQuiet {
      let made = max(reply.done - failed.count, 0)
      if reply.of == 0 {
        let nothing = reply.matched == 0 ? "nothing matched" : "everything is fresh"
        lines.append(reply.unable?.isEmpty == false ? "nothing could be made" : nothing)
      } else {
        let rest = reply.of - made
        lines.append(
          Display.count(made, "entry", "entries") + " made" + (rest == 0 ? "" : ", \(rest) could not be made"))
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }
}
