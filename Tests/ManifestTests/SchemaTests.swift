import Manifest
import Paths
import Testing

/// The schema and the reader judge alike.
@Suite struct SchemaTests {
  static let valid = [
    #"{"version": 1}"#, #"{"version": 1.0, "$schema": "x"}"#, example,
    Manifest.initial(for: []), Manifest.initial(for: ["Makefile", "src/a.c", "package.json"]),
    #"{"version": 1, "watch": {"roots": ["/srv", "../b"], "ignore": ["!x", "/y/"], "gitignore": false, "settle": 0, "maxDelay": 1.5}}"#,
    #"{"version": 1, "defaults": {"ttl": "never", "jitter": 0, "idle": "10m", "keepStale": "0s", "tagHierarchy": true}}"#,
    #"{"version": 1, "defaults": {"jitter": 1, "predictive": {"threshold": 3, "window": "1h"}, "refresh": {"run": ["x", ""], "on": ["expiry", "invalidation"], "value": "none", "timeout": "1d2h"}}}"#,
    #"{"version": 1, "namespaces": {"é n": {"strategy": "predictive", "ttl": 0.5, "memory": {}, "disk": {"maxEntries": 0}}, "m": {"strategy": "manual"}}}"#,
    #"{"version": 1, "memory": {"maxBytes": 1e6}, "disk": {}, "limits": {"maxValueBytes": 1, "maxBodyBytes": 2, "maxDependencies": 3, "maxTags": 4, "maxConnections": 5}, "tagHierarchy": false}"#,
    #"{"version": 1, "entries": [{"key": "k", "files": "a", "outputs": ["b"], "warm": true, "strategy": "event", "keepStale": 3}, {"key": "l", "files": []}]}"#,
    #"{"version": 1, "rules": [{"files": ["{a}.c", "x"], "key": "{a}", "entries": ["e"], "resources": ["env:X"], "outputs": ["{a}.o"], "tags": ["t{a}"], "warm": false, "refresh": ["cc", "{a}"]}]}"#,
    #"{"version": 1, "events": {"e": [{"keys": ["a/{p}"], "soft": true, "cascade": false}, {"all": true}]}}"#,
    #"{"version": 1, "schedules": [{"cron": "@daily", "timeZone": "America/Argentina/Buenos_Aires", "invalidate": {"resources": ["file:x"]}}, {"every": "36500d", "invalidate": {"all": true}}]}"#,
    #"{"version": 1, "hooks": [{"run": ["x"], "timeout": 5}, {"run": ["y"], "when": {"namespaces": ["n"], "keys": ["a/*"], "states": ["fresh", "missing"], "tags": []}}]}"#,
    #"{"version": 1, "entries": [], "rules": [], "events": {}, "schedules": [], "hooks": [], "namespaces": {}}"#,
  ]

