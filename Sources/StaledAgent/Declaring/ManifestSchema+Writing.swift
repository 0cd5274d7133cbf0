internal import Logging
internal import Manifest
internal import Paths

extension ManifestSchema {
  /// Writes the schema to where `$schema` in manifests points, so that editors check and complete them.
  static func write(into directory: Path, logger: Logger) {
    let file = directory.appending(Array("staled.schema.json".utf8))
    if let error = FileAccess.replace(file, with: Array(text.utf8), mode: 0o644) {
      logger.warning("the manifest's schema was not written", metadata: ["file": "\(file)", "error": "\(error)"])
    }
  }
}
