import Foundation
import Glibc
import Scenarios

/// A watcher's process, with its output as a stream of records.
final class PeerProcess {
  let id: Int32
  private let output: Int32
  private let complaints: String
  private var buffer: [UInt8] = []
  private var ended = false

  /// Starts a program whose error output goes to a file in the place's state folder.
  init(_ arguments: [String], _ place: Place, environment: [String: String] = [:]) throws {
    complaints = place.state + "/complaints"
    let errors = open(complaints, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    var ends: [Int32] = [0, 0]
    guard errors >= 0, pipe(&ends) == 0 else { throw PeerDied(description: "no pipe: \(errno)") }
    _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
    _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
    defer {
      close(ends[1])
      close(errors)
    }
    output = ends[0]
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    id = try Programs.spawn(arguments, environment: variables, output: ends[1], errors: errors)
  }

  deinit { end() }

  /// The next record, without the byte that ends it; nil after the time.
  ///
  /// - Throws: ``PeerDied`` if the program has ended.
  func record(endedBy end: UInt8 = 0, within milliseconds: Int32) throws -> [UInt8]? {
    while true {
      if let index = buffer.firstIndex(of: end) {
        defer { buffer.removeSubrange(...index) }
        return Array(buffer[..<index])
      }
      guard try readSome(within: milliseconds) else { return nil }
    }
  }

  /// The records that are complete by now or within the time, whichever comes first.
  func records(within milliseconds: Int32) throws -> [[UInt8]] {
    _ = try readSome(within: milliseconds)
    guard let last = buffer.lastIndex(of: 0) else { return [] }
    defer { buffer.removeSubrange(...last) }
    return buffer[..<last].split(separator: 0, omittingEmptySubsequences: false).map { Array($0) }
  }

  private func readSome(within milliseconds: Int32) throws -> Bool {
    var event = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
    guard poll(&event, 1, milliseconds) > 0 else { return false }
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    let count = chunk.withUnsafeMutableBytes { read(output, $0.baseAddress, $0.count) }
    if count <= 0 { throw PeerDied(description: complaint) }
    buffer += chunk[..<count]
    return true
  }

  /// What it said on its error output.
  var complaint: String {
    let text = (try? String(decoding: Data(contentsOf: URL(fileURLWithPath: complaints)), as: UTF8.self)) ?? ""
    return text.split(separator: "\n").suffix(3).joined(separator: " ")
  }

  /// The directories and files that it watches, from the kernel.
  var watches: Int {
    let files = FileManager.default
    return ((try? files.contentsOfDirectory(atPath: "/proc/\(id)/fdinfo")) ?? []).reduce(0) { sum, descriptor in
      let text = (try? String(contentsOfFile: "/proc/\(id)/fdinfo/\(descriptor)", encoding: .utf8)) ?? ""
      return sum + text.components(separatedBy: "inotify wd:").count - 1
    }
  }

  func signal(_ number: Int32) { if !ended { kill(-id, number) } }

  /// Ends it and everything it started.
  func end() {
    if ended { return }
    signal(SIGKILL)
    ended = true
    var status: Int32 = 0
    while waitpid(id, &status, 0) < 0 && errno == EINTR {}
    close(output)
  }
}
