/// Draws a tree given as its lines in order, each with its level.
///
/// It goes by lines, not by calls: a cascade can be a million entries deep.
enum Tree {
  /// A line; level 1 hangs at the top.
  struct Row: Hashable {
    var level: Int
    var text: String

    init(_ level: Int, _ text: String) {
      self.level = level
      self.text = text
    }
  }

  /// Deeper levels are drawn at this one, and told in words: otherwise the drawing grows with the square of the depth.
  static let deepest = 24

  /// Each row with its branches before it.
  static func lines(_ rows: [Row], indent: String = "") -> [String] {
    // Backwards, `continues[k]` says whether a line of level k follows before its parent's end.
    var continues = [Bool](repeating: false, count: deepest + 1)
    var lines: [String] = []
    for row in rows.reversed() {
      let level = min(max(row.level, 1), deepest)
      var line = indent
      for outer in 1..<level { line += continues[outer] ? "│  " : "   " }
      line += continues[level] ? "├─ " : "└─ "
      line += row.text
      if row.level > deepest { line += "  (depth \(row.level))" }
      lines.append(line)
      continues[level] = true
      for inner in (level + 1)..<(deepest + 2) where inner <= deepest { continues[inner] = false }
    }
    return lines.reversed()
  }

  /// Rows in the order of a walk from the top, given each node's parent (nil: at the top), which must not form a circle.
  /// Siblings keep the order of `count`.
  static func rows(count: Int, parent: (Int) -> Int?, text: (Int) -> String) -> [Row] {
    var children: [[Int]] = Array(repeating: [], count: count)
    var top: [Int] = []
    for node in 0..<count {
      if let parent = parent(node) { children[parent].append(node) } else { top.append(node) }
    }
    var rows: [Row] = []
    var stack = top.reversed().map { (node: $0, level: 1) }
    while let (node, level) = stack.popLast() {
      rows.append(Row(level, text(node)))
      for child in children[node].reversed() { stack.append((child, level + 1)) }
    }
    return rows
  }
}
