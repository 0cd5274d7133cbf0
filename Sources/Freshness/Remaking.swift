public import Paths

/// What making an entry again by itself takes over from the last time.
public struct Remaking: Hashable, Sendable {
  /// What calls gave; what is declared holds anyway.
  public var dependencies: [ResourceID]
  /// All of them.
  public var outputs: [Path]
  /// What a call said of its time to live.
  public var ttl: Lifetime?
}

extension Engine {
  /// What is known of an entry's making, for whoever makes it again in its maker's place.
  public func remaking(of name: EntryName) -> Remaking {
    guard let id = graph.node(.entry(name)) else { return Remaking(dependencies: [], outputs: [], ttl: nil) }
    var dependencies: [ResourceID] = [], outputs: [Path] = []
    for edge in graph[id].edges {
      if edge.roles.contains(.output) {
        if case .file(let path) = graph[edge.to].name { outputs.append(path) }
      } else if edge.roles.contains(.given) {
        dependencies.append(graph[edge.to].name)
      }
    }
    return Remaking(dependencies: dependencies, outputs: outputs, ttl: graph[id].entry?.life.given)
  }

  /// Which of `names` each of them rests on, next below it: what has to be made first.
  public func order(of names: Set<EntryName>) -> [EntryName: Set<EntryName>] {
    var order: [EntryName: Set<EntryName>] = [:]
    for name in names {
      order[name] = []
      guard let start = graph.node(.entry(name)) else { continue }
      var seen: Set<NodeID> = [start], work = [start]
      while let id = work.popLast() {
        for edge in graph[id].edges where seen.insert(edge.to).inserted {
          if case .entry(let below) = graph[edge.to].name, names.contains(below) {
            order[name]?.insert(below)
          } else if graph[edge.to].leaf == nil {
            work.append(edge.to)
          }
        }
      }
    }
    return order
  }
}
