/// How wide text is on a terminal, and what of it fits. Colours (`ESC [ … m`) take no room.
extension Display {
  /// In columns.
  static func width(_ text: String) -> Int {
    var columns = 0
    forEachPiece(of: text) { _, width, _ in
      columns += width; return true
    }
    return columns
  }

  /// As much of `text` as fits, with an ellipsis for what does not.
  static func cut(_ text: String, to columns: Int) -> String {
    if text.utf8.count <= columns || width(text) <= columns { return text }
    if columns < 1 { return "" }
    var (result, used, isColoured) = ("", 0, false)
    forEachPiece(of: text) { scalars, width, isColour in
      if used + width > columns - 1 { return false }
      result.unicodeScalars.append(contentsOf: scalars)
      used += width
      isColoured = isColoured || isColour
      return true
    }
    return result + "…" + (isColoured ? "\u{1B}[0m" : "")
  }

  /// `text` with spaces behind it, or before it if it is to stand at the right.
  static func padded(_ text: String, to columns: Int, right: Bool = false) -> String {
    let spaces = String(repeating: " ", count: max(0, columns - width(text)))
    return right ? spaces + text : text + spaces
  }

  /// Rows in columns, two spaces between them: the first at the left, all others at the right. Nothing is cut, but the first
  /// column is no wider than `widest`.
  static func table(_ rows: [[String]], widest: Int = 60) -> [String] {
    var widths: [Int] = []
    for row in rows {
      for (index, cell) in row.enumerated() {
        if index == widths.count { widths.append(0) }
        widths[index] = max(widths[index], width(cell))
      }
    }
    if let first = widths.first { widths[0] = min(first, widest) }
    return rows.map { row in
      row.enumerated().map { index, cell in
        index == 0 && row.count == 1 ? cell : padded(cell, to: widths[index], right: index > 0)
      }.joined(separator: "  ")
    }
  }

  /// Characters and colours in their order, with the columns that each takes, until `body` returns false.
  private static func forEachPiece(
    of text: String, _ body: (_ scalars: Substring.UnicodeScalarView, _ width: Int, _ isColour: Bool) -> Bool
  ) {
    let scalars = text.unicodeScalars
    var at = scalars.startIndex
    while at < scalars.endIndex {
      var next = scalars.index(after: at)
      if scalars[at] == "\u{1B}" {
        while next < scalars.endIndex, scalars[scalars.index(before: next)] != "m" { next = scalars.index(after: next) }
        guard body(scalars[at..<next], 0, true) else { return }
      } else {
        guard body(scalars[at..<next], width(of: scalars[at]), false) else { return }
      }
      at = next
    }
  }

  /// As terminals do it, for what is common: what combines takes no column, what East Asia writes takes two.
  private static func width(of scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x300 { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}

/// Figures for people.
extension Display {
  /// `512 B`, `3.4 KiB`, `12 MiB`.
  static func bytes(_ bytes: Int) -> String {
    if bytes < 1024 { return "\(max(bytes, 0)) B" }
    var (value, unit) = (Double(bytes) / 1024, 0)
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    while value >= 1023.95, unit + 1 < units.count { (value, unit) = (value / 1024, unit + 1) }
    return value < 9.95 ? "\(decimal(value)) \(units[unit])" : "\(Int(value.rounded())) \(units[unit])"
  }

  /// `75 %`
  static func percent(_ share: Double) -> String {
    "\(Int((min(max(share.isNaN ? 0 : share, 0), 1) * 100).rounded())) %"
  }

  /// With one digit behind the point.
  static func decimal(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "–" }
    let tenths = Int((max(value, 0) * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// How often: `0`, `2.5`, `1200`.
  static func rate(_ value: Double) -> String {
    value == 0
      ? "0"
      : value < 99.95 ? decimal(value) : decimal(value.rounded()).split(separator: ".").first.map(String.init) ?? "–"
  }

  /// `12 s`, `1 min 5 s`, `2 h 10 min`, `3 d 4 h`.
  static func span(seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e12 else { return "–" }
    let seconds = Int(max(seconds, 0))
    switch seconds {
    case ..<60: return "\(seconds) s"
    case ..<3600: return "\(seconds / 60) min \(seconds % 60) s"
    case ..<86400: return "\(seconds / 3600) h \(seconds / 60 % 60) min"
    default: return "\(seconds / 86400) d \(seconds / 3600 % 24) h"
    }
  }
}
