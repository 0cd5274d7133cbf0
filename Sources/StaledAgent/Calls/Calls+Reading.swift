internal import Freshness
internal import Paths
internal import StaledAPI
internal import Store
internal import Watching

extension Agent {
  /// The states of entries, proven: a barrier, then whatever they rest on is looked at, until all of it was true together.
  func prove(_ names: [EntryName]) async throws(Problem) -> [Standing] {
    var patience = Patience()
    await glance(at: names)
    while true {
      let begun = try await pass()
      var standings: [Standing] = []
      var leaves: Set<Leaf> = []
      var again = false
      for name in names {
        switch engine.get(name, begun: begun) {
        case .answer(let standing): standings.append(standing)
        case .again where patience.isOver && engine.standing(of: name).state != .fresh:
          // Something below is being written all the time: that it is not fresh is true, and no reason to wait for ever.
          standings.append(engine.standing(of: name))
        case .again(let look):
          again = true
          leaves.formUnion(look)
        }
      }
      if !again {
        // Reading goes on though the disk is full; `status` tells.
        _ = try? await record()
        return standings
      }
      patience.use(await look(at: Array(leaves)))
    }
  }

  /// So many files are glanced at for a question.
  private static let mostGlances = 1024

  /// Compares what `stat` says of the files that entries rest on with what it said when they were read: some writes no event
  /// tells of (through a hard link made later, by a descriptor whose name is gone, by asynchronous I/O), and whoever asks for
  /// few files can have them looked at.
  private func glance(at names: [EntryName]) async {
    let known = engine.stats(below: names, limit: Self.mostGlances)
    guard !known.isEmpty, let watcher else { return }
    let found = await looker.glance(at: known, remote: settings.remote)
    // Some may have been let go meanwhile.
    let differing = found.filter { engine.isTracked(.file($0)) }
    if differing.isEmpty { return }
    // One with a second link gets a watch of its own.
    watcher.untrack(differing)
    _ = watcher.track(differing)
    written.formUnion(differing)
    engine.touch(differing.map(Touch.content))
    settle()
  }

  /// Begins a pass: all that was queued before it is taken in. Its moment is what looks are compared with.
  func pass() async throws(Problem) -> LSN {
    guard let begun = await barrier(), !Task.isCancelled else { throw .stopping }
    await takeInDeclarations()
    _ = tick()
    return begun
  }

  /// `GET /v1/cache/{ns}/{key}`
  func read(_ name: EntryName, sync: Bool, allowStale: Bool) async throws(Problem) -> CacheRead {
    while true {
      _ = tick()
      let standing = sync ? try await prove([name])[0] : engine.standing(of: name)
      guard let value = standing.value, standing.state == .fresh || allowStale else {
        statistics.noteMiss(name, at: clockNow)
        return .miss(state: standing.state.rawValue, kept: standing.value != nil, lease: await takeLease())
      }
      if let body = try await self.value(of: name, value) {
        let digest = standing.digest?.description ?? ""
        guard standing.state == .fresh else {
          statistics.noteMiss(name, at: clockNow)
          return .stale(body, state: standing.state.rawValue, digest: digest)
        }
        statistics.noteHit(name, at: clockNow)
        noteUse(of: name)
        return .hit(body, state: standing.state.rawValue, digest: digest)
      }
      let now = engine.standing(of: name)
      if now.value?.digest == value.digest {
        // It is lost.
        statistics.noteMiss(name, at: clockNow)
        return .miss(state: now.state.rawValue, kept: false, lease: await takeLease())
      }
      // Another one took its place while it was being read.
    }
  }

  /// `POST /v1/sync`
  func sync() async throws(Problem) -> SyncReply {
    guard await syncAll() else { throw .stopping }
    return SyncReply(clock: clock)
  }

