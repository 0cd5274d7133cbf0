/// Files that nobody writes by hand: what tools generate, and what editors and programs put down for a moment.
enum Disposable: Equatable {
  /// Made from something else by a tool. With the pattern, as in a `.gitignore`, that leaves it out.
  case generated(pattern: String)
  /// There for a moment, or written on and on.
  case temporary(pattern: String)

  /// The pattern that leaves it out.
  var pattern: String {
    switch self {
    case .generated(let pattern), .temporary(let pattern): pattern
    }
  }

  /// What it is, for people.
  var kind: String {
    switch self {
    case .generated: "a generated file"
    case .temporary: "a temporary file"
    }
  }

  /// Directories that are never anything else, wherever they are.
  private static let generatedDirectories: Set<String> = [
    "node_modules", "__pycache__", ".build", ".cache", ".eggs", ".gradle", ".mypy_cache", ".next", ".nuxt",
    ".nyc_output", ".parcel-cache", ".pytest_cache", ".ruff_cache", ".svelte-kit", ".terraform", ".tox", ".turbo",
    ".venv", "venv", "CMakeFiles", "DerivedData",
  ]
  /// Directories that sources may well be in somewhere: only the one in question is left out.
  private static let likelyDirectories: Set<String> = [
    "build", "coverage", "dist", "obj", "out", "target", "logs", "temp", "tmp",
  ]
  private static let temporaryDirectories: Set<String> = ["logs", "temp", "tmp"]

  private static let generatedSuffixes = [
    ".o", ".obj", ".pyc", ".pyo", ".class", ".gcda", ".gcno", ".gcov", ".tsbuildinfo", ".min.js", ".min.css",
  ]
  private static let temporarySuffixes = [
    ".swp", ".swo", ".swx", ".tmp", ".temp", ".bak", ".log", ".pid", ".part", ".crdownload",
  ]
  /// vim tries with `4913` whether it may write to a directory.
  private static let temporaryNames: Set<String> = [".DS_Store", "4913", "Thumbs.db", "nohup.out"]
  private static let temporaryPrefixes = [".#", ".goutputstream-", ".nfs"]

  /// `path` as in an id (`src/a.c`); nil: as far as the name says, somebody wrote it.
  init?(path: String) {
    let parts = path.split(separator: "/").map(String.init)
    guard let name = parts.last else { return nil }
    let isAbsolute = path.utf8.first == UInt8(ascii: "/")
    // The outermost directory: the shortest pattern, and the one that saves most watches.
    for (index, part) in parts.dropLast().enumerated() {
      if Self.generatedDirectories.contains(part) {
        self = .generated(pattern: "\(part)/")
        return
      }
      // Above the workspace such a name says nothing of what is in it.
      guard Self.likelyDirectories.contains(part), !isAbsolute else { continue }
      let place = parts[...index].joined(separator: "/")
      let pattern = place.utf8.allSatisfy(Self.isLiteral) ? "/\(place)/" : "\(part)/"
      self = Self.temporaryDirectories.contains(part) ? .temporary(pattern: pattern) : .generated(pattern: pattern)
      return
    }
    if let suffix = Self.generatedSuffixes.first(where: { Self.ends(name, $0) }) {
      self = .generated(pattern: "*\(suffix)")
    } else if let suffix = Self.temporarySuffixes.first(where: { Self.ends(name, $0) }) {
      self = .temporary(pattern: "*\(suffix)")
    } else if Self.ends(name, "~") {
      self = .temporary(pattern: "*~")
    } else if name.utf8.first == UInt8(ascii: "#"), Self.ends(name, "#") {
      // A `#` at the start of a pattern begins a comment.
      self = .temporary(pattern: "\\#*#")
    } else if Self.temporaryNames.contains(name) {
      self = .temporary(pattern: name)
    } else if let prefix = Self.temporaryPrefixes.first(where: { name.utf8.starts(with: $0.utf8) }) {
      self = .temporary(pattern: "\(prefix)*")
    } else {
      return nil
    }
  }

  /// Whether there is a name before the suffix: `.log` is a file of that name.
  private static func ends(_ name: String, _ suffix: String) -> Bool {
    name.utf8.count > suffix.utf8.count && name.utf8.reversed().starts(with: suffix.utf8.reversed())
  }

  /// Neither a wildcard of patterns nor a byte that ids write in another way.
  private static func isLiteral(_ byte: UInt8) -> Bool {
    byte > UInt8(ascii: " ") && !"*?[]\\%!#".utf8.contains(byte)
  }
}
