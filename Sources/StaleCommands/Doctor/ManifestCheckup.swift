internal import Freshness
internal import Manifest
internal import Paths

/// What is wrong with a manifest, as `stale validate` says it.
struct ManifestFigures: Hashable, Sendable {
  /// Whether there is one.
  var exists: Bool
  var problems: [ManifestProblem] = []
  /// Nil if it could not be read.
  var entries: Int?
  /// What it says of watching, or what holds without one.
  var watch = Manifest.Watch()

  /// Reads the manifest of a workspace, and all that its rules make of the files there.
  init(reading workspace: Workspace) {
    guard let text = Files.read(workspace.manifest) else {
      self.init(exists: Files.exists(workspace.manifest))
      return
    }
    self.init(text, name: "staled.json", of: workspace)
  }

  /// - Parameter name: how problems call the file.
  init(_ text: [UInt8], name: String, of workspace: Workspace) {
    exists = true
    let root = workspace.root
    let context = NamingContext(
      workspace: [root],
      isSymbolicLink: { Files.isSymbolicLink(root.resolving($0, isSymbolicLink: { _ in true })) })
    switch Manifest.read(text, file: name, context: context) {
    case .failure(let failure): problems = failure.problems
    case .success(let (manifest, warnings)):
      let files =
        manifest.rulePatterns.isEmpty ? [] : WorkspaceFiles(workspace: workspace, watch: manifest.watch).list()
      let expansion = manifest.expand(context: context) { pattern in
        guard let glob = try? Glob(pattern) else { return [] }
        return files.filter { glob.matches($0) }
      }
      problems = warnings + expansion.problems
      problems += Self.unknownZones(in: manifest, name) + Self.mistakenIDs(in: expansion.declarations, name, root)
      entries = expansion.declarations.count
      watch = manifest.watch
    }
  }

  init(exists: Bool, problems: [ManifestProblem] = [], entries: Int? = nil) {
    self.exists = exists
    self.problems = problems
    self.entries = entries
  }

  /// Time zones that this machine has no file for: schedules there do not run.
  private static func unknownZones(in manifest: Manifest, _ file: String) -> [ManifestProblem] {
    let database: Path = "/usr/share/zoneinfo"
    guard Files.isDirectory(database) else { return [] }
    return manifest.schedules.compactMap { schedule in
      guard case .cron(_, let zone?) = schedule.time, zone != "UTC", !Files.exists(database.resolving(Path(zone)))
      else { return nil }
      return ManifestProblem(
        file: file, position: schedule.position, severity: .warning,
        message: "there is no time zone \"\(zone)\" on this machine: the schedule does not run",
        remedy: "write \"UTC\", or a name as in \"Europe/Berlin\"")
    }
  }

  /// Dependencies that are written as one thing and mean another: a path where an id is expected, an id where a path is.
  private static func mistakenIDs(in declarations: [Declaration], _ file: String, _ root: Path) -> [ManifestProblem] {
    let declared = Set(declarations.map(\.name))
    var found: [String: ManifestProblem] = [:]
    for declaration in declarations {
      for dependency in declaration.dependencies {
        let meant: (text: String, is: String, instead: String)
        switch dependency {
        case .entry(let name):
          let path = root.resolving(Path(Array(name.key.utf8), isSymbolicLink: { _ in true }))
          if declared.contains(name) || !Files.exists(path) { continue }
          meant = (
            name.key, "the entry \(name), which nobody declares", "\"file:\(name.key)\" in resources, or in files"
          )
        case .file(let path):
          let text = "\(path)"
          let schemes = ["file:", "glob:", "dir:", "entry:"]
          guard let scheme = schemes.first(where: text.hasPrefix), !Files.exists(root.resolving(path)) else { continue }
          meant = (text, "a file of just that name", "\(text.dropFirst(scheme.count)), or the id in resources")
        default: continue
        }
        found[meant.text] = ManifestProblem(
          file: file, position: declaration.position, severity: .warning,
          message: "\(declaration.name): the dependency \"\(meant.text)\" is taken as \(meant.is)",
          remedy: "did you mean \(meant.instead)?")
      }
    }
    return found.values.sorted { $0.message < $1.message }
  }

  /// What there is to say.
  func checkup() -> Checkup {
    guard exists else {
      return Checkup(
        name: "manifest", summary: "there is none",
        findings: [
          Finding(
            .advice, "There is no staled.json: nothing is declared.", figure: "entries come from calls alone",
            remedy: "stale init")
        ])
    }
    if entries == nil, problems.isEmpty {
      return Checkup(
        name: "manifest", summary: "staled.json cannot be read",
        findings: [
          Finding(.error, "staled.json cannot be read.", figure: "permission denied", remedy: "chmod u+r staled.json")
        ])
    }
    let findings = problems.map { problem in
      Finding(
        problem.severity == .error ? .error : .warning, problem.message,
        figure: "\(problem.file):\(problem.line):\(problem.column)", remedy: problem.remedy ?? "stale validate")
    }
    let isGood = !problems.contains { $0.severity == .error }
    let count = isGood ? entries.map { ", \(Display.count($0, "entry", "entries"))" } ?? "" : ""
    return Checkup(
      name: "manifest", summary: "staled.json is \(isGood ? "valid" : "broken")\(count)", findings: findings)
  }
}