  /// `POST /v1/check`
  func check(_ names: [EntryName]) async throws(Problem) -> CheckReply {
    let standings = try await prove(names)
    for (name, standing) in zip(names, standings) {
      statistics.noteAccess(name, isHit: standing.state == .fresh, at: clockNow)
      if standing.state == .fresh { noteUse(of: name) }
    }
    return CheckReply(
      entries: zip(names, standings).map { name, standing in
        var entry =
          engine.entry(name).map { describe($0, edges: false) }
          ?? Entry(
            namespace: name.namespace, key: name.key, state: standing.state.rawValue, since: nil, cause: nil,
            dependencies: nil, outputs: nil, tags: [], digest: nil, size: nil, hits: 0, declared: false)
        // As it was proven: what was touched while that was being written down came after the call.
        entry.state = standing.state.rawValue
        return entry
      })
  }

  /// `GET /v1/entries/{ns}/{key}`
  func entry(_ name: EntryName, sync: Bool) async throws(Problem) -> Entry? {
    if sync { _ = try await prove([name]) }
    return engine.entry(name).map { describe($0, edges: true) }
  }

  /// `GET /v1/entries`
  func entries(_ query: EntryQuery) async throws(Problem) -> EntryPage {
    var state: Freshness.State?
    if let text = query.state {
      guard let known = Freshness.State(rawValue: text) else {
        throw Problem(
          "bad-state", title: "No such state", status: 422,
          detail: "\"\(text)\" is not one of \(Freshness.State.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      state = known
    }
    var after: EntryName?
    if let cursor = query.cursor {
      do throws(IDError) { after = try EntryName(cursor) } catch {
        throw Problem(
          "bad-cursor", title: "Not a cursor", status: 422, detail: "use the `next` of the page before: \(error)")
      }
    }
    let found = engine.entries(
      namespace: query.namespace, tag: query.tag, state: state, prefix: query.prefix, after: after,
      limit: query.limit + 1)
    let page = found.prefix(query.limit)
    return EntryPage(
      entries: page.map { describe($0, edges: false) },
      next: found.count > query.limit ? page.last?.name.description : nil)
  }

  /// `GET /v1/why/{ns}/{key}`
  func why(_ name: EntryName, sync: Bool) async throws(Problem) -> WhyReply? {
    if sync { _ = try await prove([name]) }
    guard let view = engine.entry(name), let chain = engine.why(name) else { return nil }
    return WhyReply(
      namespace: name.namespace, key: name.key, state: view.standing.state.rawValue, since: SystemTime.text(view.since),
      cause: view.standing.cause.map(Cause.init),
      chain: chain.map { link in
        WhyReply.Link(
          id: link.id.description, state: link.state?.rawValue, observed: link.observed?.description,
          current: link.current.description, proven: link.isProven)
      })
  }

  private func describe(_ view: EntryView, edges: Bool) -> Entry {
    func shown(_ edges: some Sequence<EntryView.Dependency>) -> [Entry.Dependency] {
      edges.map { edge in
        Entry.Dependency(
          id: edge.id.description, observed: edge.observed == .unknown ? nil : edge.observed.description,
          current: edge.current.description, proven: edge.isProven)
      }
    }
    let standing = view.standing
    var entry = Entry(
      namespace: view.name.namespace, key: view.name.key, state: standing.state.rawValue,
      since: view.since == 0 ? nil : SystemTime.text(view.since), cause: standing.cause.map(Cause.init),
      dependencies: edges ? shown(view.dependencies.filter { !$0.roles.contains(.output) }) : nil,
      outputs: edges ? shown(view.dependencies.filter { $0.roles.contains(.output) }) : nil,
      tags: view.tags.map(\.name), digest: standing.digest?.description, size: standing.value?.size,
      hits: view.hits, declared: view.declared)
    entry.strategy = view.strategy.rawValue
    if case .limited(let ttl) = view.ttl { entry.ttl = Double(ttl) / 1e9 }
    // As the wall clock will show it, unless it is set.
    entry.expires = view.ends.map { SystemTime.text(SystemTime.wall() + ($0 - clockNow)) }
    return entry
  }
}

extension Cause {
  init(_ record: CauseRecord) {
    self.init(
      cause: record.cause, via: record.via.description, depth: record.depth, from: record.from?.description,
      to: record.to?.description, time: SystemTime.text(record.time))
  }
}
