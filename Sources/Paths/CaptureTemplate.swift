/// A path or glob of a rule in which captures stand: `include/{name}.h`, `tests/{name}/*.txt`.
///
/// It is written as a `CapturePattern` is; `{path}` and `{path...}` mean the same here. What a capture puts in stands for
/// itself, also where it looks like magic.
public struct CaptureTemplate: Hashable, Sendable {
  /// What a filled template names.
  public enum Filled: Hashable, Sendable {
    /// A path, not normalised.
    case path([UInt8])
    case glob(String)
  }

  private enum Part: Hashable, Sendable {
    /// As it is written, and the bytes that it stands for if there is no magic.
    case text(String, bytes: [UInt8])
    case capture(String)
  }

  /// The text that it was compiled from.
  public let text: String
  /// The captures that it needs and where each first stands, in bytes from 0.
  public let captures: [(name: String, offset: Int)]
  /// Whether it names a glob.
  public let isGlob: Bool
  private let parts: [Part]

  /// Compiles `text`.
  public init(_ text: String) throws(PatternError) {
    let tokens = try GlobTokenizer.tokenize(text, captures: true)
    let source = Array(text.utf8)
    var parts: [Part] = []
    var captures: [(name: String, offset: Int)] = []
    var isGlob = tokens.last?.token == .slash
    var sample: [GlobToken] = []
    var start = 0
    var bytes: [UInt8] = []
    for placed in tokens {
      sample.append(placed.token)
      switch placed.token {
      case .capture(let name, _):
        if placed.range.lowerBound > start {
          parts.append(.text(String(decoding: source[start..<placed.range.lowerBound], as: UTF8.self), bytes: bytes))
        }
        parts.append(.capture(name))
        if !captures.contains(where: { $0.name == name }) { captures.append((name, placed.range.lowerBound)) }
        (start, bytes) = (placed.range.upperBound, [])
        sample[sample.count - 1] = .byte(UInt8(ascii: "x"))
      case .byte(let byte): bytes.append(byte)
      case .slash: bytes.append(.slash)
      default: isGlob = true
      }
    }
    if start < source.count { parts.append(.text(String(decoding: source[start...], as: UTF8.self), bytes: bytes)) }
    // Whether its braces are too many shows now, not at the first file.
    _ = try Glob(text, tokens: sample)
    self.text = text
    self.captures = captures
    self.isGlob = isGlob
    self.parts = parts
  }

  /// The template with each capture's text put in; one that is not given stays out.
  public func fill(_ captures: [String: [UInt8]]) -> Filled {
    if isGlob {
      var glob = ""
      for part in parts {
        switch part {
        case .text(let text, _): glob += text
        case .capture(let name): glob += Glob.escape(captures[name] ?? [])
        }
      }
      return .glob(glob)
    }
    var path: [UInt8] = []
    for part in parts {
      switch part {
      case .text(_, let bytes): path += bytes
      case .capture(let name): path += captures[name] ?? []
      }
    }
    return .path(path)
  }

  public static func == (left: Self, right: Self) -> Bool { left.text == right.text && left.parts == right.parts }

  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
