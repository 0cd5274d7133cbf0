internal import Freshness
internal import Glibc
internal import Paths
internal import Watching

/// Looks at what directories hold: the names and kinds directly inside one, and which files a glob matches.
enum DirectoryLook {
  /// The fingerprint of a directory's listing: the digest of lines `kind name`, sorted by name, each ended by NUL. What is
  /// ignored is left out; in a directory that is ignored itself and named all the same, everything counts.
  static func listing(of path: Path, in workspace: Path, lister: TreeLister) throws(TreeLister.Failed) -> Fingerprint {
    let absolute = workspace.resolving(path)
    switch try reach(absolute, lister) {
    case .nothing(let error): return try absence(error)
    case .other: return .special
    case .directory(let real):
      return try listing(of: absolute, at: real, in: workspace, lister)
    }
  }

  private static func listing(
    of absolute: Path, at real: Path, in workspace: Path, _ lister: TreeLister
  ) throws(TreeLister.Failed) -> Fingerprint {
    guard let entries = try entries(of: real.relative(to: workspace) ?? real, at: real, lister) else {
      if case .nothing(let error) = try reach(absolute, lister) { return try absence(error) }
      return .unreadable
    }
    var text: [UInt8] = []
    for entry in entries {
      text += Array(entry.kind.rawValue.utf8) + [UInt8(ascii: " ")] + entry.name + [0]
    }
    return .digest(Digest(of: text))
  }

  /// What a path leads to.
  private enum Reached {
    /// Its real path: the lister follows no links.
    case directory(Path)
    case other
    case nothing(error: Int32)
  }

  private static func reach(_ path: Path, _ lister: TreeLister) throws(TreeLister.Failed) -> Reached {
    let reached = lister.remote.reach(path) { () -> Reached in
      guard let status = FileLook.status(of: path, following: true) else { return .nothing(error: errno) }
      return FileLook.isDirectory(status) ? .directory(FileLook.realPath(path) ?? path) : .other
    }
    guard let reached else { throw TreeLister.Failed() }
    return reached
  }

  private static func absence(_ error: Int32) throws(TreeLister.Failed) -> Fingerprint {
    guard let absence = FileLook.absence(error) else { throw TreeLister.Failed() }
    return absence
  }

  /// Without what is ignored; of a directory that is ignored itself everything.
  private static func entries(
    of place: Path, at directory: Path, _ lister: TreeLister
  ) throws(TreeLister.Failed) -> [TreeLister.Entry]? {
    if let entries = try lister.entries(of: place) { return entries }
    return try TreeLister(
      workspace: directory, rules: IgnoreRules(ignore: [], readsGitignore: false), remote: lister.remote
    ).entries(of: .root)
  }

  /// The files that match, sorted. A link to a directory is followed where the pattern names it outright, and where it is
  /// met below that it is not.
  ///
  /// `names`: how many were read for it. Nil where what comes and goes could not be seen: several levels of directories outside the watched roots, or behind a
  /// link. What rests on such a glob is never fresh.
  static func matches(of pattern: String, in workspace: Path, lister: TreeLister, names: inout Int) throws(TreeLister
    .Failed)
    -> [Path]?
  {
    guard let glob = try? Glob(pattern) else { return [] }
    let base = workspace.resolving(glob.base)
    var real = base
    if case .directory(let path) = try reach(base, lister) { real = path }
    if real == base, lister.isBelowRoot(glob.base) {
      var found: [Path] = []
      names = try lister.files(below: glob.base) { path in if glob.matches(path) { found.append(path) } }
      return found.sorted()
    }
    guard isFlat(pattern, below: glob.base) else { return nil }
    var found: [Path] = []
    let place = real.relative(to: workspace) ?? real
    for entry in try entries(of: place, at: real, lister) ?? []
    where entry.kind == .file || entry.kind == .link {
      let path = glob.base.appending(entry.name)
      if glob.matches(path) { found.append(path) }
    }
    return found.sorted()
  }

  /// Whether a pattern matches only what stands directly in its base directory.
  private static func isFlat(_ pattern: String, below base: Path) -> Bool {
    if pattern.hasSuffix("/") { return false }
    let rest = pattern.utf8.dropFirst(base.bytes.count).drop { $0 == .slash }
    return !rest.contains(.slash) && !String(decoding: Array(rest), as: UTF8.self).hasPrefix("**")
  }
}
