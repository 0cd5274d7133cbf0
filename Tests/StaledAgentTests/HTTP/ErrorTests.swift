import Foundation
import StaledAgent
import StaledAPI
import Testing

/// Requests that cannot be taken: the status, and that the detail names what is wrong.
@Suite struct ErrorTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let method: String
    let target: String
    let body: String?
    let status: Int
    let detail: String

    init(_ method: String, _ target: String, _ body: String? = nil, _ status: Int, _ detail: String) {
      self.method = method
      self.target = target
      self.body = body
      self.status = status
      self.detail = detail
    }

    var testDescription: String { "\(method) \(target) \(body ?? "")" }
  }

  static let cases = [
    Case("GET", "/", nil, 404, "nothing is at /"),
    Case("GET", "/v1", nil, 404, "nothing is at /v1"),
    Case("GET", "/v1/status/", nil, 404, "nothing is at /v1/status/"),
    Case("GET", "/V1/status", nil, 404, "nothing is at /V1/status"),
    Case("GET", "/v1/entries/", nil, 404, "/v1/entries/NAMESPACE/KEY"),
    Case("GET", "/v1/cache/build", nil, 404, "/v1/cache/NAMESPACE/KEY"),
    Case("POST", "/v1/status", nil, 405, "POST does nothing at /v1/status: use GET, HEAD"),
    Case("HEAD", "/v1/sync", nil, 405, ""),
    Case("HEAD", "/v1/log", nil, 405, ""),
    Case("GET", "/v1/sync", nil, 405, "use POST"),
    Case("POST", "/v1/cache/b/k", nil, 405, "use DELETE, GET, HEAD, PUT"),
    Case("PUT", "/v1/entries/b/k/mark", nil, 405, "use GET, HEAD, PATCH, POST"),
    Case("POST", "/v1/entries/b/mark", nil, 405, "use GET, HEAD, PATCH"),
    // Names.
    Case("GET", "/v1/entries/b/%", nil, 400, #"the key "%""#),
    Case("GET", "/v1/entries/b/%4", nil, 400, "%25"),
    Case("GET", "/v1/entries/%zz/k", nil, 400, #"the namespace "%zz""#),
    Case("GET", "/v1/entries/b/%FF", nil, 400, "not UTF-8"),
    Case("GET", "/v1/entries/b/", nil, 422, "the key is empty"),
    Case("GET", "/v1/entries//k", nil, 422, "the namespace is empty"),
    Case("GET", "/v1/entries/a%2Fb/k", nil, 422, "the namespace holds a slash"),
    Case("GET", "/v1/entries/a%0A/k", nil, 422, "control character"),
    Case("PUT", "/v1/cache/b/a%00", "v", 422, "the key holds a NUL"),
    Case("PUT", "/v1/cache/b/\(String(repeating: "k", count: 4097))", "v", 422, "the key has 4097 bytes"),
    Case("GET", "/v1/entries/\(String(repeating: "n", count: 256))/k", nil, 422, "the namespace has 256 bytes"),
    // Parameters.
    Case("GET", "/v1/cache/b/k?synk=false", nil, 422, #"no parameter "synk" (did you mean "sync"?)"#),
    Case("GET", "/v1/cache/b/k?x=1", nil, 422, #"no parameter "x" (there are sync, stale)"#),
    Case("GET", "/v1/status?x", nil, 422, #"no parameter "x" (there is none)"#),
    Case("GET", "/v1/cache/b/k?sync=0", nil, 422, #""sync" must be true or false, not "0""#),
    Case("GET", "/v1/cache/b/k?sync", nil, 422, #""sync" must be true or false"#),
    Case("GET", "/v1/cache/b/k?sync=true&sync=true", nil, 422, #""sync" is there twice"#),
    Case("PUT", "/v1/cache/b/k?lease=a&lease=b", "v", 422, #""lease" is there twice"#),
    Case("GET", "/v1/cache/b/k?stale=yes", nil, 422, #""stale" cannot be "yes" (there are allow)"#),
    Case("GET", "/v1/cache/b/k?sync=%g", nil, 400, #"the value of the parameter "sync""#),
    Case("GET", "/v1/entries?state=frsh", nil, 422, #"(did you mean "fresh"?)"#),
    Case("GET", "/v1/entries?limit=0", nil, 422, "a whole number from 1 to 10000"),
    Case("GET", "/v1/entries?limit=10001", nil, 422, "a whole number from 1 to 10000"),
    Case("GET", "/v1/entries?limit=-1", nil, 422, "a whole number"),
    Case("GET", "/v1/entries?limit=+1", nil, 422, "a whole number"),
    Case("GET", "/v1/dependents", nil, 422, #""id" is missing"#),
    Case("GET", "/v1/dependencies?id=", nil, 422, #""id" is missing"#),
    Case("GET", "/v1/graph?format=svg", nil, 422, "stale graph --format svg"),
    Case("GET", "/v1/graph?format=dto", nil, 422, #"(did you mean "dot"?)"#),
    Case("GET", "/v1/graph?depth=1", nil, 422, #"give "id" too"#),
    Case("GET", "/v1/log?since=18446744073709551616", nil, 422, "to 18446744073709551615"),
    Case("GET", "/v1/log?type=batch&type=changed", nil, 422, #"(did you mean "change"?)"#),
    // Bodies.
    Case("POST", "/v1/invalidate", nil, 400, "a value is missing at the end, at line 1, column 1"),
    Case(
      "POST", "/v1/invalidate", "{\n \"tags\": [\"a\" \"b\"]}", 400, "a comma or ] is missing, at line 2, column 15"),
    Case(
      "POST", "/v1/invalidate", "{'tags':[]}", 400, "a member's name in double quotes is missing, at line 1, column 2"),
    Case("POST", "/v1/invalidate", #"{"all":true,"all":false}"#, 400, #"the member "all" is there twice"#),
    Case("POST", "/v1/invalidate", #"{"all":true} x"#, 400, "something follows the end"),
    Case("POST", "/v1/invalidate", "[]", 422, "must be a JSON object"),
    Case("POST", "/v1/invalidate", #"{"tag":[]}"#, 422, #"no member "tag" (did you mean "tags"?)"#),
    Case("POST", "/v1/invalidate", #"{"tags":"x"}"#, 422, #"the member "tags" must be an array"#),
    Case("POST", "/v1/invalidate", #"{"tags":["x",1]}"#, 422, #"the member "tags[1]" must be a string"#),
    Case("POST", "/v1/invalidate", #"{"all":1}"#, 422, #"the member "all" must be true or false"#),
    Case("POST", "/v1/invalidate", "{}", 422, "names nothing to invalidate"),
    Case("POST", "/v1/invalidate", #"{"all":false,"soft":true}"#, 422, "names nothing to invalidate"),
    Case("POST", "/v1/invalidate", #"{"keys":["a"]}"#, 422, "keys[0]: an entry is named namespace/key"),
    Case("POST", "/v1/check", #"{"entries":["a/b","c"]}"#, 422, "entries[1]: an entry is named namespace/key"),
    Case("POST", "/v1/check", "{}", 422, #"the member "entries" is missing"#),
    Case("POST", "/v1/check", #"{"entries":null}"#, 422, #"the member "entries" must be an array"#),
    Case("PATCH", "/v1/entries/b/k", #"{"addTag":["t"]}"#, 422, #"no member "addTag""#),
    Case("PATCH", "/v1/entries/b/k", #"{"addTags":"t"}"#, 422, #"the member "addTags" must be an array"#),
    Case("POST", "/v1/sync", #"{"wait":1}"#, 422, #"no member "wait""#),
    Case("POST", "/v1/entries/b/k/mark", #"{"dependencies":{}}"#, 422, #"the member "dependencies" must be an array"#),
  ]

  @Test func refused() async throws {
    let fake = FakeService()
    try await withServer(fake) { server async throws in
      for test in Self.cases {
        let response = try await server.request(test.method, test.target, body: test.body)
        #expect(response.status == test.status, "\(test.testDescription): \(response.text)")
        #expect(response.headers["content-type"] == "application/problem+json", "\(test.testDescription)")
        #expect((response.headers["allow"] != nil) == (test.status == 405), "\(test.testDescription)")
        if test.method == "HEAD" { continue }
        let problem = try JSONDecoder().decode(Problem.self, from: Data(response.body))
        #expect(problem.status == test.status)
        #expect(problem.type.hasPrefix("about:staled/"))
        #expect(problem.detail.contains(test.detail), "\(test.testDescription): \(problem.detail)")
      }
    }
    #expect(fake.calls == [], "nothing that is refused reaches the agent")
  }

  @Test func unknownEntries() async throws {
    let fake = FakeService {
      $0.entry = nil
      $0.deleted = false
    }
    try await withServer(fake) { server async throws in
      for (method, target) in [
        ("GET", "/v1/entries/b/k"), ("GET", "/v1/why/b/k"), ("DELETE", "/v1/cache/b/k"),
      ] {
        let response = try await server.request(method, target)
        #expect(response.status == 404)
        #expect(response.text.contains("about:staled/unknown-entry"))
        #expect(response.text.contains("the entry b/k"))
      }
    }
  }

  @Test func theAgentsOwnProblems() async throws {
    let problem = Problem(
      "lease-refused", title: "Lease refused", status: 409, detail: "file:a changed", ids: ["file:a"], retryAfter: 3)
    try await withServer(FakeService { $0.problem = problem }) { server async throws in
      let targets = [
        ("POST", "/v1/sync"), ("POST", "/v1/leases"), ("GET", "/v1/entries"), ("GET", "/v1/entries/a/b"),
        ("POST", "/v1/entries/a/b/mark"), ("GET", "/v1/why/a/b"), ("GET", "/v1/cache/a/b"), ("PUT", "/v1/cache/a/b"),
        ("DELETE", "/v1/cache/a/b"), ("GET", "/v1/dependents?id=a"), ("GET", "/v1/dependencies?id=a"),
        ("GET", "/v1/graph"), ("GET", "/v1/log"),
      ]
      for (method, target) in targets {
        let response = try await server.request(method, target, body: method == "PUT" ? "v" : nil)
        #expect(response.status == 409, "\(target)")
        #expect(response.headers["retry-after"] == "3")
        #expect(try JSONDecoder().decode(Problem.self, from: Data(response.body)) == problem)
      }
    }
  }

  @Test func noHTTPAtAll() async throws {
    try await withServer(FakeService()) { server async throws in
      let path = server.path
      let response = try await blocking { () throws in
        let connection = try Connection(path)
        connection.send("this is not http\r\n\r\n")
        return try connection.response()
      }
      #expect(response.status == 400)
      #expect(response.headers["content-type"] == "application/problem+json")
      #expect(response.text.contains("about:staled/malformed"))
    }
  }

  /// Whoever sends more than a head may have is told, and not left waiting for somebody to read the rest.
  @Test func aHeadThatIsTooLong() async throws {
    try await withServer(FakeService()) { server async throws in
      let path = server.path
      let (status, isOver) = try await blocking { () throws in
        let connection = try Connection(path)
        let parameters = (0..<60_000).map { "dep=file:x/\($0).py" }.joined(separator: "&")
        connection.send("PUT /v1/cache/t/big?\(parameters) HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        return (try connection.response().status, try connection.ended())
      }
      #expect(status == 400 && isOver)
    }
  }
}
