internal import Freshness
internal import Manifest
internal import Paths
internal import StaledAPI

/// What the manifest alone says of dependencies, for the files that are there now.
struct ManifestGraph {
  private let declarations: [Declaration]
  /// Which declarations have an id as a dependency or an output.
  private var dependents: [ResourceID: [Int]] = [:]
  private var globs: [(id: ResourceID, glob: Glob)] = []
  /// Opaque ids by the file that they follow.
  private var followers: [Path: [ResourceID]] = [:]

  private init(_ declarations: [Declaration], _ context: NamingContext) {
    self.declarations = declarations
    for (index, declaration) in declarations.enumerated() {
      for id in declaration.dependencies + declaration.outputs {
        if dependents[id] == nil {
          if case .glob(let pattern) = id, let glob = try? Glob(pattern) { globs.append((id, glob)) }
          if let path = id.followedFile(in: context) { followers[path, default: []].append(id) }
        }
        if dependents[id]?.last != index { dependents[id, default: []].append(index) }
      }
    }
  }

  /// Reads the workspace's manifest and looks for the files that its rules match.
  init(workspace: Workspace) throws(Failure) {
    let root = workspace.root
    let context = NamingContext(
      workspace: [root] + [workspace.alias].compactMap { $0 },
      isSymbolicLink: { Files.isSymbolicLink(root.resolving($0, isSymbolicLink: { _ in true })) })
    guard let text = Files.read(workspace.manifest) else {
      throw Failure(
        "No agent is running, and there is no staled.json to go by.",
        remedy: "Start an agent with \"stale start\", or write a manifest with \"stale init\".", status: .noAgent)
    }
    switch Manifest.read(text, file: "staled.json", context: context) {
    case .failure(let problems):
      throw Failure(
        "No agent is running, and the manifest cannot be read: \(problems.problems.first?.description ?? "")",
        remedy: "See \"stale validate\".", status: .wrongUse)
    case .success(let (manifest, _)):
      let files =
        manifest.rulePatterns.isEmpty ? [] : WorkspaceFiles(workspace: workspace, watch: manifest.watch).list()
      let expansion = manifest.expand(context: context) { pattern in
        guard let glob = try? Glob(pattern) else { return [] }
        return files.filter { glob.matches($0) }
      }
      self.init(expansion.declarations, context)
    }
  }

  /// What a change of `ids` would reach: breadth first, each entry once, as the agent would answer if every entry were fresh.
  func affected(by ids: [ResourceID]) -> InvalidateReply {
    var isReached = [Bool](repeating: false, count: declarations.count)
    var reached: [Reached] = []
    var queue: [(declaration: Int, depth: Int)] = []
    func reach(_ index: Int, depth: Int, via: String) {
      if isReached[index] { return }
      isReached[index] = true
      let name = declarations[index].name
      reached.append(Reached(namespace: name.namespace, key: name.key, depth: depth, via: via))
      queue.append((index, depth))
    }
    for id in ids {
      for (index, via) in direct(id) { reach(index, depth: 1, via: via.description) }
    }
    var next = 0
    while next < queue.count {
      let (index, depth) = queue[next]
      next += 1
      let name = declarations[index].name
      for dependent in dependents[.entry(name)] ?? [] {
        reach(dependent, depth: depth + 1, via: ResourceID.entry(name).description)
      }
    }
    return InvalidateReply(
      seq: 0, invalidated: reached.count, matched: reached.count, entries: reached, truncated: false)
  }

  /// The entries that a change of `id` concerns by itself, and through which of their dependencies: a glob changes with its
  /// members, an opaque id with the file that it follows.
  private func direct(_ id: ResourceID) -> [(entry: Int, via: ResourceID)] {
    var found = (dependents[id] ?? []).map { (entry: $0, via: id) }
    guard case .file(let path) = id else { return found }
    let others = globs.filter { $0.glob.matches(path) }.map(\.id) + (followers[path] ?? [])
    for other in others { found += (dependents[other] ?? []).map { (entry: $0, via: other) } }
    return found.sorted { $0.entry < $1.entry }
  }
}
