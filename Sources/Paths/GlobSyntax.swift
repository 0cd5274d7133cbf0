/// A pattern that cannot be compiled: what is wrong, and where.
public struct PatternError: Error, Hashable, CustomStringConvertible {
  /// What is wrong and, where it is not plain, what to write instead.
  public let problem: String
  /// Where in the pattern's UTF-8, counted in bytes from 0.
  public let offset: Int

  package init(_ problem: String, at offset: Int) {
    self.problem = problem
    self.offset = offset
  }

  /// The problem and its place in one line.
  public var description: String { "\(problem) (at byte \(offset) of the pattern)" }
}

/// A set of characters: `[a-z]` or `[!a-z]`. It never holds a slash.
struct GlobSet: Hashable, Sendable {
  var ranges: [ClosedRange<UInt32>]
  var negated: Bool

  func contains(_ value: UInt32) -> Bool {
    value != UInt32(UInt8.slash) && ranges.contains { $0.contains(value) } != negated
  }
}

/// What a pattern is made of, before alternatives are multiplied out.
enum GlobToken: Hashable, Sendable {
  case byte(UInt8)
  case slash
  /// `?`
  case one
  /// `*`
  case many
  case set(GlobSet)
  /// `{name}` or, with `deep`, `{name...}`: only in a rule's pattern.
  case capture(name: String, deep: Bool)
  case open
  case comma
  case close
}

/// Reads the text of a pattern.
struct GlobTokenizer {
  /// What patterns are held to, so that no manifest makes matching slow: bytes of text, alternatives, and characters of
  /// all alternatives together.
  static let maxBytes = 8192
  static let maxAlternatives = 1024
  static let maxExpanded = 131_072

  /// Where a token begins and ends in the pattern.
  struct Placed {
    var token: GlobToken
    var range: Range<Int>
  }

  private let text: [UInt8]
  private let captures: Bool
  private var at = 0
  private var opened: [(offset: Int, commas: Int)] = []
  private var tokens: [Placed] = []

  /// `captures`: whether `{name}` is a capture, rather than a mistake.
  static func tokenize(_ pattern: String, captures: Bool) throws(PatternError) -> [Placed] {
    var tokenizer = GlobTokenizer(text: Array(pattern.utf8), captures: captures)
    return try tokenizer.run()
  }

  private init(text: [UInt8], captures: Bool) {
    self.text = text
    self.captures = captures
  }

  private mutating func run() throws(PatternError) -> [Placed] {
    if text.isEmpty { throw PatternError("the pattern is empty", at: 0) }
    if text.count > Self.maxBytes {
      throw PatternError("the pattern has over \(Self.maxBytes) bytes", at: Self.maxBytes)
    }
    while at < text.count {
      let start = at
      let token = try next()
      tokens.append(Placed(token: token, range: start..<at))
    }
    if let open = opened.last {
      throw PatternError("no } closes this {; a brace itself is written \\{", at: open.offset)
    }
    return tokens
  }

  private mutating func next() throws(PatternError) -> GlobToken {
    let start = at
    switch text[at] {
    case UInt8(ascii: "/"):
      at += 1
      return .slash
    case UInt8(ascii: "?"):
      at += 1
      return .one
    case UInt8(ascii: "*"):
      at += 1
      return .many
    case UInt8(ascii: "["): return .set(try set())
    case UInt8(ascii: "{"):
      if let (name, deep, end) = identifier(from: at + 1) {
        if !captures {
          let shown = deep ? "\(name)..." : name
          throw PatternError(
            "{\(shown)} is a capture, which only a rule's patterns can have; alternatives are written {a,b}, a brace "
              + "itself \\{", at: start)
        }
        if let outer = opened.last {
          throw PatternError(
            "a capture cannot stand inside the alternatives that begin at byte \(outer.offset)", at: at)
        }
        at = end
        return .capture(name: name, deep: deep)
      }
      at += 1
      opened.append((start, 0))
      return .open
    case UInt8(ascii: ",") where !opened.isEmpty:
      at += 1
      opened[opened.count - 1].commas += 1
      return .comma
    case UInt8(ascii: "}"):
      guard let group = opened.popLast() else {
        throw PatternError("this } closes nothing; a brace itself is written \\}", at: start)
      }
      if group.commas == 0 {
        throw PatternError(
          captures
            ? "braces hold a capture's name, as in {name} or {path...}, or alternatives, as in {a,b}"
            : "braces hold alternatives, as in {a,b}; a brace itself is written \\{", at: group.offset)
      }
      at += 1
      return .close
    default:
      let byte = try literal()
      return byte == .slash ? .slash : .byte(byte)
    }
  }

