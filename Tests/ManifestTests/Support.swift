import Freshness
import Manifest
import Paths
import Testing

/// A workspace at /work without links.
let context = NamingContext(workspace: ["/work"])

/// The manifest of `text`, with its warnings; throws what is wrong with it.
func read(_ text: String) throws -> (manifest: Manifest, warnings: [String]) {
  let (manifest, warnings) = try Manifest.read(Array(text.utf8), file: "staled.json", context: context).get()
  return (manifest, warnings.map(\.description))
}

/// What is said about `text`, one line each, without the file's name.
func problems(_ text: String) -> [String] {
  let problems: [ManifestProblem]
  switch Manifest.read(Array(text.utf8), file: "f", context: context) {
  case .success((_, let warnings)): problems = warnings
  case .failure(let error): problems = error.problems
  }
  return problems.map { String($0.description.dropFirst(2)) }
}

/// The entries that `manifest` declares when `files` are there.
func expand(_ manifest: Manifest, files: [Path]) -> Expansion {
  manifest.expand(context: context) { pattern in
    guard let glob = try? Glob(pattern) else { return [] }
    return files.filter { glob.matches($0) }
  }
}

/// A text and what is said of it.
struct Case: CustomTestStringConvertible {
  var text: String
  var expected: [String]
  var testDescription: String { text }

  init(_ text: String, _ expected: [String]) {
    self.text = text
    self.expected = expected
  }
}
