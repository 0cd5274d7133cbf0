/// A rule's pattern: a glob with captures (INTERFACES, section 3).
///
/// `{name}` stands for one or more characters of one name, `{path...}` for one or more characters across slashes. Where
/// a path can be taken apart in several ways, each capture and `*`, from the left, takes the longest text that lets the
/// rest match: `{name}.{ext}` takes `a.tar.gz` apart into `a.tar` and `gz`. `{name}` twice stands for the same text both
/// times; of alternatives the first that matches counts. Captures do not stand inside alternatives.
public struct CapturePattern: Hashable, Sendable {
  /// How much of a pattern may repeat: matching what repeats is what costs.
  static let maxRepeated = 2

  /// The text that it was compiled from.
  public let pattern: String
  /// The names of the captures, in the order they first stand.
  public let names: [String]
  /// Matches whatever this matches, and perhaps more: for listing.
  public let glob: Glob

  private let programs: [CaptureProgram]

  /// Compiles `pattern`.
  public init(_ pattern: String) throws(PatternError) {
    let tokens = try GlobTokenizer.tokenize(pattern, captures: true)
    var names: [String] = []
    var deep: Set<String> = []
    var repeated: Set<String> = []
    for placed in tokens {
      guard case .capture(let name, let isDeep) = placed.token else { continue }
      if names.contains(name) {
        if isDeep || deep.contains(name) {
          throw PatternError("{\(name)...} can stand only once in a pattern", at: placed.range.lowerBound)
        }
        repeated.insert(name)
        if repeated.count > Self.maxRepeated {
          throw PatternError("over \(Self.maxRepeated) captures stand more than once", at: placed.range.lowerBound)
        }
      } else {
        names.append(name)
        if isDeep { deep.insert(name) }
      }
    }
    self.pattern = pattern
    self.names = names
    glob = try Glob(Self.cover(pattern, tokens))
    programs = try GlobExpansion.expand(tokens.map(\.token)).map { CaptureProgram($0, names: names) }
  }

  /// What the captures stand for in `path`, or nil if it does not match.
  public func match(_ path: Path) -> [String: [UInt8]]? {
    for program in programs {
      guard let ranges = program.match(path.bytes) else { continue }
      return Dictionary(uniqueKeysWithValues: zip(names, ranges.map { Array(path.bytes[$0]) }))
    }
    return nil
  }

  /// The glob's text: the pattern with its captures put as magic.
  private static func cover(_ pattern: String, _ tokens: [GlobTokenizer.Placed]) -> String {
    let text = Array(pattern.utf8)
    var cover: [UInt8] = []
    for (index, placed) in tokens.enumerated() {
      guard case .capture(_, let deep) = placed.token else {
        cover += text[placed.range]
        continue
      }
      let starts = index == 0 || tokens[index - 1].token == .slash
      cover += (!deep ? "*" : starts ? "**/*" : "{*,*/**/*}").utf8
    }
    return String(decoding: cover, as: UTF8.self)
  }
}

extension CapturePattern: CustomStringConvertible {
  /// The pattern.
  public var description: String { pattern }
}
