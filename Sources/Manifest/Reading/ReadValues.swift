/// A string and where it stands.
struct ReadText {
  var text: String
  var value: JSONValue
}

/// Single values. `what` is the member's name in messages, quoted: `"ttl"`.
extension ManifestReader {
  func string(_ value: JSONValue?, _ what: String) -> ReadText? {
    guard let value else { return nil }
    guard case .string(let text) = value.kind else {
      wrongType(value, what, "a string")
      return nil
    }
    return ReadText(text: text, value: value)
  }

  func array(_ value: JSONValue?, _ what: String, of kind: String) -> [JSONValue] {
    guard let value else { return [] }
    guard case .array(let values) = value.kind else {
      wrongType(value, what, "an array of \(kind)")
      return []
    }
    return values
  }

  func strings(_ value: JSONValue?, _ what: String) -> [ReadText] {
    array(value, what, of: "strings").compactMap { string($0, "each of \(what)") }
  }

  /// A string alone, or an array of them.
  func stringOrStrings(_ value: JSONValue?, _ what: String) -> [ReadText] {
    guard let value else { return [] }
    switch value.kind {
    case .string(let text): return [ReadText(text: text, value: value)]
    case .array: return strings(value, what)
    default:
      wrongType(value, what, "a string or an array of strings")
      return []
    }
  }

  func bool(_ value: JSONValue?, _ what: String) -> Bool? {
    guard let value else { return nil }
    if case .bool(let flag) = value.kind { return flag }
    wrongType(value, what, "true or false")
    return nil
  }

  func integer(_ value: JSONValue?, _ what: String, atLeast least: Int = 1) -> Int? {
    guard let value else { return nil }
    guard case .number(let text) = value.kind else {
      wrongType(value, what, "a whole number")
      return nil
    }
    guard let number = Int(text) ?? Double(text).flatMap({ Int(exactly: $0) }) else {
      error(value.offset, "\(what) must be a whole number, not \(text)")
      return nil
    }
    if number < least {
      error(value.offset, "\(what) must be at least \(least), not \(text)")
      return nil
    }
    return number
  }

  func duration(_ value: JSONValue?, _ what: String) -> ManifestDuration? {
    guard let value else { return nil }
    do {
      switch value.kind {
      case .string(let text): return try ManifestDuration(text)
      case .number(let text): return try ManifestDuration(seconds: Double(text) ?? .infinity)
      default: wrongType(value, what, "a duration", ManifestDuration.expected)
      }
    } catch {
      self.error(value.offset, "\(what): \(error.problem)", ManifestDuration.expected)
    }
    return nil
  }

  func timeToLive(_ value: JSONValue?) -> TimeToLive? {
    guard let value else { return nil }
    if case .string(let text) = value.kind, text.lowercased() == "never" {
      if text != "never" { error(value.offset, "\"ttl\": \"\(text)\" is written \"never\"") }
      return .never
    }
    return duration(value, "\"ttl\"").map { .after($0) }
  }

  /// A number from 0 to 1.
  func share(_ value: JSONValue?, _ what: String) -> Double? {
    guard let value else { return nil }
    guard case .number(let text) = value.kind, let number = Double(text) else {
      wrongType(value, what, "a number from 0 to 1")
      return nil
    }
    guard (0...1).contains(number) else {
      error(value.offset, "\(what) must be a number from 0 to 1, not \(text)")
      return nil
    }
    return number
  }

  /// One of a few words.
  func word<Word: RawRepresentable & CaseIterable>(
    _ value: JSONValue?, _ what: String, _ type: Word.Type
  ) -> Word? where Word.RawValue == String {
    guard let text = string(value, what) else { return nil }
    if let word = Word(rawValue: text.text) { return word }
    let known = Word.allCases.map(\.rawValue)
    error(
      text.value.offset,
      "\(what) must be one of \(known.map { "\"\($0)\"" }.joined(separator: ", ")), not \"\(text.text)\"",
      DidYouMean.nearest(to: text.text, in: known).map { "did you mean \"\($0)\"?" })
    return nil
  }

  /// 1–255 bytes without control characters.
  func tag(_ text: ReadText) -> String? {
    if let problem = TagRule.problem(text.text) {
      error(text.value.offset, problem)
      return nil
    }
    return text.text
  }
}

/// What a tag may be: 1–255 bytes of UTF-8 without control characters.
public enum TagRule {
  /// What is wrong with a tag; nil if it is one.
  public static func problem(_ tag: String) -> String? {
    if tag.isEmpty { return "a tag is empty" }
    if tag.utf8.count > 255 { return "a tag has \(tag.utf8.count) bytes, at most 255 are allowed" }
    if tag.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      return "a tag holds a control character"
    }
    return nil
  }
}
