package import Paths

/// Where ignore rules come from, and which hold.
struct RuleBook: Sendable {
  static let fileName = Array(".gitignore".utf8)

  /// The `.gitignore` of a directory; of those covered, and of those above a root.
  var lists: [NodeID: IgnoreList] = [:]
  /// `.git/info/exclude`.
  var exclude: IgnoreList?
  /// The repository's top, in which `exclude` holds; nil outside a repository.
  var repository: NodeID?
  /// The manifest's patterns; those that hold outside the workspace.
  var overrides: IgnoreList?
  var placelessOverrides: IgnoreList?
  /// Absolute.
  var stateDirectory: [UInt8] = []
  /// Rule files outside what is covered, pinned, and the directory each belongs to (nil: `exclude`).
  var files: [NodeID: NodeID?] = [:]
}

extension WatchTree {
  /// The rules for names directly in `node`.
  func rules(in node: NodeID) -> IgnoreRules {
    let directory = nodes.absolute(node) ?? [.slash]
    var scoped: [IgnoreRules.Scoped] = []
    var isInWorkspace = false
    var at = node
    var length = node == NodeTable.top ? 0 : directory.count
    while at != NodeTable.none {
      if at == workspace { isInWorkspace = true }
      if !rules.lists.isEmpty, let list = rules.lists[at] { scoped.append((list, max(length, 0) + 1)) }
      if at == rules.repository, let exclude = rules.exclude { scoped.append((exclude, length + 1)) }
      length -= nodes.name(at).count + 1
      at = nodes[at].parent
    }
    // The exclude file is weaker than every .gitignore.
    if let exclude = rules.exclude, let index = scoped.firstIndex(where: { $0.list === exclude }) {
      scoped.append(scoped.remove(at: index))
    }
    let overrides: IgnoreRules.Scoped? =
      isInWorkspace
      ? rules.overrides.map { ($0, configuration.workspace.bytes.count + 1) } : rules.placelessOverrides.map { ($0, 0) }
    return IgnoreRules(
      directory: directory, lists: scoped.reversed(), overrides: overrides, stateDirectory: rules.stateDirectory,
      readsGitignore: configuration.gitignore)
  }

  /// The rules in force in the workspace root.
  package var workspaceRules: IgnoreRules { rules(in: workspace) }

  /// Reads a directory's `.gitignore`. True if it says something else than before.
  @discardableResult mutating func loadList(_ node: NodeID, isThere: Bool = true) -> Bool {
    let old = rules.lists[node]
    var source: [UInt8]?
    if isThere, let directory = nodes.absolute(node) {
      // What cannot be told now stays as it was.
      do throws(Errno) { source = try kernel.read(directory + [.slash] + RuleBook.fileName) } catch { return false }
    }
    if old?.source == source { return false }
    rules.lists[node] = source.map { IgnoreList($0) }
    return true
  }

  /// Takes in the configuration: roots, patterns, and the rule files above.
  mutating func configure() {
    let text = Array(configuration.ignore.joined(separator: "\n").utf8)
    rules.overrides = configuration.ignore.isEmpty ? nil : IgnoreList(text)
    rules.placelessOverrides = configuration.ignore.isEmpty ? nil : IgnoreList(text) { !$0.isAnchored }
    let state = configuration.stateDirectory.bytes
    rules.stateDirectory = kernel.realPath(state) ?? state
    let wanted = configuration.roots.map { root in
      let path = absolute(root)
      return makeNode(kernel.realPath(path) ?? path)
    }
    let old = roots
    roots = []
    for case let root? in wanted where !roots.contains(root) {
      roots.append(root)
      nodes[root].flags.insert(.root)
      nodes.pin(root)
    }
    for root in old {
      if !roots.contains(root) { nodes[root].flags.remove(.root) }
      nodes.unpin(root)
    }
    findRuleFiles()
  }

  /// What the rule files said that no scan of a covered directory reads.
  private var ruleSources: [[UInt8]?] {
    rules.files.keys.sorted().map { file in
      guard let owner = rules.files[file], let directory = owner else { return rules.exclude?.source }
      return rules.lists[directory]?.source
    }
  }

  /// The node of an absolute path, or nil where a name is longer than Linux has them.
  mutating func makeNode(_ path: [UInt8]) -> NodeID? {
    var at = NodeTable.top
    for name in path.split(separator: .slash) {
      if name.count > 255 { return nil }
      at = nodes.makeChild(name, of: at)
    }
    return at
  }

