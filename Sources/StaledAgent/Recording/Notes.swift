/// Small byte strings that the agent keeps for itself, by name: they are written with the next transaction.
struct Notes: Sendable {
  private var values: [String: [UInt8]]
  private var changed: [String: [UInt8]] = [:]

  /// - Parameter stored: what was durable when the store was opened.
  init(_ stored: [String: [UInt8]] = [:]) { values = stored }

  subscript(name: String) -> [UInt8] {
    get { values[name] ?? [] }
    set {
      if newValue == values[name] ?? [] { return }
      values[name] = newValue.isEmpty ? nil : newValue
      changed[name] = newValue
    }
  }

  /// What is to be written; an empty one is removed.
  mutating func take() -> [String: [UInt8]] {
    defer { changed = [:] }
    return changed
  }
}
