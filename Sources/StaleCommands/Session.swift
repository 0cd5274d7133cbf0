internal import ArgumentParser
internal import Freshness
internal import Glibc
public import Paths
internal import StaledClient

/// What a command gets from the process it runs in; tests give their own.
public struct ToolEnvironment: Sendable {
  public var currentDirectory: Path
  /// `STALED_DIR`.
  public var stateDirectory: String?
  /// Whether `NO_COLOR` or `TERM=dumb` is set.
  public var noColor: Bool
  public var input: CInt
  public var output: Output
  public var errors: Output

  public init(
    currentDirectory: Path, stateDirectory: String?, noColor: Bool, input: CInt, output: Output, errors: Output
  ) {
    self.currentDirectory = currentDirectory
    self.stateDirectory = stateDirectory
    self.noColor = noColor
    self.input = input
    self.output = output
    self.errors = errors
  }

  /// That of this process.
  public static var ofProcess: ToolEnvironment {
    ToolEnvironment(
      currentDirectory: Files.currentDirectory, stateDirectory: Files.environment("STALED_DIR"),
      noColor: Files.environment("NO_COLOR") != nil || Files.environment("TERM") == "dumb", input: STDIN_FILENO,
      output: Output(descriptor: STDOUT_FILENO), errors: Output(descriptor: STDERR_FILENO))
  }
}

/// Options of every command.
struct GlobalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The workspace, instead of the nearest staled.json here or above.", valueName: "dir"),
    completion: .directory)
  var workspace: String?

  @Flag(help: "Print JSON for machines.")
  var json = false

  @Flag(name: .customLong("no-color"), help: "Print without colour, as with NO_COLOR set.")
  var noColor = false

  @Flag(name: .shortAndLong, help: "Print nothing but results and errors.")
  var quiet = false
}

/// Of commands that take an ENTRY.
struct NamespaceOption: ParsableArguments {
  @Option(
    name: .customShort("n"),
    help: ArgumentHelp("Take ENTRY as a key in this namespace, slashes and all.", valueName: "ns"))
  var namespace: String?
}

/// One run of the tool.
struct Session: Sendable {
  let environment: ToolEnvironment
  let global: GlobalOptions
  var output: Output { environment.output }

  /// Colour for standard output.
  var paint: Paint { Paint(isOn: output.isTerminal && !global.noColor && !environment.noColor) }

  /// The workspace that the command is about.
  func workspace() throws -> Workspace {
    try Workspace.find(
      named: global.workspace, from: environment.currentDirectory, stateDirectory: environment.stateDirectory)
  }

  /// A client of the workspace's agent, which need not run.
  func client() throws -> StaledClient {
    var client = StaledClient(socket: try workspace().location.socket)
    // For who sits there and waits; a script has its own ideas of patience.
    if environment.errors.isTerminal {
      client.whenSilent = { note("waiting for the agent, which has not answered yet") }
    }
    return client
  }

  /// How the words `entries` and other names are to be read. The manifest is looked at only if one needs the default
  /// namespace.
  func naming(_ entries: [String], namespace: String? = nil) throws -> Naming {
    let workspace = try workspace()
    let needsDefault = namespace == nil && entries.contains { !$0.utf8.contains(.slash) }
    let root = workspace.root
    return Naming(
      workspace: [root] + [workspace.alias].compactMap { $0 }, currentDirectory: environment.currentDirectory,
      defaultNamespace: needsDefault ? try workspace.defaultNamespace() : "default", namespace: namespace,
      isSymbolicLink: { Files.isSymbolicLink(root.resolving($0, isSymbolicLink: { _ in true })) })
  }

  /// Says `text` on standard error, unless `-q` was given.
  func note(_ text: String) {
    if !global.quiet { complain(text) }
  }

  /// Says `warning: text` on standard error, unless `-q` was given.
  func warn(_ text: String) { note("warning: \(text)") }

  /// Says `text` on standard error; nobody is left to tell if that fails.
  func complain(_ text: String) { try? environment.errors.line(text) }

  /// Names the dependencies that nobody declared or made.
  func warn(unknown ids: [String]) {
    for id in ids { warn("nobody declared or made \(Display.safe(id)), which was named as a dependency") }
  }
}
