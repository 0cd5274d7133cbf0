import Freshness
import Paths
import SeededRandom

/// What the manifest says. It is a file: a crash does not undo it.
struct Manifest {
  var declared: [Declared] = []
  /// For each file that matches one of these an entry is declared.
  var rules: Set<String> = []
  /// What holds for entries.
  var policies = Policies()

  /// All declarations that this gives for the files that rules match; nil as long as one of them was not looked at.
  func expand(_ entries: [Path: EntryName], in engine: Engine) -> [Declared]? {
    var all = declared
    for pattern in rules.sorted() {
      guard let members = engine.members(of: pattern) else { return nil }
      for path in members {
        guard let name = entries[path] else { continue }
        all.append(Declared(name: name, dependencies: [.file(path)]))
      }
    }
    return all
  }
}

/// The manifest as the agent carries it out.
extension Trace {
  /// It is written anew: what some entries depend on, or part of that, or more; and some rules.
  mutating func declare() throws {
    var declared: [Declared] = []
    for key in keys where rng.one(in: 2) {
      guard let recipe = recipes[key] else { continue }
      var inputs = recipe.inputs
      if rng.one(in: 4) { inputs.removeFirst() }
      if rng.one(in: 6) { inputs.append(.file(rng.pick(World.files))) }
      declared.append(
        Declared(
          name: Input.name(key), dependencies: inputs.map(\.id), outputs: rng.one(in: 3) ? [] : recipe.outputs,
          tags: rng.one(in: 2) ? recipe.tags : [],
          policy: profile.hasPolicies && rng.one(in: 3) ? policy() : nil))
    }
    var rules: [String] = []
    for rule in profile.rules where !rng.one(in: 4) { rules.append(rule) }
    manifest = Manifest(declared: declared, rules: Set(rules), policies: manifest.policies)
    tell("manifest: \(declared.map { "\($0.name.key): \($0.dependencies) \($0.outputs)" }), rules \(rules)")
    adopt()
    try record()
  }

  /// The manifest was read: the listings of its rules are kept.
  mutating func adopt() {
    engine.pin(manifest.rules)
    expanded = nil
    expand()
  }

  /// Nothing to do unless files that a rule matches came or went, or the manifest changed.
  private mutating func expand() {
    guard let all = manifest.expand(ruled, in: engine), all != expanded || engine.policies != manifest.policies else {
      return
    }
    expanded = all
    if !manifest.rules.isEmpty { tell("declares \(all.map { "\($0.name.key): \($0.dependencies)" })") }
    let before = keys.map(declaration)
    _ = engine.declare(all, policies: manifest.policies)
    hold(all)
    for (key, was) in zip(keys, before) where declaration(key) != was {
      truth.confirmed.append(.entry(Input.name(key)))
    }
    follow()
  }

  private func declaration(_ key: String) -> [ResourceID] {
    engine.entry(Input.name(key))?.dependencies.filter { $0.roles.contains(.declared) }.map(\.id) ?? []
  }

  /// Before each pass of a call: what rules match may have come or gone, and entries depend on more than they did.
  mutating func takeInDeclarations() throws {
    if manifest.rules.isEmpty { return }
    track()
    let listings = engine.dirtyListings(ofPinned: true)
    if !listings.isEmpty {
      let begun = engine.stamp()
      resolve(listings.map { ($0, look($0), begun) })
      tell("has looked at \(list(listings))")
      // Another call is recorded meanwhile.
      if !isResting, rng.one(in: 4) { try record() }
    }
    expand()
    track()
  }
}
