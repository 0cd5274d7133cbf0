/// Figures that advice rests on.
public struct Survey: Sendable {
  /// Entries of a namespace that have something in common.
  public struct Group: Hashable, Sendable {
    public var namespace: String
    public var count: Int
    /// Some of them.
    public var examples: [EntryName]
  }

  public var entries = 0
  public var taggedEntries = 0
  /// The most frequent, with how many entries bear each.
  public var tags: [(name: String, entries: Int)] = []
  /// Made from nothing, and no time ends them: no change does either.
  public var unfounded: [Group] = []
  /// With a value that was not served since the engine began.
  public var neverHit: [Group] = []
}

extension Engine {
  /// Looks at every entry.
  public func survey(examples: Int = 5, tags: Int = 50) -> Survey {
    var survey = Survey()
    var unfounded: [String: [EntryName]] = [:], neverHit: [String: [EntryName]] = [:]
    for id in graph.all {
      guard case .entry(let name) = graph[id].name, let entry = graph[id].entry, isKnown(id) else { continue }
      survey.entries += 1
      if !entry.tags.isEmpty { survey.taggedEntries += 1 }
      guard entry.made else { continue }
      if graph[id].edges.isEmpty, entry.strategy.followsDependencies, end(of: id) == nil, entry.life.expired == nil {
        unfounded[name.namespace, default: []].append(name)
      }
      if entry.value != nil, graph[id].hits == 0 { neverHit[name.namespace, default: []].append(name) }
    }
    func groups(_ names: [String: [EntryName]]) -> [Survey.Group] {
      names.sorted { $0.key < $1.key }.map {
        Survey.Group(namespace: $0.key, count: $0.value.count, examples: Array($0.value.sorted().prefix(examples)))
      }
    }
    (survey.unfounded, survey.neverHit) = (groups(unfounded), groups(neverHit))
    survey.tags = graph.tagged.map { ($0.key, $0.value.count) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }.prefix(tags)
      .map { (name: $0.0, entries: $0.1) }
    return survey
  }
}
