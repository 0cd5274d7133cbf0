internal import FoundationEssentials

/// Why a body cannot be taken.
public enum BodyFault: Error, Hashable, Sendable {
  /// It is no JSON: 400.
  case malformed(JSONFault)
  /// It is JSON and means nothing: 422. The text names the member.
  case meaningless(String)

  /// For people, in one sentence.
  public var description: String {
    switch self {
    case .malformed(let fault):
      "the body is not JSON: \(fault.problem), at line \(fault.line), column \(fault.column)"
    case .meaningless(let text): text
    }
  }
}

extension RequestBody {
  /// Decodes a body; an unknown, repeated or missing member and a wrong type are errors that name it (INTERFACES, 5).
  public init(strictlyDecoding bytes: [UInt8]) throws(BodyFault) {
    let top: StrictJSON.Top
    do { top = try StrictJSON.check(bytes) } catch { throw .malformed(error) }
    guard case .object(let members) = top else { throw .meaningless("the body must be a JSON object") }
    if let unknown = members.first(where: { !Self.members.contains($0) }) {
      throw .meaningless("the body has no member \"\(unknown)\"\(Suggestion.text(for: unknown, among: Self.members))")
    }
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw .meaningless(Self.explain(error))
    } catch {
      throw .meaningless("the body cannot be read as \(Self.self)")
    }
  }

  private static func explain(_ error: DecodingError) -> String {
    switch error {
    case .typeMismatch(let type, let context):
      return "\(member(context.codingPath)) must be \(name(type))"
    case .valueNotFound(let type, let context):
      return "\(member(context.codingPath)) must be \(name(type)), not null"
    case .keyNotFound(let key, let context):
      return "\(member(context.codingPath + [key])) is missing"
    case .dataCorrupted(let context):
      return "\(member(context.codingPath)) has a value that cannot be taken: \(context.debugDescription)"
    @unknown default:
      return "the body cannot be read"
    }
  }

  private static func member(_ path: [any CodingKey]) -> String {
    if path.isEmpty { return "the body" }
    let text = path.reduce("") { text, key in
      if let index = key.intValue { return "\(text)[\(index)]" }
      return text.isEmpty ? key.stringValue : "\(text).\(key.stringValue)"
    }
    return "the member \"\(text)\""
  }

  private static func name(_ type: Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is DurationText.Type: "a duration, as \"90s\" or a number of seconds"
    case is Bool.Type: "true or false"
    case is [Any].Type, is [String].Type: "an array"
    case is [String: Any].Type: "an object"
    case is any BinaryInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    default: "a \(type)"
    }
  }
}

/// "Did you mean".
public enum Suggestion {
  /// ` (did you mean "x"?)`, or else ` (there are a, b and c)`.
  public static func text(for word: String, among choices: [String]) -> String {
    if let near = nearest(to: word, among: choices) { return " (did you mean \"\(near)\"?)" }
    if choices.isEmpty { return " (there is none)" }
    return " (there are \(choices.joined(separator: ", ")))"
  }

  /// The choice that is at most two edits away (one for short words), if there is one.
  public static func nearest(to word: String, among choices: [String]) -> String? {
    // Longer words are no slips of the finger, and the comparison is quadratic.
    guard word.utf8.count <= 64 else { return nil }
    let limit = word.utf8.count < 4 ? 1 : 2
    let near = choices.map { (distance(Array(word.lowercased().utf8), Array($0.lowercased().utf8)), $0) }
    return near.filter { $0.0 <= limit }.min { $0.0 < $1.0 }?.1
  }

  /// Insertions, deletions, replacements and swaps of neighbours that lead from one to the other.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var rows = [Array(0...right.count)]
    for (i, a) in left.enumerated() {
      var row = [i + 1]
      for (j, b) in right.enumerated() {
        var cost = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a == b ? 0 : 1))
        if i > 0, j > 0, a == right[j - 1], left[i - 1] == b { cost = min(cost, rows[i - 1][j - 1] + 1) }
        row.append(cost)
      }
      rows.append(row)
    }
    return rows[left.count][right.count]
  }
}
