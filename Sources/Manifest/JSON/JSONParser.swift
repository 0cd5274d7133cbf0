internal import Paths

/// Reads JSON strictly (RFC 8259), with places, and says what to do about the usual slips.
///
/// It goes on after slips that leave the structure plain – comments, trailing commas, `NaN`, bad escapes – so that all
/// problems are told at once. Whether a member stands twice is for the reader of the object to say.
struct JSONParser {
  /// How deep arrays and objects may be nested: the recursion here is bounded by it.
  static let maxDepth = 64

  struct Slip: Error {
    var offset: Int
    var message: String
    var remedy: String?
  }

  private let bytes: [UInt8]
  private var at = 0
  private var depth = 0
  private(set) var slips: [Slip] = []

  /// The value, or nil if the text is too broken to go on; and what is wrong with it.
  static func parse(_ bytes: [UInt8]) -> (value: JSONValue?, slips: [Slip]) {
    if let bad = firstInvalidUTF8(bytes) {
      let shown = PercentEncoding.encode([bytes[bad]]).dropFirst()
      return (nil, [Slip(offset: bad, message: "the byte 0x\(shown) is not UTF-8", remedy: "save the file as UTF-8")])
    }
    var parser = JSONParser(bytes)
    do {
      let value = try parser.document()
      return (value, parser.slips)
    } catch {
      return (nil, parser.slips + [error])
    }
  }

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  private static func firstInvalidUTF8(_ bytes: [UInt8]) -> Int? {
    var at = 0
    while at < bytes.count {
      let (value, length) = ByteScalar.decode(bytes, at: at)
      if value >= ByteScalar.strayBase { return at }
      at += length
    }
    return nil
  }

