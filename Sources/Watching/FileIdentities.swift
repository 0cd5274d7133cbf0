/// Which pinned name was last seen to stand for which file.
struct FileIdentities: Sendable {
  private var files: [NodeID: UInt64] = [:]
  private var names: [UInt64: NodeID] = [:]

  var isEmpty: Bool { files.isEmpty }
  /// The pinned names, in an order of their own.
  var nodes: [NodeID] { files.keys.sorted() }

  /// Another pinned name of the same file, if this is news: it may have been the file's only one until now.
  mutating func note(_ node: NodeID, _ identity: UInt64) -> NodeID? {
    if files[node] == identity {
      // A further name may have come and gone since.
      if names[identity] == nil { names[identity] = node }
      return nil
    }
    forget(node)
    files[node] = identity
    return names.updateValue(node, forKey: identity)
  }

  mutating func forget(_ node: NodeID) {
    guard let old = files.removeValue(forKey: node) else { return }
    if names[old] == node { names[old] = nil }
  }

  /// The pinned name of the file that was found last.
  func name(of identity: UInt64) -> NodeID? { names[identity] }
}
