/// Why the agent cannot start.
package struct StartupError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What happened, and on what; one line.
  package let what: String
  /// What to do; one line.
  package let remedy: String
  /// 2 for wrong use or a bad manifest, 4 for what the machine refuses (INTERFACES, 4).
  package let exitCode: Int32

  package init(_ what: String, remedy: String, exitCode: Int32 = 4) {
    self.what = what
    self.remedy = remedy
    self.exitCode = exitCode
  }

  /// Both lines.
  package var description: String { "\(what)\n\(remedy)" }
}
