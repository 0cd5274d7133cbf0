/// A capture pattern without alternatives, as a list of steps over a whole path.
///
/// Choices are tried longest first, and what has failed once is not tried again, so that matching takes at most (bytes of
/// the path)² × (steps) – except below captures that stand twice, of which a pattern has at most two, each within one name.
struct CaptureProgram: Hashable, Sendable {
  enum Step: Hashable, Sendable {
    /// One byte, character or set; a slash too.
    case token(GlobToken)
    /// `*`
    case many
    /// `**/`: nothing, or names and the slash after them.
    case directories
    case capture(Int, deep: Bool)
    /// A capture that stood before.
    case again(Int)
  }

  private let absolute: Bool
  private let steps: [Step]
  private let captures: Int
  /// Whether a failure at a step is one whatever was captured before.
  private let forgets: [Bool]
  private let choices: Int

  init(_ tokens: [GlobToken], names: [String]) {
    var steps: [Step] = []
    var seen: [Int: Int] = [:]
    var pinned: [Range<Int>] = []
    for segment in Self.segments(tokens) {
      if segment == [.many, .many] {
        if steps.last != .directories { steps.append(.directories) }
        continue
      }
      for token in segment {
        switch token {
        case .many:
          if steps.last != .many { steps.append(.many) }
        case .capture(let name, let deep):
          // Every name stands in the list: it was made of these tokens.
          let index = names.firstIndex(of: name) ?? 0
          if let first = seen[index] {
            pinned.append((first + 1)..<(steps.count + 1))
            steps.append(.again(index))
          } else {
            seen[index] = steps.count
            steps.append(.capture(index, deep: deep))
          }
        default: steps.append(.token(token))
        }
      }
    }
    absolute = tokens.first == .slash
    self.steps = steps
    captures = names.count
    forgets = (0...steps.count).map { index in !pinned.contains { $0.contains(index) } }
    choices = steps.count { if case .token = $0 { false } else { true } }
  }

  /// The tokens between slashes, each with the slash before it unless it is the first or follows `**`: normalised as a
  /// glob is.
  private static func segments(_ tokens: [GlobToken]) -> [[GlobToken]] {
    var parts = tokens.split(separator: .slash).map(Array.init).filter { $0 != [.byte(.dot)] }
    if tokens.last == .slash { parts.append([.many, .many]) }
    if parts.last == [.many, .many] { parts.append([.many]) }
    var segments: [[GlobToken]] = tokens.first == .slash ? [[.slash]] : []
    for (index, part) in parts.enumerated() {
      let slash = index > 0 && parts[index - 1] != [.many, .many]
      if part == [.many, .many] {
        if slash { segments.append([.slash]) }
        segments.append(part)
      } else {
        segments.append(slash ? [.slash] + part : part)
      }
    }
    return segments
  }

  private struct Choice {
    var step: Int
    var start: Int
    var end: Int
    var shortest: Int
  }

  /// What each capture covers, or nil.
  func match(_ bytes: [UInt8]) -> [Range<Int>]? {
    guard absolute == (bytes.first == .slash) else { return nil }
    var bound = [Range<Int>](repeating: 0..<0, count: captures)
    var stack: [Choice] = []
    var failed: [Bool] = []
    let width = bytes.count + 1
    var step = 0
    var at = 0
    while true {
      var matched = true
      while step < steps.count {
        switch steps[step] {
        case .token(.slash):
          matched = at < bytes.count && bytes[at] == .slash
          if matched { at += 1 }
        case .token(let token):
          if at < bytes.count, bytes[at] != .slash,
            let next = GlobAlternative.Segment.step(token, bytes, at, bytes.count)
          {
            at = next
          } else {
            matched = false
          }
        case .again(let index):
          let text = bytes[bound[index]]
          matched = bytes[at...].starts(with: text)
          if matched { at += text.count }
        case .many, .directories, .capture:
          if let choice = choice(step, bytes, at) {
            stack.append(choice)
            bind(choice, &bound)
            at = choice.end
          } else {
            matched = false
          }
        }
        if !matched { break }
        step += 1
      }
      if matched, at == bytes.count { return bound }
      // Back to the last choice that has a shorter text left.
      var found = false
      while var choice = stack.popLast() {
        let after = choice.step + 1
        if choices > 1, forgets[after] {
          if failed.isEmpty { failed = [Bool](repeating: false, count: (steps.count + 1) * width) }
          failed[after * width + choice.end] = true
        }
        while let shorter = shorten(choice, bytes) {
          choice.end = shorter
          if failed.isEmpty || !forgets[after] || !failed[after * width + shorter] {
            found = true
            break
          }
        }
        if found {
          bind(choice, &bound)
          step = after
          at = choice.end
          stack.append(choice)
          break
        }
      }
      if !found { return nil }
    }
  }

  private func bind(_ choice: Choice, _ bound: inout [Range<Int>]) {
    if case .capture(let index, _) = steps[choice.step] { bound[index] = choice.start..<choice.end }
  }

  /// The longest text that a step with a choice can take at `at`.
  private func choice(_ step: Int, _ bytes: [UInt8], _ at: Int) -> Choice? {
    let nameEnd = bytes[at...].firstIndex(of: .slash) ?? bytes.count
    switch steps[step] {
    case .many: return Choice(step: step, start: at, end: nameEnd, shortest: at)
    case .directories:
      let end = bytes[at...].lastIndex(of: .slash).map { $0 + 1 } ?? at
      return Choice(step: step, start: at, end: end, shortest: at)
    case .capture(_, let deep):
      let end = deep ? bytes.count : nameEnd
      // A capture across slashes neither begins nor ends with one.
      if at >= end || bytes[at] == .slash { return nil }
      return Choice(step: step, start: at, end: end, shortest: at + 1)
    default: return nil
    }
  }

  /// The next shorter end of a choice: it cuts no character in two, and directories end with a slash.
  private func shorten(_ choice: Choice, _ bytes: [UInt8]) -> Int? {
    var end = choice.end
    while end > choice.shortest {
      end -= 1
      if case .directories = steps[choice.step] {
        if end == choice.start || bytes[end - 1] == .slash { return end }
        continue
      }
      if case .capture = steps[choice.step], bytes[end - 1] == .slash { continue }
      if !Self.cuts(bytes, at: end) { return end }
    }
    return nil
  }

  /// Whether a character lies on both sides of `index`.
  private static func cuts(_ bytes: [UInt8], at index: Int) -> Bool {
    guard index < bytes.count, bytes[index] & 0xC0 == 0x80 else { return false }
    for start in max(0, index - 3)..<index where start + ByteScalar.decode(bytes, at: start).length > index {
      return true
    }
    return false
  }
}
