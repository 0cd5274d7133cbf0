public import Paths

/// What happened on disk, in the kernel's order. Paths are relative to the workspace where they lie below it, else
/// absolute. An event says *may differ*: the receiver compares.
public enum WatchEvent: Hashable, Sendable {
  /// Bytes or metadata of what stands at this name may differ.
  case modified(Path)
  /// The name came, went or stands for something else now; its parent's listing changes.
  case renamed(Path)
  /// Any name directly in this directory may have come or gone, or have been there for a while with something in it: only
  /// what it holds now was seen. What is tracked below those names is told by itself.
  case names(Path)
  /// Everything at and below may differ: a directory came, went, was renamed, mounted over, could not be seen, or its
  /// ignore rules changed.
  case tree(Path)
  /// The kernel's queue overflowed: anything may differ. Everything is watched again when this is delivered.
  case everything
  /// Every event queued before `barrier(id)` was called has been delivered.
  case barrier(UInt64)
  /// A watched root, the workspace, or something of the state directory (then its absolute path is given) vanished. If a
  /// root comes back, `tree` says so.
  case rootLost(Path)
}

extension WatchEvent {
  var isBarrier: Bool { if case .barrier = self { true } else { false } }
}

/// What a `Watcher` watches.
public struct WatchConfiguration: Hashable, Sendable {
  /// The workspace's real path: absolute, without symbolic links.
  public var workspace: Path
  /// Watched with all below, relative to the workspace or absolute; the workspace itself is `Path.root`. A root that is a
  /// symbolic link stands for where it points at start, and is reported under that.
  public var roots: [Path]
  /// Patterns in gitignore syntax, relative to the workspace root, that win over every `.gitignore`. On roots outside the
  /// workspace only those without an inner slash have an effect.
  public var ignore: [String]
  /// Whether `.gitignore` and `.git/info/exclude` are honoured.
  public var gitignore: Bool
  /// Absolute; never watched or reported, but for `cookies` inside, which is made if it is missing.
  public var stateDirectory: Path

  /// All of it.
  public init(
    workspace: Path, roots: [Path] = [.root], ignore: [String] = [], gitignore: Bool = true, stateDirectory: Path
  ) {
    self.workspace = workspace
    self.roots = roots
    self.ignore = ignore
    self.gitignore = gitignore
    self.stateDirectory = stateDirectory
  }
}

/// How well the watching goes.
public struct WatchStatus: Hashable, Sendable {
  /// Kernel watches held.
  public var watches: Int
  /// Names that are compared at each barrier and from time to time, because events do not tell of all their changes.
  public var compared: Int
  /// Where that is so, by path; empty when all is well. What cannot even be compared is reported as `tree` before each
  /// barrier.
  public var degraded: [Degradation]
}

/// A subtree that cannot be watched, or not by events alone.
public struct Degradation: Hashable, Sendable {
  /// The directory or file.
  public var path: Path
  /// What is wrong, in words.
  public var reason: String
  /// What a person has to do, as a command where there is one.
  public var remedy: String
}

/// Why a watcher cannot begin at all.
public struct WatchError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What failed, on what.
  public var message: String
  /// What to do.
  public var remedy: String
  /// One line each.
  public var description: String { "\(message)\n\(remedy)" }
}
