/// The command line as bytes.
///
/// Swift's `CommandLine.arguments` repairs what is not UTF-8, so a file named `caf\xE9.c` could not be given. Here every
/// byte that is not part of well-formed UTF-8 becomes one scalar at the end of the last private plane (U+10FF80 for 0x80 to
/// U+10FFFF for 0xFF), and those scalars themselves, if given, are taken for such bytes too: `bytes(of:)` restores all of it.
/// (Python's `surrogateescape` is the model; Swift strings cannot hold lone surrogates.)
public enum RawArguments {
  private static let base: UInt32 = 0x10FF00

  /// An argument as text.
  public static func text(of bytes: [UInt8]) -> String {
    if let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains(where: isEscape) {
      return text
    }
    var text = String.UnicodeScalarView()
    var rest = bytes[...]
    while let byte = rest.first {
      let width = [1, 2, 3, 4].first { rest.count >= $0 && scalar(rest.prefix($0)) != nil }
      if let width, let scalar = scalar(rest.prefix(width)), !isEscape(scalar) {
        text.append(scalar)
        rest = rest.dropFirst(width)
      } else {
        // Between U+10FF80 and U+10FFFF: `byte` is 0x80 or more, as smaller ones are scalars by themselves.
        if let escape = Unicode.Scalar(base + UInt32(byte)) { text.append(escape) }
        rest = rest.dropFirst()
      }
    }
    return String(text)
  }

  /// The bytes of an argument that `text(of:)` read.
  public static func bytes(of text: String) -> [UInt8] {
    guard text.unicodeScalars.contains(where: isEscape) else { return Array(text.utf8) }
    return text.unicodeScalars.flatMap { scalar in
      isEscape(scalar) ? [UInt8(scalar.value - base)] : Array(String(scalar).utf8)
    }
  }

  /// The arguments of this process, without its name.
  public static var ofProcess: [String] {
    // The kernel's argument vector lives as long as the process and nobody writes to it; it holds `argc` strings.
    UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc)).dropFirst().compactMap {
      argument in
      argument.map { start in
        var bytes: [UInt8] = []
        var next = start
        while next.pointee != 0 {
          bytes.append(UInt8(bitPattern: next.pointee))
          next += 1
        }
        return text(of: bytes)
      }
    }
  }

  private static func isEscape(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= base + 0x80 }

  private static func scalar(_ bytes: ArraySlice<UInt8>) -> Unicode.Scalar? {
    guard let scalars = String(validating: bytes, as: UTF8.self)?.unicodeScalars, scalars.count == 1 else { return nil }
    return scalars.first
  }
}
