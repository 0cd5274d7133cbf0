/// Something that could be better, and what to do about it.
struct Finding: Encodable, Hashable, Sendable {
  /// How bad it is.
  enum Level: String, Encodable, Hashable, Sendable, CaseIterable {
    /// Something does not work.
    case error
    /// Something works less well than it should, or will not work for long.
    case warning
    /// Everything works, and could work better.
    case advice
  }

  var level: Level
  var what: String
  /// What that rests on, in words: `8192 of 8192 watches are in use`.
  var figure: String
  /// A command, where there is one.
  var remedy: String
  var examples: [String]

  init(_ level: Level, _ what: String, figure: String, remedy: String, examples: [String] = []) {
    self.level = level
    self.what = what
    self.figure = figure
    self.remedy = remedy
    self.examples = examples
  }
}

/// One thing that was looked at.
struct Checkup: Hashable, Sendable {
  /// In a word: `inotify`.
  var name: String
  /// What was seen, in figures, for people.
  var summary: String
  var findings: [Finding]
}

/// All that was looked at.
struct Diagnosis: Hashable, Sendable {
  /// What `--json` prints.
  struct Report: Encodable { var findings: [Finding] }

  var checkups: [Checkup]

  /// The worst first, each kind in the order of the checkups.
  var findings: [Finding] {
    let all = checkups.flatMap(\.findings)
    return Finding.Level.allCases.flatMap { level in all.filter { $0.level == level } }
  }

  var isSound: Bool { findings.allSatisfy { $0.level == .advice } }

  /// What was found well in a line each (not with `isQuiet`), then what was not.
  func text(paint: Paint, isQuiet: Bool) -> String {
    var lines: [String] = []
    if !isQuiet {
      for checkup in checkups {
        let isSound = checkup.findings.allSatisfy { $0.level == .advice }
        let mark =
          isSound ? "✓" : checkup.findings.contains { $0.level == .error } ? paint.error("✗") : paint.warning("!")
        lines.append("\(mark) \(Display.padded(checkup.name, to: 11)) \(Display.safe(checkup.summary))")
      }
    }
    for finding in findings {
      if !lines.isEmpty { lines.append("") }
      lines += Self.lines(of: finding, paint: paint)
    }
    if !isQuiet { lines += ["", conclusion] }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func lines(of finding: Finding, paint: Paint) -> [String] {
    let level =
      switch finding.level {
      case .error: paint.error(finding.level.rawValue)
      case .warning: paint.warning(finding.level.rawValue)
      case .advice: paint.bold(finding.level.rawValue)
      }
    var lines = ["\(level): \(Display.lines(finding.what))"]
    if !finding.figure.isEmpty { lines.append("  \(Display.lines(finding.figure))") }
    lines += finding.examples.map { "  - \(Display.safe($0))" }
    if !finding.remedy.isEmpty { lines.append("  → \(Display.lines(finding.remedy))") }
    return lines
  }

  private var conclusion: String {
    let found = findings
    let counts = Finding.Level.allCases.compactMap { level in
      let count = found.count { $0.level == level }
      let words = level == .advice ? "piece of advice" : level.rawValue
      return count == 0 ? nil : Display.count(count, words, level == .advice ? "pieces of advice" : nil)
    }
    return counts.isEmpty ? "nothing is wrong" : counts.joined(separator: ", ")
  }
}
