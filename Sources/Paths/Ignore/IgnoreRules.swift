/// The rules in force in one directory that is not ignored itself: what in it is ignored, and what holds below it.
///
/// The order is git's: the manifest's patterns, then the `.gitignore` of this directory, then those of the directories
/// above up to the repository's top, then `.git/info/exclude`; in each the last pattern that matches decides. `.git` and the
/// agent's state directory are always ignored. What lies in an ignored directory is never asked about, so it cannot be
/// included again.
public struct IgnoreRules: Sendable {
  /// A list and how many bytes of a path belong to its directory, the slash included.
  package typealias Scoped = (list: IgnoreList, base: Int)

  /// From the weakest to the strongest.
  package var lists: [Scoped]
  /// Stronger than all, relative to its own base; nil if there are none.
  package let overrides: Scoped?
  /// Absolute.
  package let stateDirectory: [UInt8]
  /// Absolute, with a slash at the end.
  private(set) var directory: [UInt8]
  /// Whether `.gitignore`s count.
  public let readsGitignore: Bool

  package init(directory: [UInt8], lists: [Scoped], overrides: Scoped?, stateDirectory: [UInt8], readsGitignore: Bool) {
    self.directory = directory.last == .slash ? directory : directory + [.slash]
    self.lists = lists
    self.overrides = overrides
    self.stateDirectory = stateDirectory
    self.readsGitignore = readsGitignore
  }

  /// Rules for tests and tools: the manifest's patterns and a top `.gitignore`, in a directory `/`.
  public init(ignore: [String], gitignore: [UInt8]? = nil, readsGitignore: Bool = true) {
    let text = Array(ignore.joined(separator: "\n").utf8)
    self.init(
      directory: [.slash], lists: gitignore.map { [(IgnoreList($0), 1)] } ?? [],
      overrides: ignore.isEmpty ? nil : (IgnoreList(text), 1), stateDirectory: [], readsGitignore: readsGitignore)
  }

  /// Whether `name`, directly in this directory, is left out. A symbolic link to a directory is not a directory.
  public func ignores(_ name: some Collection<UInt8>, isDirectory: Bool) -> Bool {
    if name.count == 4, name.elementsEqual([.dot, 0x67, 0x69, 0x74]) { return true }  // .git
    if lists.isEmpty, overrides == nil, !stateDirectory.starts(with: directory) { return false }
    let path = directory + name
    if path == stateDirectory { return true }
    let last = path[directory.count...]
    if let overrides, let verdict = Self.ask(overrides, path, last, isDirectory) { return verdict }
    for scoped in lists.reversed() {
      if let verdict = Self.ask(scoped, path, last, isDirectory) { return verdict }
    }
    return false
  }

  private static func ask(_ scoped: Scoped, _ path: [UInt8], _ name: ArraySlice<UInt8>, _ isDirectory: Bool) -> Bool? {
    scoped.list.verdict(path: path[min(scoped.base, name.startIndex)...], name: name, isDirectory: isDirectory)
  }

  /// The rules in the directory `name` of this one, which holds the `.gitignore` given, if any.
  public func descending(into name: some Collection<UInt8>, gitignore: [UInt8]?) -> IgnoreRules {
    var below = self
    below.directory.append(contentsOf: name)
    below.directory.append(.slash)
    if readsGitignore, let gitignore { below.lists.append((IgnoreList(gitignore), below.directory.count)) }
    return below
  }

  /// Whether some rule looks at more than a name, so that a directory's new place may change what is ignored in it.
  package var dependsOnPlace: Bool { overrides?.list.isAnchored == true || lists.contains { $0.list.isAnchored } }

  /// Whether the same lists are in force.
  package func hasSameLists(as other: IgnoreRules) -> Bool {
    lists.count == other.lists.count && zip(lists, other.lists).allSatisfy { $0.list === $1.list && $0.base == $1.base }
      && overrides?.list === other.overrides?.list
  }
}

extension IgnoreRules {
  /// The rules in a directory outside the workspace: only patterns that look at names alone hold there, and `.gitignore`s
  /// from there on.
  package func outside(_ directory: [UInt8], gitignore: [UInt8]? = nil) -> IgnoreRules {
    let placeless = overrides.map { (IgnoreList($0.list.source) { !$0.isAnchored }, 0) }
    var rules = IgnoreRules(
      directory: directory, lists: [], overrides: placeless, stateDirectory: stateDirectory,
      readsGitignore: readsGitignore)
    if readsGitignore, let gitignore { rules.lists.append((IgnoreList(gitignore), rules.directory.count)) }
    return rules
  }
}
