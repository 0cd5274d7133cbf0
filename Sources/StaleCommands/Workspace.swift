internal import FoundationEssentials
internal import Glibc
public import Paths
public import StaledClient

/// The workspace that a command is about.
public struct Workspace: Sendable {
  /// Its root, absolute, without symbolic links.
  public let root: Path
  /// The root as it was named, if that differs.
  public let alias: Path?
  /// Where the agent keeps its state.
  public let location: AgentLocation

  /// Finds the workspace: `named`, or the nearest directory from `currentDirectory` upwards that holds a `staled.json` or a
  /// `.staled`.
  public static func find(
    named: String?, from currentDirectory: Path, stateDirectory: String? = Files.environment("STALED_DIR")
  ) throws(Failure) -> Workspace {
    if let named {
      let given = currentDirectory.resolving(Path(RawArguments.bytes(of: named), isSymbolicLink: { _ in true }))
      guard let root = Files.realPath(given), Files.isDirectory(root) else {
        throw Failure(
          "There is no directory \(named).", remedy: "Give the directory that holds staled.json to --workspace.",
          status: .wrongUse)
      }
      return Workspace(root: root, alias: given == root ? nil : given, stateDirectory: stateDirectory)
    }
    var candidate: Path? = currentDirectory
    while let directory = candidate {
      if Files.exists(directory.appending("staled.json".utf8)) || Files.isDirectory(directory.appending(".staled".utf8))
      {
        return Workspace(root: directory, alias: nil, stateDirectory: stateDirectory)
      }
      candidate = directory.parent
    }
    throw Failure(
      "There is no workspace here: no staled.json in \(currentDirectory) or above it.",
      remedy: "Write one with \"stale init\", or name a workspace with --workspace DIR.", status: .wrongUse)
  }

  init(root: Path, alias: Path?, stateDirectory: String?) {
    self.root = root
    self.alias = alias
    location = AgentLocation(workspace: "\(root)", override: stateDirectory)
  }

  /// `staled.json`.
  public var manifest: Path { root.appending("staled.json".utf8) }

  /// `defaults.namespace` of the manifest, or `default`.
  ///
  /// Only that member is looked at: whether the rest is sound is for the agent to say, which goes on with the last good one.
  public func defaultNamespace() throws(Failure) -> String {
    struct Outline: Decodable {
      struct Defaults: Decodable { var namespace: String? }
      var defaults: Defaults?
    }
    guard let text = Files.read(manifest) else { return "default" }
    guard let outline = try? JSONDecoder().decode(Outline.self, from: Data(text)) else {
      throw Failure(
        "The default namespace cannot be told: staled.json is no valid manifest.",
        remedy: "See \"stale validate\", or name the entry as namespace/key.", status: .wrongUse)
    }
    return outline.defaults?.namespace ?? "default"
  }
}
