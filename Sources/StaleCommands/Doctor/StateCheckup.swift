internal import Glibc

/// What lies in the state directory, and who may touch it.
struct StateFigures: Hashable, Sendable {
  /// A file of the agent's.
  struct File: Hashable, Sendable {
    var name: String
    /// Permission bits alone.
    var mode: UInt32
    var owner: UInt32
    var isDirectory: Bool = false
  }

  var directory: String
  /// Of the one who asks.
  var user: UInt32
  /// The directory itself; nil if there is none.
  var itself: File?
  var files: [File] = []
}

extension StateFigures {
  /// What is nobody's secret: it is made with the modes that files usually have.
  private static let open: Set<String> = [".gitignore", "staled.schema.json"]

  /// What there is to say.
  func checkup() -> Checkup {
    guard let itself else {
      return Checkup(name: "state", summary: "there is no \(directory) yet", findings: [])
    }
    var findings: [Finding] = []
    if !itself.isDirectory {
      findings.append(
        Finding(
          .error, "Where the state directory should be is a file.", figure: directory,
          remedy: "mv \(Display.quoted(directory)) \(Display.quoted(directory + ".old"))"))
    }
    if itself.owner != user {
      findings.append(
        Finding(
          .error, "The state directory belongs to somebody else: an agent of yours cannot use it.",
          figure: "\(directory) belongs to user \(itself.owner), you are \(user)",
          remedy: "Use stale as that user, or set STALED_DIR to a directory of your own."))
    } else if itself.isDirectory {
      findings += [modeOfDirectory(itself), modesOfFiles, ownersOfFiles].compactMap { $0 }
    }
    let summary = "\(directory), mode \(Self.octal(itself.mode)), \(Display.count(files.count, "file"))"
    return Checkup(name: "state", summary: summary, findings: findings)
  }

  private func modeOfDirectory(_ itself: File) -> Finding? {
    if itself.mode == 0o700 { return nil }
    let isUsable = itself.mode & 0o700 == 0o700
    return Finding(
      isUsable ? .warning : .error,
      isUsable ? "Others may enter the state directory." : "The state directory cannot be used by its owner.",
      figure: "its mode is \(Self.octal(itself.mode)), and should be 0700",
      remedy: "chmod 700 \(Display.quoted(directory))")
  }

  private var modesOfFiles: Finding? {
    let exposed = files.filter { !Self.open.contains($0.name) && $0.mode & 0o077 != 0 }
    let locked = files.filter { $0.mode & 0o600 != 0o600 }
    let wrong = locked.isEmpty ? exposed : locked
    if wrong.isEmpty { return nil }
    let paths = wrong.map { Display.quoted("\(directory)/\($0.name)") }.joined(separator: " ")
    let rights = wrong.contains(where: \.isDirectory) ? "u=rwX,go=" : "600"
    return Finding(
      locked.isEmpty ? .warning : .error,
      locked.isEmpty ? "Others may use files of the agent." : "The agent may not use its own files.",
      figure: "\(Display.count(wrong.count, "file")) with another mode than 0600",
      remedy: "chmod \(rights) \(paths)", examples: examples(wrong) { Self.octal($0.mode) })
  }

  private var ownersOfFiles: Finding? {
    let foreign = files.filter { $0.owner != user }
    if foreign.isEmpty { return nil }
    return Finding(
      .error, "Files of the agent belong to somebody else, perhaps because it once ran with sudo.",
      figure: "\(Display.count(foreign.count, "file")) of another user",
      remedy: "sudo chown -R \"$(id -u):$(id -g)\" \(Display.quoted(directory))",
      examples: examples(foreign) { "user \($0.owner)" })
  }

  private func examples(_ files: [File], _ note: (File) -> String) -> [String] {
    files.prefix(5).map { "\($0.name): \(note($0))" }
  }

  private static func octal(_ mode: UInt32) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}

extension Display {
  /// For a shell.
  static func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
