internal import Freshness
internal import Glibc
internal import Paths
internal import Watching

/// Looks at what directories hold: the names and kinds directly inside one, and which files a glob matches.
enum DirectoryLook {
  /// The fingerprint of a directory's listing: the digest of lines `kind name`, sorted by name, each ended by NUL. What is
  /// ignored is left out.
  static func listing(of path: Path, at absolute: Path, lister: TreeLister) -> Fingerprint {
    guard let status = FileLook.status(of: absolute, following: true) else { return FileLook.absence(errno) }
    guard FileLook.isDirectory(status) else { return .special }
    // One that is ignored as a whole was named outright: then all in it counts.
    let whole = TreeLister(
      workspace: lister.workspace, rules: IgnoreRules(ignore: [], readsGitignore: false), roots: [path])
    guard let entries = lister.entries(of: path) ?? whole.entries(of: path) else {
      return FileLook.mayList(absolute) ? .absent : .unreadable
    }
    var text: [UInt8] = []
    for entry in entries {
      text += Array(entry.kind.rawValue.utf8) + [UInt8(ascii: " ")] + entry.name + [0]
    }
    return .digest(Digest(of: text))
  }

  /// The files that match, sorted.
  static func matches(of pattern: String, lister: TreeLister) -> [Path] {
    guard let glob = try? Glob(pattern) else { return [] }
    var found: [Path] = []
    lister.files(below: glob.base) { path in if glob.matches(path) { found.append(path) } }
    return found.sorted()
  }
}
