import StaledAgent
import Testing

/// What the headers of a cached value say.
@Suite struct CacheHeaderTests {
  struct Case: Sendable {
    let read: CacheRead
    let target: String
    let status: Int
    let headers: [String: String?]
    let body: String?
  }

  static let value = Array("value\0\u{1}".utf8)

  static let cases = [
    Case(
      read: .hit(.bytes(value), state: "fresh", digest: "sha256:aa"), target: "/v1/cache/b/k", status: 200,
      headers: [
        "cache-status": "staled; hit", "staled-state": "fresh", "etag": "\"sha256:aa\"", "content-length": "7",
        "staled-lease": nil,
      ], body: "value\0\u{1}"),
    Case(
      read: .hit(.bytes([]), state: "fresh", digest: "sha256:aa"), target: "/v1/cache/b/k", status: 200,
      headers: ["cache-status": "staled; hit", "content-length": "0"], body: ""),
    Case(
      read: .stale(.bytes(value), state: "stale", digest: "sha256:aa"), target: "/v1/cache/b/k?stale=allow",
      status: 200,
      headers: ["cache-status": "staled; fwd=stale", "staled-state": "stale"], body: "value\0\u{1}"),
    Case(
      read: .miss(state: "missing", kept: false, lease: "L9"), target: "/v1/cache/b/k", status: 404,
      headers: [
        "cache-status": "staled; fwd=miss", "staled-state": "missing", "staled-lease": "L9", "etag": nil,
        "content-type": "application/problem+json",
      ], body: nil),
    Case(
      read: .miss(state: "expired", kept: true, lease: "L9"), target: "/v1/cache/b/k?sync=false", status: 404,
      headers: ["cache-status": "staled; fwd=stale", "staled-state": "expired", "staled-lease": "L9"], body: nil),
  ]

  @Test func get() async throws {
    let fake = FakeService()
    try await withServer(fake) { server async throws in
      for test in Self.cases {
        fake.set { $0.read = test.read }
        let response = try await server.request("GET", test.target)
        #expect(response.status == test.status)
        for (name, value) in test.headers { #expect(response.headers[name] == value, "\(name)") }
        if let body = test.body { #expect(response.text == body) }
        // HEAD says the same, and nothing follows it.
        let head = try await server.request("HEAD", test.target)
        #expect(head.status == test.status)
        #expect(head.body.isEmpty)
        for (name, value) in response.headers where name != "date" { #expect(head.headers[name] == value, "\(name)") }
      }
    }
    #expect(
      Set(fake.calls) == [
        "read b|k sync=true stale=false", "read b|k sync=true stale=true", "read b|k sync=false stale=false",
      ])
  }

  @Test func ifNoneMatch() async throws {
    let fake = FakeService { $0.read = .hit(.bytes(Self.value), state: "fresh", digest: "sha256:aa") }
    try await withServer(fake) { server async throws in
      let cases = [
        "\"sha256:aa\"": 304, "\"x\" , W/\"sha256:aa\"": 304, "*": 304, "\"sha256:ab\"": 200, "sha256:aa": 200,
      ]
      for (known, status) in cases {
        let response = try await server.request("GET", "/v1/cache/b/k", headers: ["If-None-Match": known])
        #expect(response.status == status, "\(known)")
        #expect(response.headers["etag"] == "\"sha256:aa\"")
        #expect(response.headers["cache-status"] == "staled; hit")
      }
    }
  }
}
