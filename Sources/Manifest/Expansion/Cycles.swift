internal import Freshness

/// Finds circles in a graph.
enum Cycles {
  static let remedy = "take one of these dependencies away"

  /// `build/a → build/b → build/a`, as a message.
  static func message(_ names: [EntryName]) -> String {
    let shown =
      names.count <= 12
      ? names.map(\.description) : names.prefix(6).map(\.description) + ["…"] + names.suffix(5).map(\.description)
    return "entries depend on one another in a circle: \((shown + [names[0].description]).joined(separator: " → "))"
  }

  /// For each edge that closes a circle in a walk in order, the circle: from the node that the edge leads to, along the
  /// walk, to the one that it leaves. Empty if there is no circle. The walk is a worklist: graphs are deep.
  static func find(_ edges: [[Int]], limit: Int = 20) -> [[Int]] {
    var found: [[Int]] = []
    // 0: not seen; 1: on the way; 2: done.
    var mark = [UInt8](repeating: 0, count: edges.count)
    var place = [Int](repeating: 0, count: edges.count)
    for root in edges.indices where mark[root] == 0 {
      var way = [root]
      var next = [0]
      mark[root] = 1
      place[root] = 0
      while let node = way.last {
        let edge = next[next.count - 1]
        if edge == edges[node].count {
          mark[node] = 2
          way.removeLast()
          next.removeLast()
          continue
        }
        next[next.count - 1] += 1
        let target = edges[node][edge]
        if mark[target] == 1 {
          found.append(Array(way[place[target]...]))
          if found.count == limit { return found }
        } else if mark[target] == 0 {
          mark[target] = 1
          place[target] = way.count
          way.append(target)
          next.append(0)
        }
      }
    }
    return found
  }
}
