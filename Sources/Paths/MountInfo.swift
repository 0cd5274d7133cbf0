/// A line of `/proc/self/mountinfo` (`proc_pid_mountinfo(5)`), taken apart.
public struct MountInfo: Hashable, Sendable {
  public var id: Int
  public var parent: Int
  public var major: Int
  public var minor: Int
  /// Which directory of the file system is mounted.
  public var root: [UInt8]
  /// Where, absolute.
  public var point: [UInt8]
  public var type: String
  /// Of the mount, and of the whole file system: `rw`, `noatime` …
  public var options: [String]
  public var superOptions: [String]

  /// Nil for a line that is none.
  public init?(_ line: ArraySlice<UInt8>) {
    let fields = line.split(separator: UInt8(ascii: " "))
    guard fields.count > 6, let dash = fields[6...].firstIndex(of: [UInt8(ascii: "-")]), dash + 1 < fields.count,
      let id = Self.number(fields[0]), let parent = Self.number(fields[1])
    else { return nil }
    let numbers = fields[2].split(separator: UInt8(ascii: ":"))
    guard numbers.count == 2, let major = Self.number(numbers[0]), let minor = Self.number(numbers[1]) else {
      return nil
    }
    (self.id, self.parent, self.major, self.minor) = (id, parent, major, minor)
    (root, point) = (Self.unescaped(fields[3]), Self.unescaped(fields[4]))
    options = Self.words(fields[5])
    type = String(decoding: fields[dash + 1], as: UTF8.self)
    superOptions = dash + 3 < fields.count ? Self.words(fields[dash + 3]) : []
  }

  private static func number(_ text: ArraySlice<UInt8>) -> Int? {
    guard let number = Int(String(decoding: text, as: UTF8.self)), number >= 0, number <= Int32.max else { return nil }
    return number
  }

  private static func words(_ text: ArraySlice<UInt8>) -> [String] {
    text.split(separator: UInt8(ascii: ",")).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Space, tab, newline and backslash are written as three octal digits.
  private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var at = text.startIndex
    while at < text.endIndex {
      let digits = text[(at + 1)...].prefix(3)
      if text[at] == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) }) {
        result.append(UInt8(truncatingIfNeeded: digits.reduce(0) { $0 * 8 + Int($1 - 0x30) }))
        at += 4
      } else {
        result.append(text[at])
        at += 1
      }
    }
    return result
  }
}
