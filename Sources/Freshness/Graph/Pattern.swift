internal import Paths

/// A glob as far as the engine needs it: whether a touched path may be a match, so that the listing must be looked at.
///
/// It may say yes too often – then the look finds the same members – and never says no wrongly. What a glob matches in
/// fact the shell decides, which looks.
struct Pattern: Hashable, Sendable {
  /// The directory that all matches lie below: the names before the first that holds a wildcard.
  let base: Path
  /// What braces expand to, each as the names between the slashes; nil if that is too much to keep.
  private let alternatives: [[[UInt8]]]?

  private static let limit = 256
  private static let anyDepth = [UInt8]("**".utf8)
  /// A name that whatever stands between two slashes of a pattern may match: it is not ASCII.
  private static let anyName: ArraySlice<UInt8> = [0x80]

  init(_ text: String) {
    var bytes = Array(text.utf8)
    if bytes.last == .slash { bytes += Self.anyDepth }
    let names = bytes.split(separator: .slash, omittingEmptySubsequences: true).map(Array.init)
    let literal = names.prefix { name in !name.contains { "*?[{\\".utf8.contains($0) } }
    let isLiteral = literal.count == names.count
    let prefix: [UInt8] = bytes.first == .slash ? [.slash] : []
    let directories = isLiteral ? literal.dropLast() : literal
    base = Path(prefix + Array(directories.joined(separator: [.slash])))
    // A class or an escape may hold a slash or a brace: what stands between slashes is no name then.
    let plain = !bytes.contains { "[\\".utf8.contains($0) }
    alternatives = plain ? Self.expand(bytes)?.map { $0.split(separator: .slash).map(Array.init) } : nil
  }

  /// Whether `path` could be a match.
  func mayMatch(_ path: Path) -> Bool {
    guard path.isWithin(base) else { return false }
    guard let alternatives else { return true }
    let names = path.components
    return alternatives.contains { Self.matches($0[...], names[...]) }
  }

  /// Whether something below `directory` could be a match.
  func mayMatch(below directory: Path) -> Bool {
    guard directory.isWithin(base) || base.isWithin(directory) else { return false }
    guard let alternatives else { return true }
    let names = directory.components
    return alternatives.contains { pattern in
      // As deep as the pattern goes; where that is any depth, deep enough for all that follows it.
      let depth = pattern.contains(Self.anyDepth) ? names.count + pattern.count : pattern.count
      guard depth > names.count else { return false }
      let below = Array(repeating: Self.anyName, count: depth - names.count)
      return Self.matches(pattern[...], (names + below)[...])
    }
  }

  /// Names against names. `**` stands for any number of them; the loop goes back to the last one that failed, as for `*`
  /// within a name, so that it takes at most the product of both lengths.
  private static func matches(_ pattern: ArraySlice<[UInt8]>, _ names: ArraySlice<ArraySlice<UInt8>>) -> Bool {
    var pattern = pattern, names = names
    var retry: (pattern: ArraySlice<[UInt8]>, names: ArraySlice<ArraySlice<UInt8>>)?
    while true {
      if pattern.first == anyDepth {
        pattern.removeFirst()
        retry = (pattern, names)
      } else if let one = pattern.first, let name = names.first, matches(one[...], name) {
        pattern.removeFirst()
        names.removeFirst()
      } else if pattern.isEmpty, names.isEmpty {
        return true
      } else if let back = retry, !back.names.isEmpty {
        (pattern, names) = (back.pattern, back.names.dropFirst())
        retry = (pattern, names)
      } else {
        return false
      }
    }
  }

  /// One name. What is not ASCII, and a brace without its partner, is not told apart.
  private static func matches(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
    if pattern.contains(where: { "{}".utf8.contains($0) }) || name.contains(where: { $0 >= 0x80 }) { return true }
    var pattern = pattern, name = name
    var retry: (pattern: ArraySlice<UInt8>, name: ArraySlice<UInt8>)?
    while true {
      if pattern.first == UInt8(ascii: "*") {
        pattern.removeFirst()
        retry = (pattern, name)
      } else if let byte = name.first, let rest = one(pattern, takes: byte) {
        pattern = rest
        name.removeFirst()
      } else if pattern.isEmpty, name.isEmpty {
        return true
      } else if let back = retry, !back.name.isEmpty {
        (pattern, name) = (back.pattern, back.name.dropFirst())
        retry = (pattern, name)
      } else {
        return false
      }
    }
  }

  /// What is left of `pattern` after its first element took `byte`; nil if it does not.
  private static func one(_ pattern: ArraySlice<UInt8>, takes byte: UInt8) -> ArraySlice<UInt8>? {
    guard let first = pattern.first, first == byte || first == UInt8(ascii: "?") else { return nil }
    return pattern.dropFirst()
  }

  /// The patterns that `text` stands for once its braces are gone; nil if they are too many.
  private static func expand(_ text: [UInt8]) -> [[UInt8]]? {
    var done: [[UInt8]] = [], work = [text]
    while let next = work.popLast() {
      guard let (open, commas, close) = innermostBrace(next) else {
        done.append(next)
        continue
      }
      var start = open + 1
      for cut in commas + [close] {
        work.append(Array(next[..<open] + next[start..<cut] + next[(close + 1)...]))
        start = cut + 1
      }
      if done.count + work.count > limit { return nil }
    }
    return done
  }

  /// The first pair of braces with none inside, and its commas.
  private static func innermostBrace(_ text: [UInt8]) -> (open: Int, commas: [Int], close: Int)? {
    guard let close = text.firstIndex(of: UInt8(ascii: "}")),
      let open = text[..<close].lastIndex(of: UInt8(ascii: "{"))
    else { return nil }
    return (open, text[open..<close].indices.filter { text[$0] == UInt8(ascii: ",") }, close)
  }
}
