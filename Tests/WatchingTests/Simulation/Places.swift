import Paths

@testable import Watching

/// Paths as numbers, given out as they turn up: what somebody knows of a tree is compared and looked up all the time.
struct Places {
  typealias Place = Int

  private struct Entry {
    var parent: Place
    var name: Name
    var children: [(name: Name, place: Place)] = []
  }

  private var entries: [Entry]
  /// The workspace, and `/`. The one lies in the other: what is told of `/` is told of it, too.
  static let workspace: Place = 0
  static let top: Place = 1
  /// Read once for each text.
  private var lists: [[UInt8]: IgnoreList] = [:]

  init() {
    let name = Name(History.workspace.name)
    entries = [
      Entry(parent: Self.top, name: name),
      Entry(parent: -1, name: .dots, children: [(name, Self.workspace)]),
    ]
  }

  subscript(path: Path) -> Place {
    mutating get {
      var at = path.isAbsolute ? Self.top : Self.workspace
      for name in Name.reversed(path.bytes).reversed() { at = child(name, of: at) }
      return at
    }
  }

  mutating func child(_ name: Name, of parent: Place) -> Place {
    for child in entries[parent].children where child.name == name { return child.place }
    entries.append(Entry(parent: parent, name: name))
    entries[parent].children.append((name, entries.count - 1))
    return entries.count - 1
  }

  /// Nil for `/`.
  func parent(of place: Place) -> Place? { entries[place].parent < 0 ? nil : entries[place].parent }
  func name(of place: Place) -> Name { entries[place].name }

  func isIn(_ trees: Set<Place>, _ place: Place) -> Bool {
    if trees.isEmpty { return false }
    var at = place
    while at >= 0 {
      if trees.contains(at) { return true }
      at = entries[at].parent
    }
    return false
  }

  func text(_ place: Place) -> String {
    if place == Self.workspace { return "." }
    guard let parent = parent(of: place) else { return "" }
    return parent == Self.workspace ? "\(name(of: place))" : "\(text(parent))/\(name(of: place))"
  }

  mutating func list(_ text: [UInt8]) -> IgnoreList {
    if let known = lists[text] { return known }
    let list = IgnoreList(text)
    lists[text] = list
    return list
  }
}

/// The names in a directory and their kinds, four bits each.
struct Names: Hashable, CustomStringConvertible {
  private var bits: UInt64 = 0

  /// All that are ever in a directory that matters.
  private static let all = ["a", "b", "c", "x", ".gitignore"].map { Name($0.utf8) }

  private static func shift(_ name: Name) -> UInt64 {
    switch name.number {
    case all[0].number: 0
    case all[1].number: 4
    case all[2].number: 8
    case all[3].number: 12
    case all[4].number: 16
    // What is at the top, and never looked at.
    default: 20
    }
  }

  /// Nil where there is none.
  subscript(name: Name) -> FileKind? {
    get {
      let kind = FileKind(rawValue: UInt8((bits >> Self.shift(name)) & 15))
      return kind == .unknown ? nil : kind
    }
    set {
      let shift = Self.shift(name)
      bits = bits & ~(15 << shift) | UInt64(newValue?.rawValue ?? 0) << shift
    }
  }

  static var known: [Name] { all }
  var description: String {
    Self.all.compactMap { name in self[name].map { "\(name): \($0)" } }.joined(separator: ", ")
  }
}
