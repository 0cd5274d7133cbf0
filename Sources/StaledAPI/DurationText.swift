/// A duration as the manifest and bodies have it: `"90s"`, `"1h30m"`, `"never"` where that has a meaning, or a number of seconds
/// (INTERFACES, section 3). Whether it is one says who reads it.
public struct DurationText: Codable, Hashable, Sendable, ExpressibleByStringLiteral {
  public var text: String

  public init(_ text: String) { self.text = text }
  public init(stringLiteral text: String) { self.text = text }

  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let seconds = try? value.decode(Int.self) {
      text = "\(seconds)"
    } else if let seconds = try? value.decode(Double.self) {
      text = "\(seconds)"
    } else if let text = try? value.decode(String.self) {
      self.text = text
    } else {
      throw DecodingError.typeMismatch(
        DurationText.self, DecodingError.Context(codingPath: decoder.codingPath, debugDescription: ""))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    try value.encode(text)
  }
}
