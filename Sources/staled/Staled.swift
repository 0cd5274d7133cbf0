internal import ArgumentParser
internal import Glibc
internal import StaledAPI
internal import StaledAgent

/// The agent: runs beside a workspace, in the foreground, until it is told to end.
@main
struct Staled: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "staled",
    abstract: "Watches a workspace and knows which cached results still hold.",
    discussion: """
      Runs in the foreground and logs to standard error. SIGTERM and SIGINT end it, SIGHUP has it read the manifest again. \
      `stale start` runs it in the background; `stale` asks it.
      """,
    version: staledVersion)

  @Option(help: ArgumentHelp("The workspace. Without it: where staled.json is, here or above.", valueName: "dir"))
  var workspace: String?

  @Option(help: ArgumentHelp("Write a newline to this descriptor once the agent watches.", valueName: "n"))
  var readyFd: Int32?

  @Flag(name: .shortAndLong, help: "Tell more.")
  var verbose = false

  static func main() async {
    let command: Staled
    do {
      command = try parse()
    } catch {
      // Wrong use ends with 2 (INTERFACES, 4), help with 0.
      guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
      let text = Array((fullMessage(for: error) + "\n").utf8)
      _ = write(STDERR_FILENO, text, text.count)
      Glibc.exit(2)
    }
    let status = await AgentProgram.run(
      workspace: command.workspace, readyDescriptor: command.readyFd, verbose: command.verbose)
    Glibc.exit(status)
  }
}
