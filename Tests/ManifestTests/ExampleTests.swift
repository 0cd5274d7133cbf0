import Freshness
import Manifest
import Paths
import Testing

/// The example of INTERFACES, section 3, as it stands there.
let example = #"""
  {
    "version": 1,
    "watch": {
      "roots": ["."], "ignore": ["node_modules/", "*.swp"], "gitignore": true,
      "settle": "50ms", "maxDelay": "1s"
    },
    "defaults": {"namespace": "build", "strategy": "hybrid", "ttl": "1d"},
    "namespaces": {
      "tool": {"strategy": "hybrid", "ttl": "1h", "keepStale": "1h", "predictive": {"threshold": 10},
               "memory": {"maxEntries": 100000, "maxBytes": 67108864}, "disk": {"maxBytes": 1073741824},
               "refresh": {"run": ["./refresh", "{key}"], "on": ["expiry"], "timeout": "60s"}}
    },
    "entries": [
      {"key": "obj/util.o", "namespace": "build", "files": ["src/util.c", "include/**/*.h"], "tags": ["object"]},
      {"key": "bin/app", "namespace": "build", "entries": ["obj/util.o", "obj/main.o"],
       "resources": ["env:CC"], "tags": ["binary"], "refresh": ["make", "bin/app"]}
    ],
    "rules": [
      {"files": "src/{name}.c", "key": "obj/{name}.o", "namespace": "build", "tags": ["object"]}
    ],
    "events": {
      "user_logout": [{"namespaces": ["user_{user_id}"]}],
      "deploy": [{"tags": ["config"]}, {"resources": ["config:app"]}]
    },
    "schedules": [
      {"every": "1h", "invalidate": {"tags": ["hourly_data"]}},
      {"cron": "0 3 * * *", "invalidate": {"namespaces": ["temp"]}}
    ],
    "hooks": [
      {"when": {"tags": ["binary"]}, "run": ["notify-send", "stale: {key}"]}
    ]
  }
  """#

@Suite struct ExampleTests {
  @Test func theExampleIsRead() throws {
    let (manifest, warnings) = try read(example)
    #expect(warnings.isEmpty)
    #expect(manifest.watch.roots == [.root])
    #expect(manifest.watch.ignore == ["node_modules/", "*.swp"])
    #expect(manifest.watch.settle.description == "50ms")
    #expect(manifest.watch.maxDelay.description == "1s")
    #expect(manifest.defaultNamespace == "build")
    let tool = try #require(manifest.namespaces["tool"])
    #expect(tool.memory == CacheBounds(maxEntries: 100000, maxBytes: 67_108_864))
    #expect(tool.disk == CacheBounds(maxBytes: 1_073_741_824))
    #expect(tool.options.keepStale?.description == "1h")
    #expect(tool.options.predictive?.threshold == 10)
    #expect(tool.options.predictive?.window.description == "1h")
    #expect(tool.options.refresh?.on == [.expiry])
    #expect(tool.options.refresh?.timeout?.description == "1m")
    let arguments = tool.options.refresh?.run.arguments(["key": Array("a b".utf8)])
    #expect(arguments == [Array("./refresh".utf8), Array("a b".utf8)])
    #expect(manifest.options(namespace: "tool").ttl == .after(ManifestDuration(nanoseconds: 3_600_000_000_000)))
    #expect(manifest.options(namespace: "other").strategy == .hybrid)

    #expect(manifest.entries.map(\.name.description) == ["build/obj/util.o", "build/bin/app"])
    #expect(manifest.entries[0].dependencies.map(\.description) == ["file:src/util.c", "glob:include/**/*.h"])
    #expect(
      manifest.entries[1].dependencies.map(\.description) == [
        "entry:build/obj/util.o", "entry:build/obj/main.o", "env:CC",
      ])
    #expect(manifest.entries[1].position == SourcePosition(line: 15, column: 5))
    #expect(manifest.events.keys.sorted() == ["deploy", "user_logout"])
    #expect(manifest.events["user_logout"]?[0].parameters == ["user_id"])
    #expect(manifest.schedules.count == 2)
    #expect(manifest.hooks[0].when.tags == ["binary"])

    let expansion = expand(manifest, files: ["src/util.c", "src/main.c", "src/x/y.c"])
    #expect(expansion.problems.isEmpty)
    #expect(
      expansion.declarations.map { "\($0.name): \($0.dependencies.map(\.description).joined(separator: " "))" } == [
        "build/bin/app: entry:build/obj/util.o entry:build/obj/main.o env:CC",
        "build/obj/main.o: file:src/main.c",
        "build/obj/util.o: file:src/util.c glob:include/**/*.h",
      ])
  }

  @Test func theLeast() throws {
    let (manifest, warnings) = try read(#"{"version": 1}"#)
    #expect(warnings.isEmpty)
    #expect(manifest.watch == Manifest.Watch())
    #expect(manifest.defaultNamespace == "default")
    #expect(manifest.limits.maxValueBytes == 67_108_864)
  }
}
