/// The Prometheus text exposition format, version 0.0.4.
///
/// One name that is not valid makes Prometheus refuse the whole page. So nothing here fails: what is not allowed in a name
/// becomes `_`, and what would be told twice is told once.
enum PrometheusText {
  static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

  enum Kind: String, Sendable {
    /// Only rises, until the process ends. Its name ends in `_total`, which is appended if it lacks.
    case counter
    /// Rises and falls.
    case gauge
    case untyped
  }

  typealias Sample = (labels: [(String, String)], value: Double)

  /// A family of metrics: its lines, each with its line feed; families one after the other make a page.
  ///
  /// Nothing if there are no samples or the name is empty. Of samples with the same labels, and of labels of a sample with
  /// the same name, the first counts. A page must name a family once.
  static func family(_ name: String, _ help: String, _ kind: Kind, samples: [Sample]) -> String {
    var name = valid(name, colons: true)
    if name.isEmpty || samples.isEmpty { return "" }
    if kind == .counter, !name.hasSuffix("_total") { name += "_total" }
    var text = help.isEmpty ? "" : "# HELP \(name) \(escaped(help, quotes: false))\n"
    text += "# TYPE \(name) \(kind.rawValue)\n"
    var told: Set<[String]> = []
    for sample in samples {
      let labels = rendered(sample.labels)
      // In whatever order they are written, they are the same labels.
      guard told.insert(labels.sorted()).inserted else { continue }
      text += labels.isEmpty ? name : "\(name){\(labels.joined(separator: ","))}"
      text += " \(number(sample.value))\n"
    }
    return text
  }

  /// A family of one metric without labels.
  static func family(_ name: String, _ help: String, _ kind: Kind, value: Double) -> String {
    family(name, help, kind, samples: [([], value)])
  }

  /// Whole numbers without a fraction, others with as many digits as tell them apart.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    // Up to 2⁵³ every whole number is a double.
    if value.magnitude <= 9_007_199_254_740_992, let whole = Int64(exactly: value) { return String(whole) }
    return value.description
  }

  private static func rendered(_ labels: [(String, String)]) -> [String] {
    var names: Set<String> = []
    return labels.compactMap { label in
      var name = valid(label.0, colons: false)
      // Two underscores at the start are kept for Prometheus itself.
      while name.hasPrefix("__") { name.removeFirst() }
      guard !name.isEmpty, names.insert(name).inserted else { return nil }
      return "\(name)=\"\(escaped(label.1, quotes: true))\""
    }
  }

  /// `[a-zA-Z_:][a-zA-Z0-9_:]*`: what does not fit becomes `_`, and a digit at the start gets one before it. Colons are for
  /// metrics only.
  private static func valid(_ name: String, colons: Bool) -> String {
    var valid = ""
    for scalar in name.unicodeScalars {
      switch scalar {
      case "a"..."z", "A"..."Z", "_": valid.unicodeScalars.append(scalar)
      case "0"..."9":
        if valid.isEmpty { valid = "_" }
        valid.unicodeScalars.append(scalar)
      case ":" where colons: valid.unicodeScalars.append(scalar)
      default: valid += "_"
      }
    }
    return valid
  }

  /// By code points: a line feed after a carriage return is no character of its own.
  private static func escaped(_ text: String, quotes: Bool) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\n": escaped += "\\n"
      case "\"" where quotes: escaped += "\\\""
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
