/// The name of a file as the kernel takes it: bytes, of no particular encoding.
///
/// A path is *normalised* (no empty component, no `.`, no trailing slash) and either absolute or relative to the
/// workspace root, which is the empty path. `..` may remain where it follows a symbolic link (INTERFACES, "Resource
/// ids"). It never holds NUL.
public struct Path: Hashable, Sendable {
  /// The bytes, without a trailing slash or NUL.
  public let bytes: [UInt8]

  private init(normalized bytes: [UInt8]) { self.bytes = bytes }

  /// Bytes that are known to be normalised.
  init(verbatim bytes: [UInt8]) { self.init(normalized: bytes) }

  /// The workspace root.
  public static let root = Path(normalized: [])

  /// Normalises `bytes` by their text alone, except where a component that `isSymbolicLink` says is a link is followed
  /// by `..`: both are kept then. A leading `..` of a relative path is kept too.
  public init(_ bytes: some Sequence<UInt8>, isSymbolicLink: (Path) -> Bool = { _ in false }) {
    let bytes = Array(bytes)
    let absolute = bytes.first == .slash
    var parts: [ArraySlice<UInt8>] = []
    for part in bytes.split(separator: .slash) where part != [.dot] {
      if part == [.dot, .dot] {
        if let last = parts.last, last != [.dot, .dot] {
          if !isSymbolicLink(Path(parts: parts, absolute: absolute)) {
            parts.removeLast()
            continue
          }
        } else if absolute, parts.isEmpty {
          continue
        }
      }
      parts.append(part)
    }
    self.init(parts: parts, absolute: absolute)
  }

  /// Normalises the UTF-8 bytes of `text`.
  public init(_ text: String) { self.init(Array(text.utf8)) }

  private init(parts: [ArraySlice<UInt8>], absolute: Bool) {
    var bytes: [UInt8] = absolute ? [.slash] : []
    bytes.append(contentsOf: parts.joined(separator: [.slash]))
    self.init(normalized: bytes)
  }

  /// Whether it is the workspace root itself.
  public var isRoot: Bool { bytes.isEmpty }

  /// Whether it starts at the root of the file system.
  public var isAbsolute: Bool { bytes.first == .slash }

  /// The names between the slashes.
  public var components: [ArraySlice<UInt8>] { bytes.split(separator: .slash) }

  /// The last name; empty for the workspace root and `/`.
  public var name: ArraySlice<UInt8> {
    guard let cut = bytes.lastIndex(of: .slash) else { return bytes[...] }
    return bytes[(cut + 1)...]
  }

  /// The directory it stands in, or nil for the workspace root and `/`.
  public var parent: Path? {
    guard let cut = bytes.lastIndex(of: .slash) else { return isRoot ? nil : .root }
    if cut == 0 { return bytes.count == 1 ? nil : Path(normalized: [.slash]) }
    return Path(normalized: Array(bytes[..<cut]))
  }

  /// The path of `name`, a single component, in this directory.
  public func appending(_ name: some Collection<UInt8>) -> Path {
    var joined: [UInt8] = []
    joined.reserveCapacity(bytes.count + 1 + name.count)
    joined.append(contentsOf: bytes)
    if !joined.isEmpty, joined.last != .slash { joined.append(.slash) }
    joined.append(contentsOf: name)
    return Path(normalized: joined)
  }

  /// `relative` as seen from this directory; an absolute path stays what it is.
  public func resolving(_ relative: Path, isSymbolicLink: (Path) -> Bool = { _ in false }) -> Path {
    if relative.isAbsolute || isRoot { return relative }
    if relative.isRoot { return self }
    return Path(bytes + [.slash] + relative.bytes, isSymbolicLink: isSymbolicLink)
  }

  /// Whether it is `directory` or lies below it. Every relative path lies below the workspace root unless it climbs out
  /// of it with `..`.
  public func isWithin(_ directory: Path) -> Bool {
    if directory.isRoot { return !isAbsolute && !bytes.starts(with: [.dot, .dot, .slash]) && bytes != [.dot, .dot] }
    guard bytes.starts(with: directory.bytes) else { return false }
    return bytes.count == directory.bytes.count || directory.bytes == [.slash] || bytes[directory.bytes.count] == .slash
  }

  /// What is left of the path below `directory`, or nil if it is not within it.
  public func relative(to directory: Path) -> Path? {
    guard isWithin(directory) else { return nil }
    if directory.isRoot { return self }
    return Path(normalized: Array(bytes.dropFirst(directory.bytes.count).drop { $0 == .slash }))
  }
}

extension Path: Comparable {
  /// Byte order.
  public static func < (left: Path, right: Path) -> Bool {
    let (left, right) = (left.bytes, right.bytes)
    for index in 0..<min(left.count, right.count) where left[index] != right[index] {
      return left[index] < right[index]
    }
    return left.count < right.count
  }
}

extension Path: CustomStringConvertible {
  /// For messages: bytes that are not UTF-8 are replaced. Where it must round-trip use a `ResourceID`.
  public var description: String { isRoot ? "." : String(decoding: bytes, as: UTF8.self) }
}

extension Path: ExpressibleByStringLiteral {
  /// Normalises a literal.
  public init(stringLiteral text: String) { self.init(text) }
}

extension UInt8 {
  package static let slash = UInt8(ascii: "/")
  package static let dot = UInt8(ascii: ".")
}
