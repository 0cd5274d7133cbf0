/// Options may stand before the command; the parser wants them behind it.
public enum ArgumentOrder {
  /// Options that take a value as an argument of its own.
  private static let valued: Set<String> = ["--workspace", "-n"]
  /// What the tool itself answers, without a command.
  private static let ofTheTool: Set<String> = ["--version", "--generate-completion-script", "--experimental-dump-help"]

  /// `arguments` with the options before the command moved to right behind it.
  public static func withOptionsBehindCommand(_ arguments: [String]) -> [String] {
    var index = 0
    while index < arguments.count, arguments[index].hasPrefix("-"), arguments[index] != "--" {
      if ofTheTool.contains(arguments[index]) { return arguments }
      index += valued.contains(arguments[index]) ? 2 : 1
    }
    guard index > 0, index < arguments.count, arguments[index] != "--" else { return arguments }
    return [arguments[index]] + arguments[..<index] + arguments[(index + 1)...]
  }
}
