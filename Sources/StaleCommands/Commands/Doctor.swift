internal import ArgumentParser
internal import Freshness

/// `stale doctor`
struct Doctor: StaleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Checks this machine and the workspace, and says what to do.",
    discussion: """
      Looks at the kernel's limits for inotify and what is in use of them, the file systems of the workspace and of its \
      state, who may touch the state directory, what an agent that was killed left behind, free space, open files and the \
      manifest. An agent that runs is asked what works less well than it should, and what its figures say could be better. \
      Nothing is changed.

      Ends 0 if nothing is wrong, advice or not; 1 if something is. It needs no agent.

      Examples:
        stale doctor
        stale doctor -q || stale doctor --json | jq -r '.findings[].remedy'
      """)

  @OptionGroup var global: GlobalOptions

  func execute(_ session: Session) async throws -> Int32 {
    let diagnosis = try await Gathering(workspace: try session.workspace()).figures().diagnosis
    if global.json {
      try session.output.json(Diagnosis.Report(findings: diagnosis.findings))
    } else {
      try session.output.write(diagnosis.text(paint: session.paint, isQuiet: global.quiet))
    }
    return diagnosis.isSound ? 0 : 1
  }
}
