internal import ArgumentParser
internal import Freshness
internal import StaledAPI
internal import StaledClient

/// `stale tag`
struct TagCommand: StaleCommand {
  static let configuration = CommandConfiguration(
    commandName: "tag",
    abstract: "Adds tags to an entry.",
    discussion: """
      The entry has to be known. A tag that it has already is left as it is. Ends 1 if there is no such entry.

      Examples:
        stale tag build/app release nightly
        stale tag -n tool https://example.org/a/b web
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var namespace: NamespaceOption
  @Argument(help: "The entry.") var entry: String
  @Argument(help: "The tags.") var tag: [String]

  func execute(_ session: Session) async throws -> Int32 {
    try await session.amend(entry, namespace.namespace) { _ in AmendRequest(addTags: tag) }
    return 0
  }
}

/// `stale untag`
struct Untag: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Takes tags from an entry.",
    discussion: """
      A tag that staled.json declares is taken out there. Ends 1 if there is no such entry.

      Example:
        stale untag build/app nightly
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var namespace: NamespaceOption
  @Argument(help: "The entry.") var entry: String
  @Argument(help: "The tags.") var tag: [String]

  func execute(_ session: Session) async throws -> Int32 {
    try await session.amend(entry, namespace.namespace) { _ in AmendRequest(removeTags: tag) }
    return 0
  }
}

/// `stale depend`
struct Depend: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Adds dependencies to an entry.",
    discussion: """
      You vouch that the entry was made from what is there now. Ends 1 if there is no such entry, 4 if it would depend on \
      itself.

      Examples:
        stale depend build/app src/main.c entry:build/obj/util.o
        stale depend report config:app
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var namespace: NamespaceOption
  @Argument(help: "The entry.") var entry: String
  @Argument(help: "What it depends on: paths, or ids.") var id: [String]

  func execute(_ session: Session) async throws -> Int32 {
    try await session.amend(entry, namespace.namespace) { naming in
      AmendRequest(addDependencies: try id.map { try naming.dependency($0) })
    }
    return 0
  }
}

/// `stale undepend`
struct Undepend: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Takes dependencies from an entry.",
    discussion: """
      What staled.json declares is taken out there. Ends 1 if there is no such entry.

      Example:
        stale undepend build/app src/old.c
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var namespace: NamespaceOption
  @Argument(help: "The entry.") var entry: String
  @Argument(help: "What it depends on no more: paths, or ids.") var id: [String]

  func execute(_ session: Session) async throws -> Int32 {
    try await session.amend(entry, namespace.namespace) { naming in
      AmendRequest(removeDependencies: try id.map { try naming.dependency($0) })
    }
    return 0
  }
}

/// `stale ttl`
struct TTLCommand: StaleCommand {
  static let configuration = CommandConfiguration(
    commandName: "ttl",
    abstract: "Says how long an entry lives from now on.",
    discussion: """
      An entry that expired is not brought back. Ends 1 if there is no such entry, 4 if time does not end entries of its \
      strategy.

      Examples:
        stale ttl tool/report 10m
        stale ttl tool/report never
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var namespace: NamespaceOption
  @Argument(help: "The entry.") var entry: String
  @Argument(help: "90s, 10m, 1h30m, 1d, a number of seconds, or never.") var duration: String

  func execute(_ session: Session) async throws -> Int32 {
    try TimeToLive.check(duration, named: "DURATION")
    let reply = try await session.amend(entry, namespace.namespace) { _ in AmendRequest(ttl: DurationText(duration)) }
    // Unless that is what was asked for.
    guard reply.entry.state == "expired", Double(duration) != 0 else { return 0 }
    throw Failure(
      "\(Display.safe("\(reply.entry.namespace)/\(reply.entry.key)")) had expired already, and is not brought back.",
      remedy: "Make it again; it lives from then.", status: .no)
  }
}

extension Session {
  @discardableResult
  fileprivate func amend(
    _ entry: String, _ namespace: String?, _ amendment: (Naming) throws -> AmendRequest
  ) async throws -> AmendReply {
    let naming = try naming([entry], namespace: namespace)
    let name = try naming.entry(entry)
    let request = try amendment(naming)
    let reply = try await client().amend(namespace: name.namespace, key: name.key, request)
    warn(unknown: reply.unknown ?? [])
    if global.json {
      try output.json(reply)
    } else if !global.quiet {
      try output.line("\(Display.safe("\(name)"))  \(paint.state(reply.entry.state))")
    }
    return reply
  }
}
