/// Finds the known word that a mistyped one was meant to be.
enum DidYouMean {
  /// The nearest of `known`, if it is near enough to be worth a guess: a third of its letters may differ.
  static func nearest(to word: String, in known: [String]) -> String? {
    let lower = Array(word.lowercased().unicodeScalars)
    guard lower.count <= 64 else { return nil }
    var best: (word: String, distance: Int)?
    for candidate in known {
      let distance = distance(lower, Array(candidate.lowercased().unicodeScalars))
      if distance <= max(1, (candidate.count + 1) / 3), distance < best?.distance ?? .max {
        best = (candidate, distance)
      }
    }
    return best?.word
  }

  /// What to add to a message about `word`.
  static func remedy(for word: String, in known: [String]) -> String {
    if let guess = nearest(to: word, in: known) { return "did you mean \"\(guess)\"?" }
    return "known here: \(known.joined(separator: ", "))"
  }

  /// Insertions, deletions, replacements and swaps of neighbours between two words.
  static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var before: [Int] = []
    var last = Array(0...right.count)
    for i in 0..<left.count {
      var row = [i + 1]
      for j in 0..<right.count {
        var cost = min(row[j] + 1, last[j + 1] + 1, last[j] + (left[i] == right[j] ? 0 : 1))
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] { cost = min(cost, before[j - 1] + 1) }
        row.append(cost)
      }
      (before, last) = (last, row)
    }
    return last[right.count]
  }
}
