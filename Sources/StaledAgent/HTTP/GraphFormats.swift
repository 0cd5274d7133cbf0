internal import StaledAPI

/// The graph as text for other programs. Pure; entries point to what they depend on, outputs are dashed.
enum GraphFormats {
  /// Graphviz.
  static func dot(_ graph: GraphReply) -> String {
    var text = "digraph staled {\n  rankdir=LR;\n  node [fontname=\"monospace\"];\n"
    for node in graph.nodes {
      if let state = node.state {
        text += "  \(dotQuoted(node.id)) [shape=box, style=filled, fillcolor=\"\(color(state))\", "
        text += "tooltip=\(dotQuoted(state))];\n"
      } else {
        text += "  \(dotQuoted(node.id)) [shape=plaintext];\n"
      }
    }
    for edge in graph.edges {
      let style = edge.output == true ? " [style=dashed]" : ""
      text += "  \(dotQuoted(edge.from)) -> \(dotQuoted(edge.to))\(style);\n"
    }
    return text + "}\n"
  }

  /// Mermaid. Ids may hold anything, so nodes are numbered and ids are their labels.
  static func mermaid(_ graph: GraphReply) -> String {
    var text = "flowchart LR\n"
    var numbers: [String: Int] = [:]
    var states: Set<String> = []
    for node in graph.nodes {
      let number = numbers.count
      numbers[node.id] = number
      text += "  n\(number)[\"\(mermaidQuoted(node.id))\"]"
      if let state = node.state {
        text += ":::\(state)"
        states.insert(state)
      }
      text += "\n"
    }
    for edge in graph.edges {
      guard let from = numbers[edge.from], let to = numbers[edge.to] else { continue }
      text += "  n\(from) \(edge.output == true ? "-.->" : "-->") n\(to)\n"
    }
    for state in states.sorted() { text += "  classDef \(state) fill:\(color(state)),color:#000000\n" }
    return text
  }

  /// Each entry with its state, and what it rests on below it; `>` marks outputs. A list and no tree: shared dependencies
  /// would make a tree grow without bound.
  static func text(_ graph: GraphReply) -> String {
    var states: [String: String] = [:]
    for node in graph.nodes { states[node.id] = node.state }
    var edges: [String: [GraphReply.Edge]] = [:]
    for edge in graph.edges { edges[edge.from, default: []].append(edge) }
    var text = ""
    for node in graph.nodes where node.state != nil || edges[node.id] != nil {
      text += line(node.id, states[node.id], indent: "")
      for edge in edges[node.id] ?? [] {
        text += line(edge.to, states[edge.to], indent: edge.output == true ? "  > " : "    ")
      }
    }
    return text
  }

  private static func line(_ id: String, _ state: String?, indent: String) -> String {
    "\(indent)\(printable(id))\(state.map { "  \($0)" } ?? "")\n"
  }

  private static func color(_ state: String) -> String {
    switch state {
    case "fresh": "#b7e4c7"
    case "suspect": "#ffe8a3"
    case "stale": "#f7b2a7"
    case "expired": "#d9c2f0"
    default: "#e0e0e0"
    }
  }

  private static func dotQuoted(_ id: String) -> String {
    var quoted = "\""
    for character in printable(id) {
      if character == "\"" || character == "\\" { quoted.append("\\") }
      quoted.append(character)
    }
    return quoted + "\""
  }

  private static func mermaidQuoted(_ id: String) -> String {
    printable(id).map { character in
      switch character {
      case "\"": "#quot;"
      case "#": "#35;"
      case "&": "#amp;"
      case "<": "#lt;"
      case ">": "#gt;"
      default: String(character)
      }
    }.joined()
  }

  /// Keys may hold line breaks and other control characters, which would break lines here: they are shown percent-encoded.
  private static func printable(_ id: String) -> String {
    guard id.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return id }
    return id.unicodeScalars.map { scalar in
      guard scalar.properties.generalCategory == .control else { return String(Character(scalar)) }
      return Array(String(Character(scalar)).utf8).map { byte in
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
      }.joined()
    }.joined()
  }
}
