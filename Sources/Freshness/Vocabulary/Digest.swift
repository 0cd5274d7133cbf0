/// A SHA-256 digest. Written `sha256:` and 64 hexadecimal digits.
public struct Digest: Hashable, Sendable {
  /// Its 32 bytes, as four words in big-endian order.
  public let words: (UInt64, UInt64, UInt64, UInt64)

  /// In bytes.
  public static let size = 32

  /// The digest whose bytes are `bytes`, which must be 32.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.size else { return nil }
    let words = bytes.withContiguousStorageIfAvailable { Self.words(UnsafeRawBufferPointer($0)) }
    self.words = words ?? Array(bytes).withUnsafeBytes(Self.words)
  }

  /// Of as many bytes as a digest has, which may lie anywhere.
  private static func words(_ bytes: UnsafeRawBufferPointer) -> (UInt64, UInt64, UInt64, UInt64) {
    func word(_ index: Int) -> UInt64 {
      UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
    }
    return (word(0), word(1), word(2), word(3))
  }

  /// The digest of `data`.
  public init(of data: some Sequence<UInt8>) {
    var hash = ContentHash()
    let isAdded: Void? = data.withContiguousStorageIfAvailable { hash.update(UnsafeRawBufferPointer($0)) }
    if isAdded == nil { hash.update(Array(data)) }
    self = hash.digest
  }

  /// Parses `sha256:HEX`, or the 64 hexadecimal digits alone.
  public init?(_ text: some StringProtocol) {
    let digits = text.hasPrefix("sha256:") ? text.dropFirst(7) : text[...]
    guard digits.utf8.count == 64 else { return nil }
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in digits {
      guard character.isASCII, let value = character.hexDigitValue.map(UInt8.init) else { return nil }
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    self.init(bytes: bytes)
  }

  /// Its 32 bytes.
  public var bytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: Self.size) { buffer, count in
      // A tuple of four words lies in memory as they follow each other.
      withUnsafeBytes(of: (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)) {
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0)
      }
      count = Self.size
    }
  }

  public static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

  public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

extension Digest: CustomStringConvertible {
  /// `sha256:` and 64 hexadecimal digits in lower case.
  public var description: String {
    let digits = [UInt8]("0123456789abcdef".utf8)
    return "sha256:" + String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

/// What was seen of a resource, or what an entry stands for: all that freshness compares.
public enum Fingerprint: Hashable, Sendable {
  /// Never looked at. Equal to nothing that was observed, so what rests on it is not fresh.
  case unknown
  /// There is no such file.
  case absent
  /// A directory where a file was named.
  case directory
  /// A device, FIFO or socket: never opened.
  case special
  /// It is there and may not be read. Never fresh.
  case unreadable
  /// The digest of a file's bytes, a listing, or a value.
  case digest(Digest)

  /// Whether a dependency that looks like this can be proven at all.
  public var isProof: Bool { self != .unknown && self != .unreadable }
}

extension Fingerprint: CustomStringConvertible {
  /// As it is stated and shown: `sha256:HEX`, `absent`, `directory`, `special`, `unreadable` or `unknown`.
  public var description: String {
    switch self {
    case .unknown: "unknown"
    case .absent: "absent"
    case .directory: "directory"
    case .special: "special"
    case .unreadable: "unreadable"
    case .digest(let digest): digest.description
    }
  }

  /// Parses what a client may state of a dependency: `sha256:HEX`, `absent`, `directory` or `special`.
  public init?(stated text: some StringProtocol) {
    switch text {
    case "absent": self = .absent
    case "directory": self = .directory
    case "special": self = .special
    default:
      guard text.hasPrefix("sha256:"), let digest = Digest(text) else { return nil }
      self = .digest(digest)
    }
  }
}
