internal import ArgumentParser
internal import StaledAPI
internal import StaledClient

/// The tool from its arguments to its exit status.
public enum StaleTool {
  /// As shells report it: ended because nobody reads the output.
  private static let brokenPipe: Int32 = 128 + 13

  /// To be called first of all, once in a process.
  public static func begin() { ChildProcess.noteHandedDescriptors() }

  /// Runs the command that `arguments` (without the tool's name) name, and returns the exit status.
  public static func run(_ arguments: [String], in environment: ToolEnvironment) async -> Int32 {
    let arguments = ArgumentOrder.withOptionsBehindCommand(arguments)
    let isEnsure = arguments.first == Ensure.configuration.commandName
    func end(_ failure: Failure) -> Int32 {
      try? environment.errors.write("stale: \(Display.lines(failure.what))\n  \(Display.lines(failure.remedy))\n")
      return isEnsure ? Failure.Status.ensure.rawValue : failure.status.rawValue
    }
    do {
      guard let command = try parse(arguments, in: environment) else { return 0 }
      return try await command.execute(Session(environment: environment, global: command.global))
    } catch let failure as Failure {
      return end(failure)
    } catch let error as ClientError {
      return end(Failure(error))
    } catch is Output.Closed {
      return brokenPipe
    } catch {
      return end(
        Failure("\(error)".capitalizedSentence, remedy: "\"stale status\" shows the agent's health.", status: .refused))
    }
  }

  /// The commands there are.
  static var commandNames: [String] { Stale.configuration.subcommands.map { $0._commandName } }

  /// The command, or nil if help, the version or completions were asked for and are printed.
  private static func parse(_ arguments: [String], in environment: ToolEnvironment) throws -> (any StaleCommand)? {
    do {
      var command = try Stale.parseAsRoot(arguments)
      if let command = command as? any StaleCommand { return command }
      // What is left are the tool itself and its `help`: they throw what is to be printed.
      try command.run()
      return nil
    } catch let failure as Failure {
      throw failure
    } catch {
      guard Stale.exitCode(for: error).isSuccess else {
        let name = arguments.first { !$0.hasPrefix("-") }.map { " \($0)" } ?? ""
        let known = commandNames.contains { " \($0)" == name }
        throw Failure(
          Stale.message(for: error).capitalizedSentence, remedy: "See \"stale\(known ? name : "") --help\".",
          status: .wrongUse)
      }
      try environment.output.line(Stale.fullMessage(for: error))
      return nil
    }
  }
}

extension Display {
  /// A message that stays one line.
  static func lines(_ text: String) -> String {
    text.split(separator: "\n").map { safe(String($0)) }.joined(separator: " ")
  }
}

/// A command of the tool.
protocol StaleCommand: ParsableCommand, Sendable {
  var global: GlobalOptions { get }

  /// Carries it out and returns the exit status. Failures, and errors of the client, are thrown.
  func execute(_ session: Session) async throws -> Int32
}

/// The root of all commands.
struct Stale: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stale",
    abstract: "Tells which results are out of date, and why.",
    discussion: """
      A workspace is a folder with a staled.json; its agent (staled) watches the files that results were made from.

      Every command takes --workspace DIR, --json, --no-color and -q, before or after its name.

      ENTRY is namespace/key, cut at the first slash, or a key in the default namespace; with -n NS it is a key, slashes \
      and all. RESOURCE is a path relative to the current directory, or an id: file:src/a.c, dir:src, glob:src/**/*.c, \
      entry:build/app, env:CC.

      Exit status: 0 yes or done, 1 no (not fresh, not found), 2 wrong use or bad manifest, 3 no agent, 4 the agent \
      refused or failed. ensure passes its command's status on; its own failures end 125.

      To begin: "stale init", "stale start", "stale tail -f".
      """,
    version: staledVersion,
    subcommands: [
      Init.self, Validate.self, Start.self, Stop.self, StatusCommand.self, Tail.self, Affected.self, Why.self,
      Check.self, LeaseCommand.self, Mark.self, Ensure.self, Get.self, SetCommand.self, Delete.self, TagCommand.self,
      Untag.self, Depend.self, Undepend.self, TTLCommand.self, List.self,
      Graph.self, Invalidate.self, Event.self, Schedules.self, Sync.self, Verify.self, StatsCommand.self, Warm.self,
      Doctor.self,
    ])
}
