/// Colour for terminals, with restraint: only what tells states and faults apart.
public struct Paint: Hashable, Sendable {
  /// Without it nothing is coloured.
  public var isOn: Bool

  public init(isOn: Bool) { self.isOn = isOn }

  func bold(_ text: String) -> String { wrap("1", text) }
  func dim(_ text: String) -> String { wrap("2", text) }
  func warning(_ text: String) -> String { wrap("33", text) }
  func error(_ text: String) -> String { wrap("31", text) }

  /// The name of a state in its colour.
  func state(_ state: String) -> String {
    switch state {
    case "fresh": wrap("32", state)
    case "suspect": wrap("33", state)
    case "stale", "expired": wrap("31", state)
    default: wrap("2", state)
    }
  }

  private func wrap(_ code: String, _ text: String) -> String { isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
}

/// Names for people.
enum Display {
  /// Control characters are spelled out: a key must not steer the terminal.
  static func safe(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar.properties.generalCategory == .control {
        result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// An id, shorter where no doubt arises: a file is its path, an entry its name.
  static func id(_ id: String) -> String {
    for prefix in ["file:", "entry:"] where id.hasPrefix(prefix) { return safe(String(id.dropFirst(prefix.count))) }
    return safe(id)
  }

  /// A cause: an id, a call or a clock.
  static func cause(_ cause: String) -> String {
    switch cause {
    case "call:invalidate": return "invalidated by call"
    case "call:delete": return "deleted by call"
    case "call:all": return "everything invalidated by call"
    case "call:recovery": return "everything invalidated, because the state was damaged"
    case "clock:ttl": return "its time to live is over"
    case "clock:idle": return "it was not used for too long"
    case "call:verify": return "found wrong by verification"
    default: break
    }
    if cause.hasPrefix("tag:") { return "tag \(safe(String(cause.dropFirst(4)))) invalidated" }
    if cause.hasPrefix("namespace:") { return "namespace \(safe(String(cause.dropFirst(10)))) invalidated" }
    if cause.hasPrefix("bounds:") { return "no room for all values" }
    if cause.hasPrefix("event:") { return "event \(safe(String(cause.dropFirst(6))))" }
    if cause.hasPrefix("schedule:") { return "schedule \(safe(String(cause.dropFirst(9))))" }
    return id(cause)
  }

  /// Eight digits of a digest, or the word that stands in its place (`absent`).
  static func digest(_ digest: String) -> String {
    digest.hasPrefix("sha256:") ? String(digest.dropFirst(7).prefix(8)) : safe(digest)
  }

  /// What became of a digest: `a1b2c3d4 → e5f6a7b8`; nil where nothing is known.
  static func change(from: String?, to: String?) -> String? {
    if from == nil, to == nil { return nil }
    return "\(from.map(digest) ?? "unknown") → \(to.map(digest) ?? "unknown")"
  }

  /// `0.8 ms`, `12 ms`, `1.2 s`.
  static func duration(micros: Int) -> String {
    switch micros {
    case ..<10_000: tenths(micros, of: 1000) + " ms"
    case ..<1_000_000: "\(micros / 1000) ms"
    default: tenths(micros, of: 1_000_000) + " s"
    }
  }

  private static func tenths(_ value: Int, of unit: Int) -> String {
    let tenths = (max(value, 0) * 10 + unit / 2) / unit
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// `1 change`, `2 changes`.
  static func count(_ count: Int, _ singular: String, _ plural: String? = nil) -> String {
    "\(count) \(count == 1 ? singular : plural ?? singular + "s")"
  }
}