  /// One byte that stands for itself: plain, after a backslash, or percent-encoded.
  private mutating func literal() throws(PatternError) -> UInt8 {
    let start = at
    var byte = text[at]
    at += 1
    if byte == UInt8(ascii: "\\") {
      guard at < text.count else {
        throw PatternError("nothing follows the \\; a \\ itself is written \\\\", at: start)
      }
      byte = text[at]
      at += 1
    } else if byte == UInt8(ascii: "%") {
      guard at + 1 < text.count, let high = PercentEncoding.hexValue(text[at]),
        let low = PercentEncoding.hexValue(text[at + 1])
      else { throw PatternError("a % must be followed by two hexadecimal digits (%25 is a % itself)", at: start) }
      byte = high << 4 | low
      at += 2
      if byte == .slash { throw PatternError("no name holds a slash, so %2F can never match", at: start) }
    }
    if byte == 0 { throw PatternError("no name holds a NUL", at: start) }
    return byte
  }

  /// `[…]`, from its bracket on. A `]` right after the opening (or the `!`) stands for itself.
  private mutating func set() throws(PatternError) -> GlobSet {
    let start = at
    at += 1
    var set = GlobSet(ranges: [], negated: false)
    if at < text.count, text[at] == UInt8(ascii: "!") || text[at] == UInt8(ascii: "^") {
      set.negated = true
      at += 1
    }
    var first = true
    while true {
      guard at < text.count else {
        throw PatternError("no ] closes this [; a bracket itself is written \\[", at: start)
      }
      if text[at] == UInt8(ascii: "]"), !first {
        at += 1
        return set
      }
      first = false
      let place = at
      let low = try member()
      var high = low
      if at + 1 < text.count, text[at] == UInt8(ascii: "-"), text[at + 1] != UInt8(ascii: "]") {
        at += 1
        high = try member()
      }
      if low > high { throw PatternError("this range runs backwards", at: place) }
      set.ranges.append(low...high)
    }
  }

  /// A character of a set. The bytes of one may be plain or percent-encoded; one that is part of no character stands
  /// for itself.
  private mutating func member() throws(PatternError) -> UInt32 {
    if text[at] == .slash { throw PatternError("a slash cannot stand between [ and ]", at: at) }
    var bytes = [try literal()]
    let after = at
    while bytes[0] >= 0xC2, bytes.count < 4, at < text.count, text[at] >= 0x80 || text[at] == UInt8(ascii: "%") {
      bytes.append(try literal())
      let (value, length) = ByteScalar.decode(bytes, at: 0)
      if length == bytes.count { return value }
    }
    at = after
    return ByteScalar.decode([bytes[0]], at: 0).value
  }

  /// `name}` or `name...}` at `start`, and where it ends.
  private func identifier(from start: Int) -> (name: String, deep: Bool, end: Int)? {
    guard let (name, next) = CaptureName.scan(text, from: start) else { return nil }
    var end = next
    let deep = text[end...].starts(with: "...".utf8)
    if deep { end += 3 }
    guard end < text.count, text[end] == UInt8(ascii: "}") else { return nil }
    return (name, deep, end + 1)
  }
}

/// What a capture or placeholder may be called: a letter or `_`, then letters, digits, `_` and `-`.
package enum CaptureName {
  /// The name at `start`, and where it ends.
  package static func scan(_ text: [UInt8], from start: Int) -> (name: String, end: Int)? {
    var end = start
    while end < text.count {
      switch text[end] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): break
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
        if end == start { return nil }
      default: return end == start ? nil : (String(decoding: text[start..<end], as: UTF8.self), end)
      }
      end += 1
    }
    return end == start ? nil : (String(decoding: text[start..<end], as: UTF8.self), end)
  }
}
