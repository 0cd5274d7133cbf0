internal import Freshness
internal import Logging
internal import Manifest
internal import Paths
internal import StaledAPI
internal import Watching

extension Agent {
  /// Reads the manifest again if its file may have changed. A broken edit leaves the last good one in force; the log and
  /// `status` say so.
  func readManifestIfTouched() {
    guard manifest.touched else { return }
    manifest.touched = false
    let now = tick()
    do throws(ManifestBroken) {
      var loaded = try LoadedManifest.load(
        workspace: settings.workspace, context: context, remote: settings.remote)
      if loaded.bytes == nil, manifest.bytes != nil {
        throw ManifestBroken(problems: ["staled.json is gone: the last good one stays in force"])
      }
      if loaded.bytes == manifest.bytes, manifest.unusable.isEmpty { return }
      loaded.touched = manifest.touched
      let hasOtherLimits = loaded.manifest.limits != manifest.manifest.limits
      let hasOtherHooks = !loaded.manifest.hooks.elementsEqual(manifest.manifest.hooks) { $0.isSame(as: $1) }
      manifest = loaded
      adopt()
      // They wait by their hook's place in the manifest.
      let left = hasOtherHooks ? hookQueue.clear() : 0
      if left > 0 {
        recorder.record(.warning, at: now) {
          $0.resource = "file:staled.json"
          $0.message = "\(left) runs of hooks were left out: other hooks are in force now"
          $0.remedy = "the log says what they missed"
        }
      }
      if hasOtherLimits {
        recorder.record(.warning, at: now) {
          $0.resource = "file:staled.json"
          $0.message = "the new \"limits\" are not in force yet"
          $0.remedy = "they count from the next start: stale stop && stale start"
        }
      }
      for warning in loaded.warnings { recorder.record(.warning, at: now) { $0.message = warning } }
      logger.info("manifest read")
    } catch {
      report(error.problems, as: \.unusable)
    }
  }

  /// Carries out what the manifest says of watching and gathering, and declares its entries.
  func adopt() {
    debouncer.settle = manifest.settle
    debouncer.maxDelay = manifest.maxDelay
    // Whoever sleeps counts by the old times.
    nap?.cancel()
    let watch = manifest.manifest.watch
    watcher?.reconfigure(ignore: watch.ignore, roots: watch.roots, gitignore: watch.gitignore)
    let named = manifest.manifest.namespaces.keys
    namespaceOptions = Dictionary(
      uniqueKeysWithValues: named.map { ($0, manifest.manifest.options(namespace: $0)) })
    boundLevels()
    adoptSchedules()
    engine.pin(Set(manifest.manifest.rulePatterns))
    expanded = nil
    expandRules()
    // Until its rules can be expanded, what is declared is as it was.
    if expanded == nil { engine.setPolicies(manifest.manifest.policies) }
  }

  /// Declares what the manifest's entries and rules give for the files that are there now; nothing to do unless files that a
  /// rule matches came or went, or the manifest changed.
  func expandRules() {
    var matches: [String: [Path]] = [:]
    for pattern in manifest.manifest.rulePatterns {
      // Until a pattern was looked at, what was declared before stands.
      guard let members = engine.members(of: pattern) else { return }
      matches[pattern] = members
    }
    if matches == expanded { return }
    expanded = matches
    let expansion = manifest.manifest.expand(context: context) { matches[$0] ?? [] }
    var problems = expansion.problems.filter { $0.severity == .error }.map(\.description)
    let declared = expansion.declarations.map { declaration in
      Declared(
        name: declaration.name, dependencies: declaration.dependencies,
        outputs: declaration.outputs.compactMap { if case .file(let path) = $0 { path } else { nil } },
        tags: declaration.tags, policy: declaration.options.policy)
    }
    takeOptions(of: expansion.declarations)
    // At once: in between, an entry would be under the policy of neither manifest.
    problems += engine.declare(declared, policies: manifest.manifest.policies).map(\.description)
    report(problems, as: \.conflicts)
  }

  private func takeOptions(of declarations: [Declaration]) {
    declaredOptions = [:]
    for declaration in declarations
    where declaration.options != manifest.manifest.options(namespace: declaration.name.namespace) {
      declaredOptions[declaration.name] = declaration.options
    }
    warmNames = Set(declarations.filter(\.warm).map(\.name))
    for name in refreshing.windows.keys {
      // Others may be hot by other figures.
      let options = options(of: name)
      let hot = options.predictive ?? .standard
      let counts = refreshing.windows[name]?.counts(threshold: hot.threshold, window: hot.window.nanoseconds) ?? false
      planRefresh(of: name)
      if !options.isRefreshedAhead || !counts { refreshing.windows[name] = nil }
    }
  }

  /// Tells of problems that were not there before.
  private func report(_ problems: [String], as kind: WritableKeyPath<LoadedManifest, [String]>) {
    if problems == manifest[keyPath: kind] { return }
    manifest[keyPath: kind] = problems
    let now = tick()
    for problem in problems {
      logger.error("manifest", metadata: ["problem": "\(problem)"])
      recorder.record(.error, at: now) {
        $0.resource = "file:staled.json"
        $0.message = problem
        $0.remedy = "mend it: the last good manifest stays in force until then"
      }
    }
  }
}
