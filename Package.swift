// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

// Each target depends only on those above it: Tests/layering checks that.
let package = Package(
  name: "staled",
  products: [
    .executable(name: "staled", targets: ["staled"]),
    .executable(name: "stale", targets: ["stale"]),
    .library(name: "StaledClient", targets: ["StaledClient"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
  ],
  targets: [
    .systemLibrary(name: "CGlibc"),
    .systemLibrary(name: "CInotifyTools"),
    .systemLibrary(name: "CNettle"),
    .target(name: "Paths", exclude: ["README.md"], swiftSettings: settings),
    .target(
      name: "Watching", dependencies: ["CInotifyTools", "Paths"], exclude: ["README.md"], swiftSettings: settings),
    .target(
      name: "Freshness",
      dependencies: ["CNettle", "Paths", .product(name: "HeapModule", package: "swift-collections")],
      exclude: ["README.md"],
      swiftSettings: settings),
    .target(
      name: "Store",
      dependencies: ["Freshness", "Paths", .product(name: "GRDB", package: "GRDB.swift")],
      exclude: ["README.md"],
      swiftSettings: settings),
    .target(name: "Manifest", dependencies: ["Freshness", "Paths"], exclude: ["README.md"], swiftSettings: settings),
    .target(name: "StaledAPI", exclude: ["README.md"], swiftSettings: settings),
    .target(
      name: "StaledAgent",
      dependencies: [
        "CGlibc", "Freshness", "Manifest", "Paths", "StaledAPI", "Store", "Watching",
        .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      exclude: ["README.md"],
      swiftSettings: settings),
    .target(
      name: "StaledClient",
      dependencies: [
        "StaledAPI",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      exclude: ["README.md"],
      swiftSettings: settings),
    .executableTarget(
      name: "staled",
      dependencies: [
        "StaledAgent", "StaledAPI", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["README.md"],
      swiftSettings: settings),
    .target(
      name: "StaleCommands",
      dependencies: [
        "Freshness", "Manifest", "Paths", "StaledAPI", "StaledClient",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      exclude: ["README.md"],
      swiftSettings: settings),
    .executableTarget(name: "stale", dependencies: ["StaleCommands"], exclude: ["README.md"], swiftSettings: settings),

    .target(name: "SeededRandom", path: "Tests/SeededRandom", exclude: ["README.md"], swiftSettings: settings),
    .testTarget(name: "PathsTests", dependencies: ["Paths"], swiftSettings: settings),
    .testTarget(name: "WatchingTests", dependencies: ["Paths", "SeededRandom", "Watching"], swiftSettings: settings),
    .testTarget(name: "FreshnessTests", dependencies: ["Freshness", "Paths", "SeededRandom"], swiftSettings: settings),
    .testTarget(
      name: "StoreTests",
      dependencies: ["Freshness", "Paths", "SeededRandom", "Store", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: settings),
    .testTarget(name: "ManifestTests", dependencies: ["Manifest", "Freshness", "Paths"], swiftSettings: settings),
    .testTarget(
      name: "StaledAgentTests",
      dependencies: [
        "Freshness", "Manifest", "Paths", "SeededRandom", "StaledAgent", "StaledAPI", "Store", "Watching",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),
    .target(
      name: "FakeAgent",
      dependencies: [
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      path: "Tests/FakeAgent",
      exclude: ["README.md"],
      swiftSettings: settings),
    .testTarget(
      name: "StaledClientTests", dependencies: ["FakeAgent", "StaledAPI", "StaledClient"], swiftSettings: settings),
    .testTarget(
      name: "StaleCommandsTests", dependencies: ["FakeAgent", "Freshness", "Paths", "StaleCommands", "StaledAPI"],
      swiftSettings: settings),
    // What programs do to files: once for the black-box tests, once for the comparison with other watchers.
    .target(name: "ScenarioCalls", path: "Tests/ScenarioCalls", exclude: ["README.md"]),
    .target(
      name: "Scenarios", dependencies: ["ScenarioCalls"], path: "Tests/Scenarios", exclude: ["README.md"],
      swiftSettings: settings),
    .executableTarget(
      name: "compare-watchers", dependencies: ["Scenarios"], path: "Tests/Comparison", exclude: ["README.md"],
      swiftSettings: settings),
    .testTarget(name: "ComparisonTests", dependencies: ["Scenarios", "compare-watchers"], swiftSettings: settings),
    .testTarget(
      name: "BlackBoxTests", dependencies: ["Scenarios", "SeededRandom", "StaledAPI"], swiftSettings: settings),
  ]
)
