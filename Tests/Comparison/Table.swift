/// The results, scenario by scenario and peer by peer.
struct Table {
  var peers: [String]
  private(set) var rows: [(scenario: String, cells: [Judgement])] = []

  init(peers: [String]) { self.peers = peers }

  mutating func add(_ scenario: String, _ cells: [Judgement]) { rows.append((scenario, cells)) }

  private var totals: [String] {
    peers.indices.map { peer in "\(rows.count { $0.cells[peer].isRight }) of \(rows.count)" }
  }

  private var phantoms: [String] {
    peers.indices.map { peer in "\(rows.reduce(0) { $0 + $1.cells[peer].phantoms.count })" }
  }

  private var lines: [[String]] {
    [["what happens"] + peers] + rows.map { [$0.scenario] + $0.cells.map(\.text) } + [["right"] + totals]
      + [["phantoms (~)"] + phantoms]
  }

  var plain: String {
    let lines = lines
    let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      zip(line, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  var markdown: String {
    var lines = lines.map { "| " + $0.joined(separator: " | ") + " |" }
    lines.insert("|---" + String(repeating: "|:-:", count: peers.count) + "|", at: 1)
    for index in lines.indices.suffix(2) {
      lines[index] =
        "| "
        + lines[index].split(separator: "|").map { "**\($0.dropFirst().dropLast())**" }
        .joined(separator: " | ") + " |"
    }
    return lines.joined(separator: "\n")
  }

  static let legend = """
    right: every tracked path whose content or kind differs afterwards was named, with the last word on it true. \
    missed n: so many differ and were not named. folder n: so many were not named, but a directory above that was moved \
    was, and whoever reads it has to look there. wrong path n: the last word on so many paths is that they are there, \
    and they are not. ~n: so many tracked paths were named whose content is the same as before; a watcher that does not \
    read files cannot know, so that is no fault, only work for whoever reads it. died: it ended, or answered no more.
    """
}
