internal import FoundationEssentials
internal import Glibc

/// A stream that the tool writes to.
public struct Output: Sendable {
  /// The reader went away; nothing is wrong.
  struct Closed: Error {}

  public let descriptor: CInt
  /// Whether people read it, as far as one can tell.
  public let isTerminal: Bool

  public init(descriptor: CInt) {
    self.descriptor = descriptor
    isTerminal = isatty(descriptor) == 1
  }

  /// Writes all of `text`.
  func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// Writes all of `bytes`.
  func write(_ bytes: [UInt8]) throws {
    if Files.write(bytes, to: descriptor) { return }
    if errno == EPIPE { throw Closed() }
    throw Failure(
      "The output cannot be written: \(String(cString: strerror(errno))).",
      remedy: "See whether the disk that it goes to is full.", status: .refused)
  }

  /// Writes `text` and a newline.
  func line(_ text: String) throws { try write(text + "\n") }

  /// Writes `value` as one line of JSON.
  func json(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try write(Array(try encoder.encode(value)) + [UInt8(ascii: "\n")])
  }
}
