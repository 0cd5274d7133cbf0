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
      #""defaults": {"ttl": 0}"#,
      ["1:35: error: \"ttl\" must be longer than 0 (\"never\" is for entries that time does not end)"]),
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

  static let entriesCases: [Case] = [
    Case(#""entries": {}"#, ["1:26: error: \"entries\" must be an array of objects, not an object"]),
    Case(#""entries": ["a"]"#, ["1:27: error: an entry must be an object, not a string"]),
    Case(
      #""entries": [{"tag": []}]"#,
      [
        "1:27: error: an entry needs the member \"key\"",
        "1:28: error: unknown member \"tag\" in an entry (did you mean \"tags\"?)",
      ]),
    Case(#""entries": [{"key": ""}]"#, ["1:35: error: the key is empty (a key is 1–4096 bytes without NUL)"]),
    Case(#""entries": [{"key": "a\u0000"}]"#, ["1:35: error: the key holds a NUL (a key is 1–4096 bytes without NUL)"]),
    Case(
      #""entries": [{"key": "a", "files": "src/[z-a]"}]"#,
      ["1:55: error: the pattern \"src/[z-a]\": this range runs backwards"]),
    Case(
      #""entries": [{"key": "a", "files": ["\u00e9\"{a,b"]}]"#,
      [
        "1:59: error: the pattern \"é\"{a,b\": no } closes this {; a brace itself is written \\{"
      ]),
    Case(
      #""entries": [{"key": "a", "files": ["src/{name}.c"]}]"#,
      [
        "1:55: error: the pattern \"src/{name}.c\": {name} is a capture, which only a rule's patterns can have; "
          + "alternatives are written {a,b}, a brace itself \\{"
      ]),
    Case(#""entries": [{"key": "a", "files": [""]}]"#, ["1:51: error: the pattern \"\": the pattern is empty"]),
    Case(
      #""entries": [{"key": "a", "files": 5}]"#,
      ["1:49: error: \"files\" must be a string or an array of strings, not a number"]),
    Case(
      #""entries": [{"key": "a", "outputs": ["*.o"]}]"#,
      ["1:52: error: an output is one file, not a pattern: \"*.o\" (name each file)"]),
    Case(
      #""entries": [{"key": "a", "resources": ["file:%zz"]}]"#,
      [
        "1:54: error: \"file:%zz\": a % must be followed by two hexadecimal digits (%25 is a % itself)"
      ]),
    Case(
      #""entries": [{"key": "a", "resources": ["glob:a["]}]"#,
      [
        "1:54: error: \"glob:a[\": no ] closes this [; a bracket itself is written \\[ (at byte 1 of the pattern)"
      ]),
    Case(
      #""entries": [{"key": "a", "entries": ["entry:x"]}]"#,
      [
        "1:52: error: \"entry:x\": an entry is named namespace/key (write \"entry:namespace/key\")"
      ]),
    Case(
      #""entries": [{"key": "a", "entries": ["file:x"]}]"#,
      [
        "1:52: error: \"file:x\" is no entry (put it in \"files\" without file:, or in \"resources\")"
      ]),
    Case(#""entries": [{"key": "a", "tags": [""]}]"#, ["1:49: error: a tag is empty"]),
    Case(#""entries": [{"key": "a", "warm": 1}]"#, ["1:48: error: \"warm\" must be true or false, not a number"]),
    Case(
      "\"entries\": [{\"key\": \"a\"},\n{\"key\": \"b\"},\n {\"key\": \"a\", \"namespace\": \"default\"}]",
      [
        "3:2: error: the entry \"default/a\" is declared twice (it stands first at line 1, column 27)"
      ]),
    Case(
      #""entries": [{"key": "a", "entries": ["a"]}]"#,
      [
        "1:52: error: entries depend on one another in a circle: default/a → default/a (take one of these dependencies away)"
      ]),
    Case(
      "\"entries\": [{\"key\": \"a\", \"entries\": [\"b\"]},\n{\"key\": \"b\", \"resources\": [\"env:X\", \"entry:default/c\"]},\n"
        + "{\"key\": \"c\", \"entries\": [\"x\", \"a\"]}]",
      [
        "3:31: error: entries depend on one another in a circle: default/a → default/b → default/c → default/a "
          + "(take one of these dependencies away)"
      ]),
    Case(
      #""entries": [{"key": "a", "refresh": []}]"#,
      ["1:51: error: \"refresh\" is empty (the program comes first: [\"make\", \"{key}\"])"]),
    Case(
      #""entries": [{"key": "a", "refresh": "make"}]"#,
      [
        "1:51: error: \"refresh\" must be an argument array or an object, not a string (write [\"make\", \"{key}\"])"
      ]),
    Case(#""entries": [{"key": "a", "refresh": [""]}]"#, ["1:52: error: \"refresh\" names no program"]),
    Case(
      #""entries": [{"key": "a", "refresh": ["x", "{kye}"]}]"#,
      [
        "1:58: error: \"{kye}\": there is no placeholder {kye} here (did you mean \"key\"?)"
      ]),
    Case(
      #""entries": [{"key": "a", "refresh": ["awk", "{ print }"]}]"#,
      [
        "1:60: error: the template \"{ print }\": a { begins a placeholder, as in {name}; a brace itself is written {{"
      ]),
    Case(
      #""entries": [{"key": "a", "refresh": {"on": ["expiry"]}}]"#,
      ["1:51: error: \"refresh\" needs the member \"run\""]),
    Case(
      #""entries": [{"key": "a", "refresh": {"run": ["x"], "on": ["save"]}}]"#,
      [
        "1:73: error: each of \"on\" must be one of \"expiry\", \"invalidation\", not \"save\""
      ]),
    Case(
      #""entries": [{"key": "a", "refresh": {"run": ["x"], "value": "stdin"}}]"#,
      [
        "1:75: error: \"value\" must be one of \"stdout\", \"none\", not \"stdin\""
      ]),
  ]

  @Test(arguments: entriesCases) func entries(_ test: Case) { #expect(errors(test.text) == test.expected) }

  static let rulesCases: [Case] = [
    Case(
      #""rules": [{}]"#,
      ["1:25: error: a rule needs the member \"files\"", "1:25: error: a rule needs the member \"key\""]),
    Case(
      #""rules": [{"files": [], "key": "k"}]"#, ["1:35: error: \"files\" is empty (its first member is the pattern)"]),
    Case(
      #""rules": [{"files": "{name}.c", "key": "{nam}.o"}]"#,
      [
        "1:55: error: \"{nam}.o\": there is no capture {nam} here (did you mean \"name\"?)"
      ]),
    Case(
      #""rules": [{"files": ["{a}.c", "{b}.h"], "key": "x{a}", "tags": ["t{c}"], "entries": ["e{d}"], "outputs": ["o{e}"]}]"#,
      [
        "1:46: error: \"{b}.h\": there is no capture {b} here (did you mean \"a\"?)",
        "1:81: error: \"t{c}\": there is no capture {c} here (did you mean \"a\"?)",
        "1:102: error: \"e{d}\": there is no capture {d} here (did you mean \"a\"?)",
        "1:123: error: \"o{e}\": there is no capture {e} here (did you mean \"a\"?)",
      ]),
    Case(
      #""rules": [{"files": "a.c", "key": "{x}"}]"#,
      ["1:50: error: \"{x}\": there is no capture {x} here (a brace itself is written {{)"]),
    Case(
      #""rules": [{"files": "{a}.c", "key": "{a"}]"#,
      [
        "1:52: error: the template \"{a\": a { begins a placeholder, as in {name}; a brace itself is written {{"
      ]),
    Case(
      #""rules": [{"files": "{a}.c", "key": "a}"}]"#,
      [
        "1:53: error: the template \"a}\": this } closes no placeholder; a brace itself is written }}"
      ]),
    Case(
      #""rules": [{"files": "x{a,{b}}", "key": "k"}]"#,
      [
        "1:40: error: the pattern \"x{a,{b}}\": a capture cannot stand inside the alternatives that begin at byte 1"
      ]),
    Case(
      #""rules": [{"files": "{key}.c", "key": "{key}"}]"#,
      [
        "1:35: error: the capture {key} has a name that commands use themselves (choose another than namespace, key, id, state, cause)"
      ]),
    Case(
      #""rules": [{"files": "{a}.c", "key": "{a}", "outputs": ["{a}/*"]}]"#,
      [
        "1:70: error: an output is one file, not a pattern: \"{a}/*\" (name each file)"
      ]),
    Case(
      #""rules": [{"files": "{a}.c", "key": "{a}", "entries": ["entry:{a}"]}]"#,
      [
        "1:70: error: \"entry:{a}\": an entry is named namespace/key (write \"entry:namespace/key\")"
      ]),
    Case(#""rules": [{"files": "{a}.c", "key": ""}]"#, ["1:51: error: the key is empty"]),
    Case(
      #""rules": [{"files": "{a}.c", "key": "{a}", "refresh": ["cc", "{b}"]}]"#,
      [
        "1:77: error: \"{b}\": there is no placeholder {b} here (did you mean \"a\"?)"
      ]),
  ]

  @Test(arguments: rulesCases) func rules(_ test: Case) { #expect(errors(test.text) == test.expected) }

  static let actionsCases: [Case] = [
    Case(#""events": []"#, ["1:25: error: \"events\" must be an object, not an array"]),
    Case(#""events": {"e": {}}"#, ["1:31: error: the event \"e\" must be an array of objects, not an object"]),
    Case(#""events": {"e": []}"#, ["1:31: error: the event \"e\" invalidates nothing (write [{\"tags\": [\"…\"]}])"]),
    Case(
      #""events": {"": [{"all": true}]}"#, ["1:26: error: an event's name is 1–255 bytes without control characters"]),
    Case(
      #""events": {"e": [{"soft": true}]}"#,
      [
        "1:32: error: an event's handler invalidates nothing (name \"keys\", \"tags\", \"namespaces\", \"resources\" or \"all\")"
      ]),
    Case(
      #""events": {"e": [{"tag": ["x"]}]}"#,
      [
        "1:32: error: an event's handler invalidates nothing (name \"keys\", \"tags\", \"namespaces\", \"resources\" or \"all\")",
        "1:33: error: unknown member \"tag\" in an event's handler (did you mean \"tags\"?)",
      ]),
    Case(
      #""events": {"e": [{"namespaces": ["a/b"]}]}"#,
      [
        "1:48: error: the namespace holds a slash or a control character (a namespace is 1–255 bytes without / and control characters)"
      ]),
    Case(
      #""events": {"e": [{"tags": ["x{"]}]}"#,
      [
        "1:44: error: the template \"x{\": a { begins a placeholder, as in {name}; a brace itself is written {{"
      ]),
    Case(
      #""schedules": [{"invalidate": {"all": true}}]"#,
      ["1:29: error: a schedule needs the member \"every\" or \"cron\""]),
    Case(#""schedules": [{"every": "1h"}]"#, ["1:29: error: a schedule needs the member \"invalidate\""]),
    Case(
      #""schedules": [{"every": "1h", "cron": "* * * * *", "invalidate": {"all": true}}]"#,
      [
        "1:53: error: a schedule has \"every\" or \"cron\", not both (write two schedules)"
      ]),
    Case(
      #""schedules": [{"every": "10ms", "invalidate": {"all": true}}]"#, ["1:39: error: \"every\" must be at least 1s"]),
    Case(
      #""schedules": [{"every": "1h", "timeZone": "UTC", "invalidate": {"all": true}}]"#,
      [
        "1:57: error: \"timeZone\" goes with \"cron\", not with \"every\" (take it away)"
      ]),
    Case(
      #""schedules": [{"cron": "0 3 * *", "invalidate": {"all": true}}]"#,
      [
        "1:39: error: the time \"0 3 * *\": it has 4 fields, not 5: minute, hour, day of the month, month, day of the week "
          + "(\"0 3 * * *\" is every day at 3:00)"
      ]),
    Case(
      #""schedules": [{"cron": "0 24 * * *", "invalidate": {"all": true}}]"#,
      [
        "1:41: error: the time \"0 24 * * *\": the hour \"24\" is not within 0–23 (\"0 3 * * *\" is every day at 3:00)"
      ]),
    Case(
      #""schedules": [{"cron": "0 3 30 feb *", "invalidate": {"all": true}}]"#,
      [
        "1:43: error: the time \"0 3 30 feb *\": none of its months has a day 30 (\"0 3 * * *\" is every day at 3:00)"
      ]),
    Case(
      #""schedules": [{"cron": "@never", "invalidate": {"all": true}}]"#,
      [
        "1:39: error: the time \"@never\": @never is none of @annually, @daily, @hourly, @midnight, @monthly, @weekly, @yearly "
          + "(\"0 3 * * *\" is every day at 3:00)"
      ]),
    Case(
      #""schedules": [{"cron": "@daily", "timeZone": "../etc/passwd", "invalidate": {"all": true}}]"#,
      [
        "1:60: error: \"../etc/passwd\" is no time zone (write \"UTC\", or a name as in \"Europe/Berlin\")"
      ]),
    Case(
      #""schedules": [{"cron": "@daily", "invalidate": {"tags": ["{x}"]}}]"#,
      [
        "1:73: error: \"{x}\": there is no parameter {x} here (a brace itself is written {{)"
      ]),
    Case(#""hooks": [{"when": {}}]"#, ["1:25: error: a hook needs the member \"run\""]),
    Case(#""hooks": [{"run": "x"}]"#, ["1:33: error: \"run\" must be an array of strings, not a string"]),
    Case(
      #""hooks": [{"run": ["x"], "when": {"states": ["stail"]}}]"#,
      [
        "1:60: error: each of \"states\" must be one of \"fresh\", \"suspect\", \"stale\", \"expired\", \"missing\", not \"stail\" "
          + "(did you mean \"stale\"?)"
      ]),
    Case(
      #""hooks": [{"run": ["x"], "when": {"keys": ["a["]}}]"#,
      [
        "1:60: error: the pattern \"a[\": no ] closes this [; a bracket itself is written \\["
      ]),
    Case(
      #""hooks": [{"run": ["x", "{name}"]}]"#,
      [
        "1:40: error: \"{name}\": there is no placeholder {name} here (known here: namespace, key, id, state, cause)"
      ]),
  ]

  @Test(arguments: actionsCases) func actions(_ test: Case) { #expect(errors(test.text) == test.expected) }

  /// Without the warning of what is not carried out.
  func errors(_ members: String) -> [String] { told(members).filter { !$0.contains(": warning: ") } }

  @Test(arguments: [
    (#""entries": []"#, []),
    (#""defaults": {"ttl": "1h", "keepStale": 5}"#, ["1:35", "times to live"]),
    (#""defaults": {"strategy": "manual"}"#, ["1:40", "strategies other than \"hybrid\""]),
    (#""hooks": [{"run": ["x"]}], "events": {"e": [{"all": true}]}"#, ["1:25", "\"events\" and \"hooks\""]),
    (
      #""entries": [{"key": "a", "refresh": ["x"]}], "schedules": [{"every": 60, "invalidate": {"all": true}}], "events": {}"#,
      ["1:51", "\"schedules\" and \"refresh\""]
    ),
  ])
  func oneWarning(members: String, expected: [String]) {
    let told = told(members)
    if expected.isEmpty {
      #expect(told.isEmpty)
    } else {
      #expect(
        told == [
          "\(expected[0]): warning: this version checks but does not carry out what the manifest says of \(expected[1]) "
            + "(the rest of it works)"
        ])
    }
  }

  @Test func manyProblemsAreBounded() {
    let entries = (0..<1000).map { "{\"key\": \"k\($0)\", \"x\": 1}" }.joined(separator: ", ")
    #expect(told("\"entries\": [\(entries)]").count == 200)
  }
}
