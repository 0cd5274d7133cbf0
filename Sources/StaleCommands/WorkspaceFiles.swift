internal import Glibc
internal import Manifest
internal import Paths
internal import StaledClient

/// The files of a workspace as the agent would see them: what is ignored is left out.
struct WorkspaceFiles {
  let workspace: Workspace
  /// As the manifest has it.
  var watch = Manifest.Watch()

  /// All regular files, and links to such, relative to the root.
  func list() -> [Path] {
    let root = workspace.root
    let rules = IgnoreRules(
      ignore: watch.ignore, gitignore: watch.gitignore ? Files.read(root.appending(".gitignore".utf8)) : nil,
      readsGitignore: watch.gitignore)
    var files: [Path] = []
    var pending = [(directory: Path.root, rules: rules)]
    while let (directory, rules) = pending.popLast() {
      for (name, isDirectory) in Self.names(in: root.resolving(directory)) {
        let path = directory.appending(name)
        if rules.ignores(name, isDirectory: isDirectory) || isState(path) { continue }
        if isDirectory {
          let gitignore = watch.gitignore ? Files.read(root.resolving(path).appending(".gitignore".utf8)) : nil
          pending.append((path, rules.descending(into: name, gitignore: gitignore)))
        } else if Self.isFile(root.resolving(path)) {
          files.append(path)
        }
      }
    }
    return files.sorted()
  }

  /// The agent's own folder is no part of the workspace.
  private func isState(_ path: Path) -> Bool {
    path == ".staled" || workspace.root.resolving(path) == Path(workspace.location.stateDirectory)
  }

  private static func isFile(_ path: Path) -> Bool {
    Files.status(path, following: true).map { $0.st_mode & S_IFMT == S_IFREG } ?? false
  }

  /// The names directly in a directory; a link to a directory is no directory.
  private static func names(in directory: Path) -> [(name: [UInt8], isDirectory: Bool)] {
    guard let handle = opendir(Files.terminated(directory)) else { return [] }
    defer { closedir(handle) }
    var names: [(name: [UInt8], isDirectory: Bool)] = []
    while let entry = readdir(handle) {
      // `d_name` is NUL-terminated within its record, which stays until the next call.
      let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
        field.withMemoryRebound(to: UInt8.self, capacity: 256) { start in
          Array(
            UnsafeBufferPointer(
              start: start, count: strnlen(UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self), 256)))
        }
      }
      if name == [.dot] || name == [.dot, .dot] { continue }
      let isDirectory =
        entry.pointee.d_type == UInt8(DT_DIR)
        || (entry.pointee.d_type == UInt8(DT_UNKNOWN)
          && Files.isDirectory(directory.appending(name)) && !Files.isSymbolicLink(directory.appending(name)))
      names.append((name, isDirectory))
    }
    return names
  }
}
