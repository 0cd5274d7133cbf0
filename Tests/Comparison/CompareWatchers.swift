import Foundation
import Glibc
import Scenarios

/// `compare-watchers`: runs scenarios against each watcher that is installed.
@main struct CompareWatchers {
  static func main() {
    do {
      if CommandLine.arguments.contains("--help") {
        print(Options.usage)
        return
      }
      try compare(Options(Array(CommandLine.arguments.dropFirst())))
    } catch let misuse as Options.Misuse {
      note("\(misuse.problem)\n\n\(Options.usage)")
      exit(2)
    } catch {
      note("\(error)")
      exit(1)
    }
  }

  private static func compare(_ options: Options) throws {
    let peers = try choosePeers(options)
    var scenarios = options.all ? Scenario.all + Scenario.untold : Selection.scenarios
    if let text = options.scenario { scenarios = (Scenario.all + Scenario.untold).filter { $0.name.contains(text) } }
    scenarios = scenarios.filter { scenario in
      guard let missing = scenario.missingTool else { return true }
      note("\(scenario.name): left out, \(missing) is not installed")
      return false
    }
    var stopped = Scenario.floods(files: options.flood)
    if let text = options.scenario { stopped = stopped.filter { $0.name.contains(text) } }
    if options.flood == 0 { stopped = [] }

    var table = Table(peers: peers.map(\.name))
    for scenario in scenarios + (options.burst.map { [Scenario.burst(files: $0)] } ?? []) {
      table.add(scenario.name, try peers.map { try run(scenario, $0, stopped: false, options) })
    }
    for scenario in stopped {
      table.add(scenario.name, try peers.map { try run(scenario, $0, stopped: true, options) })
    }
    print(options.markdown ? table.markdown : table.plain + "\n\n" + Table.legend)
  }

  private static func choosePeers(_ options: Options) throws(Options.Misuse) -> [any Peer] {
    let known: [any Peer] = [
      Staled(binary: options.staled), Watchman(), Inotifywait(), Fswatch(), PythonPeer.watchdog(python: options.python),
      PythonPeer.watchfiles(python: options.python),
    ]
    if let stranger = options.peers?.first(where: { name in !known.contains { $0.name == name } }) {
      throw Options.Misuse(problem: "no watcher called \(stranger) is known here")
    }
    return known.filter { peer in
      guard options.peers?.contains(peer.name) ?? true else { return false }
      if let missing = peer.missing { note("\(peer.name): left out (\(missing))") }
      return peer.missing == nil
    }
  }

  /// One scenario against one watcher, in a new folder.
  private static func run(_ scenario: Scenario, _ peer: any Peer, stopped: Bool, _ options: Options) throws -> Judgement
  {
    let top = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appendingPathComponent("compare-\(UUID().uuidString.prefix(8))")
    let place = Place(top: top.path)
    for folder in [place.root, place.signs, place.outside, place.state] {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }
    defer {
      peer.stop()
      try? FileManager.default.removeItem(at: top)
    }
    let tree = try Tree(folder: place.tree, outside: place.outside)
    try scenario.prepare(tree)
    let judge = try Judge(scenario, tree)
    var judgement = Judgement()
    do {
      try peer.start(place, tracked: judge.tracked)
      try peer.begin()
      if stopped { peer.suspend(true) }
      try scenario.act(tree)
      if stopped { peer.suspend(false) }
      judgement = try judge.judge(try peer.end())
    } catch let death as PeerDied {
      judgement.died = death.description
    }
    if options.verbose { tell(scenario, peer, judgement) }
    return judgement
  }

  private static func tell(_ scenario: Scenario, _ peer: any Peer, _ judgement: Judgement) {
    note("\(peer.name): \(scenario.name): \(judgement.text) \(judgement.died ?? "")")
    let paths = [("missed", judgement.missed), ("wrong path", judgement.wrong), ("folder", judgement.byFolder)]
    for (what, paths) in paths + [("~", judgement.phantoms)] {
      for path in paths.prefix(5) { note("    \(what) \(Percent.encode(path))") }
      if paths.count > 5 { note("    and \(paths.count - 5) more") }
    }
  }

  private static func note(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}
