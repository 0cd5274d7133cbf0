/// A compiled wildcard pattern with git's meaning (`wildmatch` with WM_PATHNAME), matched without recursion.
struct Wildmatch: Sendable {
  private enum Token: Sendable {
    case byte(UInt8)
    /// `?`: any byte but a slash.
    case any
    /// `[…]`: never a slash.
    case set(ByteSet)
    /// `*`: any bytes but slashes.
    case star
    /// `**` as a whole component: any bytes.
    case stars
    /// `**/`: nothing, or any bytes that end in a slash.
    case directories
  }

  private var tokens: [Token] = []

  /// Nil where git says that the pattern can never match: an open bracket, an unknown class, a lone backslash at the end.
  init?(_ pattern: some Collection<UInt8>) {
    let bytes = Array(pattern)
    var at = 0
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "*"):
        let start = at
        while at < bytes.count, bytes[at] == UInt8(ascii: "*") { at += 1 }
        let opens = start == 0 || bytes[start - 1] == UInt8(ascii: "/")
        let slash = at < bytes.count && bytes[at] == UInt8(ascii: "/")
        let escaped = at + 1 < bytes.count && bytes[at] == UInt8(ascii: "\\") && bytes[at + 1] == UInt8(ascii: "/")
        guard at - start > 1, opens, slash || escaped || at == bytes.count else {
          tokens.append(.star)
          continue
        }
        tokens.append(slash ? .directories : .stars)
        if slash { at += 1 }
      case UInt8(ascii: "?"):
        tokens.append(.any)
        at += 1
      case UInt8(ascii: "["):
        guard let (set, end) = ByteSet.parse(bytes, at: at) else { return nil }
        tokens.append(.set(set))
        at = end
      case UInt8(ascii: "\\"):
        guard at + 1 < bytes.count else { return nil }
        tokens.append(.byte(bytes[at + 1]))
        at += 2
      default:
        tokens.append(.byte(bytes[at]))
        at += 1
      }
    }
  }

  /// Whether all of `text` matches. Tries each wildcard as short as can be; the last one that may still grow does:
  /// a `*` up to the next slash, then the last `**`. Earlier ones need no second try, as a later `**` can take whatever
  /// an earlier one would have.
  func matches(_ text: ArraySlice<UInt8>) -> Bool {
    var token = 0
    var at = text.startIndex
    var star: (token: Int, at: Int)?
    var wide: (token: Int, at: Int, whole: Bool)?
    while true {
      if token == tokens.count {
        if at == text.endIndex { return true }
      } else {
        switch tokens[token] {
        case .star:
          star = (token + 1, at)
          token += 1
          continue
        case .stars, .directories:
          if case .directories = tokens[token] { wide = (token + 1, at, true) } else { wide = (token + 1, at, false) }
          star = nil
          token += 1
          continue
        case .byte(let byte) where at < text.endIndex && text[at] == byte:
          token += 1
          at += 1
          continue
        case .any where at < text.endIndex && text[at] != UInt8(ascii: "/"):
          token += 1
          at += 1
          continue
        case .set(let set) where at < text.endIndex && text[at] != UInt8(ascii: "/") && set.contains(text[at]):
          token += 1
          at += 1
          continue
        default: break
        }
      }
      if let again = star, again.at < text.endIndex, text[again.at] != UInt8(ascii: "/") {
        star = (again.token, again.at + 1)
        (token, at) = (again.token, again.at + 1)
        continue
      }
      guard var again = wide, again.at < text.endIndex else { return false }
      if again.whole {
        guard let slash = text[again.at...].firstIndex(of: UInt8(ascii: "/")) else { return false }
        again.at = slash + 1
      } else {
        again.at += 1
      }
      wide = again
      star = nil
      (token, at) = (again.token, again.at)
    }
  }
}

/// A bracket expression.
struct ByteSet: Sendable {
  private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
  private var negated = false

  func contains(_ byte: UInt8) -> Bool {
    let bit = UInt64(1) << UInt64(byte & 63)
    let word =
      switch byte >> 6 {
      case 0: words.0
      case 1: words.1
      case 2: words.2
      default: words.3
      }
    return (word & bit != 0) != negated
  }

  private mutating func insert(_ byte: UInt8) {
    let bit = UInt64(1) << UInt64(byte & 63)
    switch byte >> 6 {
    case 0: words.0 |= bit
    case 1: words.1 |= bit
    case 2: words.2 |= bit
    default: words.3 |= bit
    }
  }

  /// Reads the expression whose `[` stands at `start`, as git does; the index after its `]`. Nil if it is not well formed.
  static func parse(_ bytes: [UInt8], at start: Int) -> (ByteSet, Int)? {
    var set = ByteSet()
    var at = start + 1
    func byte(_ index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }
    if byte(at) == UInt8(ascii: "!") || byte(at) == UInt8(ascii: "^") {
      set.negated = true
      at += 1
    }
    var previous: UInt8 = 0
    repeat {
      guard var current = byte(at) else { return nil }
      if current == UInt8(ascii: "\\") {
        at += 1
        guard let escaped = byte(at) else { return nil }
        set.insert(escaped)
        current = escaped
      } else if current == UInt8(ascii: "-"), previous != 0, let next = byte(at + 1), next != UInt8(ascii: "]") {
        at += 1
        var last = next
        if last == UInt8(ascii: "\\") {
          at += 1
          guard let escaped = byte(at) else { return nil }
          last = escaped
        }
        if previous <= last { for member in previous...last { set.insert(member) } }
        current = 0
      } else if current == UInt8(ascii: "["), byte(at + 1) == UInt8(ascii: ":") {
        guard let close = bytes[(at + 2)...].firstIndex(of: UInt8(ascii: "]")) else { return nil }
        if close > at + 2, bytes[close - 1] == UInt8(ascii: ":") {
          guard set.insert(class: bytes[(at + 2)..<(close - 1)]) else { return nil }
          at = close
          current = 0
        } else {
          set.insert(current)
        }
      } else {
        set.insert(current)
      }
      previous = current
      at += 1
    } while byte(at) != UInt8(ascii: "]")
    return (set, at + 1)
  }

  private mutating func insert(class name: ArraySlice<UInt8>) -> Bool {
    let test: (UInt8) -> Bool
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let lower = UInt8(ascii: "a")...UInt8(ascii: "z")
    let upper = UInt8(ascii: "A")...UInt8(ascii: "Z")
    switch String(decoding: name, as: UTF8.self) {
    case "alnum": test = { digits.contains($0) || lower.contains($0) || upper.contains($0) }
    case "alpha": test = { lower.contains($0) || upper.contains($0) }
    case "blank": test = { $0 == 32 || $0 == 9 }
    case "cntrl": test = { $0 < 32 || $0 == 127 }
    case "digit": test = { digits.contains($0) }
    case "graph": test = { (33...126).contains($0) }
    case "lower": test = { lower.contains($0) }
    case "print": test = { (32...126).contains($0) }
    case "punct":
      test = { (33...126).contains($0) && !digits.contains($0) && !lower.contains($0) && !upper.contains($0) }
    case "space": test = { $0 == 32 || (9...13).contains($0) }
    case "upper": test = { upper.contains($0) }
    case "xdigit": test = { digits.contains($0) || (65...70).contains($0) || (97...102).contains($0) }
    default: return false
    }
    for byte in UInt8.min...UInt8.max where test(byte) { insert(byte) }
    return true
  }
}
