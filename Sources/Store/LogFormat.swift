/// What the store knows of a log record: its number, and where it ends. All else is the writer's.
public enum LogFormat {
  /// The longest line in bytes; a longer one in the file is nobody's record.
  public static let longestLine = 1 << 20
  /// The greatest number that every JSON reader keeps exactly (2^53 − 1).
  public static let greatestSeq: UInt64 = 1 << 53 - 1

  private static let prefix = Array("{\"seq\":".utf8)

  /// The number of the record `line`, given without its line feed; nil if it is none: it starts with `{"seq":N`, and
  /// ends with `}`.
  public static func seq(of line: ArraySlice<UInt8>) -> UInt64? {
    guard line.last == UInt8(ascii: "}"), line.count <= longestLine, line.starts(with: prefix) else { return nil }
    var seq: UInt64 = 0
    let digits = line.dropFirst(prefix.count).prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    // Sixteen digits cannot overflow, and hold the greatest.
    guard 1...16 ~= digits.count else { return nil }
    for digit in digits { seq = seq * 10 + UInt64(digit - UInt8(ascii: "0")) }
    guard seq <= greatestSeq, let next = line[digits.endIndex...].first,
      next == UInt8(ascii: ",") || next == UInt8(ascii: "}")
    else { return nil }
    return seq
  }
}

/// The lines of a file from one place on, in bounded memory. What is appended later is found by asking again.
struct LineCursor: Sendable {
  let file: File
  /// Where the next line begins.
  private(set) var offset: Int64
  private var buffer: [UInt8] = []
  private var position = 0
  /// Within a line that is too long to be a record.
  private var skipping = false

  private static let chunk = 64 << 10

  init(_ file: File, at offset: Int64 = 0) {
    self.file = file
    self.offset = offset
  }

  /// The next whole line without its line feed, and where it begins; nil where the file ends, in a torn line too. One that
  /// is longer than any record is passed over.
  mutating func next() throws(SystemError) -> (line: ArraySlice<UInt8>, offset: Int64)? {
    var searched = position
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = buffer[position..<end]
        let start = offset
        offset += Int64(end + 1 - position)
        position = end + 1
        searched = position
        if skipping {
          skipping = false
          continue
        }
        return (line, start)
      }
      let rest = buffer.count - position
      if skipping || rest > LogFormat.longestLine {
        skipping = true
        offset += Int64(rest)
        buffer = []
      } else {
        buffer.removeFirst(position)
      }
      position = 0
      searched = buffer.count
      let more = try file.read(at: offset + Int64(buffer.count), count: Self.chunk)
      if more.isEmpty {
        // A torn line may be mended, and be another one when it is read again.
        buffer = []
        return nil
      }
      buffer.append(contentsOf: more)
    }
  }
}
