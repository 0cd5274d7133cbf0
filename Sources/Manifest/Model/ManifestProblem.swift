/// A place in a manifest. Lines and columns count from 1; columns count characters (Unicode scalars).
public struct SourcePosition: Hashable, Comparable, Sendable, CustomStringConvertible {
  public var line: Int
  public var column: Int

  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  public var description: String { "\(line):\(column)" }

  public static func < (left: SourcePosition, right: SourcePosition) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}

/// Something wrong with a manifest: what, where, and what to do.
public struct ManifestProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// Whether the manifest can be used all the same.
  public enum Severity: String, Hashable, Sendable {
    case error, warning
  }

  /// The manifest's name, as the reader was given it.
  public var file: String
  public var position: SourcePosition
  public var severity: Severity
  /// What is wrong.
  public var message: String
  /// What to write instead, where that is known.
  public var remedy: String?

  public var line: Int { position.line }
  public var column: Int { position.column }

  public init(
    file: String, position: SourcePosition, severity: Severity = .error, message: String, remedy: String? = nil
  ) {
    self.file = file
    self.position = position
    self.severity = severity
    self.message = message
    self.remedy = remedy
  }

  /// `staled.json:12:7: error: unknown member "tag" (did you mean "tags"?)`, as compilers print it.
  public var description: String {
    "\(file):\(line):\(column): \(severity.rawValue): \(message)" + (remedy.map { " (\($0))" } ?? "")
  }
}

/// Why a manifest cannot be used: at least one error, and what warnings there are, by position.
public struct ManifestProblems: Error, Hashable, Sendable, CustomStringConvertible {
  public var problems: [ManifestProblem]

  /// One problem a line.
  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
