internal import Glibc
internal import Paths

/// Finds the workspace: the folder that was named, or the nearest one above that holds `staled.json`, as git does.
enum WorkspaceFinder {
  /// Its real path.
  static func find(folder: String?) throws(StartupError) -> Path {
    if let folder {
      guard let real = realPath(Path(folder)) else {
        throw StartupError(.current, "watch the workspace", Path(folder))
      }
      return real
    }
    guard let here = realPath(".") else { throw StartupError(.current, "find", ".") }
    var place: Path? = here
    while let folder = place {
      if FileLook.status(of: folder.appending(Array("staled.json".utf8)), following: true) != nil { return folder }
      place = folder.parent
    }
    throw StartupError(
      "no staled.json in \(here) or above it", remedy: "make one with `stale init`, or name a folder: --workspace DIR",
      exitCode: 2)
  }

  /// The absolute names under which paths in the workspace may be given: its real path, and the current directory's name
  /// for it where that leads through symbolic links.
  static func names(of workspace: Path) -> [Path] {
    guard let logical = getenv("PWD").map({ Path(String(cString: $0)) }), logical.isAbsolute,
      logical != workspace, realPath(logical) == workspace
    else { return [workspace] }
    return [workspace, logical]
  }

  private static func realPath(_ path: Path) -> Path? {
    FileLook.realPath(path.isRoot ? "/proc/self/cwd" : path)
  }
}
