/// Which pinned name was last seen to stand for which file.
struct FileIdentities: Sendable {
  private var files: [NodeID: UInt64] = [:]
  private var names: [UInt64: NodeID] = [:]
  /// Where a file has several pinned names, those but the last.
  private var former: [UInt64: [NodeID]] = [:]

  var isEmpty: Bool { files.isEmpty }
  /// The pinned names, in an order of their own.
  var nodes: [NodeID] { files.keys.sorted() }

  /// Another pinned name of the same file, if this is news: it may have been the file's only one until now.
  mutating func note(_ node: NodeID, _ identity: UInt64) -> NodeID? {
    if files[node] == identity { return nil }
    forget(node)
    files[node] = identity
    let other = names.updateValue(node, forKey: identity)
    if let other { former[identity, default: []].append(other) }
    return other
  }

  mutating func forget(_ node: NodeID) {
    guard let old = files.removeValue(forKey: node) else { return }
    if names[old] == node {
      names[old] = former[old]?.popLast()
    } else {
      former[old]?.removeAll { $0 == node }
    }
    if former[old]?.isEmpty == true { former[old] = nil }
  }

  /// The pinned name of the file that was found last.
  func name(of identity: UInt64) -> NodeID? { names[identity] }
}
