/// A pattern without alternatives: names, or rules for names, between slashes.
struct GlobAlternative: Hashable, Sendable {
  /// One step of a path.
  enum Segment: Hashable, Sendable {
    /// `**`: any number of directories, none included.
    case deep
    case literal([UInt8])
    case pattern([GlobToken])
  }

  let absolute: Bool
  let segments: [Segment]

  init(_ tokens: [GlobToken]) {
    absolute = tokens.first == .slash
    var segments: [Segment] = []
    for part in tokens.split(separator: .slash) {
      if let segment = Self.segment(Array(part)), segment != .deep || segments.last != .deep {
        segments.append(segment)
      }
    }
    // `src/` and `src/**` mean what is below src, at any depth, and not src itself.
    if tokens.last == .slash, segments.last != .deep { segments.append(.deep) }
    if segments.last == .deep { segments.append(.pattern([.many])) }
    self.segments = segments
  }

  private static func segment(_ tokens: [GlobToken]) -> Segment? {
    if tokens == [.byte(.dot)] { return nil }
    if tokens == [.many, .many] { return .deep }
    var bytes: [UInt8] = []
    for case .byte(let byte) in tokens { bytes.append(byte) }
    return bytes.count == tokens.count ? .literal(bytes) : .pattern(tokens)
  }

  /// The names before the first with magic; without magic, those before the last.
  var base: [[UInt8]] {
    var names: [[UInt8]] = []
    for case .literal(let name) in segments.prefix(while: \.isLiteral) { names.append(name) }
    if names.count == segments.count, !names.isEmpty { names.removeLast() }
    return names
  }

  var literal: Path? {
    var names: [[UInt8]] = []
    for case .literal(let name) in segments { names.append(name) }
    guard names.count == segments.count else { return nil }
    return Path(verbatim: (absolute ? [.slash] : []) + names.joined(separator: [.slash]))
  }

  /// Where there are two ways to go on, the last `**` alone is tried again with one more directory: what an earlier one
  /// could take over, the later one can as well.
  func matches(_ path: Path) -> Bool {
    let bytes = path.bytes
    guard absolute == path.isAbsolute else { return false }
    var start = absolute ? 1 : 0
    var segment = 0
    var retry: (segment: Int, start: Int)?
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: .slash) ?? bytes.count
      if segment < segments.count, segments[segment] == .deep {
        retry = (segment, start)
        segment += 1
      } else if segment < segments.count, segments[segment].matches(bytes, start, end) {
        segment += 1
        start = end + 1
      } else if let (deep, from) = retry {
        let next = (bytes[from...].firstIndex(of: .slash) ?? bytes.count) + 1
        retry = (deep, next)
        segment = deep + 1
        start = next
      } else {
        return false
      }
    }
    return segment == segments.count
  }

  func couldMatch(below directory: Path) -> Bool {
    guard absolute == directory.isAbsolute else { return false }
    // The segments that may come next, as a set: those after `**` too.
    var open = [Bool](repeating: false, count: segments.count + 1)
    func enter(_ segment: Int, _ set: inout [Bool]) {
      set[segment] = true
      if segment < segments.count, segments[segment] == .deep { set[segment + 1] = true }
    }
    enter(0, &open)
    for name in directory.components {
      var next = [Bool](repeating: false, count: segments.count + 1)
      for index in segments.indices where open[index] {
        if segments[index] == .deep {
          enter(index, &next)
        } else if segments[index].matches(directory.bytes, name.startIndex, name.endIndex) {
          enter(index + 1, &next)
        }
      }
      open = next
    }
    return open.dropLast().contains(true)
  }
}

extension GlobAlternative.Segment {
  fileprivate var isLiteral: Bool { if case .literal = self { true } else { false } }

  /// Whether the name `bytes[start..<end]` is meant.
  fileprivate func matches(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Bool {
    switch self {
    case .deep: true
    case .literal(let name): end - start == name.count && bytes[start..<end].elementsEqual(name)
    case .pattern(let tokens): Self.matches(tokens, bytes, start, end)
    }
  }

  /// As with `**`, only the last `*` is tried again, with one more character.
  private static func matches(_ tokens: [GlobToken], _ bytes: [UInt8], _ start: Int, _ end: Int) -> Bool {
    var at = start
    var token = 0
    var retry: (token: Int, at: Int)?
    while true {
      if token == tokens.count {
        if at == end { return true }
      } else if tokens[token] == .many {
        token += 1
        retry = (token, at)
        continue
      } else if at < end, let next = step(tokens[token], bytes, at, end) {
        token += 1
        at = next
        continue
      }
      guard let (after, from) = retry, from < end else { return false }
      at = from + min(ByteScalar.decode(bytes, at: from).length, end - from)
      token = after
      retry = (after, at)
    }
  }

  /// Where the text goes on after the one character or byte that `token` stands for, or nil if it is another.
  static func step(_ token: GlobToken, _ bytes: [UInt8], _ at: Int, _ end: Int) -> Int? {
    switch token {
    case .byte(let byte): return bytes[at] == byte ? at + 1 : nil
    case .one: return at + ByteScalar.decode(bytes, at: at).length
    case .set(let set):
      let (value, length) = ByteScalar.decode(bytes, at: at)
      return set.contains(value) ? at + length : nil
    default: return nil
    }
  }
}
