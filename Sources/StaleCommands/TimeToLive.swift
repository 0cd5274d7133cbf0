internal import Manifest

/// A time to live as it is typed: a duration of the manifest, a number of seconds, or `never`.
enum TimeToLive {
  /// - Parameter argument: what it was given as, for the message.
  /// - Throws: `Failure` (wrong use) if it is none.
  static func check(_ text: String, named argument: String) throws(Failure) {
    if text == "never" { return }
    do throws(ManifestDuration.Malformed) {
      _ = if let seconds = Double(text) { try ManifestDuration(seconds: seconds) } else { try ManifestDuration(text) }
    } catch {
      throw Failure(
        "\(argument) \(Display.safe(text)): \(error.problem).",
        remedy: "Write 90s, 10m, 1d, a number of seconds, or never.", status: .wrongUse)
    }
  }
}
