import Paths

@testable import Watching

/// What a reader finds at one moment.
struct Snapshot {
  typealias Place = Places.Place

  struct Sight: Hashable {
    var inode: Inode = 0
    var version = 0
    /// Of a directory.
    var names = Names()
  }

  /// What it is that a reader looks for.
  struct Subject {
    var paths: [Path]
    /// Of these, from `/`, the last first.
    var ways: [[Name]]
    var places: [Place]
    var roots: [Root]
    /// The patterns of the configuration; those that hold outside the workspace.
    var overrides: IgnoreList?
    var placelessOverrides: IgnoreList?

    struct Root {
      /// From `/`.
      var path: Path
      var place: Place
      /// The names that lead from the workspace to it; nil outside.
      var below: [[UInt8]]?
    }

    init(paths: [Path], _ configuration: WatchConfiguration, _ places: inout Places) {
      self.paths = paths
      ways = paths.map { Name.reversed(History.workspace.resolving($0).bytes) }
      self.places = paths.map { places[$0] }
      roots = configuration.roots.map { root in
        Root(
          path: History.workspace.resolving(root), place: places[root],
          below: root.isAbsolute ? nil : root.components.map { Array($0) })
      }
      let text = Array(configuration.ignore.joined(separator: "\n").utf8)
      if text.isEmpty { return }
      overrides = IgnoreList(text)
      placelessOverrides = IgnoreList(text) { !$0.isAnchored }
    }
  }

  /// Behind the paths that may be tracked, links followed; in their order.
  var sights: [Sight] = []
  /// The names that are not ignored in each directory that is covered.
  var covered: [Place: Names] = [:]
  /// Which content the files have that are not ignored there: of those that have always had one name, and on file systems
  /// that tell everything (of others only tracked files are looked at).
  var contents: [Place: Int] = [:]

  init() {}

  init(_ disk: ModelDisk, _ subject: Subject, _ places: inout Places) {
    for way in subject.ways {
      let inode = disk.find(way)
      var sight = Sight(inode: inode)
      if inode != 0 {
        switch disk.files[inode].kind {
        case .directory:
          for entry in disk.files[inode].entries { sight.names[entry.name] = disk.files[entry.inode].kind }
        default: sight.version = disk.files[inode].version
        }
      }
      sights.append(sight)
    }
    for root in subject.roots {
      let start = disk.find(root.path.bytes, .none)
      guard start != 0, disk.files[start].kind == .directory else { continue }
      var pending = [(place: root.place, inode: start, rules: Self.rules(in: root, start, disk, subject, &places))]
      while let (place, inode, rules) = pending.popLast() {
        var shown = Names()
        let isShared = disk.systems[disk.files[inode].device].isShared
        for entry in disk.files[inode].entries {
          let kind = disk.files[entry.inode].kind
          if rules.ignores(entry.bytes, isDirectory: kind == .directory) { continue }
          shown[entry.name] = kind
          if kind == .file, !disk.files[entry.inode].isLinked, !isShared {
            contents[places.child(entry.name, of: place)] = disk.files[entry.inode].version
          }
          // The workspace in a root above it has its own rules, and is a root itself.
          guard kind == .directory, places.child(entry.name, of: place) != Places.workspace else { continue }
          let child = disk.through(entry.inode)
          let below = rules.descending(into: entry.bytes, gitignore: Self.rules(in: child, disk))
          pending.append((places.child(entry.name, of: place), child, below))
        }
        covered[place] = shown
      }
    }
  }

  /// What is ignored in a root, where `start` stands.
  private static func rules(
    in root: Subject.Root, _ start: Inode, _ disk: ModelDisk, _ subject: Subject, _ places: inout Places
  ) -> IgnoreRules {
    // From the workspace down to it, or by itself.
    let top = root.below == nil ? root.path.bytes : History.workspace.bytes
    let base = top == [.slash] ? 1 : top.count + 1
    let overrides =
      root.below == nil ? subject.placelessOverrides.map { ($0, 0) } : subject.overrides.map { ($0, base) }
    var rules = IgnoreRules(
      directory: top, lists: [], overrides: overrides, stateDirectory: ModelWorld.state, readsGitignore: true)
    var at = root.below == nil ? start : disk.find(top, .none)
    rules.lists = Self.rules(in: at, disk).map { [(places.list($0), base)] } ?? []
    for name in root.below ?? [] {
      at = disk.child(Name(name), of: at).map(disk.through) ?? 0
      rules = rules.descending(into: name, gitignore: Self.rules(in: at, disk))
    }
    return rules
  }

  private static let ruleFile = Name(RuleBook.fileName)

  private static func rules(in directory: Inode, _ disk: ModelDisk) -> [UInt8]? {
    guard let file = disk.child(Self.ruleFile, of: directory), disk.files[file].kind == .file else { return nil }
    return disk.files[file].text
  }

  // MARK: Who listens

