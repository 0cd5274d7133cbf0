internal import Paths

/// When paths were touched, whether or not anything depends on them: so that a dependency first named when its dependent
/// was made is known to have been left alone since the lease, if its directory was watched all the while.
///
/// It is bounded: what concerns no lease that is good is let go, and what no longer fits raises the watermark, which stands
/// for every path.
struct TouchMemory: Sendable {
  private var names: [Path: LSN] = [:]
  private var contents: [Path: LSN] = [:]
  private var directories: [Path: LSN] = [:]
  private var trees: [Path: LSN] = [:]
  /// Directories of which any name may have come or gone.
  private var anyName: [Path: LSN] = [:]
  private(set) var watermark: LSN
  /// How many there are to be when those that concern no lease are let go.
  private var full = Self.least

  private static let least = 1024

  init(watermark: LSN) { self.watermark = watermark }

  /// Remembers a touch for leases given at `oldest` or later, at most `limit` paths.
  mutating func note(_ touch: Touch, at lsn: LSN, since oldest: LSN, limit: Int) {
    if count >= min(full, limit) {
      forget(upTo: oldest)
      if count >= limit { return forgetAll(at: lsn) }
      full = max(Self.least, 2 * count)
    }
    switch touch {
    case .content(let path):
      contents[path] = lsn
    case .name(let path):
      names[path] = lsn
      directories[path] = lsn
      if let parent = path.parent { directories[parent] = lsn }
    case .names(let directory):
      anyName[directory] = lsn
      directories[directory] = lsn
    case .tree(let path):
      trees[path] = lsn
      if let parent = path.parent { directories[parent] = lsn }
    case .everything:
      forgetAll(at: lsn)
    }
  }

  private var count: Int { names.count + contents.count + directories.count + trees.count + anyName.count }

  /// All paths count as touched at `lsn`.
  mutating func forgetAll(at lsn: LSN) { self = TouchMemory(watermark: lsn) }

  /// What was touched up to `lsn` need not be told apart.
  private mutating func forget(upTo lsn: LSN) {
    watermark = max(watermark, lsn)
    names = names.filter { $0.value > lsn }
    contents = contents.filter { $0.value > lsn }
    directories = directories.filter { $0.value > lsn }
    trees = trees.filter { $0.value > lsn }
    anyName = anyName.filter { $0.value > lsn }
  }

  /// When `leaf` was last touched, as far as any touch has told.
  func lastTouch(of leaf: Leaf, in workspace: [Path]) -> LSN {
    switch leaf {
    case .file(let path):
      return max(names[path] ?? .zero, contents[path] ?? .zero, lastTouch(ofTreesAround: path, in: workspace))
    case .dir(let path):
      return max(directories[path] ?? .zero, lastTouch(ofTreesAround: path, in: workspace))
    case .listing(let text):
      let pattern = Pattern(text)
      var last = lastTouch(ofTreesAround: pattern.base, in: workspace)
      for (path, lsn) in names where lsn > last && pattern.mayMatch(path) { last = lsn }
      for (path, lsn) in anyName where lsn > last && pattern.mayMatch(below: path) { last = lsn }
      for (path, lsn) in trees where lsn > last && path.isWithin(pattern.base) { last = lsn }
      return last
    }
  }

  /// A name on the way may have been a link through which the path led elsewhere.
  private func lastTouch(ofTreesAround path: Path, in workspace: [Path]) -> LSN {
    if trees.isEmpty, names.isEmpty, anyName.isEmpty { return watermark }
    var last = watermark
    var next: Path? = path
    while let directory = next {
      if let lsn = trees[directory] { last = max(last, lsn) }
      if directory != path, let lsn = names[directory] { last = max(last, lsn) }
      next = directory.parent
      if let next, let lsn = anyName[next] { last = max(last, lsn) }
    }
    if !path.isAbsolute {
      for root in workspace { last = max(last, lastTouch(ofTreesAround: root, in: [])) }
    }
    return last
  }
}
