public import Freshness
public import Paths

/// A workspace's `staled.json`, read and checked (INTERFACES, section 3).
public struct Manifest: Sendable {
  /// What is watched, and how changes are gathered.
  public struct Watch: Hashable, Sendable {
    /// Relative to the workspace root, or absolute.
    public var roots: [Path] = [.root]
    /// Patterns as in a `.gitignore`.
    public var ignore: [String] = []
    /// Whether `.gitignore` files count too.
    public var gitignore = true
    /// The quiet time after the last change.
    public var settle = ManifestDuration(nanoseconds: 50_000_000)
    /// The longest from the first change of a batch to its end.
    public var maxDelay = ManifestDuration(nanoseconds: 1_000_000_000)

    public init() {}
  }

  /// What holds for one namespace.
  public struct Namespace: Hashable, Sendable {
    public var options = EntryOptions()
    public var memory = CacheBounds()
    public var disk = CacheBounds()

    public init() {}

    init(options: EntryOptions, memory: CacheBounds, disk: CacheBounds) {
      (self.options, self.memory, self.disk) = (options, memory, disk)
    }
  }

  /// Bounds of single requests.
  public struct Limits: Hashable, Sendable {
    public var maxValueBytes = 64 << 20
    public var maxBodyBytes = 8 << 20
    public var maxDependencies = 100_000
    public var maxTags = 1000
    public var maxConnections = 1024

    public init() {}
  }

  /// The manifest's name in messages.
  public var file: String
  public var watch = Watch()
  /// Where a bare key belongs.
  public var defaultNamespace: String
  public var defaults = EntryOptions()
  public var namespaces: [String: Namespace] = [:]
  /// For all namespaces together.
  public var memory = CacheBounds()
  public var disk = CacheBounds()
  public var limits = Limits()
  public var entries: [DeclaredEntry] = []
  public var rules: [Rule] = []
  public var events: [String: [Selector]] = [:]
  public var schedules: [Schedule] = []
  public var hooks: [Hook] = []

  /// The manifest of a workspace that has none.
  public init(file: String, defaultNamespace: String = "default") {
    self.file = file
    self.defaultNamespace = defaultNamespace
  }

  /// What holds for entries of `namespace` that say nothing themselves.
  public func options(namespace: String) -> EntryOptions {
    namespaces[namespace]?.options.over(defaults) ?? defaults
  }
}

/// One of `entries`.
public struct DeclaredEntry: Sendable {
  public var name: EntryName
  /// In the order of `files`, `entries`, `resources`, each once.
  public var dependencies: [ResourceID]
  /// `file:` ids.
  public var outputs: [ResourceID]
  public var tags: [String]
  /// As they are said here; `Declaration.options` has what holds.
  public var options: EntryOptions
  /// Whether it is made at start.
  public var warm: Bool?
  public var position: SourcePosition
}

/// One of `rules`: one entry per file that matches.
public struct Rule: Sendable {
  public var namespace: String
  public var pattern: CapturePattern
  public var key: Template
  public var files: [CaptureTemplate]
  public var entries: [EntryTemplate]
  public var resources: [ResourceID]
  public var outputs: [CaptureTemplate]
  public var tags: [Template]
  public var options: EntryOptions
  public var warm: Bool?
  public var position: SourcePosition
  public var keyPosition: SourcePosition
}

/// An entry named in a rule's `entries`: a key in the rule's namespace, or `entry:ns/key`.
public struct EntryTemplate: Hashable, Sendable {
  /// Without `entry:`.
  public var text: Template
  /// Whether the text holds the namespace too.
  public var isFull: Bool
  public var position: SourcePosition
}
