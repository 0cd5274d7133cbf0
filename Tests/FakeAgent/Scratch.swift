internal import FoundationEssentials
internal import Glibc

/// A folder for one test, gone afterwards. Its path is short enough for sockets.
package struct Scratch: Sendable {
  /// Absolute, without symbolic links.
  package let path: String

  /// Makes the folder, writes `files` (path to content), runs `body`, and removes all of it.
  package static func with<Result>(
    _ files: [String: String] = [:], _ body: (Scratch) async throws -> Result
  ) async throws -> Result {
    let scratch = try Scratch(files)
    defer { scratch.remove() }
    return try await body(scratch)
  }

  private init(_ files: [String: String]) throws {
    var template = Array("/tmp/stale-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template), let real = realpath(made, nil) else { throw Failed(errno) }
    defer { free(real) }
    path = String(cString: real)
    for (name, content) in files { try write(content, to: name) }
  }

  package struct Failed: Error {
    package let number: Int32
    init(_ number: Int32) { self.number = number }
  }

  /// The absolute path of a name in the folder.
  package func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file and the folders above it; appends if `appending`.
  package func write(_ content: String, to name: String, appending: Bool = false, executable: Bool = false) throws {
    var folder = path
    for part in name.split(separator: "/").dropLast() {
      folder += "/\(part)"
      mkdir(folder, 0o755)
    }
    let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (appending ? O_APPEND : O_TRUNC)
    let descriptor = open(self(name), flags, executable ? 0o755 : 0o644)
    guard descriptor >= 0 else { throw Failed(errno) }
    defer { close(descriptor) }
    let bytes = Array(content.utf8)
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw Failed(errno) }
  }

  /// Renames a file.
  package func move(_ name: String, to other: String) throws {
    guard rename(self(name), self(other)) == 0 else { throw Failed(errno) }
  }

  /// The content of a file, nil if there is none.
  package func read(_ name: String) -> String? {
    let descriptor = open(self(name), O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count <= 0 { return String(decoding: content, as: UTF8.self) }
      content += chunk[..<count]
    }
  }

  private func remove() { try? FileManager.default.removeItem(atPath: path) }
}
