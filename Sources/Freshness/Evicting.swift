/// Room: what exceeds the bounds of the store goes, the least useful first. It ends nobody: what rests on an entry rests on what it
/// stood for.
extension Engine {
  /// How many values there are, by namespace.
  public var valueTotals: [String: ValueTotals] { graph.values }

  /// Lets go of values until those of a namespace (nil: of all) are within bounds; nil is no bound. First those that are not fresh,
  /// then those that were used least lately. An entry that nothing rests on and nobody declared goes with its value.
  ///
  /// A tenth more than has to is let go of, so that not each new value has to look for room.
  @discardableResult
  public mutating func evict(in namespace: String?, maxValues: Int?, maxBytes: Int?, because cause: String) -> Int {
    var totals = ValueTotals()
    for (name, part) in graph.values where namespace == nil || name == namespace {
      totals.count += part.count
      totals.bytes += part.bytes
    }
    guard totals.count > maxValues ?? .max || totals.bytes > maxBytes ?? .max else { return 0 }
    let (count, bytes) = (maxValues.map { $0 - $0 / 10 } ?? .max, maxBytes.map { $0 - $0 / 10 } ?? .max)
    let members = namespace.map { graph.namespaces[$0] ?? [] } ?? Set(graph.namespaces.values.joined())
    let order = members.filter { graph[$0].entry?.value != nil }.map { id in
      (isFresh: graph[id].state == .fresh, used: max(graph[id].used, graph[id].entry?.life.begun ?? 0), id: id)
    }.sorted { ($0.isFresh ? 1 : 0, $0.used, $0.id) < ($1.isFresh ? 1 : 0, $1.used, $1.id) }
    var evicted = 0
    for (_, _, id) in order where totals.count > count || totals.bytes > bytes {
      guard case .entry(let name) = graph[id].name, let value = graph[id].entry?.value else { continue }
      totals.count -= 1
      totals.bytes -= value.size
      evicted += 1
      news.evicted.append(News.Evicted(name: name, was: graph[id].entry?.published ?? .missing, cause: cause))
      if graph[id].entry?.declared == false, graph[id].dependents.isEmpty {
        forgetEntry(id)
      } else {
        graph.setValue(nil, of: id)
        changedRecords.insert(id)
        schedule(id)
      }
    }
    return evicted
  }
}
