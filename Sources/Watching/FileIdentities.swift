/// Which pinned name was last seen to stand for which file.
struct FileIdentities: Sendable {
  private var files: [NodeID: UInt64] = [:]
  private var names: [UInt64: NodeID] = [:]

  var isEmpty: Bool { files.isEmpty }

  mutating func note(_ node: NodeID, _ identity: UInt64) {
    if files[node] == identity { return }
    forget(node)
    files[node] = identity
    names[identity] = node
  }

  mutating func forget(_ node: NodeID) {
    guard let old = files.removeValue(forKey: node) else { return }
    if names[old] == node { names[old] = nil }
  }

  /// A name of the file; where it has several that are pinned they are watched already, each by the file itself.
  func name(of identity: UInt64) -> NodeID? { names[identity] }
}
