public import Paths

/// Something that an entry can depend on, by its name (INTERFACES, "Resource ids").
public enum ResourceID: Hashable, Sendable {
  /// A file's content and kind.
  case file(Path)
  /// The names and kinds directly inside a directory.
  case dir(Path)
  /// Membership and content of every file that a pattern matches. The text is the pattern as it is written in ids: a glob
  /// relative to the workspace root, or absolute.
  case glob(String)
  /// Another entry.
  case entry(EntryName)
  /// `scheme:rest`, which changes when a client says so; and with a file, where `rest` names one.
  case opaque(scheme: String, rest: String)
}

/// What an id is read against.
public struct NamingContext: Sendable {
  /// The workspace root, absolute, and its other names (through symbolic links): what lies below any of them is written
  /// relative to it.
  public var workspace: [Path]
  /// Where a bare key belongs.
  public var namespace: String
  /// The directory that `./x`, `../x` and bare paths are relative to, relative to the workspace root or absolute.
  public var directory: Path
  /// Whether a path is a symbolic link, so that `..` is not folded across it. It gets paths as they are written.
  public var isSymbolicLink: @Sendable (Path) -> Bool

  public init(
    workspace: [Path], namespace: String = "default", directory: Path = .root,
    isSymbolicLink: @escaping @Sendable (Path) -> Bool = { _ in false }
  ) {
    self.workspace = workspace
    self.namespace = namespace
    self.directory = directory
    self.isSymbolicLink = isSymbolicLink
  }

  /// `path`, as it is written in ids: normalised, relative if it lies in the workspace, absolute otherwise.
  public func normalize(_ path: Path, from base: Path) -> Path {
    let joined = base.resolving(Path(path.bytes, isSymbolicLink: { _ in true }), isSymbolicLink: { _ in true })
    var path = Path(joined.bytes, isSymbolicLink: isSymbolicLink)
    if !path.isAbsolute, !path.isWithin(.root), let root = workspace.first {
      path = Path(root.bytes + [.slash] + path.bytes, isSymbolicLink: isSymbolicLink)
    }
    for root in workspace { if let inside = path.relative(to: root), path.isAbsolute { return inside } }
    return path
  }
}

