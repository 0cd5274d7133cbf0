public import Freshness
public import Paths

extension Manifest {
  /// The globs that `expand` asks for: one per rule, each once, in the order of the rules.
  public var rulePatterns: [String] { rules.map(\.pattern.glob.pattern).uniqued() }

  /// What the manifest declares when `matches` gives the files that match a glob (of `rulePatterns`), in any order.
  ///
  /// If several rules, or files of one rule, or a rule and an entry give the same entry, it has the dependencies,
  /// outputs and tags of all of them, and the options of the entry before those of the rules, of an earlier rule before
  /// those of a later one. Takes time in proportion to the files and what they declare.
  public func expand(context: NamingContext, matches: (String) -> [Path]) -> Expansion {
    var expander = Expander(manifest: self, context: context)
    for entry in entries { expander.add(entry) }
    var listed: [String: [Path]] = [:]
    for rule in rules {
      let pattern = rule.pattern.glob.pattern
      let paths = listed[pattern] ?? matches(pattern).sorted()
      listed[pattern] = paths
      expander.add(rule, paths)
    }
    return expander.finish()
  }
}

/// Gathers declarations.
private struct Expander {
  /// More problems than anyone reads are not gathered.
  static let maxProblems = 200

  struct Building {
    var declaration: Declaration
    var dependencies: Set<ResourceID>
    var outputs: Set<ResourceID> = []
    var tags: Set<String> = []
  }

  let manifest: Manifest
  var context: NamingContext
  var building: [Building] = []
  var index: [EntryName: Int] = [:]
  var problems: [ManifestProblem] = []

  init(manifest: Manifest, context: NamingContext) {
    self.manifest = manifest
    self.context = context
    self.context.directory = .root
  }

  mutating func add(_ entry: DeclaredEntry) {
    add(
      Declaration(
        name: entry.name, dependencies: entry.dependencies, outputs: entry.outputs, tags: entry.tags,
        options: entry.options, warm: entry.warm ?? false, position: entry.position))
  }

  mutating func add(_ rule: Rule, _ paths: [Path]) {
    let fixed = rule.files.map { $0.captures.isEmpty ? resource($0, [:], rule) : nil }
    for path in paths {
      guard let captures = rule.pattern.match(path) else { continue }
      let key = rule.key.text(captures)
      let name: EntryName
      do {
        name = try EntryName(namespace: rule.namespace, key: key)
      } catch {
        fail(rule.keyPosition, "the file \"\(PercentEncoding.encode(path.bytes))\" gives no key: \(error.problem)")
        continue
      }
      var dependencies: [ResourceID] = [.file(path)]
      for (template, fixed) in zip(rule.files, fixed) {
        if let id = fixed ?? resource(template, captures, rule) { dependencies.append(id) }
      }
      for template in rule.entries {
        let text = template.text.text(captures)
        do {
          let name = try template.isFull ? EntryName(text) : EntryName(namespace: rule.namespace, key: text)
          dependencies.append(.entry(name))
        } catch {
          fail(template.position, "the file \"\(PercentEncoding.encode(path.bytes))\" gives no entry: \(error.problem)")
        }
      }
      dependencies += rule.resources
      let tags = rule.tags.map { $0.text(captures) }
      for tag in tags {
        if let problem = TagRule.problem(tag) {
          fail(rule.position, "the file \"\(PercentEncoding.encode(path.bytes))\" gives no tag: \(problem)")
        }
      }
      var options = rule.options
      if let run = options.refresh?.run { options.refresh?.run = run.filling(captures) }
      add(
        Declaration(
          name: name, dependencies: dependencies, outputs: rule.outputs.compactMap { resource($0, captures, rule) },
          tags: tags.filter { TagRule.problem($0) == nil }, options: options, warm: rule.warm ?? false,
          position: rule.position))
    }
  }

  private mutating func resource(_ template: CaptureTemplate, _ captures: [String: [UInt8]], _ rule: Rule)
    -> ResourceID?
  {
    switch template.fill(captures) {
    case .path(let bytes):
      return .file(context.normalize(Path(bytes, isSymbolicLink: { _ in true }), from: .root))
    case .glob(let text):
      do {
        return try ResourceID(parsing: "glob:\(text)", in: context)
      } catch {
        fail(rule.position, "the pattern \"\(text)\": \(error.problem)")
        return nil
      }
    }
  }

  private mutating func add(_ new: Declaration) {
    guard let at = index[new.name] else {
      index[new.name] = building.count
      building.append(Building(declaration: new, dependencies: []))
      let last = building.count - 1
      building[last].declaration.dependencies = new.dependencies.filter {
        building[last].dependencies.insert($0).inserted
      }
      building[last].declaration.outputs = new.outputs.filter { building[last].outputs.insert($0).inserted }
      building[last].declaration.tags = new.tags.filter { building[last].tags.insert($0).inserted }
      return
    }
    for id in new.dependencies where building[at].dependencies.insert(id).inserted {
      building[at].declaration.dependencies.append(id)
    }
    for id in new.outputs where building[at].outputs.insert(id).inserted {
      building[at].declaration.outputs.append(id)
    }
    for tag in new.tags where building[at].tags.insert(tag).inserted { building[at].declaration.tags.append(tag) }
    building[at].declaration.options = building[at].declaration.options.over(new.options)
    building[at].declaration.warm = building[at].declaration.warm || new.warm
  }

  private mutating func fail(_ position: SourcePosition, _ message: String, _ remedy: String? = nil) {
    guard problems.count < Self.maxProblems else { return }
    problems.append(ManifestProblem(file: manifest.file, position: position, message: message, remedy: remedy))
  }

  mutating func finish() -> Expansion {
    let namespaceOptions = Dictionary(
      Set(building.map(\.declaration.name.namespace)).map { ($0, manifest.options(namespace: $0)) },
      uniquingKeysWith: { first, _ in first })
    for at in building.indices {
      let name = building[at].declaration.name
      let base = namespaceOptions[name.namespace] ?? manifest.defaults
      building[at].declaration.options = building[at].declaration.options.over(base)
    }
    let edges = building.map { entry in
      entry.declaration.dependencies.compactMap { id in if case .entry(let name) = id { index[name] } else { nil } }
    }
    var dropped: Set<Int> = []
    for cycle in Cycles.find(edges) {
      let names = cycle.map { building[$0].declaration.name }
      fail(building[cycle[cycle.count - 1]].declaration.position, Cycles.message(names), Cycles.remedy)
      dropped.formUnion(cycle)
    }
    let kept = building.indices.filter { !dropped.contains($0) }.map { building[$0].declaration }
    return Expansion(declarations: kept.sorted { $0.name < $1.name }, problems: problems)
  }
}