  private mutating func document() throws(Slip) -> JSONValue {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      slip(0, "the file starts with a byte order mark", "save it as UTF-8 without one")
      at = 3
    }
    skipBlank()
    if at == bytes.count {
      throw Slip(offset: at, message: "the file is empty", remedy: "the least is {\"version\": 1}")
    }
    let value = try value()
    skipBlank()
    if at < bytes.count {
      throw Slip(
        offset: at, message: "unexpected \(shown) after the end of the value", remedy: "a file holds one value")
    }
    return value
  }

  private mutating func value() throws(Slip) -> JSONValue {
    let start = at
    guard at < bytes.count else { throw Slip(offset: at, message: "the file ends where a value is expected") }
    switch bytes[at] {
    case UInt8(ascii: "{"): return JSONValue(kind: .object(try object()), offset: start)
    case UInt8(ascii: "["): return JSONValue(kind: .array(try array()), offset: start)
    case UInt8(ascii: "\""): return JSONValue(kind: .string(try string()), offset: start)
    case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "0")...UInt8(ascii: "9"):
      return try number()
    case UInt8(ascii: "'"):
      throw Slip(offset: at, message: "strings stand in double quotes", remedy: "write \" for '")
    default: return try word()
    }
  }

  private mutating func word() throws(Slip) -> JSONValue {
    let start = at
    while at < bytes.count, isWordByte(bytes[at]) { at += 1 }
    let word = String(decoding: bytes[start..<at], as: UTF8.self)
    let kind: JSONValue.Kind
    switch word {
    case "true": kind = .bool(true)
    case "false": kind = .bool(false)
    case "null": kind = .null
    case "": throw Slip(offset: start, message: "unexpected \(shown) where a value is expected")
    case "NaN", "Infinity", "undefined":
      slip(start, "JSON has no \(word)", "leave the member out, or write a number")
      kind = .null
    case "True", "False", "None", "TRUE", "FALSE", "NULL":
      let right = ["t": "true", "f": "false", "n": "null"][word.prefix(1).lowercased()] ?? ""
      slip(start, "JSON has no \(word)", "write \(right)")
      kind = right == "null" ? .null : .bool(right == "true")
    default:
      throw Slip(
        offset: start, message: "unexpected \(word) where a value is expected", remedy: "strings stand in double quotes"
      )
    }
    return JSONValue(kind: kind, offset: start)
  }

  private mutating func array() throws(Slip) -> [JSONValue] {
    var values: [JSONValue] = []
    let start = try enter()
    while try more(until: UInt8(ascii: "]"), in: "array", from: start, first: values.isEmpty) {
      values.append(try value())
    }
    return values
  }

  private mutating func object() throws(Slip) -> [JSONMember] {
    var members: [JSONMember] = []
    let start = try enter()
    while try more(until: UInt8(ascii: "}"), in: "object", from: start, first: members.isEmpty) {
      let nameOffset = at
      guard bytes[at] == UInt8(ascii: "\"") else {
        throw Slip(
          offset: at, message: "unexpected \(shown) where a member's name is expected",
          remedy: "names stand in double quotes")
      }
      let name = try string()
      skipBlank()
      guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else {
        throw Slip(offset: at, message: "a colon is expected after the name \"\(name)\", not \(shown)")
      }
      at += 1
      skipBlank()
      members.append(JSONMember(name: name, nameOffset: nameOffset, value: try value()))
    }
    return members
  }

  private mutating func enter() throws(Slip) -> Int {
    depth += 1
    if depth > Self.maxDepth {
      throw Slip(offset: at, message: "arrays and objects are nested over \(Self.maxDepth) deep")
    }
    at += 1
    return at - 1
  }

  /// Whether another element follows; takes the comma before it, or the end.
  private mutating func more(until close: UInt8, in what: String, from start: Int, first: Bool) throws(Slip) -> Bool {
    skipBlank()
    let closing = Character(Unicode.Scalar(close))
    var comma: Int?
    if !first, at < bytes.count, bytes[at] == UInt8(ascii: ",") {
      comma = at
      at += 1
      skipBlank()
    }
    guard at < bytes.count else {
      throw Slip(offset: start, message: "the file ends before this \(what) does", remedy: "add a \(closing)")
    }
    if bytes[at] == close {
      if let comma { slip(comma, "a comma stands before the end of the \(what)", "take it away") }
      at += 1
      depth -= 1
      return false
    }
    if bytes[at] == UInt8(ascii: ",") {
      throw Slip(offset: at, message: "a value is missing before this comma", remedy: "take the comma away")
    }
    if !first, comma == nil {
      guard bytes[at] == UInt8(ascii: "\"") || bytes[at] == UInt8(ascii: "{") || bytes[at] == UInt8(ascii: "[") else {
        throw Slip(offset: at, message: "a comma or \(closing) is expected in the \(what), not \(shown)")
      }
      slip(at, "a comma is missing before this", "separate the parts of the \(what) with commas")
    }
    return true
  }

  private mutating func number() throws(Slip) -> JSONValue {
    let start = at
    while at < bytes.count, isWordByte(bytes[at]) || "+-.".utf8.contains(bytes[at]) { at += 1 }
    let text = Array(bytes[start..<at])
    if let problem = Self.numberProblem(text) {
      slip(start, "\(String(decoding: text, as: UTF8.self)) is not a JSON number", problem)
      return JSONValue(kind: .null, offset: start)
    }
    return JSONValue(kind: .number(String(decoding: text, as: UTF8.self)), offset: start)
  }

  /// What RFC 8259, section 6, has against it.
  private static func numberProblem(_ text: [UInt8]) -> String? {
    var rest = text[...]
    func digits() -> Int {
      let count = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
      rest = rest.dropFirst(count)
      return count
    }
    if rest.first == UInt8(ascii: "+") { return "take the + away" }
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    let zero = rest.first == UInt8(ascii: "0")
    let whole = digits()
    if whole == 0 { return "a digit must come first" }
    if zero, whole > 1 { return "take the leading 0 away" }
    if rest.first == .dot {
      rest = rest.dropFirst()
      if digits() == 0 { return "a digit must follow the point" }
    }
    if rest.first.map({ $0 | 0x20 }) == UInt8(ascii: "e") {
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
      if digits() == 0 { return "a digit must follow the e" }
    }
    return rest.isEmpty ? nil : "a string stands in double quotes"
  }

  private func isWordByte(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || byte == UInt8(ascii: "_")
  }

  /// Blanks, and comments, which are slips.
  private mutating func skipBlank() {
    while at < bytes.count {
      switch bytes[at] {
      case 0x20, 0x09, 0x0A, 0x0D: at += 1
      case UInt8(ascii: "/") where at + 1 < bytes.count && bytes[at + 1] == UInt8(ascii: "/"),
        UInt8(ascii: "#"):
        slip(at, "JSON has no comments", "take it away")
        at = bytes[at...].firstIndex(of: 0x0A) ?? bytes.count
      case UInt8(ascii: "/") where at + 1 < bytes.count && bytes[at + 1] == UInt8(ascii: "*"):
        slip(at, "JSON has no comments", "take it away")
        at += 2
        while at < bytes.count, !bytes[at...].starts(with: "*/".utf8) { at += 1 }
        at = min(at + 2, bytes.count)
      default: return
      }
    }
  }

  mutating func slip(_ offset: Int, _ message: String, _ remedy: String?) {
    slips.append(Slip(offset: offset, message: message, remedy: remedy))
  }

  /// The character at hand, for messages.
  private var shown: String {
    guard at < bytes.count else { return "the end of the file" }
    let (value, _) = ByteScalar.decode(bytes, at: at)
    let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
    return value < 0x20 || value == 0x7F
      ? "U+00\(value < 16 ? "0" : "")\(String(value, radix: 16, uppercase: true))" : "\(scalar)"
  }
}

