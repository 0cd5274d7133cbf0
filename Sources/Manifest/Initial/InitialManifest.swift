public import Paths

extension Manifest {
  /// The text of a manifest that fits what stands in a workspace, for `stale init`: one that is read without a problem and
  /// whose rules match files that are there.
  ///
  /// `paths` are the files of the workspace, relative to it, ignored ones left out; `contents` gives the bytes of a small
  /// file, or nil. The same list gives the same text in whatever order it comes.
  public static func initial(for paths: [Path], contents: @escaping (Path) -> [UInt8]? = { _ in nil }) -> String {
    let listing = WorkspaceListing(paths: paths, contents: contents)
    var draft = ManifestDraft()
    for look in WorkspaceKinds.all { look(listing, &draft) }
    if draft.isEmpty { WorkspaceKinds.anything(listing, &draft) }
    return draft.text
  }
}

/// What stands in a workspace.
struct WorkspaceListing {
  let paths: [Path]
  private let set: Set<Path>
  private let contents: (Path) -> [UInt8]?

  init(paths: [Path], contents: @escaping (Path) -> [UInt8]?) {
    self.paths = paths.filter { !$0.isAbsolute && !$0.isRoot }.sorted()
    set = Set(self.paths)
    self.contents = contents
  }

  func has(_ path: Path) -> Bool { set.contains(path) }

  func text(_ path: Path) -> String {
    has(path) ? contents(path).map { String(decoding: $0, as: UTF8.self) } ?? "" : ""
  }

  /// Those of `patterns` that match a file.
  func present(_ patterns: [String]) -> [String] {
    patterns.filter { pattern in
      guard let glob = try? Glob(pattern) else { return false }
      if let literal = glob.literal { return has(literal) }
      return paths.contains { glob.matches($0) }
    }
  }

  /// The files that `pattern` matches.
  func matching(_ pattern: String) -> [Path] {
    guard let glob = try? Glob(pattern) else { return [] }
    return paths.filter { glob.matches($0) }
  }
}

/// A manifest being put together, and how it is written.
struct ManifestDraft {
  /// One of `entries` or `rules`: members in the order they are written.
  struct Item {
    var key: String
    var files: [String]
    var entries: [String] = []
    var resources: [String] = []
    var tags: [String] = []
  }

  private(set) var ignore: [String] = []
  private(set) var entries: [Item] = []
  private(set) var rules: [Item] = []

  var isEmpty: Bool { entries.isEmpty && rules.isEmpty }

  /// Leaves a folder that tools write into out of what is watched.
  mutating func ignore(_ patterns: String...) {
    for pattern in patterns where !ignore.contains(pattern) { ignore.append(pattern) }
  }

  /// Adds an entry unless it would depend on nothing or there is one of its name.
  mutating func entry(_ item: Item) {
    guard !item.files.isEmpty || !item.entries.isEmpty, !entries.contains(where: { $0.key == item.key }) else { return }
    entries.append(item)
  }

  mutating func rule(_ item: Item) {
    if !rules.contains(where: { $0.files.first == item.files.first }) { rules.append(item) }
  }

  var text: String {
    var parts = [
      "\"$schema\": \(Self.quote(ManifestSchema.path))",
      "\"version\": 1",
    ]
    if !ignore.isEmpty { parts.append("\"watch\": {\"ignore\": \(Self.list(ignore))}") }
    parts.append("\"defaults\": {\"namespace\": \"build\"}")
    if !entries.isEmpty { parts.append("\"entries\": [\n\(entries.map(Self.item).joined(separator: ",\n"))\n  ]") }
    if !rules.isEmpty { parts.append("\"rules\": [\n\(rules.map(Self.item).joined(separator: ",\n"))\n  ]") }
    return "{\n" + parts.map { "  \($0)" }.joined(separator: ",\n") + "\n}\n"
  }

  private static func item(_ item: Item) -> String {
    var members = ["\"key\": \(quote(item.key))"]
    if item.files.count == 1 {
      members.append("\"files\": \(quote(item.files[0]))")
    } else if !item.files.isEmpty {
      members.append("\"files\": \(list(item.files))")
    }
    for (name, values) in [("entries", item.entries), ("resources", item.resources), ("tags", item.tags)]
    where !values.isEmpty {
      members.append("\"\(name)\": \(list(values))")
    }
    let line = "    {\(members.joined(separator: ", "))}"
    return line.count <= 100 ? line : "    {\n      \(members.joined(separator: ",\n      "))\n    }"
  }

  private static func list(_ values: [String]) -> String { "[\(values.map(quote).joined(separator: ", "))]" }

  /// A JSON string (RFC 8259, section 7).
  static func quote(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        quoted += "\\"
        quoted.unicodeScalars.append(scalar)
      case _ where scalar.value < 0x20:
        quoted += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
