/// How much room is left: on the state's disk, and for open files.
struct RoomFigures: Hashable, Sendable {
  /// `statvfs`, for users without privileges.
  struct Disk: Hashable, Sendable {
    var freeBytes: Int
    /// Nil where the file system has no fixed number of them.
    var freeInodes: Int?
  }

  /// Of a process.
  struct OpenFiles: Hashable, Sendable {
    /// Nil: no limit. The agent raises its own as far as this.
    var hardLimit: Int?
    /// Of the running agent.
    var inUse: Int?
  }

  /// The state directory, or where it would be.
  var directory: String
  var disk: Disk?
  var openFiles: OpenFiles?
}

extension RoomFigures {
  private static let tooFewBytes = 32 << 20
  private static let fewBytes = 256 << 20
  private static let tooFewInodes = 100
  private static let fewInodes = 1000
  /// Fewer, and an agent does not start.
  private static let tooFewFiles = 64
  private static let fewFiles = 256

  /// What there is to say.
  func checkups() -> [Checkup] {
    [
      Checkup(name: "disk", summary: diskSummary, findings: [bytes, inodes].compactMap { $0 }),
      Checkup(name: "open files", summary: fileSummary, findings: [files].compactMap { $0 }),
    ]
  }

  private var diskSummary: String {
    guard let disk else { return "its free space cannot be told" }
    return "\(Display.bytes(disk.freeBytes)) free" + (disk.freeInodes.map { ", \($0) inodes free" } ?? "")
  }

  private var bytes: Finding? {
    guard let disk, disk.freeBytes < Self.fewBytes else { return nil }
    let isError = disk.freeBytes < Self.tooFewBytes
    return Finding(
      isError ? .error : .warning,
      isError
        ? "The disk of the state directory is full: nothing more can be stored."
        : "The disk of the state directory is almost full.",
      figure: "\(Display.bytes(disk.freeBytes)) are free at \(directory)",
      remedy:
        "Make room there, bound the store (\"disk\": {\"maxBytes\": …} in staled.json), or set STALED_DIR to another disk."
    )
  }

  private var inodes: Finding? {
    guard let free = disk?.freeInodes, free < Self.fewInodes else { return nil }
    return Finding(
      free < Self.tooFewInodes ? .error : .warning, "The file system of the state directory is running out of inodes.",
      figure: "\(free) are free at \(directory)", remedy: "Remove files there, or set STALED_DIR to another disk.")
  }

  private var fileSummary: String {
    guard let openFiles else { return "their limit cannot be told" }
    let limit = openFiles.hardLimit.map { "at most \($0)" } ?? "no limit"
    return limit + (openFiles.inUse.map { ", the agent has \($0)" } ?? "")
  }

  private var files: Finding? {
    guard let openFiles, let limit = openFiles.hardLimit else { return nil }
    let remedy = "ulimit -Hn 65536 before the agent starts, or LimitNOFILE=65536 in its unit"
    if let inUse = openFiles.inUse, inUse > limit - limit / 10 {
      return Finding(
        .warning, "The agent has almost as many files open as it may: further callers are turned away.",
        figure: "\(inUse) of \(limit)", remedy: remedy)
    }
    guard limit < Self.fewFiles else { return nil }
    let isError = limit < Self.tooFewFiles
    return Finding(
      isError ? .error : .warning,
      isError
        ? "Too few open files are allowed: an agent does not start."
        : "Few open files are allowed: few callers can be served at a time.",
      figure: "the limit is \(limit)", remedy: remedy)
  }
}
