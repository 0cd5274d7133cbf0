import Testing

/// Wrong events, schedules, refreshes and hooks.
extension ManifestErrorTests {
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
      #""events": {"e": [{"tags": [], "all": false}]}"#,
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
}
