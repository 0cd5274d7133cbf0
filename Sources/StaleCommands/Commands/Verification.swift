internal import ArgumentParser
internal import Freshness
internal import StaledAPI
internal import StaledClient

/// `stale verify`
struct Verify: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Proves fresh entries again, by a look at everything they rest on.",
    discussion: """
      Every file is read, every directory listed, every stored value compared with its digest, as if no event had ever come; \
      all fresh entries are verified if none is named. What is found wrong is told with its evidence, written to the log as \
      an error, and what rests on it is not fresh any more.

      Ends 0 if everything is as it was taken to be; 1 if not, if something could not be looked at, or if an entry that was \
      named is not fresh.

      The agent does the same by itself, a little after each batch and each sync: see verified and violations in "stale stats".

      Examples:
        stale verify
        stale verify --sample 100
        stale verify build/app
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var namespace: NamespaceOption
  @Option(help: ArgumentHelp("Only so many entries, drawn at random.", valueName: "n")) var sample: Int?
  @Argument(help: "The entries; all that are fresh, if none is named.") var entry: [String] = []

  func validate() throws {
    if let sample, sample < 1 {
      throw ValidationError("--sample says how many entries to verify, at least 1, not \(sample)")
    }
    if namespace.namespace != nil, entry.isEmpty {
      throw ValidationError("-n says how to read ENTRY, and none is named")
    }
  }

  func execute(_ session: Session) async throws -> Int32 {
    let naming = try session.naming(entry, namespace: namespace.namespace)
    let names = try entry.map { try naming.entry($0).description }
    var progress = Progress(session, "verified")
    let reply = try await session.client().verify(names.isEmpty ? nil : names, sample: sample) {
      progress.show($0.verified, of: $0.of)
    }
    progress.clear()
    if global.json {
      try session.output.json(reply)
    } else {
      try session.output.write(Self.text(of: reply, paint: session.paint, isQuiet: global.quiet))
    }
    for name in reply.notFresh ?? [] {
      session.warn("\(Display.safe(name)) is not fresh: there is nothing to verify")
    }
    for id in reply.unverified ?? [] { session.warn("\(Display.id(id)) could not be looked at just now") }
    let isProven = reply.violations?.isEmpty == true && reply.unverified == nil && reply.notFresh?.isEmpty != false
    return isProven ? 0 : 1
  }

  static func text(of reply: VerifyReply, paint: Paint, isQuiet: Bool) -> String {
    let entries = Display.count(reply.entries, "fresh entry", "fresh entries")
    let looks = Display.count(reply.of, "resource")
    guard let violations = reply.violations, !violations.isEmpty else {
      if let unverified = reply.unverified {
        return isQuiet ? "" : "\(entries), resting on \(looks): \(unverified.count) could not be looked at\n"
      }
      return isQuiet ? "" : "\(entries), resting on \(looks): all is as it was taken to be\n"
    }
    var lines: [String] = []
    for violation in violations {
      let change = Display.change(from: violation.expected, to: violation.found) ?? ""
      lines.append("\(paint.error("wrong")) \(Display.id(violation.id))  \(change)")
      lines += violation.entries.map { "  was served as fresh: \(Display.safe($0))" }
    }
    if !isQuiet {
      lines.append("\(entries), resting on \(looks): \(violations.count) \(violations.count == 1 ? "is" : "are") wrong")
    }
    return lines.map { $0 + "\n" }.joined()
  }
}
