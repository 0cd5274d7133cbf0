internal import Manifest

/// How advice names things, so that what it says can be typed.
enum AdviceText {
  /// `1 entry`, `2 entries`.
  static func count(_ number: Int, _ one: String, _ many: String) -> String { "\(number) \(number == 1 ? one : many)" }

  /// Whether `part` is at least `share` of `whole`; of nothing, nothing is a share.
  static func isShare(_ part: Int, of whole: Int, atLeast share: Double) -> Bool {
    // By multiplication, so that exactly 80 % is 80 %.
    whole > 0 && Double(part) * 100 >= (share * 100).rounded() * Double(whole)
  }

  /// As the manifest writes it: `1h30m`. Longer than a manifest can say is `never`.
  static func duration(seconds: Double) -> String {
    guard let duration = try? ManifestDuration(seconds: seconds) else { return "never" }
    return "\(duration)"
  }

  /// How long something went on, without more precision than matters: `3h20m`, `2d4h`.
  static func span(seconds: Double) -> String {
    // Before it becomes a whole number; what is no number is none.
    let seconds = seconds > 0 ? Int64(min(seconds, 3e10)) : 0
    let unit: Int64 = seconds >= 86_400 ? 3600 : seconds >= 3600 ? 60 : 1
    return duration(seconds: Double(seconds / unit * unit))
  }

  /// A member of `staled.json`: `namespaces.tool.ttl`, a name that is not a plain word in quotation marks.
  static func member(_ path: String...) -> String {
    path.map { $0.utf8.allSatisfy(isWord) && !$0.isEmpty ? $0 : json($0) }.joined(separator: ".")
  }

  /// A JSON string.
  static func json(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\u{0}"..<" ", "\u{7F}":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  /// A word of a command line, quoted for a POSIX shell where it has to be.
  static func shell(_ word: String) -> String {
    let plain = word.utf8.allSatisfy { isWord($0) || "./:@%+,=".utf8.contains($0) }
    if plain, !word.isEmpty { return word }
    // A quotation mark ends the quoted part, stands by itself, and begins another.
    let parts = word.split(separator: "'", omittingEmptySubsequences: false)
    return "'" + parts.joined(separator: "'\\''") + "'"
  }

  /// A line of a command's output as a part of a sentence: no control characters, and not too long.
  static func excerpt(_ line: String) -> String {
    let printable = String(
      String.UnicodeScalarView(line.unicodeScalars.filter { $0.properties.generalCategory != .control }))
    return printable.count > 120 ? "\(printable.prefix(119))…" : printable
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
      || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
  }
}
