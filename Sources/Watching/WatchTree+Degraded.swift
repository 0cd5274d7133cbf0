import Paths

/// What cannot be watched, told so that a person can mend it.
extension WatchTree {
  /// Whether a name's changes may go unseen until the next barrier.
  func isDegraded(_ node: NodeID) -> Bool {
    if looks[node] != nil { return true }
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
    guard failures[node] == .denied, !nodes[node].flags.contains(.covered), tracked[node] == nil,
      nodes[node].parent == NodeTable.none || nodes[nodes[node].parent].watch != 0,
      !(observers[node] ?? []).contains(where: { routes[$0]?.end == node })
    else { return false }
    return nodes.children(node).allSatisfy { nodes[$0].pinsBelow == 0 || nodes[$0].watch != 0 }
  }

  var degradations: [Degradation] {
    var found = failed
    for (node, look) in looks where failures[node] == nil {
      // The top of what lies on the file system; not what is merely absent in a directory that is named itself.
      guard let remoteness = look.remoteness, looks[nodes[node].parent]?.remoteness == nil, let path = path(node) else {
        continue
      }
      found.append(Self.describe(remoteness, path, every: interval))
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

  /// The top of each subtree that could not be watched; where the limit leaves out a great many, their common directory.
  private var failed: [Degradation] {
    var tops: [(node: NodeID, failure: Errno)] = []
    for (node, failure) in failures where !isHarmless(node) {
      let parent = nodes[node].parent
      if parent != NodeTable.none, failures[parent] == failure { continue }
      tops.append((node, failure))
    }
    let beyond = tops.filter { $0.failure == .noSpace }
    var found: [Degradation] = []
    if beyond.count > Self.mostNamed, let common = commonAncestor(beyond.map(\.node)), let path = path(common),
      let absolute = nodes.absolute(common)
    {
      tops.removeAll { $0.failure == .noSpace }
      found.append(
        Degradation(
          path: path, reason: "\(reason(.noSpace)), for \(failures.values.count { $0 == .noSpace }) names in it",
          remedy: remedy(.noSpace, Path.root.appending(absolute))))
    }
    for (node, failure) in tops {
      guard let path = path(node), let absolute = nodes.absolute(node) else { continue }
      found.append(
        Degradation(path: path, reason: reason(failure), remedy: remedy(failure, Path.root.appending(absolute))))
    }
    return found
  }

  private static var mostNamed: Int { 20 }

  private func commonAncestor(_ all: [NodeID]) -> NodeID? {
    func line(_ node: NodeID) -> [NodeID] {
      var line = [node]
      while let last = line.last, nodes[last].parent != NodeTable.none { line.append(nodes[last].parent) }
      return line.reversed()
    }
    guard let first = all.first else { return nil }
    var common = line(first)
    for node in all.dropFirst() { common = zip(common, line(node)).prefix { $0 == $1 }.map(\.0) }
    return common.last
  }

  private static func describe(_ remoteness: MountTable.Remoteness, _ path: Path, every interval: Int64) -> Degradation
  {
    if remoteness.isMadeUp {
      return Degradation(
        path: path,
        reason: "it is on a \(remoteness.type) file system, which tells neither by events nor by times what changes",
        remedy: "nothing can be done: what rests on files in it is looked at again whenever it is asked for")
    }
    return Degradation(
      path: path,
      reason: "it is on a \(remoteness.type) file system, which does not report changes made elsewhere",
      remedy:
        "nothing needs to be done: it is compared every \(interval / 1_000_000_000) s and whenever it is asked for;"
        + " on a local disk it would be watched")
  }

  private func reason(_ failure: Errno) -> String {
    switch failure {
    case .noSpace: "the limit of inotify watches is reached (\(kernel.watchLimitName) = \(kernel.watchLimit))"
    case .denied, .notPermitted: "permission denied"
    case .tableFull, .tooManyFiles: "too many open files"
    case .timedOut: "its file system does not answer"
    default: "the system refuses to watch it (error \(failure.code))"
    }
  }

  private func remedy(_ failure: Errno, _ path: Path) -> String {
    switch failure {
    case .noSpace:
      // The limit counts every process of the user; nobody knows how many directories lie below. Doubled, and room
      // for as many again as this tree has.
      let wanted = max(kernel.watchLimit * 2, watches.count * 4, 524_288)
      let setting = "\(kernel.watchLimitName)=\(wanted)"
      return "echo \(setting) | sudo tee /etc/sysctl.d/60-staled.conf && sudo sysctl \(setting)"
    case .denied, .notPermitted: return "chmod u+rX \(Self.quoted(path)), or leave it out with watch.ignore"
    case .tableFull, .tooManyFiles: return "ulimit -n 65536 before the agent starts, or LimitNOFILE=65536 in its unit"
    case .timedOut:
      return "bring its server back, or umount -l \(Self.quoted(path)); it is taken up again by itself when it answers"
    default: return "leave it out with watch.ignore"
    }
  }

  private static func quoted(_ path: Path) -> String {
    "'" + path.description.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
