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
      entries = expansion.declarations.count
      watch = manifest.watch
    }
  }

  init(exists: Bool, problems: [ManifestProblem] = [], entries: Int? = nil) {
    self.exists = exists
    self.problems = problems
    self.entries = entries
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
