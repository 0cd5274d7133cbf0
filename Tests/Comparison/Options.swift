import Foundation

/// The command line of `compare-watchers`.
struct Options {
  var peers: [String]?
  var scenario: String?
  var all = false
  var markdown = false
  var verbose = false
  var burst: Int?
  var flood = 20_000
  var python = "/usr/bin/python3"
  var staled: String

  static let usage = """
    compare-watchers [--peers A,B] [--scenario TEXT] [--all] [--burst N] [--flood N] [--markdown] [--verbose]
                     [--python PATH] [--staled PATH]

    Runs scenarios against each watcher that is installed and prints who told what rightly.
      --peers A,B      only these: staled, watchman, inotifywait, fswatch, watchdog, watchfiles
      --scenario TEXT  only those whose name holds the text (of all that there are)
      --all            every scenario, not the table's selection
      --burst N        one more: N files made, edited and removed while the watchers run
      --flood N        files that come and go while a watcher is stopped (20000; four events each); 0 leaves these out
      --markdown       the table as Markdown
      --verbose        the paths behind each number, on standard error
      --python PATH    a Python that has watchdog or watchfiles (/usr/bin/python3)
      --staled PATH    the agent's program (beside this one)
    """

  struct Misuse: Error { let problem: String }

  init(_ arguments: [String]) throws(Misuse) {
    let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    staled = own.appendingPathComponent("staled").path
    if let folder = ProcessInfo.processInfo.environment["STALED_BIN"] { staled = folder + "/staled" }
    var rest = arguments[...]
    while let option = rest.popFirst() {
      switch option {
      case "--all": all = true
      case "--markdown": markdown = true
      case "--verbose": verbose = true
      case "--peers": peers = try Self.value(option, &rest).split(separator: ",").map(String.init)
      case "--scenario": scenario = try Self.value(option, &rest)
      case "--python": python = try Self.value(option, &rest)
      case "--staled": staled = try Self.value(option, &rest)
      case "--burst": burst = try Self.number(option, &rest)
      case "--flood": flood = try Self.number(option, &rest)
      default: throw Misuse(problem: "\(option) is no option")
      }
    }
  }

  private static func value(_ option: String, _ rest: inout ArraySlice<String>) throws(Misuse) -> String {
    guard let value = rest.popFirst() else { throw Misuse(problem: "\(option) needs a value") }
    return value
  }

  private static func number(_ option: String, _ rest: inout ArraySlice<String>) throws(Misuse) -> Int {
    guard let number = Int(try value(option, &rest)), number >= 0 else {
      throw Misuse(problem: "\(option) needs a number")
    }
    return number
  }
}
