public import Paths

/// A text with placeholders: `{name}` is filled in, `{{` and `}}` are braces. `{path...}` means the same as `{path}`.
///
/// Used for keys, tags, entries and commands. Templates of files are globs too: `CaptureTemplate`.
public struct Template: Hashable, Sendable {
  enum Part: Hashable, Sendable {
    case literal([UInt8])
    case placeholder(String)
  }

  let parts: [Part]
  /// The names of its placeholders and where each first stands, in bytes of the text from 0.
  let places: [String: Int]

  /// The names of its placeholders, sorted.
  public var placeholders: [String] { places.keys.sorted() }

  /// Parses `text`.
  public init(_ text: String) throws(PatternError) {
    let bytes = Array(text.utf8)
    var parts: [Part] = []
    var places: [String: Int] = [:]
    var literal: [UInt8] = []
    var at = 0
    while at < bytes.count {
      let byte = bytes[at]
      if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") {
        if at + 1 < bytes.count, bytes[at + 1] == byte {
          literal.append(byte)
          at += 2
          continue
        }
        guard byte == UInt8(ascii: "{"), let (name, end) = Self.placeholder(bytes, from: at + 1) else {
          throw PatternError(
            byte == UInt8(ascii: "{")
              ? "a { begins a placeholder, as in {name}; a brace itself is written {{"
              : "this } closes no placeholder; a brace itself is written }}", at: at)
        }
        if !literal.isEmpty { parts.append(.literal(literal)) }
        literal = []
        parts.append(.placeholder(name))
        if places[name] == nil { places[name] = at }
        at = end
        continue
      }
      literal.append(byte)
      at += 1
    }
    if !literal.isEmpty { parts.append(.literal(literal)) }
    self.parts = parts
    self.places = places
  }

  private init(parts: [Part], places: [String: Int]) {
    self.parts = parts
    self.places = places
  }

  private static func placeholder(_ bytes: [UInt8], from start: Int) -> (name: String, end: Int)? {
    guard let (name, next) = CaptureName.scan(bytes, from: start) else { return nil }
    let end = bytes[next...].starts(with: "...".utf8) ? next + 3 : next
    return end < bytes.count && bytes[end] == UInt8(ascii: "}") ? (name, end + 1) : nil
  }

  /// The bytes with each placeholder's value put in; those without a value stay as they are written.
  public func bytes(_ values: [String: [UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = []
    for part in parts {
      switch part {
      case .literal(let text): bytes += text
      case .placeholder(let name): bytes += values[name] ?? Array("{\(name)}".utf8)
      }
    }
    return bytes
  }

  /// As text: what is not UTF-8 in a value, control characters and `%` are percent-encoded, so that two values never make
  /// the same text.
  public func text(_ values: [String: [UInt8]]) -> String {
    var text = ""
    for part in parts {
      switch part {
      case .literal(let bytes): text += String(decoding: bytes, as: UTF8.self)
      case .placeholder(let name): text += values[name].map { PercentEncoding.encode($0) } ?? "{\(name)}"
      }
    }
    return text
  }

  /// The template that is left when the given placeholders are filled in.
  public func filling(_ values: [String: [UInt8]]) -> Template {
    let parts = parts.map { part -> Part in
      if case .placeholder(let name) = part, let value = values[name] { return .literal(value) }
      return part
    }
    return Template(parts: parts, places: places.filter { values[$0.key] == nil })
  }
}

/// A command: an argument array, never a shell's text. Placeholders are filled as parts of single arguments.
public struct Command: Hashable, Sendable {
  /// What every command can use.
  public static let placeholders = ["namespace", "key", "id", "state", "cause"]

  /// At least one, the program first.
  public var arguments: [Template]

  /// The command with a rule's captures filled in.
  public func filling(_ captures: [String: [UInt8]]) -> Command {
    Command(arguments: arguments.map { $0.filling(captures) })
  }

  /// The first argument as it is written.
  public var program: String { arguments.first.map { String(decoding: $0.bytes([:]), as: UTF8.self) } ?? "" }

  /// The arguments with everything filled in.
  public func arguments(_ values: [String: [UInt8]]) -> [[UInt8]] { arguments.map { $0.bytes(values) } }
}
