internal import Paths

/// The tracked leaves by their paths, as a tree of names: a touch of one path costs by its depth, one of a tree by what
/// is tracked in it.
struct PathIndex: Sendable {
  private struct Cell: Sendable {
    var parent: Int
    var name: [UInt8]
    var children: [[UInt8]: Int] = [:]
    /// Files and directories tracked by this path, and listings whose pattern starts here.
    var leaves: [NodeID] = []
    var listings: [Listing] = []
  }

  private struct Listing: Sendable {
    let id: NodeID
    let pattern: Pattern
  }

  /// The roots of relative and of absolute paths.
  private static let relative = 0, absolute = 1
  private var cells = [Cell(parent: -1, name: []), Cell(parent: -1, name: [])]
  private var free: [Int] = []
  /// Relative paths lie below these.
  private let workspace: [Path]

  init(workspace: [Path]) { self.workspace = workspace }

  /// How many cells are in use, the two roots not counted.
  var count: Int { cells.count - free.count - 2 }

  mutating func insert(_ leaf: Leaf, _ id: NodeID) {
    switch leaf {
    case .file(let path), .dir(let path):
      let cell = make(path)
      cells[cell].leaves.append(id)
    case .listing(let text):
      let pattern = Pattern(text)
      let cell = make(pattern.base)
      cells[cell].listings.append(Listing(id: id, pattern: pattern))
    }
  }

  mutating func remove(_ leaf: Leaf, _ id: NodeID) {
    let found: Int?
    switch leaf {
    case .file(let path), .dir(let path):
      found = cell(of: path)
      if let found { cells[found].leaves.removeAll { $0 == id } }
    case .listing(let text):
      found = cell(of: Pattern(text).base)
      if let found { cells[found].listings.removeAll { $0.id == id } }
    }
    if let found { prune(found) }
  }

  /// The listings that `path` may be a match of.
  func listings(matching path: Path) -> [NodeID] {
    var found: [NodeID] = []
    visitAncestors(of: path) { cell in
      for listing in cell.listings where listing.pattern.mayMatch(path) { found.append(listing.id) }
    }
    return found
  }

  /// The listings at or above a directory that something below it may be a match of.
  func listings(matchingBelow directory: Path) -> [NodeID] {
    var found: [NodeID] = []
    visitAncestors(of: directory) { cell in
      for listing in cell.listings where listing.pattern.mayMatch(below: directory) { found.append(listing.id) }
    }
    return found
  }

  /// What is tracked by a name directly in a directory, and the listings that begin there.
  func children(of directory: Path) -> [NodeID] {
    guard let cell = cell(of: directory) else { return [] }
    return cells[cell].children.values.flatMap { cells[$0].leaves + cells[$0].listings.map(\.id) }
  }

  /// All that is tracked within `path`, itself included, and every listing that something in there may be a match of.
  func tree(_ path: Path) -> [NodeID] {
    var found: [NodeID] = []
    visitAncestors(of: path) { cell in found += cell.listings.map(\.id) }
    var work: [Int] = []
    if let start = cell(of: path) {
      // The ancestors' walk ends with the cell of the path itself.
      found += cells[start].leaves
      work += cells[start].children.values
    }
    if path.isAbsolute, workspace.contains(where: { $0.isWithin(path) }) { work.append(Self.relative) }
    while let index = work.popLast() {
      found += cells[index].leaves
      found += cells[index].listings.map(\.id)
      work += cells[index].children.values
    }
    return found
  }

  private func visitAncestors(of path: Path, _ body: (Cell) -> Void) {
    var index = path.isAbsolute ? Self.absolute : Self.relative
    body(cells[index])
    for name in path.components {
      guard let next = cells[index].children[Array(name)] else { return }
      index = next
      body(cells[index])
    }
  }

  private func cell(of path: Path) -> Int? {
    var index = path.isAbsolute ? Self.absolute : Self.relative
    for name in path.components {
      guard let next = cells[index].children[Array(name)] else { return nil }
      index = next
    }
    return index
  }

  private mutating func make(_ path: Path) -> Int {
    var index = path.isAbsolute ? Self.absolute : Self.relative
    for name in path.components {
      let name = Array(name)
      if let next = cells[index].children[name] {
        index = next
        continue
      }
      let cell = Cell(parent: index, name: name)
      let next = free.popLast() ?? cells.count
      if next == cells.count { cells.append(cell) } else { cells[next] = cell }
      cells[index].children[name] = next
      index = next
    }
    return index
  }

  private mutating func prune(_ start: Int) {
    var index = start
    while index > Self.absolute, cells[index].leaves.isEmpty, cells[index].listings.isEmpty,
      cells[index].children.isEmpty
    {
      let parent = cells[index].parent
      cells[parent].children[cells[index].name] = nil
      free.append(index)
      index = parent
    }
  }
}
