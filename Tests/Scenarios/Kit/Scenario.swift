/// One thing that people and programs do to files, and what really differs afterwards.
public struct Scenario: Sendable {
  /// What kind of thing happens.
  public enum Family: String, Sendable, CaseIterable {
    case directories, saves, editors, tools, git, names, nothing
  }

  /// How a file's content or kind differs from before.
  public enum Change: String, Sendable { case created, modified, deleted }

  /// Unique; part of file names, so letters, digits, spaces, commas and hyphens only.
  public let name: String
  public let family: Family
  /// Programs that it runs, by the name of the command.
  public let tools: [String]
  /// Every tracked path that differs once it is over. All other tracked paths are as they were.
  public let expected: [Name: Change]
  /// Tracked though it is no file of the tree before, and does not differ afterwards.
  public let also: [Name]
  private let before: [Name: String]
  private let preparing: @Sendable (Tree) throws -> Void
  private let acting: @Sendable (Tree) throws -> Void

  /// - Parameters:
  ///   - before: files that are there at first, with their contents.
  ///   - prepare: makes what `before` cannot say; runs after it.
  ///   - act: the change. It is over when this returns: nothing goes on behind.
  init(
    _ name: String, _ family: Family, tools: [String] = [], before: [Name: String] = [:],
    expecting expected: [Name: Change] = [:], also: [Name] = [],
    prepare: @escaping @Sendable (Tree) throws -> Void = { _ in },
    act: @escaping @Sendable (Tree) throws -> Void
  ) {
    self.name = name
    self.family = family
    self.tools = tools
    self.expected = expected
    self.also = also
    self.before = before
    preparing = prepare
    acting = act
  }

  /// Makes the tree as it is before.
  public func prepare(_ tree: Tree) throws {
    for (name, text) in before.sorted(by: { $0.key < $1.key }) { try tree.write(name, text) }
    try preparing(tree)
  }

  /// Does what the scenario is about.
  public func act(_ tree: Tree) throws { try acting(tree) }

  /// The paths to keep an eye on: what is in the tree before (directories and git's own files apart), what will differ,
  /// and what the scenario names besides.
  public func tracked(_ tree: Tree) throws -> [Name] {
    Set(try tree.files()).union(expected.keys).union(also).filter { !$0.isOutside }.sorted()
  }

  /// The first of its programs that is not installed.
  public var missingTool: String? { tools.first { Programs.path(of: $0) == nil } }
}

extension Scenario: CustomStringConvertible {
  public var description: String { name }
}

extension Scenario {
  /// All of them, family by family.
  public static let all: [Scenario] =
    directories + movedDirectories + saves + links + editors + tools + git + names + nothing

  /// Those of one family, in their order.
  public static func of(_ family: Family) -> [Scenario] { all.filter { $0.family == family } }

  /// The one of this name, untold ones included.
  public static func named(_ name: String) -> Scenario? { (all + untold).first { $0.name == name } }
}
