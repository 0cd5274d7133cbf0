internal import Paths

extension Engine {
  /// Takes in what the kernel reported. Whatever fresh rests on it is suspect at once (*mark now, act later*).
  public mutating func touch(_ touches: [Touch]) {
    for touch in touches {
      let at = stamp()
      remember(touch, at: at)
      switch touch {
      case .content(let path):
        mark(.file(path), at: at)
      case .name(let path):
        mark(.file(path), at: at)
        guard on(.namesAreListed) else { continue }
        mark(.dir(path), at: at)
        if let parent = path.parent { mark(.dir(parent), at: at) }
        for listing in graph.paths.listings(matching: path) { mark(listing, at: at) }
      case .names(let directory):
        let children = graph.paths.children(of: directory)
        for id in children where graph[id].kind == .file { mark(id, at: at) }
        guard on(.namesAreListed) else { continue }
        mark(.dir(directory), at: at)
        for id in children { mark(id, at: at) }
        for listing in graph.paths.listings(matchingBelow: directory) { mark(listing, at: at) }
      case .tree(let path):
        if on(.treesAreWhole) { for id in graph.paths.tree(path) { mark(id, at: at) } }
        if let parent = path.parent { mark(.dir(parent), at: at) }
      case .everything:
        guard on(.overflowTouchesAll) else { continue }
        for id in graph.all where graph[id].leaf != nil { mark(id, at: at) }
      }
    }
  }

  private mutating func mark(_ id: ResourceID, at: LSN) {
    if let node = graph.node(id) { mark(node, at: at) }
  }

  /// Puts a leaf in doubt.
  mutating func mark(_ id: NodeID, at: LSN) {
    guard let was = graph[id].leaf?.clean else { return }
    graph[id].leaf?.touchedAt = at
    guard was else { return }
    let wasProven = graph[id].isProven
    graph[id].leaf?.clean = false
    dirty.insert(id)
    if wasProven, on(.markNow) { push(id) }
  }
}
