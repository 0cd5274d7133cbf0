internal import StaledAPI

/// A dependency graph as text, for Graphviz and for Mermaid.
struct GraphDrawing {
  private let nodes: [GraphReply.Node]
  private let edges: [GraphReply.Edge]
  private let index: [String: Int]

  init(_ reply: GraphReply) {
    var nodes = reply.nodes
    var index = Dictionary(nodes.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    for id in reply.edges.flatMap({ [$0.from, $0.to] }) where index[id] == nil {
      index[id] = nodes.count
      nodes.append(GraphReply.Node(id: id, state: nil, declared: nil))
    }
    self.nodes = nodes
    self.index = index
    edges = reply.edges
  }

  /// Below each entry that nothing depends on, what it depends on, and so on. Outputs are marked `writes`.
  func text(paint: Paint) -> String {
    var below: [[(node: Int, output: Bool)]] = Array(repeating: [], count: nodes.count)
    var isDependency = [Bool](repeating: false, count: nodes.count)
    for edge in edges {
      guard let from = index[edge.from], let to = index[edge.to] else { continue }
      below[from].append((to, edge.output ?? false))
      if from != to { isDependency[to] = true }
    }
    var isShown = [Bool](repeating: false, count: nodes.count)
    var lines: [String] = []
    // Circles are refused by the agent; should there be one, its nodes come last.
    let tops = nodes.indices.filter { !isDependency[$0] } + nodes.indices.filter { isDependency[$0] }
    for top in tops where !isShown[top] {
      var rows: [Tree.Row] = []
      var stack = [(node: top, level: 0, output: false)]
      while let (node, level, output) = stack.popLast() {
        var label = self.label(node, paint: paint)
        if output { label = "writes " + label }
        let again = isShown[node] && !below[node].isEmpty
        if again { label += paint.dim("  (see above)") }
        if level == 0 { lines.append(label) } else { rows.append(Tree.Row(level, label)) }
        isShown[node] = true
        if again { continue }
        for next in below[node].reversed() { stack.append((next.node, level + 1, next.output)) }
      }
      lines += Tree.lines(rows)
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private func label(_ node: Int, paint: Paint) -> String {
    let node = nodes[node]
    return Display.id(node.id) + (node.state.map { "  \(paint.state($0))" } ?? "")
  }

  /// For Graphviz.
  func dot() -> String {
    var lines = ["digraph stale {", "  rankdir=LR;", "  node [fontname=\"sans-serif\"];"]
    for (number, node) in nodes.enumerated() {
      let shape = node.id.hasPrefix("entry:") ? "box" : "plaintext"
      var attributes = "label=\"\(Self.dotEscaped(Display.id(node.id)))\", shape=\(shape)"
      if let state = node.state {
        attributes += ", color=\"\(Self.color(state))\", tooltip=\"\(Self.dotEscaped(state))\""
      }
      lines.append("  n\(number) [\(attributes)];")
    }
    for edge in edges {
      guard let from = index[edge.from], let to = index[edge.to] else { continue }
      lines.append("  n\(from) -> n\(to)\(edge.output == true ? " [style=dashed, dir=back]" : "");")
    }
    return (lines + ["}"]).map { $0 + "\n" }.joined()
  }

  /// For Mermaid, as GitHub and others show it in Markdown.
  func mermaid() -> String {
    var lines = ["flowchart LR"]
    for (number, node) in nodes.enumerated() {
      let label = "\"\(Self.mermaidEscaped(Display.id(node.id)))\""
      let shape = node.id.hasPrefix("entry:") ? "[\(label)]" : "(\(label))"
      lines.append("  n\(number)\(shape)" + (node.state.map { ":::\($0)" } ?? ""))
    }
    for edge in edges {
      guard let from = index[edge.from], let to = index[edge.to] else { continue }
      lines.append(edge.output == true ? "  n\(from) -. writes .-> n\(to)" : "  n\(from) --> n\(to)")
    }
    let states = Set(nodes.compactMap(\.state)).sorted()
    lines += states.map { "  classDef \($0) stroke:\(Self.color($0))" }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func color(_ state: String) -> String {
    switch state {
    case "fresh": "#2e7d32"
    case "suspect": "#f9a825"
    case "stale", "expired": "#c62828"
    default: "#757575"
    }
  }

  private static func dotEscaped(_ text: String) -> String {
    text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
  }

  /// Mermaid's entities are `#name;`, and a label may not hold quotes nor what looks like HTML.
  private static func mermaidEscaped(_ text: String) -> String {
    text.map { character in
      switch character {
      case "\"": "#quot;"
      case "#": "#35;"
      case "<": "#lt;"
      case ">": "#gt;"
      default: String(character)
      }
    }.joined()
  }
}