  /// Wrong by structure: the schema sees it too.
  static let malformed =
    [
      "[]", "1", "null", #""x""#, "{}", #"{"version": 2}"#, #"{"version": "1"}"#, #"{"version": true}"#,
      #"{"version": null}"#,
      #"{"version": 1, "x": 1}"#, #"{"version": 1, "$schema": 1}"#, #"{"version": 1, "watch": []}"#,
    ]
    + [
      #""watch": {"x": 1}"#, #""watch": {"roots": []}"#, #""watch": {"roots": ["."], "settle": "5"}"#,
      #""watch": {"ignore": "x"}"#, #""watch": {"ignore": [""]}"#, #""watch": {"gitignore": 0}"#,
      #""watch": {"settle": -1}"#, #""watch": {"settle": "1m1h"}"#, #""watch": {"settle": null}"#,
      #""watch": {"settle": "1s1s"}"#, #""watch": {"settle": ""}"#, #""watch": {"settle": "1.s"}"#,
      #""defaults": {"namespace": ""}"#, #""defaults": {"namespace": "a/b"}"#, #""defaults": {"namespace": "a\u0007"}"#,
      #""defaults": {"strategy": "x"}"#, #""defaults": {"idle": 0}"#, #""defaults": {"ttl": "ever"}"#,
      #""defaults": {"strategy": "event", "ttl": "1h"}"#, #""defaults": {"strategy": "manual", "idle": "1h"}"#,
      #""defaults": {"strategy": "manual", "jitter": 0.5}"#, #""defaults": {"jitter": 1.1}"#,
      #""defaults": {"jitter": "0"}"#,
      #""defaults": {"memory": {}}"#, #""defaults": {"key": "x"}"#, #""defaults": {"tagHierarchy": "a"}"#,
      #""defaults": {"predictive": 10}"#, #""defaults": {"predictive": {"threshold": 0}}"#,
      #""defaults": {"predictive": {"x": 0}}"#, #""defaults": {"refresh": "make"}"#, #""defaults": {"refresh": []}"#,
      #""defaults": {"refresh": [""]}"#, #""defaults": {"refresh": [1]}"#, #""defaults": {"refresh": {}}"#,
      #""defaults": {"refresh": {"run": ["x"], "on": []}}"#, #""defaults": {"refresh": {"run": ["x"], "on": ["x"]}}"#,
      #""defaults": {"refresh": {"run": ["x"], "on": "expiry"}}"#,
      #""defaults": {"refresh": {"run": ["x"], "value": "x"}}"#,
      #""defaults": {"refresh": {"run": ["x"], "timeout": "x"}}"#, #""namespaces": []"#, #""namespaces": {"": {}}"#,
      #""namespaces": {"a/b": {}}"#, #""namespaces": {"a": {"namespace": "b"}}"#, #""namespaces": {"a": 1}"#,
      #""namespaces": {"a": {"memory": {"x": 1}}}"#, #""namespaces": {"a": {"disk": {"maxBytes": -1}}}"#,
      #""memory": {"maxBytes": 1.5}"#, #""memory": 1"#, #""disk": {"maxEntries": "1"}"#, #""limits": {"maxTags": 0}"#,
      #""limits": {"x": 1}"#, #""tagHierarchy": 1"#, #""entries": {}"#, #""entries": [1]"#, #""entries": [{}]"#,
      #""entries": [{"key": ""}]"#, #""entries": [{"key": 1}]"#, #""entries": [{"key": "k", "files": 1}]"#,
      #""entries": [{"key": "k", "files": [""]}]"#, #""entries": [{"key": "k", "entries": "x"}]"#,
      #""entries": [{"key": "k", "entries": [""]}]"#, #""entries": [{"key": "k", "resources": [""]}]"#,
      #""entries": [{"key": "k", "outputs": [""]}]"#, #""entries": [{"key": "k", "tags": [""]}]"#,
      #""entries": [{"key": "k", "tags": "x"}]"#, #""entries": [{"key": "k", "warm": "x"}]"#,
      #""entries": [{"key": "k", "memory": {}}]"#, #""entries": [{"key": "k", "strategy": "event", "ttl": 5}]"#,
      #""rules": [{"key": "x"}]"#, #""rules": [{"files": "x"}]"#, #""rules": [{"files": [], "key": "x"}]"#,
      #""rules": [{"files": "", "key": "x"}]"#, #""rules": [{"files": "a", "key": ""}]"#,
      #""rules": [{"files": "a", "key": "b", "tags": [""]}]"#, #""rules": [{"files": "a", "key": "b", "x": 1}]"#,
      #""events": []"#, #""events": {"e": {}}"#, #""events": {"e": []}"#, #""events": {"": [{"all": true}]}"#,
      #""events": {"e": [{}]}"#, #""events": {"e": [{"x": 1, "all": true}]}"#, #""events": {"e": [{"tags": "x"}]}"#,
      #""events": {"e": [{"all": 1}]}"#, #""events": {"e": [{"tags": [""]}]}"#, #""schedules": {}"#,
      #""schedules": [{"every": "1h"}]"#, #""schedules": [{"invalidate": {"all": true}}]"#,
      #""schedules": [{"every": 60, "cron": "@daily", "invalidate": {"all": true}}]"#,
      #""schedules": [{"every": 60, "timeZone": "UTC", "invalidate": {"all": true}}]"#,
      #""schedules": [{"cron": "@daily", "timeZone": "../x", "invalidate": {"all": true}}]"#,
      #""schedules": [{"cron": "", "invalidate": {"all": true}}]"#, #""schedules": [{"every": 60, "invalidate": {}}]"#,
      #""hooks": {}"#, #""hooks": [{}]"#, #""hooks": [{"run": "x"}]"#, #""hooks": [{"run": []}]"#,
      #""hooks": [{"run": ["x"], "when": {"states": ["x"]}}]"#, #""hooks": [{"run": ["x"], "when": {"x": 1}}]"#,
      #""hooks": [{"run": ["x"], "when": {"keys": [""]}}]"#, #""hooks": [{"run": ["x"], "on": 1}]"#,
    ].map { #"{"version": 1, \#($0)}"# }

  /// Wrong by what it means: the reader's to say. The schema lets it pass.
  static let meaningless = [
    #"{"version": 1, "entries": [{"key": "a", "entries": ["a"]}]}"#,
    #"{"version": 1, "entries": [{"key": "a"}, {"key": "a"}]}"#,
    #"{"version": 1, "rules": [{"files": "{a}", "key": "{b}"}]}"#,
    #"{"version": 1, "entries": [{"key": "a", "files": ["["]}]}"#,
  ]

  @Test(arguments: valid) func accepted(text: String) throws {
    #expect(try SchemaValidator(ManifestSchema.text).accepts(text))
    #expect(problems(text).filter { !$0.contains(": warning: ") } == [])
  }

  @Test(arguments: malformed) func refused(text: String) throws {
    #expect(try !SchemaValidator(ManifestSchema.text).accepts(text))
    #expect(problems(text).contains { $0.contains(": error: ") })
  }

  @Test(arguments: meaningless) func refusedByTheReader(text: String) throws {
    #expect(try SchemaValidator(ManifestSchema.text).accepts(text))
    #expect(problems(text).contains { $0.contains(": error: ") })
  }
}
