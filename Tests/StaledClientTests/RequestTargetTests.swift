import Testing

@testable import StaledClient

@Suite struct RequestTargetTests {
  @Test(arguments: [
    ("build", "app", "/v1/cache/build/app"),
    ("build", "obj/util.o", "/v1/cache/build/obj%2Futil.o"),
    ("build", "a//b", "/v1/cache/build/a%2F%2Fb"),
    ("build", "../x", "/v1/cache/build/..%2Fx"),
    ("build", "..", "/v1/cache/build/%2E%2E"),
    ("build", ".", "/v1/cache/build/%2E"),
    (".", "...", "/v1/cache/%2E/..."),
    ("a b", "50% of ?x=1&y#z", "/v1/cache/a%20b/50%25%20of%20%3Fx%3D1%26y%23z"),
    ("ü", "caf\u{E9}", "/v1/cache/%C3%BC/caf%C3%A9"),
    ("n", "line\nbreak\u{7F}", "/v1/cache/n/line%0Abreak%7F"),
    ("n", "a+b~c_d-e", "/v1/cache/n/a%2Bb~c_d-e"),
  ]) func oddKeys(_ namespace: String, _ key: String, _ expected: String) {
    #expect(RequestTarget("cache", namespace, key).text == expected)
  }

  @Test func queries() {
    var target = RequestTarget("cache", "n", "k").adding("none", nil).adding("dep", "file:a b.c@sha256:00")
    target.add("dep", "env:A=B&C")
    #expect(target.text == "/v1/cache/n/k?dep=file%3Aa%20b.c%40sha256%3A00&dep=env%3AA%3DB%26C")
  }
}
