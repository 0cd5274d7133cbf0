internal import Paths

/// A dependency file in make's syntax, as `cc -MMD`, rustc and others write it.
///
/// What GNU make and the compilers agree on: `targets: prerequisites`, a backslash before a newline goes on, `\ ` is a space,
/// `\#` a `#`, `$$` a `$`; an even number of backslashes before a space are that many halves. A backslash before anything
/// else is itself, as in make. Phony targets (`-MP`) have no prerequisites and so add nothing.
public enum Depfile {
  /// Why a text is no dependency file.
  public struct Malformed: Error, Hashable, Sendable {
    /// Starting at 1.
    public var line: Int
    public var problem: String
  }

  /// The prerequisites of all rules as they are written, each once, in order.
  public static func prerequisites(in text: [UInt8]) throws(Malformed) -> [[UInt8]] {
    var scanner = Scanner(text: text)
    var seen: Set<[UInt8]> = []
    var result: [[UInt8]] = []
    while !scanner.isAtEnd {
      let line = scanner.line
      let words = scanner.rule()
      if words.isEmpty { continue }
      guard let colon = words.firstIndex(of: .colon) else {
        throw Malformed(line: line, problem: "a colon is missing behind the targets")
      }
      if colon == 0 { throw Malformed(line: line, problem: "there is no target before the colon") }
      for case .name(let name) in words[(colon + 1)...] where seen.insert(name).inserted { result.append(name) }
    }
    return result
  }

  private enum Word: Equatable {
    case name([UInt8])
    case colon
  }

  private struct Scanner {
    let text: [UInt8]
    var position = 0
    var line = 1

    var isAtEnd: Bool { position >= text.count }

    init(text: [UInt8]) { self.text = text }

    private func peek(_ ahead: Int = 0) -> UInt8? {
      position + ahead < text.count ? text[position + ahead] : nil
    }

    /// The words up to the end of a logical line.
    mutating func rule() -> [Word] {
      var words: [Word] = []
      var name: [UInt8] = []
      var hasColon = false
      func endName() {
        if !name.isEmpty { words.append(.name(name)) }
        name = []
      }
      while let byte = peek() {
        position += 1
        switch byte {
        case UInt8(ascii: "\n"):
          line += 1
          endName()
          return words
        case UInt8(ascii: " "), UInt8(ascii: "\t"): endName()
        case UInt8(ascii: "\r") where peek() == UInt8(ascii: "\n"): continue
        case UInt8(ascii: "#") where name.isEmpty:
          while let next = peek(), next != UInt8(ascii: "\n") { position += next == UInt8(ascii: "\\") ? 2 : 1 }
        case UInt8(ascii: "$") where peek() == UInt8(ascii: "$"):
          position += 1
          name.append(byte)
        case UInt8(ascii: "\\"):
          if takeBackslashes(into: &name) { endName() }
        case UInt8(ascii: ":") where !hasColon && isRuleColon():
          hasColon = true
          endName()
          words.append(.colon)
        default: name.append(byte)
        }
      }
      endName()
      return words
    }

    /// A colon ends the targets only before white space, the end, or a second colon: others belong to names (`c:/x.h`).
    private mutating func isRuleColon() -> Bool {
      if peek() == UInt8(ascii: ":") {
        position += 1
        return true
      }
      guard let next = peek() else { return true }
      if next == UInt8(ascii: "\\") { return peek(1) == UInt8(ascii: "\n") || peek(1) == UInt8(ascii: "\r") }
      return next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") || next == UInt8(ascii: "\n")
        || next == UInt8(ascii: "\r")
    }

    /// Takes a run of backslashes, the first of which is behind `position`, and what it quotes. Returns whether a name ends
    /// there: at a continuation line.
    private mutating func takeBackslashes(into name: inout [UInt8]) -> Bool {
      var count = 1
      while peek() == UInt8(ascii: "\\") {
        count += 1
        position += 1
      }
      let next = peek()
      let isNewline =
        next == UInt8(ascii: "\n") || (next == UInt8(ascii: "\r") && peek(1) == UInt8(ascii: "\n"))
      switch next {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "#"):
        name += [UInt8](repeating: UInt8(ascii: "\\"), count: count / 2)
        if count % 2 == 1, let next {
          name.append(next)
          position += 1
        }
        return false
      case _ where isNewline:
        name += [UInt8](repeating: UInt8(ascii: "\\"), count: count - 1)
        position += next == UInt8(ascii: "\r") ? 2 : 1
        line += 1
        return true
      default:
        name += [UInt8](repeating: UInt8(ascii: "\\"), count: count)
        return false
      }
    }
  }
}
