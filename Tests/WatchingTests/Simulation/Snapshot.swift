import Paths

@testable import Watching

/// What a reader finds at one moment.
struct Snapshot {
  struct Sight: Hashable {
    var inode: Inode = 0
    var version = 0
    /// Of a directory: its names and kinds.
    var names: [Name: FileKind] = [:]
  }

  /// Behind the paths that may be tracked, links followed.
  var sights: [Path: Sight] = [:]
  /// The names that are not ignored in each directory that is covered.
  var covered: [Path: [Name: FileKind]] = [:]

  init(_ disk: ModelDisk, paths: [Path], ignore: [String], roots: [Path]) {
    for path in paths {
      let inode = disk.find(History.workspace.resolving(path).bytes)
      var sight = Sight(inode: inode)
      if inode != 0 {
        switch disk.files[inode].kind {
        case .directory: sight.names = Self.names(in: inode, disk)
        default: sight.version = disk.files[inode].version
        }
      }
      sights[path] = sight
    }
    let overrides = ignore.isEmpty ? nil : IgnoreList(Array(ignore.joined(separator: "\n").utf8))
    let base = History.workspace.bytes.count + 1
    for root in roots {
      let start = disk.find(History.workspace.resolving(root).bytes, .none)
      guard start != 0, disk.files[start].kind == .directory else { continue }
      var rules = IgnoreRules(
        directory: History.workspace.bytes, lists: [], overrides: overrides.map { ($0, base) },
        stateDirectory: ModelWorld.state, readsGitignore: true)
      rules.lists = Self.list(in: start, disk).map { [($0, base)] } ?? []
      var pending = [(path: root, inode: start, rules: rules)]
      while let (path, inode, rules) = pending.popLast() {
        var shown: [Name: FileKind] = [:]
        for entry in disk.files[inode].entries {
          let kind = disk.files[entry.inode].kind
          if rules.ignores(entry.bytes, isDirectory: kind == .directory) { continue }
          shown[entry.name] = kind
          guard kind == .directory else { continue }
          let child = disk.through(entry.inode)
          let text = disk.child(Self.ruleFile, of: child).map { disk.files[$0] }
          let below = rules.descending(into: entry.bytes, gitignore: text?.kind == .file ? text?.text : nil)
          pending.append((path.appending(entry.bytes), child, below))
        }
        covered[path] = shown
      }
    }
  }

  private static let ruleFile = Name(RuleBook.fileName)

  private static func names(in directory: Inode, _ disk: ModelDisk) -> [Name: FileKind] {
    var names: [Name: FileKind] = [:]
    for entry in disk.files[directory].entries { names[entry.name] = disk.files[entry.inode].kind }
    return names
  }

  private static func list(in directory: Inode, _ disk: ModelDisk) -> IgnoreList? {
    guard let file = disk.child(Self.ruleFile, of: directory), disk.files[file].kind == .file else { return nil }
    return IgnoreList(disk.files[file].text)
  }

  // MARK: Who listens

  /// Looks again at what events tell of, and nowhere else.
  mutating func learn(_ events: ArraySlice<WatchEvent>, now: Snapshot, tracked: Set<Path>) {
    if events.isEmpty { return }
    let told = Told(events)
    if told.everything {
      self = now
      return
    }
    for (path, sight) in now.sights {
      // Below a name that comes or goes what is not tracked by itself is touched by that.
      if told.covers(path) || (!tracked.contains(path) && told.isBelowName(path)) {
        sights[path] = sight
      } else {
        for name in told.names(in: path) { sights[path]?.names[name] = sight.names[name] }
      }
    }
    for path in told.directories {
      for name in told.names(in: path) { covered[path]?[name] = now.covered[path]?[name] }
    }
    if told.trees.isEmpty { return }
    for path in covered.keys where told.isTree(path) { covered[path] = nil }
    for (path, names) in now.covered where told.isTree(path) { covered[path] = names }
  }

  /// What is held for true though it was so at none of these moments, from the question to the answer.
  func error(at moments: [Snapshot], tracked: Set<Path>) -> String? {
    for path in tracked.sorted() {
      guard let mine = sights[path] else { continue }
      let truths = moments.compactMap { $0.sights[path] }
      if truths.contains(mine) { continue }
      if !truths.contains(where: { ($0.inode, $0.version) == (mine.inode, mine.version) }) {
        return "\(path) is held for \(mine), but was \(truths)"
      }
      if let name = Self.difference(mine.names, truths.map(\.names)) { return "\(path) is listed wrongly: \(name)" }
    }
    for path in Set(covered.keys).union(moments[0].covered.keys).sorted() {
      let truths = moments.map { $0.covered[path] }
      if truths.contains(covered[path]) { continue }
      guard let mine = covered[path] else { return "the directory \(path) came unseen" }
      if truths.allSatisfy({ $0 == nil }) { return "the directory \(path) went unseen" }
      if let name = Self.difference(mine, truths.map { $0 ?? [:] }) {
        return "in the directory \(path) unseen: \(name)"
      }
    }
    return nil
  }

  private static func difference(_ mine: [Name: FileKind], _ truths: [[Name: FileKind]]) -> String? {
    let names = truths.reduce(into: Set(mine.keys)) { $0.formUnion($1.keys) }
    for name in names.sorted() where !truths.contains(where: { $0[name] == mine[name] }) {
      return "\(name), held for \(text(mine[name])), was \(truths.map { text($0[name]) })"
    }
    return nil
  }

  private static func text(_ kind: FileKind?) -> String { kind.map { "\($0)" } ?? "absent" }
}

/// Events, to ask for what they tell of.
struct Told {
  private var paths: Set<Path> = []
  private var names: [Path: [Name]] = [:]
  private(set) var trees: Set<Path> = []
  private(set) var everything = false

  init(_ events: ArraySlice<WatchEvent>) {
    for event in events {
      switch event {
      case .modified(let path): paths.insert(path)
      case .renamed(let path):
        paths.insert(path)
        add(path)
      case .tree(let path):
        trees.insert(path)
        add(path)
      case .everything: everything = true
      case .barrier, .rootLost: break
      }
    }
  }

  private mutating func add(_ path: Path) {
    if let parent = path.parent { names[parent, default: []].append(Name(path.name)) }
  }

  var directories: Dictionary<Path, [Name]>.Keys { names.keys }
  func names(in directory: Path) -> [Name] { names[directory] ?? [] }

  func covers(_ path: Path) -> Bool { paths.contains(path) || isTree(path) }

  func isBelowName(_ path: Path) -> Bool {
    var at = path
    while let above = at.parent {
      if paths.contains(above) { return true }
      at = above
    }
    return false
  }

  func isTree(_ path: Path) -> Bool {
    if trees.isEmpty { return false }
    var at = path
    while true {
      if trees.contains(at) { return true }
      guard let above = at.parent else { return false }
      at = above
    }
  }
}
