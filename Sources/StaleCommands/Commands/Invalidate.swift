internal import ArgumentParser
internal import Freshness
internal import StaledAPI
internal import StaledClient

/// `stale invalidate`
struct Invalidate: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes entries stale by hand.",
    discussion: """
      What is named is stale until it is made again; its dependents are suspect. --resource means the dependents of a \
      resource. Shows what was reached; ends 1 if nothing matched.

      Examples:
        stale invalidate build/app
        stale invalidate --tag config --dry-run
        stale invalidate --tag report --within tool
        stale invalidate --resource src/util.c --resource env:CC
        stale invalidate --namespace temp
      """)

  @OptionGroup var global: GlobalOptions
  @OptionGroup var namespaceOption: NamespaceOption
  @Argument(help: "Entries to make stale.") var entry: [String] = []
  @Option(help: "Entries with this tag.") var tag: [String] = []
  @Option(help: ArgumentHelp("With --tag: only entries of this namespace.", valueName: "namespace")) var within:
    [String] = []
  @Option(help: "Entries of this namespace.") var namespace: [String] = []
  @Option(help: ArgumentHelp("Dependents of this resource: a path, or an id.", valueName: "id")) var resource:
    [String] = []
  @Flag(help: "Every entry.") var all = false
  @Flag(help: "Keep the values, for those who take stale ones.") var soft = false
  @Flag(inversion: .prefixedNo, help: "Whether dependents become suspect; by default not for --namespace and --all.")
  var cascade: Bool?
  @Flag(help: "Change nothing, only tell.") var dryRun = false

  func validate() throws {
    if entry.isEmpty, tag.isEmpty, namespace.isEmpty, resource.isEmpty, !all {
      throw ValidationError("Nothing was named: give entries, --tag, --namespace, --resource or --all")
    }
    if tag.isEmpty, !within.isEmpty {
      throw ValidationError("--within narrows --tag, and no tag is named; a whole namespace is --namespace")
    }
  }

  func execute(_ session: Session) async throws -> Int32 {
    let naming = try session.naming(entry, namespace: namespaceOption.namespace)
    var request = InvalidateRequest()
    request.keys = entry.isEmpty ? nil : try entry.map { try naming.entry($0).description }
    request.tags = tag.isEmpty ? nil : tag
    request.within = within.isEmpty ? nil : within
    request.namespaces = namespace.isEmpty ? nil : namespace
    request.resources = resource.isEmpty ? nil : try resource.map { try naming.resource($0).description }
    request.all = all ? true : nil
    request.soft = soft ? true : nil
    request.cascade = cascade
    request.dryRun = dryRun ? true : nil
    let reply = try await session.client().invalidate(request)
    if global.json {
      try session.output.json(reply)
    } else if !global.quiet {
      try session.output.write(ReachedRenderer(paint: session.paint).text(of: reply, dryRun: dryRun))
    }
    return reply.matched > 0 ? 0 : 1
  }
}

/// `stale affected`
struct Affected: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what a change would invalidate, and changes nothing.",
    discussion: """
      Without an agent the answer comes from the manifest alone, for the files that are there. Ends 1 if nothing would be \
      reached.

      Examples:
        stale affected src/util.c
        stale affected $(git diff --name-only main)
        stale affected env:CC --json
      """)

  @OptionGroup var global: GlobalOptions
  @Argument(help: "Paths, or ids.", completion: .file()) var resource: [String]

  func execute(_ session: Session) async throws -> Int32 {
    let naming = try session.naming([])
    let ids = try resource.map { try naming.resource($0) }
    let reply: InvalidateReply
    do {
      reply = try await Self.affected(by: ids, session.client())
    } catch ClientError.noAgent {
      reply = try ManifestGraph(workspace: try session.workspace()).affected(by: ids)
    }
    if global.json {
      try session.output.json(reply)
    } else {
      try session.output.write(ReachedRenderer(paint: session.paint).text(of: reply, dryRun: true))
    }
    return reply.matched > 0 ? 0 : 1
  }
}

extension Affected {
  /// Whatever rests on `ids`, entries that are not fresh or were never made included, by the shortest way.
  private static func affected(by ids: [ResourceID], _ client: StaledClient) async throws -> InvalidateReply {
    _ = try await client.sync()
    var reached: [EntryName: Reached] = [:]
    for id in ids {
      for neighbour in try await client.dependents(of: id.description, transitive: true).entries {
        guard neighbour.id.hasPrefix("entry:"), let name = try? EntryName(neighbour.id.dropFirst(6)) else { continue }
        if let known = reached[name], known.depth <= neighbour.depth { continue }
        reached[name] = Reached(
          namespace: name.namespace, key: name.key, depth: neighbour.depth, via: neighbour.via)
      }
    }
    let entries = reached.sorted { ($0.value.depth, $0.key) < ($1.value.depth, $1.key) }.map(\.value)
    return InvalidateReply(
      seq: 0, invalidated: entries.count, matched: entries.count, entries: entries, truncated: false)
  }
}

/// What a call reached, as a tree.
struct ReachedRenderer {
  let paint: Paint

  func text(of reply: InvalidateReply, dryRun: Bool) -> String {
    let ids = reply.entries.map { "entry:\($0.namespace)/\($0.key)" }
    var position: [String: Int] = [:]
    for (index, id) in ids.enumerated() where position[id] == nil { position[id] = index }
    // What no entry stands for in the reply, but entries were reached through, is shown as a line of its own.
    var origins: [String] = []
    var origin: [String: Int] = [:]
    for (index, entry) in reply.entries.enumerated() {
      guard entry.depth > 0, entry.via != ids[index] else { continue }
      let isBelow = position[entry.via].map { reply.entries[$0].depth < entry.depth } ?? false
      if !isBelow, origin[entry.via] == nil {
        origin[entry.via] = origins.count
        origins.append(entry.via)
      }
    }
    let rows = Tree.rows(count: origins.count + ids.count) { node in
      guard node >= origins.count else { return nil }
      let entry = reply.entries[node - origins.count]
      guard entry.depth > 0, entry.via != ids[node - origins.count] else { return nil }
      if let parent = position[entry.via], reply.entries[parent].depth < entry.depth { return origins.count + parent }
      return origin[entry.via]
    } text: { node in
      node < origins.count ? paint.bold(Display.cause(origins[node])) : Display.id(ids[node - origins.count])
    }
    var lines: [String] = []
    // Every top stands at the margin, with its own tree below it.
    var below: [Tree.Row] = []
    for row in rows {
      if row.level == 1 {
        lines += Tree.lines(below)
        below = []
        lines.append(row.text)
      } else {
        below.append(Tree.Row(row.level - 1, row.text))
      }
    }
    lines += Tree.lines(below)
    if reply.truncated { lines.append("…") }
    let verb = dryRun ? "would be invalidated" : "invalidated"
    lines.append(paint.dim("\(reply.invalidated) of \(reply.matched) matched \(verb)"))
    return lines.map { $0 + "\n" }.joined()
  }
}
