/// A pattern over paths (INTERFACES, section 3), compiled once and matched on bytes.
///
/// `*` stands for any characters of one name, `?` for one character (a UTF-8 scalar, or a byte that is part of none),
/// `[a-z]` and `[!a-z]` for one of a set, `{a,b}` for alternatives (nested, and across slashes), `**` alone between
/// slashes for any number of directories, and at the end for everything below. A pattern that ends in `/` means the tree
/// below. `\` takes the meaning from the character after it; `%E9` is the byte 0xE9. A leading dot is a character like
/// any other. `.` and doubled slashes are dropped; `..` is a name like any other.
///
/// Matching takes at most (bytes of the path) × (characters of the pattern) steps.
public struct Glob: Hashable, Sendable {
  /// The text that it was compiled from.
  public let pattern: String
  /// The directory that every match lies in, as far as it is written without magic: where a walk may start. The workspace
  /// root or `/` where there is none.
  public let base: Path

  private let alternatives: [GlobAlternative]

  /// Compiles `pattern`.
  public init(_ pattern: String) throws(PatternError) {
    try self.init(pattern, tokens: GlobTokenizer.tokenize(pattern, captures: false).map(\.token))
  }

  init(_ pattern: String, tokens: [GlobToken]) throws(PatternError) {
    self.pattern = pattern
    alternatives = try GlobExpansion.expand(tokens).map { GlobAlternative($0) }
    if alternatives.contains(where: \.absolute), !alternatives.allSatisfy(\.absolute) {
      throw PatternError("some alternatives are absolute and some relative: write two patterns", at: 0)
    }
    base = Self.commonBase(alternatives)
  }

  /// Whether it means one path, without magic.
  public var isLiteral: Bool { literal != nil }

  /// The path that a pattern without magic means.
  public var literal: Path? { alternatives.count == 1 ? alternatives[0].literal : nil }

  /// Whether `path` is one of those meant. A relative pattern never matches an absolute path, nor the other way round.
  public func matches(_ path: Path) -> Bool {
    alternatives.contains { $0.matches(path) }
  }

  /// Whether anything below `directory` could match: if not, a walk need not enter it.
  public func couldMatch(below directory: Path) -> Bool {
    alternatives.contains { $0.couldMatch(below: directory) }
  }

  /// A pattern that means exactly the name or path `bytes`.
  public static func escape(_ bytes: some Collection<UInt8>) -> String {
    var text = ""
    for scalar in PercentEncoding.encode(bytes).unicodeScalars {
      if "\\*?[]{},".unicodeScalars.contains(scalar) { text += "\\" }
      text.unicodeScalars.append(scalar)
    }
    return text
  }

  /// Whether `text` has a character that means more than itself, so that it is a pattern rather than a path.
  public static func hasMagic(_ text: String) -> Bool {
    text.utf8.contains { "*?[]{}\\".utf8.contains($0) } || text.utf8.last == .slash
  }

  private static func commonBase(_ alternatives: [GlobAlternative]) -> Path {
    var common: [[UInt8]]?
    for alternative in alternatives {
      let names = alternative.base
      guard let before = common else {
        common = names
        continue
      }
      common = Array(zip(before, names).prefix { $0 == $1 }.map(\.0))
    }
    let joined = Array((common ?? []).joined(separator: [.slash]))
    return Path(verbatim: alternatives.contains(where: \.absolute) ? [.slash] + joined : joined)
  }
}

extension Glob: CustomStringConvertible {
  /// The pattern.
  public var description: String { pattern }
}

/// Multiplies out alternatives.
enum GlobExpansion {
  /// The token lists that `tokens`, whose braces are balanced, stands for, in the order they are written.
  static func expand(_ tokens: [GlobToken]) throws(PatternError) -> [[GlobToken]] {
    var done: [[GlobToken]] = []
    var pending = [tokens]
    var size = tokens.count
    while let list = pending.popLast() {
      guard let open = list.firstIndex(of: .open) else {
        done.append(list)
        continue
      }
      let (parts, close) = split(list, after: open)
      let outside = open + list.count - close - 1
      size += parts.reduce(-list.count) { $0 + $1.count + outside }
      if done.count + pending.count + parts.count > GlobTokenizer.maxAlternatives || size > GlobTokenizer.maxExpanded {
        throw PatternError(
          "its braces stand for over \(GlobTokenizer.maxAlternatives) patterns, or too long ones", at: 0)
      }
      for part in parts.reversed() { pending.append(Array(list[..<open] + part + list[(close + 1)...])) }
    }
    return done
  }

  /// The alternatives of the group that opens at `open`, and where it closes.
  private static func split(_ list: [GlobToken], after open: Int) -> (parts: [ArraySlice<GlobToken>], close: Int) {
    var parts: [ArraySlice<GlobToken>] = []
    var depth = 0
    var start = open + 1
    for index in (open + 1)..<list.count {
      switch list[index] {
      case .open: depth += 1
      case .close where depth > 0: depth -= 1
      case .comma where depth == 0:
        parts.append(list[start..<index])
        start = index + 1
      case .close: return (parts + [list[start..<index]], index)
      default: break
      }
    }
    return (parts + [list[start...]], list.count - 1)
  }
}
