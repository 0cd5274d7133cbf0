import Foundation
import StaledAPI
import Testing

/// The log as `stale tail -f --json` prints it, a record at a time.
final class Follower {
  private let process = Process()
  private let output = Pipe()
  private var pending = Data()

  /// Only what comes after this is read.
  init(_ workspace: Workspace, types: [String]) throws {
    let last = try workspace.log().last?.seq ?? 0
    process.executableURL = Binaries.tool
    process.arguments =
      ["tail", "-f", "--json", "--since", "\(last)"] + types.flatMap { ["--type", $0] }
    process.currentDirectoryURL = workspace.folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    try process.run()
  }

  /// Subscribes to events by name, over the API; only what comes after this is read.
  init(_ workspace: Workspace, events: [String]) throws {
    let last = try workspace.log().last?.seq ?? 0
    let names = events.map { "&name=\($0)" }.joined()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
    process.arguments = [
      "-sSN", "--unix-socket", try workspace.socket(),
      "http://staled/v1/log?follow=true&type=event&since=\(last)\(names)",
    ]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    try process.run()
  }

  deinit {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// Waits for the next record; nil if the tool has ended, or nothing came for too long.
  func next() -> LogRecord? {
    while true {
      if let newline = pending.firstIndex(of: 0x0A) {
        let line = pending[pending.startIndex..<newline]
        pending = pending[(newline + 1)...]
        return try? JSONDecoder().decode(LogRecord.self, from: Data(line))
      }
      guard isReadable(output.fileHandleForReading.fileDescriptor, within: Waiting.limit) else {
        Issue.record("nothing came within \(Waiting.limit)")
        return nil
      }
      let more = output.fileHandleForReading.availableData
      if more.isEmpty { return nil }
      pending += more
    }
  }
}