  /// From the repository's top down to each root: `.gitignore`s that no scan reads, and the exclude file.
  private mutating func findRuleFiles() {
    let old = rules.files
    rules.files = [:]
    rules.repository = nil
    if configuration.gitignore {
      var directories: Set<NodeID> = [workspace]
      if let found = GitRepository.find(above: configuration.workspace.bytes, kernel) {
        rules.repository = makeNode(found.top)
        if let file = makeNode(found.exclude) { rules.files[file] = .some(nil) }
      }
      for root in roots + [workspace] {
        var at = nodes[root].parent
        var above: [NodeID] = []
        while at != NodeTable.none {
          above.append(at)
          if at == rules.repository || at == workspace { directories.formUnion(above) }
          at = nodes[at].parent
        }
      }
      for directory in directories.sorted() {
        rules.files[nodes.makeChild(RuleBook.fileName[...], of: directory)] = .some(directory)
      }
    }
    for file in rules.files.keys.sorted() { nodes.pin(file) }
    for file in old.keys.sorted() { nodes.unpin(file) }
    for case let directory? in old.values { rules.lists[directory] = nil }
    rules.exclude = nil
    for file in rules.files.keys.sorted() { loadRuleFile(file) }
  }

  /// True if it says something else than before.
  @discardableResult private mutating func loadRuleFile(_ file: NodeID) -> Bool {
    guard let directory = rules.files[file] else { return false }
    if let directory { return loadList(directory) }
    var source: [UInt8]?
    if let path = nodes.absolute(file) {
      do throws(Errno) { source = try kernel.read(path) } catch { return false }
    }
    if source == rules.exclude?.source { return false }
    rules.exclude = source.map { IgnoreList($0) }
    return true
  }

  /// Something happened to a `.gitignore` in a covered directory, or to a pinned rule file. `isWritten`: its content may
  /// have been another one for a while, by which somebody has listed what is here, and have come back before it was read.
  mutating func ruleFileChanged(_ file: NodeID?, in directory: NodeID, isWritten: Bool = false) {
    var isChanged = false
    var top = directory
    if let file, let owner = rules.files[file] {
      isChanged = loadRuleFile(file)
      if owner == nil, let repository = rules.repository { top = repository }
    } else if configuration.gitignore, nodes[directory].flags.contains(.covered) {
      // By its path, as `scan` looks.
      nodes[directory].flags.insert(.doubtful)
      isChanged = loadList(directory)
    }
    guard isChanged || (isWritten && on(.rulesMayReturn)) else { return }
    // Before it is found to be gone, perhaps.
    if nodes[top].flags.contains(.covered) { touch(top) }
    if isChanged { scan(top, force: true) }
    if nodes[top].flags.contains(.covered) { return touch(top) }
    for root in roots where isWithin(root, top) { touch(root) }
  }

  private func isWithin(_ node: NodeID, _ top: NodeID) -> Bool {
    var at = node
    while at != NodeTable.none {
      if at == top { return true }
      at = nodes[at].parent
    }
    return false
  }

  /// Other roots or patterns: what is new is watched, what is gone is let go.
  package mutating func reconfigure(_ new: WatchConfiguration) {
    let old = configuration
    let before = roots
    configuration.ignore = new.ignore
    configuration.roots = new.roots
    configuration.gitignore = new.gitignore
    if configuration == old { return }
    let sources = ruleSources
    configure()
    isExhausted = false
    // Rule files that are read here have nothing to tell by their events any more.
    let rulesDiffer = old.ignore != new.ignore || old.gitignore != new.gitignore || sources != ruleSources
    scan(NodeTable.top, force: true)
    for root in before + roots.filter({ !before.contains($0) }) {
      if !rulesDiffer, before.contains(root), roots.contains(root) { continue }
      if let path = path(root) { emit(.tree(path)) }
      touch(root)
    }
    settle()
  }
}

/// The git repository that a directory lies in.
enum GitRepository {
  /// Its top and its exclude file, through the files that stand for `.git` in worktrees and submodules.
  static func find(above directory: [UInt8], _ kernel: some Kernel) -> (top: [UInt8], exclude: [UInt8])? {
    var top = Path.root.appending(directory)
    while true {
      let git = top.appending(".git".utf8)
      switch (try? kernel.status(git.bytes))?.kind {
      case .directory: return (top.bytes, git.bytes + Array("/info/exclude".utf8))
      case .file:
        guard let content = try? kernel.read(git.bytes), content.starts(with: "gitdir: ".utf8) else { break }
        let target = top.resolving(Path(content.dropFirst(8).prefix { $0 != UInt8(ascii: "\n") }))
        var common = target
        if let content = try? kernel.read(target.appending("commondir".utf8).bytes) {
          common = target.resolving(Path(content.prefix { $0 != UInt8(ascii: "\n") }))
        }
        return (top.bytes, common.bytes + Array("/info/exclude".utf8))
      default: break
      }
      guard let above = top.parent else { return nil }
      top = above
    }
  }
}
