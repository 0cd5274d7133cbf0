/// What is wrong with a text that should be JSON, and where.
public struct JSONFault: Error, Hashable, Sendable {
  /// In words, e.g. `a comma or } is missing`.
  public let problem: String
  /// From 1.
  public let line: Int
  /// In bytes, from 1.
  public let column: Int
}

/// Checks that bytes are one JSON value (RFC 8259) without repeated members, and says where they are not.
///
/// `JSONDecoder` neither refuses repeated members nor gives positions, so bodies pass here first. Nesting is bounded and no
/// recursion depends on it.
struct StrictJSON {
  /// What stands at the top.
  enum Top: Equatable {
    /// Its members, in order.
    case object([String])
    case other
  }

  private static let maxDepth = 64

  private let bytes: [UInt8]
  private var at = 0
  /// The members seen so far of each object that is open; nil for an array.
  private var open: [Set<String>?] = []
  private var members: [String] = []

  /// Reads all of `bytes`.
  static func check(_ bytes: [UInt8]) throws(JSONFault) -> Top {
    var scanner = StrictJSON(bytes: bytes)
    return try scanner.document()
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func document() throws(JSONFault) -> Top {
    skipSpace()
    let isObject = peek == UInt8(ascii: "{")
    var expectsValue = true
    repeat {
      if expectsValue {
        expectsValue = try beginValue()
      } else {
        expectsValue = try afterValue()
      }
      skipSpace()
    } while expectsValue || !open.isEmpty
    if at < bytes.count { throw fault("something follows the end of the value") }
    return isObject ? .object(members) : .other
  }

  /// Reads a scalar, or opens an array or object. Returns whether another value must follow at once.
  private mutating func beginValue() throws(JSONFault) -> Bool {
    guard let byte = peek else { throw fault("a value is missing at the end") }
    switch byte {
    case UInt8(ascii: "{"):
      try push([])
      if take(UInt8(ascii: "}")) {
        open.removeLast()
        return false
      }
      try member()
      return true
    case UInt8(ascii: "["):
      try push(nil)
      if take(UInt8(ascii: "]")) {
        open.removeLast()
        return false
      }
      return true
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
    default: throw fault("a value cannot start like this")
    }
    return false
  }

  /// Reads what may follow a value: a comma and the start of the next, or the end of what is open.
  private mutating func afterValue() throws(JSONFault) -> Bool {
    let isObject = open[open.count - 1] != nil
    if take(UInt8(ascii: ",")) {
      if isObject { try member() }
      return true
    }
    if take(UInt8(ascii: isObject ? "}" : "]")) {
      open.removeLast()
      return false
    }
    throw fault("a comma or \(isObject ? "}" : "]") is missing")
  }

  private mutating func push(_ names: Set<String>?) throws(JSONFault) {
    if open.count == Self.maxDepth { throw fault("it is nested more than \(Self.maxDepth) deep") }
    open.append(names)
    at += 1
    skipSpace()
  }

  private mutating func member() throws(JSONFault) {
    skipSpace()
    guard peek == UInt8(ascii: "\"") else { throw fault("a member's name in double quotes is missing") }
    let start = at
    let name = try string()
    if open[open.count - 1]?.insert(name).inserted == false {
      at = start
      throw fault("the member \"\(name)\" is there twice")
    }
    if open.count == 1 { members.append(name) }
    skipSpace()
    if !take(UInt8(ascii: ":")) { throw fault("a colon is missing after \"\(name)\"") }
    skipSpace()
  }

  private mutating func string() throws(JSONFault) -> String {
    let start = at
    at += 1
    var scalars: [UInt8] = []
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: scalars, as: UTF8.self) else {
          at = start
          throw fault("a string is not UTF-8")
        }
        at += 1
        return text
      case UInt8(ascii: "\\"): try escape(into: &scalars)
      case 0..<0x20: throw fault("a control character stands in a string")
      default:
        scalars.append(byte)
        at += 1
      }
    }
    at = start
    throw fault("a string does not end")
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONFault) {
    at += 1
    guard let byte = peek else { throw fault("a string does not end") }
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "u"):
      at += 1
      var value = try hex4()
      if 0xD800..<0xDC00 ~= value, peek == UInt8(ascii: "\\"), at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "u")
      {
        at += 2
        let low = try hex4()
        guard 0xDC00..<0xE000 ~= low else { throw fault("half a surrogate pair") }
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(value) else { throw fault("half a surrogate pair") }
      text.append(contentsOf: Array(String(Character(scalar)).utf8))
      return
    default: throw fault("there is no such escape")
    }
    at += 1
  }

  private mutating func hex4() throws(JSONFault) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = peek.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw fault("\\u takes four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      at += 1
    }
    return value
  }

  private mutating func number() throws(JSONFault) {
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    if take(UInt8(ascii: ".")) { try digits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
  }

  private mutating func digits() throws(JSONFault) {
    let start = at
    while let byte = peek, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { at += 1 }
    if at == start { throw fault("a digit is missing") }
  }

  private mutating func word(_ word: StaticString) throws(JSONFault) {
    let word = Array("\(word)".utf8)
    guard bytes[at...].starts(with: word) else { throw fault("a value cannot start like this") }
    at += word.count
  }

  private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    at += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
  }

  private func fault(_ problem: String) -> JSONFault {
    let before = bytes[..<min(at, bytes.count)]
    let line = before.count { $0 == 0x0A } + 1
    let column = before.count - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
    return JSONFault(problem: problem, line: line, column: column)
  }
}