extension ResourceID {
  /// Parses an id, or a bare string where an id is expected: with `/`, `./` or `../` at its start a file, otherwise an
  /// entry's key in the context's namespace.
  ///
  /// Paths in ids with a scheme are relative to the workspace root, bare ones to the context's directory.
  public init(parsing text: String, in context: NamingContext) throws(IDError) {
    if text.isEmpty { throw IDError("an id is empty", in: text) }
    if text.utf8.contains(0) { throw IDError("an id holds a NUL", in: text) }
    if text.utf8.count > 8192 { throw IDError("an id has over 8192 bytes", in: "\(text.prefix(32))…") }
    // By bytes: as characters, a slash and a combining mark after it are something else than a slash.
    if ["/", "./", "../"].contains(where: { text.utf8.starts(with: $0.utf8) }) {
      self = .file(context.normalize(try Self.path(text, whole: text), from: context.directory))
      return
    }
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), Self.isScheme(text[..<colon]) else {
      self = .entry(try EntryName(namespace: context.namespace, key: text))
      return
    }
    let rest = text[text.utf8.index(after: colon)...]
    switch text[..<colon] {
    case "file": self = .file(context.normalize(try Self.path(rest, whole: text), from: .root))
    case "dir": self = .dir(context.normalize(try Self.path(rest, whole: text), from: .root))
    case "glob":
      if rest.isEmpty { throw IDError("a glob is empty", in: text) }
      do {
        _ = try Glob(String(rest))
      } catch {
        throw IDError("\(error.problem) (at byte \(error.offset) of the pattern)", in: text)
      }
      self = .glob(Self.normalizeGlob(String(rest), in: context))
    case "entry": self = .entry(try EntryName(rest))
    case let scheme:
      if rest.isEmpty { throw IDError("nothing follows the scheme", in: text) }
      self = .opaque(scheme: String(scheme), rest: String(rest))
    }
  }

  /// Parses an id written `ID@DIGEST`, the digest being what a client read (`sha256:HEX`, `absent`, `directory`,
  /// `special`), or an id alone.
  public static func parseStated(
    _ text: String, in context: NamingContext
  ) throws(IDError) -> (id: ResourceID, stated: Fingerprint?) {
    if let at = text.utf8.lastIndex(of: UInt8(ascii: "@")),
      let stated = Fingerprint(stated: text[text.utf8.index(after: at)...])
    {
      return (try ResourceID(parsing: String(text[..<at]), in: context), stated)
    }
    if let at = text.utf8.lastIndex(of: UInt8(ascii: "@")), text[at...].utf8.starts(with: "@sha256:".utf8) {
      throw IDError(
        "a stated digest is @sha256: and 64 hexadecimal digits (a name's own @ can be written %40)", in: text)
    }
    return (try ResourceID(parsing: text, in: context), nil)
  }

  /// The file that an opaque id follows: where its rest is an absolute path or starts with `./` (relative to the
  /// workspace root).
  public func followedFile(in context: NamingContext) -> Path? {
    guard case .opaque(_, let rest) = self, ["/", "./"].contains(where: { rest.utf8.starts(with: $0.utf8) }),
      let bytes = PercentEncoding.decode(rest)
    else { return nil }
    return context.normalize(Path(bytes, isSymbolicLink: { _ in true }), from: .root)
  }

  private static func path(_ text: some StringProtocol, whole: String) throws(IDError) -> Path {
    guard let bytes = PercentEncoding.decode(text) else {
      throw IDError("a % must be followed by two hexadecimal digits (%25 is a % itself)", in: whole)
    }
    if bytes.contains(0) { throw IDError("a path holds a NUL", in: whole) }
    if bytes.isEmpty { throw IDError("the path is empty", in: whole) }
    return Path(bytes, isSymbolicLink: { _ in true })
  }

  private static func normalizeGlob(_ pattern: String, in context: NamingContext) -> String {
    let tree = pattern.utf8.last == .slash
    // `..` is folded only after names that are written out: `{a,b/../c}` and `*/../x` are not paths.
    var context = context
    let isSymbolicLink = context.isSymbolicLink
    context.isSymbolicLink = { Glob.hasMagic(String(decoding: $0.bytes, as: UTF8.self)) || isSymbolicLink($0) }
    let path = context.normalize(Path(Array(pattern.utf8), isSymbolicLink: { _ in true }), from: .root)
    if path.isRoot { return "**" }
    // Control characters are encoded, as everywhere in ids; a `%` begins an encoded byte already.
    let text = path.bytes.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false)
      .map { PercentEncoding.encode($0) }.joined(separator: "%")
    return tree && path.bytes != [.slash] ? text + "/" : text
  }

  private static func isScheme(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, UInt8(ascii: "a")...UInt8(ascii: "z") ~= first | 0x20 else { return false }
    return text.utf8.allSatisfy {
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
        || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") || $0 == .dot || $0 == UInt8(ascii: "_")
    }
  }
}

extension ResourceID {
  /// Ids are the same if their bytes are. (Texts compare as characters: `é` in one code point equals `e` and an accent.)
  public static func == (left: ResourceID, right: ResourceID) -> Bool {
    switch (left, right) {
    case (.file(let left), .file(let right)), (.dir(let left), .dir(let right)): left == right
    case (.glob(let left), .glob(let right)): left.utf8.elementsEqual(right.utf8)
    case (.entry(let left), .entry(let right)): left == right
    case (.opaque(let scheme, let rest), .opaque(let otherScheme, let otherRest)):
      scheme == otherScheme && rest.utf8.elementsEqual(otherRest.utf8)
    default: false
    }
  }
}

extension ResourceID: CustomStringConvertible {
  /// The one textual form, which parses to the same id in every context of the workspace.
  public var description: String {
    switch self {
    case .file(let path): "file:\(path.isRoot ? "." : PercentEncoding.encode(path.bytes))"
    case .dir(let path): "dir:\(path.isRoot ? "." : PercentEncoding.encode(path.bytes))"
    case .glob(let pattern): "glob:\(pattern)"
    case .entry(let name): "entry:\(name)"
    case .opaque(let scheme, let rest): "\(scheme):\(rest)"
    }
  }
}

/// An id, name or path that cannot be what it is used as.
public struct IDError: Error, Hashable, CustomStringConvertible {
  /// What is wrong.
  public let problem: String
  /// The text that has it.
  public let text: String

  /// What is wrong, and the text that has it.
  public init(_ problem: String, in text: String) {
    self.problem = problem
    self.text = text
  }

  /// The problem and the text in one line.
  public var description: String { "\(problem): \"\(text)\"" }
}
