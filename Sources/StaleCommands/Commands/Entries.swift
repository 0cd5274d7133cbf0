internal import ArgumentParser
internal import Freshness
internal import StaledAPI
internal import StaledClient

/// `stale check`
struct Check: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tells whether entries are fresh now.",
    discussion: """
      Every change made before the call is taken in first. Ends 0 if all entries are fresh, 1 if not.

      Examples:
        stale check build/app && echo "nothing to do"
        stale check -n build obj/util.o obj/main.o
        stale check -q app || make
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var namespace: NamespaceOption
  @Argument(help: "The entries.") var entry: [String]

  func execute(_ session: Session) async throws -> Int32 {
    let naming = try session.naming(entry, namespace: namespace.namespace)
    let names = try entry.map { try naming.entry($0).description }
    let reply = try await session.client().check(names)
    if global.json {
      try session.output.json(reply)
    } else if !global.quiet {
      let lines = reply.entries.map { entry in
        "\(Display.safe("\(entry.namespace)/\(entry.key)"))  \(session.paint.state(entry.state))\n"
      }
      try session.output.write(lines.joined())
    }
    return reply.entries.allSatisfy { $0.state == "fresh" } ? 0 : 1
  }
}

/// `stale list`
struct List: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists entries.",
    discussion: """
      In columns on a terminal; piped, a line each of name, state and cause, with tabs between them.

      Examples:
        stale list --state stale
        stale list --namespace build --tag object
        stale list --json | jq -r '.entries[].key'
      """)

  @OptionGroup var global: GlobalOptions
  @Option(name: [.customShort("n"), .long], help: "Only entries of this namespace.") var namespace: String?
  @Option(help: "Only entries with this tag.") var tag: String?
  @Option(
    help: "Only entries in this state: fresh, suspect, stale, expired or missing.", completion: .list(State.names))
  var state: String?

  func validate() throws {
    if let state, !State.names.contains(state) {
      throw ValidationError("There is no state '\(state)', only \(State.names.joined(separator: ", "))")
    }
  }

  func execute(_ session: Session) async throws -> Int32 {
    let client = try session.client()
    let filter = EntryFilter(namespace: namespace, tag: tag, state: state)
    var all: [Entry] = []
    var cursor: String?
    repeat {
      let page = try await client.entries(filter, cursor: cursor)
      all += page.entries
      cursor = page.next
    } while cursor != nil
    if global.json {
      try session.output.json(EntryPage(entries: all, next: nil))
    } else if session.output.isTerminal {
      try session.output.write(Self.columns(all, paint: session.paint))
    } else {
      try session.output.write(all.map { Self.fields($0).joined(separator: "\t") + "\n" }.joined())
    }
    return 0
  }

  static func fields(_ entry: Entry) -> [String] {
    [
      Display.safe("\(entry.namespace)/\(entry.key)"), entry.state,
      entry.state == "fresh" ? "" : entry.cause.map { Display.cause($0.cause) } ?? "",
    ]
  }

  static func columns(_ entries: [Entry], paint: Paint) -> String {
    let rows = entries.map(fields)
    let width = min(rows.map { $0[0].count }.max() ?? 0, 60)
    return rows.map { row in
      let name = row[0] + String(repeating: " ", count: max(0, width - row[0].count))
      let state = paint.state(row[1]) + String(repeating: " ", count: max(0, 7 - row[1].count))
      return (row[2].isEmpty ? "\(name)  \(paint.state(row[1]))" : "\(name)  \(state)  \(row[2])") + "\n"
    }.joined()
  }
}

extension State {
  static var names: [String] { allCases.map(\.rawValue) }
}

/// `stale why`
struct Why: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tells why an entry is not fresh.",
    discussion: """
      Shows the chain from the entry to the cause, with what changed on the way. Ends 0 if it could answer, 1 if there is no \
      such entry.

      Examples:
        stale why build/app
        stale why -n build obj/util.o --json
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var namespace: NamespaceOption
  @Argument(help: "The entry.") var entry: String

  func execute(_ session: Session) async throws -> Int32 {
    let name = try session.naming([entry], namespace: namespace.namespace).entry(entry)
    let reply = try await session.client().why(namespace: name.namespace, key: name.key)
    if global.json {
      try session.output.json(reply)
    } else {
      try session.output.write(WhyRenderer(paint: session.paint).text(of: reply))
    }
    return 0
  }
}

/// `stale delete`
struct Delete: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Forgets an entry: its value, tags and dependencies.",
    discussion: """
      Ends 1 if there is no such entry.

      Examples:
        stale delete build/app
        stale delete -n tool https://example.org/a/b
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var namespace: NamespaceOption
  @Argument(help: "The entry.") var entry: String

  func execute(_ session: Session) async throws -> Int32 {
    let name = try session.naming([entry], namespace: namespace.namespace).entry(entry)
    let reply = try await session.client().delete(namespace: name.namespace, key: name.key)
    if global.json {
      try session.output.json(reply)
    } else if !global.quiet {
      try session.output.line("deleted \(Display.safe("\(name)"))")
    }
    return reply.deleted ? 0 : 1
  }
}
