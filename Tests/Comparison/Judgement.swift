import Scenarios

/// How well a watcher told what happened.
struct Judgement {
  /// Paths that differ and that it did not name, or said the contrary of.
  var missed: [[UInt8]] = []
  /// Paths of which its last word is that they are there, and they are not: names that a file no longer has, or never
  /// had.
  var wrong: [[UInt8]] = []
  /// Paths that differ and that it did not name, but it named a directory above that was moved: who reads it has to
  /// look there.
  var byFolder: [[UInt8]] = []
  /// Tracked paths it named that do not differ.
  var phantoms: [[UInt8]] = []
  /// It ended, or went deaf.
  var died: String?

  /// Everything that differs is known from what it said.
  var isRight: Bool { died == nil && missed.isEmpty && wrong.isEmpty && byFolder.isEmpty }

  var text: String {
    if died != nil { return "died" }
    var parts: [String] = []
    if !missed.isEmpty { parts.append("missed \(missed.count)") }
    if !wrong.isEmpty { parts.append("wrong path \(wrong.count)") }
    if !byFolder.isEmpty { parts.append("folder \(byFolder.count)") }
    if parts.isEmpty { parts.append("right") }
    return parts.joined(separator: ", ") + (phantoms.isEmpty ? "" : " ~\(phantoms.count)")
  }
}

/// The tree as it was, against which a watcher's words are held afterwards.
struct Judge {
  private let tree: Tree
  private let isMove: Bool
  private let before: [Name: Content]
  /// Every content that was there, with the last part of its path: what was only moved is known by it.
  private let contents: Set<[UInt8]>

  init(_ scenario: Scenario, _ tree: Tree) throws {
    self.tree = tree
    isMove = Scenario.movedDirectories.contains { $0.name == scenario.name }
    before = try tree.contents(try scenario.tracked(tree))
    let away = try tree.files(outside: true)
    contents = Set(try tree.contents(before.keys + away).compactMap { Self.mark($0.key, $0.value) })
  }

  var tracked: [[UInt8]] { before.keys.map { tree.path($0) } }

  private static func mark(_ name: Name, _ content: Content) -> [UInt8]? {
    guard case .file(let bytes) = content else { return nil }
    return Array(name.bytes.split(separator: UInt8(ascii: "/")).last ?? []) + [0] + bytes
  }

  func judge(_ reports: [Report]) throws -> Judgement {
    var judgement = Judgement()
    var last: [[UInt8]: (says: Report.Says, index: Int)] = [:]
    for (index, report) in reports.enumerated() { last[report.path] = (report.says, index) }
    for (name, was) in before {
      let now = try tree.content(name)
      let path = tree.path(name)
      guard was != now else {
        if last[path] != nil { judgement.phantoms.append(path) }
        continue
      }
      let says = Self.goneWithFolder(path, last) ? nil : last[path]?.says
      if let says, (says != .gone) == (now != .absent) || says == .either { continue }
      if says == .here, !tree.exists(name) { continue }  // Counted below, as a wrong path.
      if says == nil, isMove, was == .absent || now == .absent, Self.isBelow(path, of: last),
        now == .absent || Self.mark(name, now).map(contents.contains) ?? false
      {
        judgement.byFolder.append(path)
      } else {
        judgement.missed.append(path)
      }
    }
    let folder = tree.folder + [UInt8(ascii: "/")]
    for (path, (says, _)) in last where path.starts(with: folder) && says == .here {
      if Self.goneWithFolder(path, last) { continue }
      if !tree.exists(Name(bytes: Array(path.dropFirst(folder.count)))) { judgement.wrong.append(path) }
    }
    return judgement
  }

  private typealias LastWords = [[UInt8]: (says: Report.Says, index: Int)]

  private static func folders(above path: [UInt8]) -> [[UInt8]] {
    path.indices.filter { path[$0] == UInt8(ascii: "/") }.map { Array(path[..<$0]) }
  }

  /// Whether a directory above was named.
  private static func isBelow(_ path: [UInt8], of last: LastWords) -> Bool {
    folders(above: path).contains { last[$0] != nil }
  }

  /// Whether a directory above was said to be gone after the last word on the path: that says it of the path too.
  private static func goneWithFolder(_ path: [UInt8], _ last: LastWords) -> Bool {
    guard let index = last[path]?.index else { return false }
    return folders(above: path).contains { last[$0].map { $0.says == .gone && $0.index > index } ?? false }
  }
}
