public import Freshness

/// An entry as the manifest declares it: what `entries` and rules say of it together.
public struct Declaration: Sendable {
  public var name: EntryName
  /// In the order they are declared, each once.
  public var dependencies: [ResourceID]
  /// `file:` ids.
  public var outputs: [ResourceID]
  public var tags: [String]
  /// What holds: its own options over the rule's, the namespace's and the defaults. `refresh` has the rule's captures
  /// filled in.
  public var options: EntryOptions
  /// Whether it is made at start.
  public var warm: Bool
  /// Of the entry or rule that declares it, the first of them if there are several.
  public var position: SourcePosition

  public init(
    name: EntryName, dependencies: [ResourceID] = [], outputs: [ResourceID] = [], tags: [String] = [],
    options: EntryOptions = EntryOptions(), warm: Bool = false,
    position: SourcePosition = SourcePosition(line: 1, column: 1)
  ) {
    self.name = name
    self.dependencies = dependencies
    self.outputs = outputs
    self.tags = tags
    self.options = options
    self.warm = warm
    self.position = position
  }
}

/// All entries that a manifest declares, for the files that are there.
public struct Expansion: Sendable {
  /// Sorted by name.
  public var declarations: [Declaration]
  /// What shows only with the files: errors. What they concern is left out of the declarations.
  public var problems: [ManifestProblem]
}
