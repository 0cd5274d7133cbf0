import StaledAgent
import StaledAPI
import Testing

/// How bodies are read: whole and within their limit, or not at all.
@Suite struct BodyTests {
  static var small: AgentServer.Options {
    var options = AgentServer.Options()
    options.maxValueBytes = 100
    options.maxJSONBytes = 50
    return options
  }

  @Test func limits() async throws {
    let fake = FakeService()
    try await withServer(fake, options: Self.small) { server async throws in
      let value = String(repeating: "v", count: 100)
      #expect(try await server.request("PUT", "/v1/cache/b/k", body: value).status == 201)
      let over = try await server.request("PUT", "/v1/cache/b/k", body: value + "v")
      #expect(over.status == 413)
      #expect(over.headers["content-type"] == "application/problem+json")
      #expect(over.text.contains("more than 100 bytes"))
      let spaces = String(repeating: " ", count: 49)
      #expect(try await server.request("POST", "/v1/sync", body: "{}" + spaces.dropLast()).status == 200)
      #expect(try await server.request("POST", "/v1/sync", body: "{}" + spaces).status == 413)
    }
    #expect(fake.calls == ["write b|k 100 bytes [] [] - -", "sync"])
  }

  @Test func chunked() async throws {
    let fake = FakeService()
    try await withServer(fake, options: Self.small) { server async throws in
      let path = server.path
      let head = "PUT /v1/cache/b/k HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n"
      let statuses = try await blocking { () throws in
        let connection = try Connection(path)
        connection.send(head + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        let taken = try connection.response().status
        // The same connection goes on: what is too large is read past.
        let part = "40\r\n" + String(repeating: "x", count: 64) + "\r\n"
        connection.send(head + part + part + part + "0\r\n\r\n")
        let refused = try connection.response().status
        connection.send("POST /v1/sync HTTP/1.1\r\nHost: s\r\n\r\n")
        return [taken, refused, try connection.response().status]
      }
      #expect(statuses == [201, 413, 200])
    }
    #expect(fake.calls == ["write b|k abcde [] [] - -", "sync"])
  }

  @Test(arguments: [
    "PUT /v1/cache/b/k HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    "PUT /v1/cache/b/k HTTP/1.1\r\nHost: s\r\nContent-Length: 9\r\n\r\nabc",
    "PUT /v1/cache/b/k HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n",
  ]) func brokenOffIsNotStored(_ text: String) async throws {
    let fake = FakeService()
    try await withServer(fake) { server async throws in
      let path = server.path
      try await blocking { () throws in
        let connection = try Connection(path)
        connection.send(text)
        connection.hangUp()
      }
      // Its connection is through when the server has ended, which `withServer` waits for.
    }
    #expect(fake.calls == [])
  }

  @Test func continueIsSentAtOnceForWhatFits() async throws {
    let fake = FakeService()
    try await withServer(fake, options: Self.small) { server async throws in
      let path = server.path
      let statuses = try await blocking { () throws in
        let connection = try Connection(path)
        let head = "PUT /v1/cache/b/k HTTP/1.1\r\nHost: s\r\nExpect: 100-continue\r\nContent-Length: "
        connection.send(head + "3\r\n\r\n")
        let first = try connection.response().status
        connection.send("abc")
        let second = try connection.response().status
        connection.send(head + "101\r\n\r\n")
        return [first, second, try connection.response().status]
      }
      #expect(statuses == [100, 201, 413])
    }
    #expect(fake.calls == ["write b|k abc [] [] - -"])
  }

  @Test func pipelined() async throws {
    let fake = FakeService()
    try await withServer(fake) { server async throws in
      let path = server.path
      let texts = try await blocking { () throws in
        let connection = try Connection(path)
        connection.send(
          "PUT /v1/cache/b/k HTTP/1.1\r\nHost: s\r\nContent-Length: 2\r\n\r\nokHEAD /healthz HTTP/1.1\r\nHost: s\r\n\r\n"
            + "GET /healthz HTTP/1.1\r\nHost: s\r\n\r\n")
        let first = try connection.response()
        let second = try connection.response(toHead: true)
        return ["\(first.status)", "\(second.status)", try connection.response().text]
      }
      #expect(texts == ["201", "200", "watching\n"])
    }
  }
}