  /// Looks again at what events tell of, and nowhere else. `tracked` says it of each path.
  mutating func learn(_ told: Told, now: Snapshot, _ subject: Subject, tracked: [Bool], _ places: Places) {
    if told.everything {
      self = now
      return
    }
    for index in sights.indices {
      let place = subject.places[index]
      // Below a name that comes or goes what is not tracked by itself is touched by that.
      let parent = places.parent(of: place)
      if told.paths.contains(place) || places.isIn(told.trees, place) || parent.map(told.listings.contains) == true
        || (!tracked[index] && places.isIn(told.paths.union(told.listings), parent ?? place))
      {
        sights[index] = now.sights[index]
      } else if told.listings.contains(place) {
        sights[index].names = now.sights[index].names
      } else {
        for (parent, name) in told.names where parent == place {
          sights[index].names[name] = now.sights[index].names[name]
        }
      }
    }
    for (parent, name) in told.names where covered[parent] != nil {
      covered[parent]?[name] = now.covered[parent]?[name]
    }
    for place in told.listings where covered[place] != nil { covered[place] = now.covered[place] ?? Names() }
    // Where no directory stands, nothing is below.
    func isGone(_ place: Place) -> Bool {
      var top = place
      while now.covered[top] == nil, let parent = places.parent(of: top) {
        if told.listings.contains(parent), now.covered[parent] != nil { return true }
        top = parent
      }
      return false
    }
    for place in covered.keys where isGone(place) { covered[place] = nil }
    for place in told.paths { contents[place] = now.contents[place] }
    if !told.listings.isEmpty {
      for place in Set(contents.keys).union(now.contents.keys)
      where places.parent(of: place).map(told.listings.contains) == true {
        contents[place] = now.contents[place]
      }
    }
    if told.trees.isEmpty { return }
    for place in covered.keys where places.isIn(told.trees, place) { covered[place] = nil }
    for (place, names) in now.covered where places.isIn(told.trees, place) { covered[place] = names }
    for place in contents.keys where places.isIn(told.trees, place) { contents[place] = nil }
    for (place, version) in now.contents where places.isIn(told.trees, place) { contents[place] = version }
  }

  /// What is held for true though it was so at none of these moments, from the question to the answer.
  func error(
    at moments: [Snapshot], _ subject: Subject, tracked: [Bool], judgesContents: Bool, _ places: Places
  ) -> String? {
    for (index, mine) in sights.enumerated() where tracked[index] {
      let path = subject.paths[index]
      let truths = moments.map { $0.sights[index] }
      if truths.contains(mine) { continue }
      if !truths.contains(where: { ($0.inode, $0.version) == (mine.inode, mine.version) }) {
        return "\(path) is held for \(mine), but was \(truths)"
      }
      if let name = Self.difference(mine.names, truths.map(\.names)) { return "\(path) is listed wrongly: \(name)" }
    }
    for place in Set(covered.keys).union(moments[0].covered.keys).sorted() {
      let truths = moments.map { $0.covered[place] }
      if truths.contains(covered[place]) { continue }
      guard let mine = covered[place] else { return "the directory \(places.text(place)) came unseen" }
      if truths.allSatisfy({ $0 == nil }) { return "the directory \(places.text(place)) went unseen" }
      if let name = Self.difference(mine, truths.map { $0 ?? Names() }) {
        return "in the directory \(places.text(place)) unseen: \(name)"
      }
    }
    guard judgesContents else { return nil }
    for (place, mine) in contents.sorted(by: { $0.key < $1.key }) {
      if moments.contains(where: { $0.contents[place] == nil || $0.contents[place] == mine }) { continue }
      return "\(places.text(place)) is held for content \(mine), was \(moments.map { $0.contents[place] ?? 0 })"
    }
    return nil
  }

  private static func difference(_ mine: Names, _ truths: [Names]) -> String? {
    for name in Names.known where !truths.contains(where: { $0[name] == mine[name] }) {
      return "\(name), held for \(text(mine[name])), was \(Set(truths.map { text($0[name]) }).sorted())"
    }
    return nil
  }

  private static func text(_ kind: FileKind?) -> String { kind.map { "\($0)" } ?? "absent" }
}

/// Events, to ask for what they tell of.
struct Told {
  private(set) var paths: Set<Places.Place> = []
  /// Those that came or went, and where.
  private(set) var names: [(parent: Places.Place, name: Name)] = []
  private(set) var trees: Set<Places.Place> = []
  /// Directories each name of which may have come or gone.
  private(set) var listings: Set<Places.Place> = []
  private(set) var everything = false

  init(_ events: ArraySlice<WatchEvent>, _ places: inout Places) {
    for event in events {
      switch event {
      case .modified(let path): paths.insert(places[path])
      case .renamed(let path):
        let place = places[path]
        paths.insert(place)
        add(place, places)
      case .names(let path): listings.insert(places[path])
      case .tree(let path):
        let place = places[path]
        trees.insert(place)
        add(place, places)
      case .everything: everything = true
      case .barrier, .rootLost: break
      }
    }
  }

  private mutating func add(_ place: Places.Place, _ places: Places) {
    if let parent = places.parent(of: place) { names.append((parent, places.name(of: place))) }
  }
}
