import Paths

/// What cannot be watched, told so that a person can mend it.
extension WatchTree {
  /// Whether a name's changes may go unseen until the next barrier.
  func isDegraded(_ node: NodeID) -> Bool {
    if failures.isEmpty { return false }
    var at = node
    while at != NodeTable.none {
      if failures[at] != nil, !isHarmless(at) { return true }
      at = nodes[at].parent
    }
    return routes[node]?.nodes.contains { failures[$0] != nil && !isHarmless($0) } ?? false
  }

  /// A directory on the way that cannot be read, while all that matters in it has watches of its own, which tell when it
  /// moves or goes.
  func isHarmless(_ node: NodeID) -> Bool {
    guard failures[node] == .denied, !nodes[node].flags.contains(.covered), tracked[node] == nil else { return false }
    return nodes.children(node).allSatisfy { nodes[$0].pinsBelow == 0 || nodes[$0].watch != 0 }
  }

  var degradations: [Degradation] {
    var found: [Degradation] = failures.compactMap { node, failure in
      guard !isHarmless(node), let path = path(node), let absolute = nodes.absolute(node) else { return nil }
      return Degradation(path: path, reason: reason(failure), remedy: remedy(failure, Path.root.appending(absolute)))
    }
    for root in roots where nodes[root].kind != .directory && failures[root] == nil {
      guard let path = path(root) else { continue }
      found.append(
        Degradation(
          path: path, reason: "there is no such directory",
          remedy: "make it (it is watched from then on), or take it out of watch.roots"))
    }
    return found.sorted { $0.path < $1.path }
  }

  private func reason(_ failure: Errno) -> String {
    switch failure {
    case .noSpace: "the limit of inotify watches is reached (fs.inotify.max_user_watches = \(kernel.watchLimit))"
    case .denied, .notPermitted: "permission denied"
    case .tableFull, .tooManyFiles: "too many open files"
    default: "the system refuses to watch it (error \(failure.code))"
    }
  }

  private func remedy(_ failure: Errno, _ path: Path) -> String {
    switch failure {
    case .noSpace:
      // The limit counts every process of the user; nobody knows how many directories lie below. Doubled, and room
      // for as many again as this tree has.
      let wanted = max(kernel.watchLimit * 2, watches.count * 4, 524_288)
      return "echo fs.inotify.max_user_watches=\(wanted) | sudo tee /etc/sysctl.d/60-staled.conf"
        + " && sudo sysctl fs.inotify.max_user_watches=\(wanted)"
    case .denied, .notPermitted: return "chmod u+rX \(Self.quoted(path)), or leave it out with watch.ignore"
    case .tableFull, .tooManyFiles: return "ulimit -n 65536 before the agent starts, or LimitNOFILE=65536 in its unit"
    default: return "leave it out with watch.ignore"
    }
  }

  private static func quoted(_ path: Path) -> String {
    "'" + path.description.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
