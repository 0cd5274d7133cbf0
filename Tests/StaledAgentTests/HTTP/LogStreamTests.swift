import Glibc
import Logging
import ServiceLifecycle
import StaledAgent
import StaledAPI
import Synchronization
import Testing

/// The log over HTTP: its formats, and that followers come and go.
@Suite(.timeLimit(.minutes(1))) struct LogStreamTests {
  static let lines = [
    LogLine(seq: 4, bytes: Array(#"{"seq":4}"#.utf8)), LogLine(seq: 5, bytes: Array(#"{"seq":5}"#.utf8)),
  ]

  static func stream(_ chunks: [LogChunk]) -> LogStream {
    LogStream(
      AsyncStream { continuation in
        for chunk in chunks { continuation.yield(chunk) }
        continuation.finish()
      })
  }

  @Test func formats() async throws {
    let fake = FakeService()
    try await withServer(fake) { server async throws in
      fake.set { $0.log = Self.stream([.reset, .lines(Self.lines), .lines([])]) }
      let plain = try await server.request("GET", "/v1/log?since=3")
      #expect(plain.text == "{\"seq\":4}\n{\"seq\":5}\n")
      #expect(plain.headers["content-type"] == "application/x-ndjson")
      fake.set { $0.log = Self.stream([.reset, .lines(Self.lines)]) }
      let events = try await server.request(
        "GET", "/v1/log?since=3", headers: ["Accept": "text/html, Text/Event-Stream;q=0.5", "Last-Event-ID": "99"])
      #expect(
        events.text == "event: reset\ndata: {}\n\nid: 4\ndata: {\"seq\":4}\n\nid: 5\ndata: {\"seq\":5}\n\n")
      #expect(events.headers["content-type"] == "text/event-stream")
    }
    #expect(fake.calls == ["log 3 [] follow=false", "log 99 [] follow=false"])
  }

  @Test func lastEventID() async throws {
    let fake = FakeService()
    try await withServer(fake) { server async throws in
      let sse = "text/event-stream"
      for (value, status) in ["x": 422, "-1": 422, "18446744073709551616": 422, "7": 200] {
        let headers = ["Accept": sse, "Last-Event-ID": value]
        #expect(try await server.request("GET", "/v1/log", headers: headers).status == status, "\(value)")
      }
      // Lines know no such header.
      #expect(try await server.request("GET", "/v1/log", headers: ["Last-Event-ID": "x"]).status == 200)
    }
  }

  @Test func eachChunkIsSentAtOnce() async throws {
    let (chunks, feed) = AsyncStream<LogChunk>.makeStream()
    try await withServer(FakeService { $0.log = LogStream(chunks) }) { server async throws in
      let path = server.path
      try await blocking { () throws in
        let connection = try Connection(path)
        connection.send("GET /v1/log?follow=true HTTP/1.1\r\nHost: s\r\nAccept: text/event-stream\r\n\r\n")
        let head = try connection.head()
        #expect(head.status == 200)
        for line in Self.lines {
          feed.yield(.lines([line]))
          #expect(try connection.chunk() == "id: \(line.seq)\ndata: {\"seq\":\(line.seq)}\n\n")
        }
        feed.finish()
        #expect(try connection.chunk() == "")
        connection.send("GET /healthz HTTP/1.1\r\nHost: s\r\n\r\n")
        #expect(try connection.response().status == 200)
      }
    }
  }

  @Test(arguments: ["", "Content-Length: 400000\r\n"]) func aFollowerThatLeftIsLetGo(_ extra: String) async throws {
    let (chunks, feed) = AsyncStream<LogChunk>.makeStream()
    let (released, release) = AsyncStream<Void>.makeStream()
    feed.onTermination = { _ in release.finish() }
    try await withServer(FakeService { $0.log = LogStream(chunks) }) { server async throws in
      let path = server.path
      try await blocking { () throws in
        let connection = try Connection(path)
        connection.send("GET /v1/log?follow=true HTTP/1.1\r\nHost: s\r\n\(extra)\r\n")
        if !extra.isEmpty { connection.send([UInt8](repeating: 0x20, count: 400_000)) }
        feed.yield(.lines([Self.lines[0]]))
        _ = try connection.head()
        #expect(try connection.chunk() == "{\"seq\":4}\n")
        connection.hangUp()
      }
      // Nothing is written any more: only the peer's end can release it.
      for await _ in released {}
    }
  }

  @Test func shutdownEndsFollowers() async throws {
    let (chunks, feed) = AsyncStream<LogChunk>.makeStream()
    var options = AgentServer.Options()
    options.shutdownGrace = .seconds(3600)
    try await withServer(FakeService { $0.log = LogStream(chunks) }, options: options) { server async throws in
      let path = server.path
      let connection = try await blocking { () throws in
        let connection = try Connection(path)
        connection.send("GET /v1/log?follow=true HTTP/1.1\r\nHost: s\r\n\r\n")
        feed.yield(.lines([Self.lines[0]]))
        _ = try connection.head()
        _ = try connection.chunk()
        return connection
      }
      await server.group.triggerGracefulShutdown()
      try await blocking { () throws in
        #expect(try connection.chunk() == "")
        #expect(try connection.ended())
      }
    }
    withExtendedLifetime(feed) {}
  }

  @Test func shutdownDoesNotWaitForAFollowerThatDoesNotRead() async throws {
    let (chunks, feed) = AsyncStream<LogChunk>.makeStream()
    let held = Mutex<Connection?>(nil)
    // More than any socket buffer holds.
    let line = LogLine(seq: 1, bytes: [UInt8](repeating: 0x20, count: 1 << 20))
    for _ in 0..<16 { feed.yield(.lines([line])) }
    var options = AgentServer.Options()
    options.shutdownGrace = .milliseconds(10)
    try await withServer(FakeService { $0.log = LogStream(chunks) }, options: options) { server async throws in
      let path = server.path
      let connection = try await blocking { () throws in
        let connection = try Connection(path)
        connection.send("GET /v1/log?follow=true HTTP/1.1\r\nHost: s\r\n\r\n")
        _ = try connection.head()
        return connection
      }
      // The connection outlives the server, which does not wait for it.
      held.withLock { $0 = connection }
      await server.group.triggerGracefulShutdown()
    }
  }

  @Test func shutdownDoesNotWaitForHalfARequest() async throws {
    var options = AgentServer.Options()
    options.shutdownGrace = .milliseconds(10)
    let fake = FakeService()
    let held = Mutex<Connection?>(nil)
    try await withServer(fake, options: options) { server async throws in
      let path = server.path
      let connection = try await blocking { () throws in
        let connection = try Connection(path)
        let head = "PUT /v1/cache/b/k HTTP/1.1\r\nHost: s\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"
        connection.send(head)
        #expect(try connection.response().status == 100)
        connection.send("abc")
        return connection
      }
      held.withLock { $0 = connection }
      await server.group.triggerGracefulShutdown()
      // Whatever comes, the connection ends.
      try await blocking { () throws in while (try? connection.line()) != nil {} }
    }
    #expect(fake.calls == [])
  }

  @Test func onlyTheOwnerMayConnect() async throws {
    try await withServer(FakeService()) { server async throws in
      var facts = stat()
      #expect(stat(server.path, &facts) == 0)
      #expect(facts.st_mode & 0o7777 == 0o600)
    }
  }

  @Test func cannotListen() async throws {
    await #expect(throws: StartupError.self) {
      try await AgentServer(
        service: FakeService(), socketPath: "/nonexistent/s", logger: .init(label: "t")
      ).run()
    }
  }
}
