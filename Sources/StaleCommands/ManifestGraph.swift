internal import Freshness
internal import Manifest
internal import Paths
internal import StaledAPI

/// What the manifest alone says of dependencies, for the files that are there now.
struct ManifestGraph {
  private let declarations: [Declaration]
  private let context: NamingContext

  init(declarations: [Declaration], context: NamingContext) {
    self.declarations = declarations
    self.context = context
  }

  /// Reads the workspace's manifest and looks for the files that its rules match.
  init(workspace: Workspace) throws(Failure) {
    let root = workspace.root
    context = NamingContext(
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
      declarations = expansion.declarations
    }
  }

  /// What a change of `ids` would reach: breadth first, each entry once, as the agent would answer if every entry were fresh.
  func affected(by ids: [ResourceID]) -> InvalidateReply {
    var dependents: [EntryName: [Int]] = [:]
    for (index, declaration) in declarations.enumerated() {
      for case .entry(let name) in declaration.dependencies { dependents[name, default: []].append(index) }
    }
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
      for (index, declaration) in declarations.enumerated() {
        let near = declaration.dependencies.first { $0 == id } ?? declaration.outputs.first { $0 == id }
        let via = near ?? declaration.dependencies.first { covers($0, id) }
        if let via { reach(index, depth: 1, via: via.description) }
      }
    }
    var next = 0
    while next < queue.count {
      let (index, depth) = queue[next]
      next += 1
      let name = declarations[index].name
      for dependent in dependents[name] ?? [] {
        reach(dependent, depth: depth + 1, via: ResourceID.entry(name).description)
      }
    }
    return InvalidateReply(
      seq: 0, invalidated: reached.count, matched: reached.count, entries: reached, truncated: false)
  }

  /// Whether a change of `id` is one of `dependency`: a glob's of its members, a listing's of its files, an opaque id's of
  /// the file that it follows.
  private func covers(_ dependency: ResourceID, _ id: ResourceID) -> Bool {
    guard case .file(let path) = id else { return false }
    switch dependency {
    case .glob(let pattern): return (try? Glob(pattern))?.matches(path) ?? false
    case .opaque: return dependency.followedFile(in: context) == path
    default: return false
    }
  }
}
