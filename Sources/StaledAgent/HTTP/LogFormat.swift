/// How the log is written to a client.
enum LogFormat: Hashable, Sendable {
  /// A record a line.
  case lines
  /// Server-sent events: a record an event, its `seq` as `id`.
  case events

  var mediaType: String {
    switch self {
    case .lines: "application/x-ndjson"
    case .events: "text/event-stream"
    }
  }

  /// The bytes of a chunk. Lines have no word for a lost position: there the gap in `seq` shows it.
  func render(_ chunk: LogChunk) -> [UInt8] {
    switch (self, chunk) {
    case (.lines, .reset): return []
    // Without data an event is not dispatched.
    case (.events, .reset): return Array("event: reset\ndata: {}\n\n".utf8)
    case (_, .lines(let lines)):
      var bytes: [UInt8] = []
      bytes.reserveCapacity(lines.reduce(0) { $0 + $1.bytes.count + 40 })
      for line in lines {
        if self == .events { bytes += Array("id: \(line.seq)\ndata: ".utf8) }
        bytes += line.bytes
        bytes.append(0x0A)
        if self == .events { bytes.append(0x0A) }
      }
      return bytes
    }
  }
}
