/// Room: what exceeds the bounds of the store goes, the least useful first. It ends nobody: what rests on an entry rests on what it
/// stood for.
extension Engine {
  /// How many values there are, by namespace.
  public var valueTotals: [String: ValueTotals] { graph.values }

  /// The entries whose value went or was replaced since the last call.
  public mutating func takeDroppedValues() -> Set<EntryName> {
    defer { graph.droppedValues = [] }
    return graph.droppedValues
  }

  /// Lets go of values until those of a namespace (nil: of all) are within bounds; nil is no bound. First those that are not fresh,
  /// then those that were used least lately. An entry that nothing rests on and nobody declared goes with its value; one
  /// that something rests on goes with the last of that.
  ///
  /// A tenth more than has to is let go of, so that not each new value has to look for room.
  @discardableResult
  public mutating func evict(in namespace: String?, maxValues: Int?, maxBytes: Int?, because cause: String) -> Int {
    var totals = namespace.map { graph.values[$0] ?? ValueTotals() } ?? graph.allValues
    guard totals.count > maxValues ?? .max || totals.bytes > maxBytes ?? .max else { return 0 }
    let (count, bytes) = (maxValues.map { $0 - $0 / 10 } ?? .max, maxBytes.map { $0 - $0 / 10 } ?? .max)
    let members = namespace.map { graph.namespaces[$0] ?? [] } ?? Set(graph.namespaces.values.joined())
    // One that is too large by itself would push out everything else, and go then.
    let order = members.compactMap { id in
      graph[id].entry?.value.map { value in
        (
          rank: value.size > maxBytes ?? .max ? 0 : mayHold(id) ? 2 : 1,
          used: max(graph[id].used, graph[id].entry?.life.begun ?? 0), id: id
        )
      }
    }.sorted { ($0.rank, $0.used, $0.id) < ($1.rank, $1.used, $1.id) }
    var evicted = 0
    for (_, _, id) in order where totals.count > count || totals.bytes > bytes {
      let isWithin = totals.count <= maxValues ?? .max && totals.bytes <= maxBytes ?? .max
      // The last one is not let go of for more room than has to be.
      if isWithin, id == order.last?.id { break }
      guard case .entry(let name) = graph[id].name, let value = graph[id].entry?.value else { continue }
      totals.count -= 1
      totals.bytes -= value.size
      evicted += 1
      news.evicted.append(
        News.Evicted(
          name: name, was: graph[id].entry?.published ?? .missing, cause: cause,
          tags: graph[id].entry?.tags.map(\.name) ?? []))
      if graph[id].entry?.declared == false, graph[id].dependents.isEmpty, graph[id].holds == 0 {
        forgetEntry(id)
      } else {
        if !on(.evictionKeepsEdges) { graph.removeEdges(of: id) }
        graph.setValue(nil, of: id)
        graph[id].entry?.evicted = cause
        changedRecords.insert(id)
        schedule(id)
      }
    }
    return evicted
  }

  /// Whether an entry is fresh as far as was told: what is merely touched is no worth less than the rest.
  private func mayHold(_ id: NodeID) -> Bool {
    switch graph[id].state {
    case .fresh: true
    case .suspect: graph[id].entry?.published == .fresh
    default: false
    }
  }

  /// An entry whose value was evicted before goes as well, now that nothing rests on it.
  mutating func tellOfEviction(_ id: NodeID) {
    guard case .entry(let name) = graph[id].name, let entry = graph[id].entry, let cause = entry.evicted else { return }
    news.evicted.append(
      News.Evicted(
        name: name, was: entry.published, cause: cause, hadValue: false, tags: entry.tags.map(\.name)))
  }
}
