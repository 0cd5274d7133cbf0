internal import Freshness
internal import Glibc
internal import Manifest
internal import Paths
internal import Watching

/// The manifest in force, and what is wrong with the file as it is now.
struct LoadedManifest: Sendable {
  /// The last good one; an empty one where there is no file.
  var manifest: Manifest
  /// The bytes that were read last: equal ones are not read again.
  var bytes: [UInt8]?
  /// Why the file as it is now is not the one in force, a line each.
  var unusable: [String] = []
  /// What does not fit together in the one in force for the files that are there now, a line each.
  var conflicts: [String] = []
  /// Schedules of the one in force that cannot run, a line each.
  var unscheduled: [String] = []
  /// All that is wrong, as `status` tells it.
  var problems: [String] { unusable + conflicts + unscheduled }
  /// What the manifest asks for and this version does not carry out.
  var warnings: [String] = []
  /// The file may have changed since it was read.
  var touched = false

  /// Reads the workspace's manifest; without a file an empty one is in force. A broken one is thrown as what to print.
  static func load(
    workspace: Path, context: NamingContext, remote: RemoteCalls
  ) throws(ManifestBroken) -> LoadedManifest {
    let file = workspace.resolving(manifestPath)
    let bytes: [UInt8]?
    do throws(ManifestUnreadable) {
      let answer = remote.reach(file) { () -> Result<[UInt8]?, ManifestUnreadable> in
        do throws(ManifestUnreadable) { return .success(try self.bytes(of: file)) } catch { return .failure(error) }
      }
      guard let answer else { throw ManifestUnreadable(file: file, reason: "its file system does not answer") }
      bytes = try answer.get()
    } catch {
      throw ManifestBroken(problems: [error.description])
    }
    guard let bytes else { return LoadedManifest(manifest: Manifest(file: manifestName)) }
    switch Manifest.read(bytes, file: manifestName, context: context) {
    case .success(let (manifest, warnings)):
      return LoadedManifest(manifest: manifest, bytes: bytes, warnings: warnings.map(\.description))
    case .failure(let broken): throw ManifestBroken(problems: broken.problems.map(\.description))
    }
  }

  /// Where it is, relative to the workspace root.
  static let manifestName = "staled.json"
  static let manifestPath = Path(manifestName)

  /// How long a batch waits after its last event.
  var settle: Duration { manifest.watch.settle.duration }
  /// How long a batch waits at most.
  var maxDelay: Duration { manifest.watch.maxDelay.duration }

  /// Reads the file; nil if there is none. Throws what `open` or `read` said.
  static func bytes(of file: Path) throws(ManifestUnreadable) -> [UInt8]? {
    let descriptor = FileLook.withCString(file) { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY) }
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw ManifestUnreadable(file: file, reason: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw ManifestUnreadable(file: file, reason: "it is not a regular file")
    }
    guard status.st_size <= 16 << 20 else {
      throw ManifestUnreadable(file: file, reason: "it has over 16 MiB")
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw ManifestUnreadable(file: file, reason: String(cString: strerror(errno)))
      }
      bytes += buffer[..<count]
    }
  }
}

/// The manifest cannot be used.
struct ManifestBroken: Error {
  /// A line each.
  let problems: [String]
}

/// There is a manifest, and it cannot be read.
struct ManifestUnreadable: Error, CustomStringConvertible {
  let file: Path
  let reason: String
  var description: String { "\(file): cannot be read: \(reason)" }
}
