internal import StaledAPI

/// A parameter that a route takes.
struct Parameter: Hashable, Sendable {
  let name: String
  let repeatable: Bool

  static func one(_ name: String) -> Parameter { Parameter(name: name, repeatable: false) }
  static func many(_ name: String) -> Parameter { Parameter(name: name, repeatable: true) }
}

/// The query of a request, checked against what its route takes. As forms and every client library have it, `+` is a space.
struct QueryParameters: Hashable, Sendable {
  private var values: [String: [String]] = [:]

  init(_ query: String, allowed: [Parameter]) throws(Problem) {
    var rest = query[...]
    while !rest.isEmpty {
      let parts = rest.cut(at: UInt8(ascii: "&"))
      rest = parts.after
      if parts.before.isEmpty { continue }
      let pair = parts.before.cut(at: UInt8(ascii: "="))
      let name = try Self.decode(pair.before, what: "the parameter")
      let value = try Self.decode(pair.after, what: "the value of the parameter \"\(name)\",")
      guard let parameter = allowed.first(where: { $0.name == name }) else {
        throw .meaningless(
          "this route has no parameter \"\(RequestTarget.clip(name))\""
            + Suggestion.text(for: name, among: allowed.map(\.name)))
      }
      if !parameter.repeatable, values[name] != nil {
        throw .meaningless("the parameter \"\(name)\" is there twice, and takes one value")
      }
      values[name, default: []].append(value)
    }
  }

  func all(_ name: String) -> [String] { values[name] ?? [] }

  func one(_ name: String) -> String? { values[name]?.first }

  func required(_ name: String, example: String) throws(Problem) -> String {
    guard let value = one(name), !value.isEmpty else {
      throw .meaningless("the parameter \"\(name)\" is missing: ?\(name)=\(example)")
    }
    return value
  }

  func flag(_ name: String, default fallback: Bool) throws(Problem) -> Bool {
    switch one(name) {
    case nil: fallback
    case "true": true
    case "false": false
    case let other?:
      throw .meaningless("the parameter \"\(name)\" must be true or false, not \"\(RequestTarget.clip(other))\"")
    }
  }

  func number<Number: FixedWidthInteger>(_ name: String, in range: ClosedRange<Number>) throws(Problem) -> Number? {
    guard let text = one(name) else { return nil }
    guard text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }), let number = Number(text),
      range.contains(number)
    else {
      throw .meaningless(
        "the parameter \"\(name)\" must be a whole number from \(range.lowerBound) to \(range.upperBound), not "
          + "\"\(RequestTarget.clip(text))\"")
    }
    return number
  }

  /// One of some words.
  func choice(_ name: String, of words: [String]) throws(Problem) -> String? {
    guard let word = one(name) else { return nil }
    return try Self.check(word, of: words, what: name)
  }

  static func check(_ word: String, of words: [String], what name: String) throws(Problem) -> String {
    if words.contains(word) { return word }
    throw .meaningless(
      "the parameter \"\(name)\" cannot be \"\(RequestTarget.clip(word))\"\(Suggestion.text(for: word, among: words))")
  }

  private static func decode(_ text: Substring, what: String) throws(Problem) -> String {
    let bytes = text.utf8.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
    return try RequestTarget.decode(String(decoding: bytes, as: UTF8.self), what: what)
  }
}
