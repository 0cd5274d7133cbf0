public import Freshness
internal import Glibc
public import Paths

/// How the words of a command line name entries and resources (INTERFACES, section 4).
public struct Naming: Sendable {
  /// Workspace, current directory and default namespace.
  public var context: NamingContext
  /// What `-n` says: ENTRY is a key in it then.
  public var namespace: String?

  /// - Parameters:
  ///   - workspace: the root's absolute path, perhaps under several names.
  ///   - currentDirectory: absolute.
  ///   - defaultNamespace: where an ENTRY without a slash belongs.
  ///   - namespace: the value of `-n`.
  public init(
    workspace: [Path], currentDirectory: Path, defaultNamespace: String, namespace: String? = nil,
    isSymbolicLink: @escaping @Sendable (Path) -> Bool = { _ in false }
  ) {
    context = NamingContext(
      workspace: workspace, namespace: namespace ?? defaultNamespace, directory: currentDirectory,
      isSymbolicLink: isSymbolicLink)
    self.namespace = namespace
  }

  /// ENTRY: `entry:namespace/key`; with `-n` a key; otherwise `namespace/key`, or without a slash a key in the default
  /// namespace.
  public func entry(_ word: String) throws(Failure) -> EntryName {
    do {
      if Self.starts(word, "entry:") { return try EntryName(String(Substring(word.utf8.dropFirst(6)))) }
      if namespace == nil, word.utf8.contains(.slash) { return try EntryName(word) }
      return try EntryName(namespace: context.namespace, key: word)
    } catch {
      throw Self.failure(error)
    }
  }

  /// RESOURCE, or what follows `--dep`, `--resource`: an id with a scheme, or a path relative to the current directory.
  public func resource(_ word: String) throws(Failure) -> ResourceID {
    if Self.hasScheme(word) { return try id(word) }
    return .file(try path(word))
  }

  /// What follows `--dep`: as RESOURCE, perhaps with `@DIGEST` of what was read.
  public func dependency(_ word: String) throws(Failure) -> String {
    guard let at = word.utf8.lastIndex(of: UInt8(ascii: "@")),
      let stated = Fingerprint(stated: word[word.utf8.index(after: at)...])
    else {
      return try resource(word).description
    }
    // A bare word is a path: a file whose name ends like that, if it is there, is meant.
    if !Self.hasScheme(word), let path = try? path(word),
      Files.status(context.workspace[0].resolving(path), following: false) != nil
    {
      return Self.unambiguous(ResourceID.file(path))
    }
    return "\(try resource(String(word[..<at])))@\(stated)"
  }

  /// An id whose last `@` is a name's own.
  private static func unambiguous(_ id: ResourceID) -> String {
    let text = id.description
    guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { return text }
    return text[..<at] + "%40" + text[text.utf8.index(after: at)...]
  }

  /// The ID of `graph`: an id with a scheme, a path that starts with `/`, `./` or `../`, or else an ENTRY.
  public func node(_ word: String) throws(Failure) -> ResourceID {
    if Self.hasScheme(word) { return try id(word) }
    if ["/", "./", "../"].contains(where: { Self.starts(word, $0) }) { return .file(try path(word)) }
    return .entry(try entry(word))
  }

  /// A path as people type it: bytes, relative to the current directory.
  public func path(_ word: String) throws(Failure) -> Path { try path(bytes: RawArguments.bytes(of: word)) }

  /// A path relative to the current directory, as ids have it.
  public func path(bytes: [UInt8]) throws(Failure) -> Path {
    if bytes.isEmpty {
      throw Failure("A path is empty.", remedy: "Give the path of a file, or an id with a scheme.", status: .wrongUse)
    }
    return context.normalize(Path(bytes, isSymbolicLink: { _ in true }), from: context.directory)
  }

  /// The id of a file that a command line or a depfile names.
  public func file(_ word: String) throws(Failure) -> String {
    if Self.hasScheme(word) { return try id(word).description }
    return ResourceID.file(try path(word)).description
  }

  private func id(_ word: String) throws(Failure) -> ResourceID {
    do {
      return try ResourceID(parsing: word, in: context)
    } catch {
      throw Self.failure(error)
    }
  }

  private static func failure(_ error: IDError) -> Failure {
    Failure(
      "\(error)".capitalizedSentence,
      remedy: "An entry is namespace/key, a resource a path or an id such as file:src/a.c, glob:src/*.c, env:CC.",
      status: .wrongUse)
  }

  /// By bytes: to a `String` a separator with a combining mark behind it is another character.
  private static func starts(_ word: String, _ prefix: String) -> Bool { word.utf8.starts(with: prefix.utf8) }

  /// Whether a word is `scheme:…` (RFC 3986, section 3.1, and `_`).
  static func hasScheme(_ word: String) -> Bool {
    guard let colon = word.utf8.firstIndex(of: UInt8(ascii: ":")) else { return false }
    let scheme = word.utf8[..<colon]
    guard let first = scheme.first, isLetter(first) else { return false }
    return scheme.allSatisfy { byte in
      isLetter(byte) || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "+-._".utf8.contains(byte)
    }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
  }
}

extension Naming {
  /// Where a path, as ids have it, is for the kernel.
  func absolute(_ path: Path) -> Path {
    context.workspace.first?.resolving(path, isSymbolicLink: { _ in true }) ?? path
  }
}
