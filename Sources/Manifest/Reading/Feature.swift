/// What a manifest can say and this version does not do: it is checked, and a manifest that uses it gets one warning.
/// When a feature is carried out, its case goes.
enum Feature: String, CaseIterable {
  case schedules = "\"schedules\""
  case hooks = "\"hooks\""
  case refresh = "\"refresh\""
  case predictive = "\"predictive\""
  case warm = "\"warm\""
  case memory = "\"memory\""
  case disk = "\"disk\""
}

extension ManifestReader {
  /// Notes that the manifest uses `feature` at `offset`.
  func use(_ feature: Feature, _ offset: Int) {
    used[feature] = min(used[feature] ?? offset, offset)
  }

  /// The one warning, where the first of them stands.
  func warnOfFeatures() {
    guard let first = used.values.min() else { return }
    let names = Feature.allCases.filter { used[$0] != nil }.map(\.rawValue)
    let list =
      names.count < 2 ? names.joined() : "\(names.dropLast().joined(separator: ", ")) and \(names[names.count - 1])"
    add(
      ManifestProblem(
        file: file, position: map.position(first), severity: .warning,
        message: "this version checks but does not carry out what the manifest says of \(list)",
        remedy: "the rest of it works"))
  }
}
