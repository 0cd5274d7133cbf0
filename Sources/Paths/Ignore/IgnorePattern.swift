/// One line of a `.gitignore`.
package struct IgnorePattern: Sendable {
  /// How the pattern is compared; most are compared without wildcards.
  private enum Body: Sendable {
    case name([UInt8])
    case suffix([UInt8])
    case nameWildcard(Wildmatch)
    /// From the list's directory on: literal bytes, then the rest; nil if there is no wildcard.
    case path([UInt8], Wildmatch?)
  }

  private let body: Body
  /// `!`: what it matches is not ignored.
  let negated: Bool
  /// A trailing slash: directories only.
  let directoriesOnly: Bool

  /// Whether it looks at more than the last name.
  package var isAnchored: Bool { if case .path = body { true } else { false } }

  /// Nil for an empty line, a comment, and what can never match.
  init?(line: ArraySlice<UInt8>) {
    var text = Self.trimmed(line)
    guard let first = text.first, first != UInt8(ascii: "#") else { return nil }
    negated = first == UInt8(ascii: "!")
    if negated { text = text.dropFirst() }
    directoriesOnly = text.last == UInt8(ascii: "/")
    if directoriesOnly { text = text.dropLast() }
    if text.isEmpty { return nil }
    let special: (UInt8) -> Bool = { "*?[\\".utf8.contains($0) }
    guard text.contains(UInt8(ascii: "/")) else {
      if !text.contains(where: special) {
        body = .name(Array(text))
      } else if text.first == UInt8(ascii: "*"), !text.dropFirst().contains(where: special) {
        body = .suffix(Array(text.dropFirst()))
      } else {
        guard let wildcard = Wildmatch(text) else { return nil }
        body = .nameWildcard(wildcard)
      }
      return
    }
    if text.first == UInt8(ascii: "/") { text = text.dropFirst() }
    // As git does it: the bytes before the first wildcard are cut off, and the rest is a pattern of its own.
    let cut = text.firstIndex(where: special) ?? text.endIndex
    if cut == text.endIndex {
      body = .path(Array(text), nil)
    } else {
      guard let wildcard = Wildmatch(text[cut...]) else { return nil }
      body = .path(Array(text[..<cut]), wildcard)
    }
  }

  /// Spaces at the end go, unless a backslash stands before them.
  private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var end: Int?
    var at = line.startIndex
    while at < line.endIndex {
      if line[at] == UInt8(ascii: " ") {
        if end == nil { end = at }
      } else {
        if line[at] == UInt8(ascii: "\\") {
          at += 1
          if at == line.endIndex { return line }
        }
        end = nil
      }
      at += 1
    }
    return line[..<(end ?? line.endIndex)]
  }

  /// `path`: from the list's directory on; `name`: its last component.
  func matches(path: ArraySlice<UInt8>, name: ArraySlice<UInt8>, isDirectory: Bool) -> Bool {
    if directoriesOnly, !isDirectory { return false }
    switch body {
    case .name(let wanted): return name.elementsEqual(wanted)
    case .suffix(let suffix): return name.count >= suffix.count && name.suffix(suffix.count).elementsEqual(suffix)
    case .nameWildcard(let wildcard): return wildcard.matches(name)
    case .path(let literal, let wildcard):
      guard path.starts(with: literal) else { return false }
      guard let wildcard else { return path.count == literal.count }
      return wildcard.matches(path.dropFirst(literal.count))
    }
  }
}

/// The patterns of one file.
package final class IgnoreList: Sendable {
  let patterns: [IgnorePattern]
  /// What it was read from, so that a rewrite with the same bytes is known for one.
  package let source: [UInt8]
  package let isAnchored: Bool

  package init(_ source: [UInt8], where include: (IgnorePattern) -> Bool = { _ in true }) {
    self.source = source
    var lines = source.starts(with: [0xEF, 0xBB, 0xBF]) ? source.dropFirst(3) : source[...]
    var patterns: [IgnorePattern] = []
    while !lines.isEmpty {
      let end = lines.firstIndex(of: UInt8(ascii: "\n")) ?? lines.endIndex
      var line = lines[..<end]
      // git reads C strings, and takes a carriage return only before a newline that is there.
      if line.last == UInt8(ascii: "\r"), end != lines.endIndex { line = line.dropLast() }
      if let nul = line.firstIndex(of: 0) { line = line[..<nul] }
      if let pattern = IgnorePattern(line: line), include(pattern) { patterns.append(pattern) }
      lines = lines[end...].dropFirst()
    }
    self.patterns = patterns
    isAnchored = patterns.contains(where: \.isAnchored)
  }

  /// What the last pattern that matches says, or nil if none does.
  func verdict(path: ArraySlice<UInt8>, name: ArraySlice<UInt8>, isDirectory: Bool) -> Bool? {
    for pattern in patterns.reversed() where pattern.matches(path: path, name: name, isDirectory: isDirectory) {
      return !pattern.negated
    }
    return nil
  }
}
