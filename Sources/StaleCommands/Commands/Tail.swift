internal import ArgumentParser
internal import StaledAPI
internal import StaledClient

/// `stale tail`
struct Tail: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the invalidation log, a cause at a time.",
    discussion: """
      Reads the log's files, so it works without an agent too, and with -f goes on when one is started again. -n counts \
      records; --json prints them as they are, a line each.

      Examples:
        stale tail -f
        stale tail -n 100 --type invalidated
        stale tail --since 4711 --json | jq -r .key
        stale tail -f --json --name user_logout
      """)

  @OptionGroup var global: GlobalOptions
  @Flag(name: .shortAndLong, help: "Go on with records as they are written.") var follow = false

  @Option(
    name: [.customShort("n"), .customLong("lines")],
    help: ArgumentHelp("The last so many records; 10 unless --since is given.", valueName: "n"))
  var count: Int?

  @Option(help: ArgumentHelp("Only records behind this one.", valueName: "seq")) var since: UInt64?
  @Option(
    help: "Only records of this type; may be repeated.", completion: .list(LogRecord.Kind.allCases.map(\.rawValue)),
    transform: Self.kind)
  var type: [LogRecord.Kind] = []
  @Option(help: "Only the events of this name; may be repeated.") var name: [String] = []

  static func kind(_ name: String) throws -> LogRecord.Kind {
    guard let kind = LogRecord.Kind(rawValue: name) else {
      let known = LogRecord.Kind.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("There is no type '\(name)', only \(known)")
    }
    return kind
  }

  func validate() throws {
    if let count, count < 0 { throw ValidationError("-n counts records: it cannot be \(count)") }
  }

  func execute(_ session: Session) async throws -> Int32 {
    let files = LogFiles(stateDirectory: try session.workspace().location.stateDirectory)
    if !follow, !files.exist {
      throw Failure("There is no log here yet.", remedy: "\"stale start\" begins one.", status: .no)
    }
    // Read first: what the filter leaves out is not to be read again.
    let newest = files.lines(LogFiles.Wanted(last: 1)).last?.record.seq ?? 0
    var since = since
    if let asked = since, asked > newest {
      // As over HTTP.
      session.warn("the log ends at \(newest): \(asked) belongs to another one, so all of this one is shown")
      since = 0
    }
    let wanted = LogFiles.Wanted(
      since: since, last: count ?? (since == nil ? 10 : nil), types: Set(type), names: Set(name))
    let lines = global.json ? files.lines(wanted) : files.wholeBatches(wanted)
    try print(lines, session)
    guard follow else { return 0 }
    var follower = try LogFollower(files, after: max(newest, lines.last?.record.seq ?? 0, since ?? 0))
    try follower.watch()
    while true {
      try print(follower.next(wholeBatches: !global.json).filter { wanted.includes($0.record) }, session)
    }
  }

  private func print(_ lines: [LoggedLine], _ session: Session) throws {
    if lines.isEmpty { return }
    if global.json {
      try session.output.write(lines.flatMap { $0.bytes + [UInt8(ascii: "\n")] })
    } else {
      try session.output.write(LogRenderer(paint: session.paint).text(of: lines.map(\.record)))
    }
  }
}
