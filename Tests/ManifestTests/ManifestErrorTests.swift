import Testing

/// What is said of manifests that are JSON and wrong. Each text stands in `{"version": 1, …}`, so columns start at 15.
@Suite struct ManifestErrorTests {
  func told(_ members: String) -> [String] { problems("{\"version\":1, \(members)}") }

  static let durations = "write \"250ms\", \"90s\", \"1h30m\", \"1d\" or a number of seconds"

  static let versionCases: [Case] = [
    Case("{}", ["1:1: error: the manifest needs the member \"version\" (write \"version\": 1)"]),
    Case("{\"version\": 2}", ["1:13: error: \"version\" 2 is unknown (this program reads version 1)"]),
    Case("{\"version\": \"1\"}", ["1:13: error: \"version\" must be the number 1, not a string"]),
    Case(
      "{\n  \"version\": 1,\n  \"entrys\": [],\n  \"version\": 1\n}",
      [
        "3:3: error: unknown member \"entrys\" in the manifest (did you mean \"entries\"?)",
        "4:3: error: repeated member \"version\" in the manifest (it stands first at line 2, column 3)",
      ]
    ),
  ]

  @Test(arguments: versionCases) func version(_ test: Case) { #expect(problems(test.text) == test.expected) }

  static let settingsCases: [Case] = [
    Case(#""watch": 5"#, ["1:24: error: \"watch\" must be an object, not a number"]),
    Case(#""watch": {"root": []}"#, ["1:25: error: unknown member \"root\" in \"watch\" (did you mean \"roots\"?)"]),
    Case(#""watch": {"roots": []}"#, ["1:34: error: \"roots\" is empty ([\".\"] is the workspace)"]),
    Case(#""watch": {"roots": "."}"#, ["1:34: error: \"roots\" must be an array of strings, not a string"]),
    Case(#""watch": {"roots": [".", 1]}"#, ["1:40: error: each of \"roots\" must be a string, not a number"]),
    Case(
      #""watch": {"roots": ["50%"]}"#, ["1:35: error: \"50%\" is no path (a folder, as in \".\"; a % is written %25)"]),
    Case(
      #""watch": {"ignore": ["a[b"]}"#,
      ["1:38: error: the pattern \"a[b\": no ] closes this [; a bracket itself is written \\["]),
    Case(#""watch": {"ignore": ["!"]}"#, ["1:38: error: the pattern \"!\": the pattern is empty"]),
    Case(#""watch": {"gitignore": 1}"#, ["1:38: error: \"gitignore\" must be true or false, not a number"]),
    Case(#""watch": {"settle": "fast"}"#, ["1:35: error: \"settle\": \"fast\" is not a duration (\(durations))"]),
    Case(#""watch": {"settle": "50"}"#, ["1:35: error: \"settle\": the duration \"50\" lacks a unit (\(durations))"]),
    Case(#""watch": {"settle": "5 s"}"#, ["1:35: error: \"settle\": the duration \"5 s\" lacks a unit (\(durations))"]),
    Case(
      #""watch": {"settle": "5w"}"#,
      ["1:35: error: \"settle\": the duration \"5w\" has an unknown unit \"w\" (\(durations))"]),
    Case(#""watch": {"settle": ""}"#, ["1:35: error: \"settle\": a duration is empty (\(durations))"]),
    Case(#""watch": {"settle": -1}"#, ["1:35: error: \"settle\": a duration cannot be negative (\(durations))"]),
    Case(#""watch": {"settle": true}"#, ["1:35: error: \"settle\" must be a duration, not a boolean (\(durations))"]),
    Case(
      #""watch": {"settle": "2s", "maxDelay": "1s"}"#,
      ["1:53: error: \"maxDelay\" (1s) is shorter than \"settle\" (2s)"]
    ),
    Case(
      #""defaults": {"namespace": "a/b"}"#,
      [
        "1:41: error: the namespace holds a slash or a control character "
          + "(a namespace is 1–255 bytes without / and control characters)"
      ]
    ),
    Case(
      #""defaults": {"strategy": "hybird"}"#,
      [
        "1:40: error: \"strategy\" must be one of \"ttl\", \"event\", \"manual\", \"predictive\", \"hybrid\", not \"hybird\" "
          + "(did you mean \"hybrid\"?)"
      ]
    ),
    Case(
      #""defaults": {"idle": 0}"#,
      ["1:36: error: \"idle\" must be longer than 0 (with \"ttl\": 0 nothing is stored)"]),
    Case(#""defaults": {"ttl": "Never"}"#, ["1:35: error: \"ttl\": \"Never\" is written \"never\""]),
    Case(#""defaults": {"jitter": 1.5}"#, ["1:38: error: \"jitter\" must be a number from 0 to 1, not 1.5"]),
    Case(#""defaults": {"jitter": "10%"}"#, ["1:38: error: \"jitter\" must be a number from 0 to 1, not a string"]),
    Case(
      #""defaults": {"strategy": "event", "ttl": "1h"}"#,
      [
        "1:56: error: the strategy \"event\" has no \"ttl\": time does not end its entries "
          + "(take it away, or use the strategy \"hybrid\")"
      ]
    ),
    Case(
      #""defaults": {"strategy": "manual"}, "namespaces": {"a": {"idle": 5}}"#,
      [
        "1:80: error: the strategy \"manual\" has no \"idle\": time does not end its entries "
          + "(take it away, or use the strategy \"hybrid\")"
      ]
    ),
    Case(
      #""namespaces": {"a": {"strategy": "event"}}, "entries": [{"key": "k", "namespace": "a", "ttl": 5}]"#,
      [
        "1:109: error: the strategy \"event\" has no \"ttl\": time does not end its entries "
          + "(take it away, or use the strategy \"hybrid\")"
      ]
    ),
    Case(
      #""namespaces": {"a": {"memory": {"maxBytes": -1}}}"#, ["1:59: error: \"maxBytes\" must be at least 0, not -1"]),
    Case(
      #""namespaces": {"a": {"disk": {"maxBytes": 1.5}}}"#,
      ["1:57: error: \"maxBytes\" must be a whole number, not 1.5"]),
    Case(
      #""memory": {"maxbytes": 1}"#,
      ["1:26: error: unknown member \"maxbytes\" in \"memory\" (did you mean \"maxBytes\"?)"]),
    Case(#""limits": {"maxValueBytes": 0}"#, ["1:43: error: \"maxValueBytes\" must be at least 1, not 0"]),
    Case(
      #""namespaces": {"": {}}"#,
      ["1:30: error: the namespace is empty (a namespace is 1–255 bytes without / and control characters)"]),
    Case(#""namespaces": {"a": {"predictive": {"window": 0}}}"#, ["1:61: error: \"window\" must be longer than 0"]),
    Case(
      #""namespaces": {"a": {"predictive": {"threshold": 0}}}"#,
      ["1:64: error: \"threshold\" must be at least 1, not 0"]),
    Case(#""tagHierarchy": "yes""#, ["1:31: error: \"tagHierarchy\" must be true or false, not a string"]),
    Case(#""$schema": 1"#, ["1:26: error: \"$schema\" must be a string, not a number"]),
  ]

  @Test(arguments: settingsCases) func settings(_ test: Case) { #expect(errors(test.text) == test.expected) }

  func errors(_ members: String) -> [String] { told(members).filter { !$0.contains(": warning: ") } }

  /// What can be carried out and will not do what it seems to say.
  @Test(arguments: [
    (#""entries": []"#, []),
    (
      #""defaults": {"refresh": ["/bin/sh", "-ec", "make {key}"]}"#,
      [
        "1:64: warning: {key} is filled into what sh runs: what it holds is code there (write \"$STALED_KEY\" in the text)"
      ]
    ), (#""defaults": {"refresh": ["sh", "-c", "make \"$1\"", "sh", "{key}"]}"#, []),
    (
      #""rules": [{"files": "{f}.c", "key": "{f}", "refresh": ["bash", "-c", "cc {f}.c"]}]"#,
      [
        "1:88: warning: {f} is filled into what bash runs: what it holds is code there "
          + "(write \"$1\" in the text, and behind it the arguments \"sh\", \"{f}\")"
      ]
    ),
    (#""defaults": {"ttl": 0}"#, []), (#""defaults": {"ttl": "0"}"#, []),
    (
      #""defaults": {"strategy": "ttl"}"#,
      [
        "1:40: warning: the strategy \"ttl\" has no \"ttl\": what a call stores without one holds for ever "
          + "(say how long it may live, or use the strategy \"hybrid\")"
      ]
    ), (#""defaults": {"strategy": "ttl", "idle": "1m"}"#, []),
    (#""defaults": {"ttl": "1h", "keepStale": 5, "jitter": 0.1, "idle": "1m"}"#, []),
    (#""tagHierarchy": true, "memory": {"maxEntries": 5}"#, []),
    (#""defaults": {"strategy": "predictive", "refresh": ["x"], "ttl": 60}"#, []),
    (#""defaults": {"refresh": ["x"]}, "namespaces": {"a": {"strategy": "predictive", "ttl": 60}}"#, []),
    (
      #""defaults": {"strategy": "predictive"}"#,
      [
        "1:40: warning: the strategy \"predictive\" has no \"refresh\": nothing is made ahead of its expiry (name the command that makes it, or use the strategy \"ttl\")"
      ]
    ),
  ])
  func warnings(members: String, expected: [String]) { #expect(told(members) == expected) }

  @Test func manyProblemsAreBounded() {
    let entries = (0..<1000).map { "{\"key\": \"k\($0)\", \"x\": 1}" }.joined(separator: ", ")
    #expect(told("\"entries\": [\(entries)]").count == 200)
  }
}
