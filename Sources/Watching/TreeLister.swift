internal import CInotifyTools
public import Paths

/// Lists what is not ignored, by the watcher's rules, straight from the disk. It never follows a symbolic link to a directory
/// and is at ease with what comes and goes meanwhile.
public struct TreeLister: Sendable {
  /// A name directly in a directory.
  public struct Entry: Hashable, Sendable {
    /// One component.
    public var name: [UInt8]
    /// What stands there; links are not followed.
    public var kind: Kind
  }

  /// What stands at a name.
  public enum Kind: String, Hashable, Sendable {
    /// A regular file.
    case file
    /// A directory.
    case directory
    /// A symbolic link, to whatever.
    case link
    /// A socket, pipe or device.
    case special
  }

  /// Absolute.
  public let workspace: Path
  private let rules: IgnoreRules
  private let roots: [Path]
  private let shared: Set<UInt64>
  /// How file systems are asked that may not answer.
  public let remote: RemoteCalls

  /// What a directory holds could not be seen, for want of descriptors, memory or an answer: it is to be tried again.
  public struct Failed: Error {
    public init() {}
  }

  /// `rules`: those in force in the workspace root, of which the absolute path is given. A root is listed even where
  /// the rules ignore it.
  public init(workspace: Path, rules: IgnoreRules, roots: [Path] = [.root], remote: RemoteCalls = RemoteCalls()) {
    self.init(workspace: workspace, rules: rules, roots: roots, shared: [], remote: remote)
  }

  /// `shared`: devices as `isShared` takes them apart, the major number in the upper half.
  package init(
    workspace: Path, rules: IgnoreRules, roots: [Path], shared: Set<UInt64>, remote: RemoteCalls = RemoteCalls()
  ) {
    self.workspace = workspace
    self.rules = rules
    self.roots = roots
    self.shared = shared
    self.remote = remote
  }

  init<K>(_ tree: WatchTree<K>, remote: RemoteCalls = RemoteCalls()) {
    self.init(
      workspace: tree.configuration.workspace, rules: tree.workspaceRules,
      roots: tree.roots.compactMap { tree.path($0) }, shared: tree.mounts.remoteDevices, remote: remote)
  }

  private typealias Asking = DeadlineKernel<LinuxKernel>
  private var kernel: Asking { DeadlineKernel(LinuxKernel(inotify: -1), remote, for: .looking) }

  /// Whether what is on a device, as `st_dev` names it, is written by others than this machine, so that its time stamps may
  /// be another clock's.
  public func isShared(_ device: UInt64) -> Bool {
    !shared.isEmpty && shared.contains(staled_device(device))
  }

  /// Calls `each` with every regular file and symbolic link at and below `base` that is not ignored;
  /// sorted within a directory, by bytes. Nothing is listed in what is ignored, but for a root.
  ///
  /// - Returns: how many names were read.
  @discardableResult
  public func files(below base: Path, _ each: (Path) -> Void) throws(Failed) -> Int {
    guard let start = try enter(base) else { return 0 }
    var count = 0
    var pending = [(path: start.path, rules: start.rules)]
    let kernel = kernel
    while let (path, rules) = pending.popLast() {
      guard let names = try names(in: path, rules, kernel) else { continue }
      // A directory is opened and its rules are looked for, which costs as much as some names.
      count += names.count + 8
      var below: [(path: Path, rules: IgnoreRules)] = []
      for entry in names {
        let name = path.appending(entry.name)
        switch entry.kind {
        case .file: each(name)
        case .link:
          // One that leads nowhere is listed too: that a file appears behind it is no event where it stands. Only the locks
          // that Emacs hangs beside a file while it is edited, `.#name`, would come and go for nothing.
          if !entry.name.starts(with: [.dot, UInt8(ascii: "#")]) || leadsToFile(name) {
            each(name)
          }
        case .directory: below.append((name, try descend(rules, into: entry.name, at: name, kernel)))
        case .special: break
        }
      }
      pending.append(contentsOf: below.reversed())
    }
    return count
  }

  /// Whether all that lies below `directory` is watched, so that a file which comes there is an event.
  public func isBelowRoot(_ directory: Path) -> Bool { roots.contains { directory.isWithin($0) } }

  /// The names directly in a directory, sorted, without what is ignored; nil if there is no directory, it is ignored or
  /// cannot be read.
  public func entries(of directory: Path) throws(Failed) -> [Entry]? {
    guard let start = try enter(directory) else { return nil }
    return try names(in: start.path, start.rules, kernel)
  }

  /// Whether a regular file stands there, links followed.
  private func leadsToFile(_ path: Path) -> Bool {
    let path = workspace.resolving(path)
    return remote.reach(path) { LinuxKernel(inotify: -1).leadsToFile(path.bytes) } ?? true
  }

  private func absolute(_ path: Path) -> [UInt8] { workspace.resolving(path).bytes }

  private func names(in directory: Path, _ rules: IgnoreRules, _ kernel: Asking) throws(Failed) -> [Entry]? {
    var listing = Listing()
    do throws(Errno) {
      let handle = try kernel.openDirectory(absolute(directory))
      defer { kernel.close(handle) }
      try kernel.list(handle, into: &listing)
    } catch {
      if error.isPassing { throw Failed() }
      return nil
    }
    var names: [Entry] = []
    for index in 0..<listing.count {
      let name = listing.name(index)
      let kind: Kind
      switch listing.kind(index) {
      case .file: kind = .file
      case .directory: kind = .directory
      case .link: kind = .link
      case .special: kind = .special
      case .unknown, .absent: continue
      }
      if rules.ignores(name, isDirectory: kind == .directory), !roots.contains(directory.appending(name)) { continue }
      names.append(Entry(name: Array(name), kind: kind))
    }
    names.sort { $0.name.lexicographicallyPrecedes($1.name) }
    return names
  }

  private func descend(
    _ rules: IgnoreRules, into name: some Collection<UInt8>, at path: Path, _ kernel: Asking
  ) throws(Failed) -> IgnoreRules {
    rules.descending(into: name, gitignore: rules.readsGitignore ? try gitignore(in: absolute(path), kernel) : nil)
  }

  private func gitignore(in directory: [UInt8], _ kernel: Asking) throws(Failed) -> [UInt8]? {
    do throws(Errno) { return try kernel.read(directory + [.slash] + RuleBook.fileName) } catch { throw Failed() }
  }

  /// The rules at `base`, or nil if it lies in something ignored that is no root.
  private func enter(_ base: Path) throws(Failed) -> (path: Path, rules: IgnoreRules)? {
    let kernel = kernel
    var at = Path.root
    var rules = self.rules
    var names = base.components[...]
    if base.isAbsolute {
      guard let root = roots.first(where: { $0.isAbsolute && base.isWithin($0) }) else {
        return (base, self.rules.outside(base.bytes))
      }
      at = root
      let gitignore = self.rules.readsGitignore ? try gitignore(in: root.bytes, kernel) : nil
      rules = self.rules.outside(root.bytes, gitignore: gitignore)
      names = names.dropFirst(root.components.count)
    }
    var isIgnored = false
    for name in names {
      let next = at.appending(name)
      if rules.ignores(name, isDirectory: true) { isIgnored = true }
      if roots.contains(next) { isIgnored = false }
      rules = try descend(rules, into: name, at: next, kernel)
      at = next
    }
    return isIgnored ? nil : (at, rules)
  }
}