extension JSONParser {
  /// A string, from its quotation mark on.
  private mutating func string() throws(Slip) -> String {
    let start = at
    var text: [UInt8] = []
    at += 1
    while at < bytes.count {
      let byte = bytes[at]
      switch byte {
      case UInt8(ascii: "\""):
        at += 1
        return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text.append(contentsOf: escape())
      case UInt8(ascii: "\n"): throw Slip(offset: start, message: "no \" ends this string on its line")
      case 0..<0x20:
        slip(
          at, "a control character stands in a string",
          byte == 9 ? "write \\t" : "write \\u00\(PercentEncoding.encode([byte]).dropFirst())")
        at += 1
      default:
        text.append(byte)
        at += 1
      }
    }
    throw Slip(offset: start, message: "no \" ends this string")
  }

  /// What an escape means; nothing, after saying so, if it means nothing.
  private mutating func escape() -> [UInt8] {
    let start = at
    at += 2
    guard start + 1 < bytes.count else { return [] }
    switch bytes[start + 1] {
    case UInt8(ascii: "\""): return [0x22]
    case UInt8(ascii: "\\"): return [0x5C]
    case UInt8(ascii: "/"): return [0x2F]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"):
      guard var unit = hexUnit() else {
        slip(start, "four hexadecimal digits are expected after \\u", nil)
        return []
      }
      if (0xD800..<0xDC00).contains(unit), at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
        bytes[at + 1] == UInt8(ascii: "u")
      {
        let before = at
        at += 2
        if let low = hexUnit(), (0xDC00..<0xE000).contains(low) {
          unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
        } else {
          at = before
        }
      }
      guard let scalar = Unicode.Scalar(unit) else {
        slip(start, "this is half of a surrogate pair", "write both halves, or the character itself")
        return []
      }
      return Array(String(Character(scalar)).utf8)
    default:
      // At the character itself, which may be several bytes long and is read next.
      at = start + 1
      slip(start, "a \\ cannot stand before \(shown)", "a \\ itself is written \\\\")
      return []
    }
  }

  private mutating func hexUnit() -> UInt32? {
    guard at + 4 <= bytes.count else { return nil }
    var unit: UInt32 = 0
    for digit in bytes[at..<(at + 4)] {
      guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
      unit = unit << 4 | UInt32(value)
    }
    at += 4
    return unit
  }
}
