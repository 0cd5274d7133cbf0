extension Engine {
  /// What the log is to say of everything confirmed since the last call: looks that showed something else, calls, entries
  /// that were made. What is merely touched is not confirmed, and not told.
  ///
  /// To be called before `takeRecords`, so that states and the log commit together.
  public mutating func endBatch() -> Batch {
    expireLeases()
    var batch = Batch()
    var news = self.news
    self.news = News()
    batch.calls = news.calls
    for (id, change) in news.changes where change.to == .unknown && isYetToBeKnown(id) {
      // That it was gone is told now.
      if change.from == .absent { news.changes[id] = nil }
      self.news.changes[id] = News.Change(
        from: .absent, to: .unknown, before: .absent, isTold: change.isTold, through: change.through)
    }
    let (sources, quiet, reverted) = tell(news, in: &batch)

    let reached = Walk(Array(sources.prefix(sources.count - quiet)), in: graph)
    var matched = Set(
      reached.steps.lazy.filter { [graph] step in
        // That something was made is no news for what was never made itself.
        graph[step.node].entry.map { $0.made || !sources[step.source].isReplaced } ?? false
      }.map(\.node)
    ).count
    for ended in news.ended {
      guard let was = ended.deleted else { continue }
      let known = graph.node(.entry(ended.name)).map { id in reached.steps.contains { $0.node == id } } ?? false
      if !known { matched += 1 }
      batch.outcomes.append(
        Batch.Outcome(
          kind: .invalidated, name: ended.name, state: .missing, was: was, cause: ended.cause, via: ended.via, depth: 0,
          tags: ended.tags))
    }
    batch.matched = matched
    for (name, step) in reached.entries(in: graph) {
      guard let entry = graph[step.node].entry, !entry.made, entry.declared, !sources[step.source].isReplaced else {
        continue
      }
      batch.outcomes.append(outcome(.reached, name, .missing, was: .missing, step, sources[step.source]))
    }

    var undone = reverted
    let worse = Walk(sources, in: graph, passes: shows)
    for (name, step) in worse.entries(in: graph) where graph[step.node].isMade {
      let source = sources[step.source]
      let state = graph[step.node].state
      guard let published = graph[step.node].entry?.published else { continue }
      if state > published {
        batch.outcomes.append(outcome(.invalidated, name, state, was: published, step, source))
        if let change = undone.removeValue(forKey: step.source) { batch.changes.append(change) }
        publish(step.node, state, because: cause(step, source))
      } else if state != .fresh, !causeHolds(step.node) {
        publish(step.node, published, because: cause(step, source))
      }
    }

    batch.changes.sort { "\($0.resource)" < "\($1.resource)" }

    // Unless it was made again meanwhile.
    for expired in news.expired where state(of: expired.name) == .expired {
      batch.outcomes.append(
        Batch.Outcome(
          kind: .expired, name: expired.name, state: .expired, was: expired.was, cause: expired.cause.cause,
          via: expired.cause.via, depth: 0, isUnchanged: expired.isUnchanged))
    }
    for evicted in news.evicted {
      let entry = graph.node(.entry(evicted.name)).flatMap { graph[$0].entry }
      let told = entry.flatMap { $0.made ? $0.published : nil } ?? .missing
      batch.outcomes.append(
        Batch.Outcome(
          kind: .evicted, name: evicted.name, state: told, was: evicted.was, cause: evicted.cause,
          via: .entry(evicted.name), depth: 0, hadValue: evicted.hadValue, tags: evicted.tags))
    }

    for id in news.settled.sorted() where graph.contains(id) {
      guard case .entry(let name) = graph[id].name, let entry = graph[id].entry, entry.made,
        graph[id].state > entry.published, let cause = liveCause(of: id)
      else { continue }
      batch.outcomes.append(
        Batch.Outcome(
          kind: .invalidated, name: name, state: graph[id].state, was: entry.published, cause: cause.cause,
          via: cause.via, depth: cause.depth, from: cause.from, to: cause.to))
      publish(id, graph[id].state, because: cause)
    }
    for id in news.freshened.sorted() where graph.contains(id) {
      guard case .entry(let name) = graph[id].name, let entry = graph[id].entry, entry.made,
        entry.published != .fresh, graph[id].state == .fresh
      else { continue }
      batch.outcomes.append(
        Batch.Outcome(
          kind: .revalidated, name: name, state: .fresh, was: entry.published,
          cause: entry.cause?.cause ?? "\(graph[id].name)", via: entry.cause?.via ?? graph[id].name,
          depth: entry.cause?.depth ?? 0, from: entry.cause?.from, to: entry.cause?.to))
      publish(id, .fresh, because: nil)
    }
    batch.outcomes.sort { ($0.depth, $0.name, $0.kind.rawValue) < ($1.depth, $1.name, $1.kind.rawValue) }
    return batch
  }

  /// Lets go of news of what was not there at the last batch, is not there now, and concerns nobody. To be called when
  /// batches cannot be ended for long.
  public mutating func forgetWhatCameAndWent() {
    for (id, change) in news.changes where change.from == .absent && change.to == .absent && graph.node(id) == nil {
      news.changes[id] = nil
    }
  }

  /// Whether it is not known yet what came with a listing: it has not been looked at, or a rule is yet to declare it. It is told
  /// when that is known.
  private func isYetToBeKnown(_ id: ResourceID) -> Bool {
    if let node = graph.node(id) { return graph[node].fingerprint == .unknown }
    guard case .file(let path) = id else { return false }
    return isMatch(path)
  }

  /// Notes the changes, and gives the sources of the walks. What changed and changed back comes last, with the change that
  /// is told only if an entry was made from what was there in between.
  private func tell(
    _ news: News, in batch: inout Batch
  ) -> (sources: [Walk.Source], quiet: Int, reverted: [Int: Batch.Change]) {
    var sources: [Walk.Source] = []
    var back: [(source: Walk.Source, change: Batch.Change)] = []
    var unchanged = news.unchanged
    for (id, change) in news.changes.sorted(by: { "\($0.key)" < "\($1.key)" }) {
      let node = graph.node(id)
      // What it holds now is the truth: a file that appeared is looked at after its glob, or later; one that was let go and
      // named again is looked at as if for the first time.
      let known = node.map { graph[$0].fingerprint } ?? .unknown
      let to = known != .unknown ? known : change.to == .unknown ? .absent : change.to
      if change.isTold, change.from == to {
        guard let node else { continue }
        unchanged.insert(node)
        // An entry may have been made from what was there in between.
        let between = change.before == to ? change.to : change.before
        if between == to || between == .unknown { continue }
        for through in change.through.sorted(by: { "\($0)" < "\($1)" }) {
          guard let start = graph.node(through) else { continue }
          back.append(
            (
              Walk.Source(node: start, cause: "\(id)", from: between, to: to),
              Batch.Change(resource: id, kind: Self.kind(between, to), from: between, to: to)
            ))
        }
        continue
      }
      if change.isTold {
        if let node { unchanged.remove(node) }
        batch.changes.append(
          Batch.Change(resource: id, kind: Self.kind(change.from, to), from: change.from, to: to))
      }
      for through in change.through.sorted(by: { "\($0)" < "\($1)" }) {
        guard let start = graph.node(through) else { continue }
        sources.append(
          Walk.Source(
            node: start, cause: "\(id)", from: change.isTold ? change.from : nil, to: change.isTold ? to : nil))
      }
    }
    batch.unchanged = unchanged.count
    for replaced in news.replaced {
      guard let node = graph.node(.entry(replaced.name)) else { continue }
      sources.append(
        Walk.Source(
          node: node, cause: "entry:\(replaced.name)", from: replaced.from, to: graph[node].fingerprint,
          isReplaced: true))
    }
    for ended in news.ended {
      guard let node = graph.node(.entry(ended.name)) else { continue }
      sources.append(
        Walk.Source(
          node: node, cause: ended.cause, depth: ended.deleted == nil ? ended.depth : nil, via: ended.via,
          cascades: ended.cascades, isCall: true, isTagged: ended.isTagged))
    }
    for (name, dependency) in news.declared {
      guard let node = graph.node(.entry(name)) else { continue }
      sources.append(Walk.Source(node: node, cause: "file:staled.json", depth: 1, via: dependency))
    }
    var reverted: [Int: Batch.Change] = [:]
    for (source, change) in back {
      reverted[sources.count] = change
      sources.append(source)
    }
    var quiet = back.count
    for name in news.redeclared {
      guard let node = graph.node(.entry(name)) else { continue }
      sources.append(Walk.Source(node: node, cause: "file:staled.json"))
      quiet += 1
    }
    return (sources, quiet, reverted)
  }

  private static func kind(_ from: Fingerprint, _ to: Fingerprint) -> Batch.Change.Kind {
    to == .absent ? .deleted : from == .absent ? .created : .modified
  }

  /// Whether what happened to a node really shows at a dependent: it is not proven any more, or stands for something
  /// else than was observed.
  private func shows(_ effect: Walk.Effect, _ edge: Edge, _ from: NodeID, _ to: NodeID) -> Bool {
    effect == .doubt || !graph[to].isMade || edge.observed == .unknown || edge.observed != graph[from].fingerprint
  }

  private func outcome(
    _ kind: Batch.Outcome.Kind, _ name: EntryName, _ state: State, was: State, _ step: Walk.Step,
    _ source: Walk.Source
  ) -> Batch.Outcome {
    Batch.Outcome(
      kind: kind, name: name, state: state, was: was, cause: source.cause, via: step.via, depth: step.depth,
      from: source.from, to: source.to, isTagged: source.isTagged && step.depth == 0)
  }

  private func cause(_ step: Walk.Step, _ source: Walk.Source) -> CauseRecord {
    CauseRecord(
      cause: source.cause, via: step.via, depth: step.depth, from: source.from, to: source.to, time: now)
  }

  /// What the log says of an entry from now on.
  mutating func publish(_ id: NodeID, _ state: State, because cause: CauseRecord?) {
    if graph[id].entry?.published != state { graph[id].entry?.since = now }
    graph[id].entry?.published = state
    graph[id].entry?.cause = cause
    changedRecords.insert(id)
  }

  /// Whether the cause that was told of an entry is still a reason: a cause once given must not be kept when it no longer
  /// holds.
  func causeHolds(_ id: NodeID) -> Bool {
    guard let entry = graph[id].entry, let cause = entry.cause else { return false }
    if entry.life.expired != nil { return cause.cause.hasPrefix("clock:") }
    if cause.via == graph[id].name || cause.cause.hasPrefix("call:") { return entry.forced }
    guard let via = graph.node(cause.via), let index = graph.edge(from: id, to: via) else { return entry.forced }
    if !entry.forced, graph[via].kind == .glob, cause.cause != "\(cause.via)", let from = cause.from,
      let file = try? ResourceID(parsing: cause.cause, in: context),
      graph.node(file).map({ graph[$0].fingerprint }) ?? .absent == from
    {
      // That member is as it was: another one is the reason now.
      return false
    }
    return entry.forced || isFault(graph[id].edges[index], of: id)
  }

  /// Whether an edge is a reason for its holder not to be fresh.
  func isFault(_ edge: Edge, of id: NodeID) -> Bool {
    graph[id].acts(on: edge)
      && (!graph[edge.to].isProven
        || graph[id].isMade && (edge.observed == .unknown || edge.observed != graph[edge.to].fingerprint))
  }
}
