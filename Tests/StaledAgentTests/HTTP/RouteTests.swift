import StaledAgent
import StaledAPI
import Testing

/// Every route: what it asks of the agent, and how it answers.
@Suite struct RouteTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var method: String
    var target: String
    var body: String?
    var status: Int
    /// What the agent was asked.
    var calls: [String] = []
    /// The whole body without its newline, if that matters.
    var answer: String?

    init(
      _ method: String, _ target: String, _ body: String? = nil, _ status: Int, _ calls: [String] = [],
      _ answer: String? = nil
    ) {
      self.method = method
      self.target = target
      self.body = body
      self.status = status
      self.calls = calls
      self.answer = answer
    }

    var testDescription: String { "\(method) \(target) \(body ?? "")" }
  }

  static let made =
    #"{"created":true,"digest":"sha256:00","key":"app","namespace":"build","state":"fresh","unknown":[]}"#

  static let cases = [
    Case("GET", "/healthz", nil, 200, [], "watching"),
    Case("GET", "http://staled/healthz", nil, 200, [], "watching"),
    Case(
      "GET", "/v1/status", nil, 200, [],
      #"{"clock":"c1","degraded":[],"entries":{"fresh":1},"manifest":{"ok":true},"pid":7,"resources":2,"#
        + #""started":"t","state":"watching","version":"1","watches":3,"workspace":"/w"}"#),
    Case("POST", "/v1/sync", nil, 200, ["sync"], #"{"clock":"c2"}"#),
    Case("POST", "/v1/sync", "{}", 200, ["sync"], #"{"clock":"c2"}"#),
    Case("POST", "/v1/leases", nil, 200, ["lease"], #"{"clock":"c2","lease":"L1"}"#),
    Case(
      "GET", "/v1/entries", nil, 200, ["entries - - - - - 1000"],
      #"{"entries":[{"declared":true,"hits":0,"key":"app","namespace":"build","state":"fresh","tags":[]}]}"#),
    Case(
      "GET", "/v1/entries?namespace=b&tag=x%20y&state=stale&prefix=o/&limit=5&cursor=c", nil, 200,
      ["entries b x y stale o/ c 5"]),
    Case("GET", "/v1/entries/build/app", nil, 200, ["entry build|app sync=true"]),
    Case("GET", "/v1/entries/build/app?sync=false", nil, 200, ["entry build|app sync=false"]),
    // A key keeps every slash, and dots; only what is encoded is decoded, and only once.
    Case("GET", "/v1/entries/build/obj//a/../b/", nil, 200, ["entry build|obj//a/../b/ sync=true"]),
    Case("GET", "/v1/entries/build/obj%2Fa%2520b+c", nil, 200, ["entry build|obj/a%20b+c sync=true"]),
    Case("GET", "/v1/entries/caf%C3%A9/%E2%82%AC", nil, 200, ["entry café|€ sync=true"]),
    // A combining mark does not swallow a separator.
    Case("GET", "/v1/entries/b/%CC%81x", nil, 200, ["entry b|\u{301}x sync=true"]),
    Case("GET", "/v1/entries?tag=%CC%81&&prefix=a=b", nil, 200, ["entries - \u{301} - a=b - 1000"]),
    Case("GET", "/v1/entries/build/mark", nil, 200, ["entry build|mark sync=true"]),
    Case("GET", "/v1/entries/build/app/mark", nil, 200, ["entry build|app/mark sync=true"]),
    Case("POST", "/v1/entries/build/app/mark", nil, 201, ["mark build|app - - - - -"], made),
    Case("POST", "/v1/entries/build/mark/mark", "{}", 201, ["mark build|mark - - - - -"]),
    Case("POST", "/v1/entries/build/a/mark/mark", "{}", 201, ["mark build|a/mark - - - - -"]),
    Case(
      "POST", "/v1/entries/build/app/mark",
      #"{"dependencies":["file:a"],"outputs":["file:o"],"tags":["t"],"lease":"L","digest":"sha256:00"}"#, 201,
      [#"mark build|app ["file:a"] ["file:o"] ["t"] L sha256:00"#]),
    Case(
      "PATCH", "/v1/entries/build/a/b", #"{"addTags":["t"],"removeDependencies":["file:f"]}"#, 200,
      [#"amend build|a/b ["t"] - - ["file:f"] -"#],
      #"{"declared":true,"hits":0,"key":"app","namespace":"build","state":"fresh","tags":[],"unknown":["entry:build/x"]}"#
    ),
    Case("POST", "/v1/entries/build/app/mark", #"{"tags":null}"#, 201, ["mark build|app - - - - -"]),
    Case("POST", "/v1/check", #"{"entries":["a/b","a/c/d"]}"#, 200, ["check [a/b, a/c/d]"], #"{"entries":[]}"#),
    Case(
      "GET", "/v1/why/build/app", nil, 200, ["why build|app sync=true"],
      #"{"chain":[],"key":"app","namespace":"build","state":"fresh"}"#),
    Case("PUT", "/v1/cache/build/app", "v", 201, ["write build|app v [] [] - -"], made),
    Case("PUT", "/v1/cache/build/app", "", 201, ["write build|app  [] [] - -"], made),
    Case(
      "PUT", "/v1/cache/build/app?dep=file:a&dep=file:c%2B%2B.h&tag=x&tag=y+z&ttl=90s&lease=L%26", "v", 201,
      [#"write build|app v ["file:a", "file:c++.h"] ["x", "y z"] 90s L&"#]),
    Case("DELETE", "/v1/cache/build/app", nil, 200, ["delete build|app"], #"{"deleted":true}"#),
    Case(
      "POST", "/v1/invalidate", #"{"keys":["a/b"],"tags":["t"]}"#, 200, [#"invalidate ["a/b"] ["t"] all=false"#],
      #"{"entries":[],"invalidated":1,"matched":2,"seq":9,"truncated":false}"#),
    Case("POST", "/v1/invalidate", #"{"all":true}"#, 200, ["invalidate [] [] all=true"]),
    Case("POST", "/v1/invalidate", #"{"keys":[]}"#, 200, ["invalidate [] [] all=false"]),
    Case(
      "POST", "/v1/verify", nil, 200, ["verify all -"], #"{"entries":1,"of":2,"verified":2,"violations":[]}"#),
    Case("POST", "/v1/verify", #"{"entries":["a/b"],"sample":3}"#, 200, [#"verify ["a/b"] 3"#]),
    Case("POST", "/v1/verify", #"{"sample":0}"#, 422),
    Case("POST", "/v1/verify", #"{"entries":["a"]}"#, 422),
    Case("GET", "/v1/stats", nil, 200, []),
    Case("GET", "/metrics", nil, 200, [], "staled_up 1"),
    Case("GET", "/v1/log?since=now&type=event&name=deploy", nil, 200, ["log 41 [event,deploy] follow=false"], ""),
    Case("GET", "/v1/advice", nil, 200, [], #"{"advice":[]}"#),
    Case("GET", "/v1/schedules", nil, 200, [], #"{"schedules":[]}"#),
    Case("POST", "/v1/warm", nil, 200, ["warm [] [] -"], #"{"done":2,"failed":[],"of":2}"#),
    Case(
      "POST", "/v1/warm", #"{"namespaces":["a"],"tags":["t"],"hot":3}"#, 200, [#"warm ["a"] ["t"] 3"#]),
    Case("POST", "/v1/warm", #"{"hot":0}"#, 422),
    Case(
      "POST", "/v1/events/deploy", #"{"a":"x","n":1.5,"b":true,"i":2}"#, 200, ["event deploy [a=x,b=true,i=2,n=1.5]"]),
    Case("POST", "/v1/events/user%20logout", nil, 200, ["event user logout []"]),
    Case(
      "POST", "/v1/turns/b/a/c?value=true", nil, 200, ["turn b|a/c value=true"],
      #"{"lease":"L1","state":"missing","turn":"yours"}"#),
    Case("POST", "/v1/events/e", #"{"a":null}"#, 422),
    Case("POST", "/v1/events/e", #"["a"]"#, 422),
    Case("POST", "/v1/events/e", #"{"a":1,"a":2}"#, 400),
    Case("POST", "/v1/events/", nil, 404),
    Case("POST", "/v1/invalidate", #"{"within":["a"]}"#, 422),
    Case(
      "GET", "/v1/dependents?id=file:src/a.c&transitive=true", nil, 200, ["dependents file:src/a.c true"],
      #"{"entries":[],"id":"file:src/a.c"}"#),
    Case("GET", "/v1/dependencies?id=entry:b/a", nil, 200, ["dependencies entry:b/a false"]),
    Case("GET", "/v1/graph", nil, 200, ["graph - -"], #"{"edges":[],"nodes":[]}"#),
    Case("GET", "/v1/graph?format=mermaid&id=file:a&depth=2", nil, 200, ["graph file:a 2"], "flowchart LR"),
    Case("GET", "/v1/log", nil, 200, ["log - [] follow=false"], ""),
    Case(
      "GET", "/v1/log?since=18446744073709551615&type=change&type=batch", nil, 200,
      ["log 18446744073709551615 [batch,change] follow=false"]),
  ]

  @Test func answers() async throws {
    let fake = FakeService()
    try await withServer(fake) { server async throws in
      for test in Self.cases {
        fake.forget()
        let response = try await server.request(test.method, test.target, body: test.body)
        #expect(response.status == test.status, "\(test.testDescription)")
        #expect(fake.calls == test.calls, "\(test.testDescription)")
        if let answer = test.answer { #expect(response.text == (answer.isEmpty ? "" : answer + "\n")) }
      }
    }
  }

  @Test func replacedIsNot201() async throws {
    try await withServer(FakeService { $0.created = false }) { server async throws in
      #expect(try await server.request("PUT", "/v1/cache/a/b", body: "v").status == 200)
      #expect(try await server.request("POST", "/v1/entries/a/b/mark").status == 200)
    }
  }

  @Test func mediaTypes() async throws {
    let fake = FakeService { $0.read = .hit(.bytes([1]), state: "fresh", digest: "sha256:aa") }
    let expected = [
      "/healthz": "text/plain; charset=utf-8", "/v1/status": "application/json",
      "/v1/cache/a/b": "application/octet-stream", "/v1/log": "application/x-ndjson",
      "/v1/graph?format=dot": "text/vnd.graphviz; charset=utf-8", "/v1/nothing": "application/problem+json",
    ]
    try await withServer(fake) { server async throws in
      for (target, type) in expected {
        #expect(try await server.request("GET", target).headers["content-type"] == type, "\(target)")
      }
    }
  }

  @Test func healthBeforeWatching() async throws {
    try await withServer(FakeService { $0.watching = false }) { server async throws in
      let response = try await server.request("GET", "/healthz")
      #expect(response.status == 503)
      #expect(response.headers["retry-after"] == "1")
      #expect(response.headers["content-type"] == "application/problem+json")
    }
  }
}
