internal import ArgumentParser
internal import Freshness
internal import Glibc
internal import Manifest
internal import Paths

/// `stale init`
struct Init: StaleCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Writes a staled.json fit for what it finds.",
    discussion: """
      In the current directory, or in that of --workspace. One that is there is never overwritten.

      Examples:
        stale init
        stale init --workspace ~/project && stale start --workspace ~/project
      """)

  @OptionGroup var global: GlobalOptions

  func execute(_ session: Session) async throws -> Int32 {
    // Not the nearest workspace above: this is where one begins.
    let place = global.workspace ?? "."
    let workspace = try Workspace.find(
      named: place, from: session.environment.currentDirectory, stateDirectory: session.environment.stateDirectory)
    let there = Failure(
      "There is a staled.json already: \(workspace.manifest).",
      remedy: "Edit it, and see \"stale validate\".", status: .no)
    if Files.exists(workspace.manifest) { throw there }
    let root = workspace.root
    let text = Manifest.initial(for: WorkspaceFiles(workspace: workspace).list()) { path in
      let path = root.resolving(path)
      // Makefiles and their like are small; nothing else is worth reading here.
      guard let status = Files.status(path, following: true), status.st_size <= 1 << 20 else { return nil }
      return Files.read(path)
    }
    let descriptor = open(Files.terminated(workspace.manifest), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    if descriptor < 0, errno == EEXIST { throw there }
    guard descriptor >= 0, Files.write(text.utf8, to: descriptor), close(descriptor) == 0 else {
      throw Failure(
        "\(workspace.manifest) cannot be written: \(String(cString: strerror(errno))).",
        remedy: "See who may write to the directory, and whether its disk is full.", status: .refused)
    }
    if global.json {
      try session.output.json(["manifest": "\(workspace.manifest)"])
    } else if !global.quiet {
      try session.output.line("wrote \(workspace.manifest); next: \"stale start\"")
    }
    return 0
  }
}

/// `stale validate`
struct Validate: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Checks a manifest, without an agent.",
    discussion: """
      Without FILE the workspace's staled.json. Prints every problem with its line and column on standard error, and ends 2 \
      if there is an error; warnings alone do no harm.

      Examples:
        stale validate
        stale validate draft.json && mv draft.json staled.json
      """)

  /// What `--json` prints.
  struct Report: Encodable {
    struct Problem: Encodable {
      var file: String
      var line: Int
      var column: Int
      var severity: String
      var message: String
      var remedy: String?
    }
    var ok: Bool
    var entries: Int?
    var problems: [Problem]
  }

  @OptionGroup var global: GlobalOptions
  @Argument(help: "The manifest.", completion: .file(extensions: ["json"])) var file: String?

  func execute(_ session: Session) async throws -> Int32 {
    let directory = session.environment.currentDirectory
    let path: Path
    let workspace: Workspace
    if let file {
      path = directory.resolving(Path(RawArguments.bytes(of: file), isSymbolicLink: { _ in true }))
      // A manifest is about the directory it stands in, unless that is said.
      workspace = try Workspace.find(
        named: global.workspace ?? path.parent.map { "\($0)" }, from: directory, stateDirectory: nil)
    } else {
      workspace = try session.workspace()
      path = workspace.manifest
    }
    guard let text = Files.read(path) else {
      throw Failure(
        "\(path) cannot be read: \(String(cString: strerror(errno))).",
        remedy: "Write a manifest with \"stale init\", or name one.", status: .wrongUse)
    }
    let figures = ManifestFigures(text, name: file ?? "staled.json", of: workspace)
    let (problems, entries) = (figures.problems, figures.entries)
    let isGood = !problems.contains { $0.severity == .error }
    if global.json {
      try session.output.json(Report(ok: isGood, entries: isGood ? entries : nil, problems: problems.map(Self.wire)))
    } else {
      for problem in problems where problem.severity == .error || !global.quiet {
        session.complain(Display.safe(problem.description))
      }
      if isGood, !global.quiet {
        try session.output.line("\(file ?? "staled.json") is valid: \(Display.count(entries ?? 0, "entry", "entries"))")
      }
    }
    return isGood ? 0 : Failure.Status.wrongUse.rawValue
  }

  private static func wire(_ problem: ManifestProblem) -> Report.Problem {
    Report.Problem(
      file: problem.file, line: problem.line, column: problem.column, severity: problem.severity.rawValue,
      message: problem.message, remedy: problem.remedy)
  }
}
