internal import Freshness
internal import Logging
internal import Manifest
internal import Paths
internal import StaledAPI

/// Commands that run when entries come into a state: in order for each entry, coalesced, bounded, logged, never through a shell.
extension Agent {
  private static let standardTimeout = ManifestDuration(nanoseconds: 60_000_000_000)

  /// Runs what the manifest says of what became of entries.
  func runHooks(for outcomes: [Batch.Outcome]) {
    callHooks(
      outcomes.map {
        HookCall(name: $0.name, state: $0.state, cause: $0.cause, tags: Set($0.tags).union(engine.tags(of: $0.name)))
      })
  }

  /// The same for entries that came into a state.
  func callHooks(_ calls: [HookCall]) {
    let hooks = manifest.manifest.hooks
    if hooks.isEmpty || state != .watching { return }
    for call in calls {
      for (index, hook) in hooks.enumerated() where hook.when.holds(for: call) {
        hookQueue.add(index, call)
      }
    }
    let lost = hookQueue.takeLost()
    if lost > 0 {
      recorder.record(.warning, at: tick()) {
        $0.message = "\(lost) runs of hooks were left out: \(HookQueue.capacity) wait already"
        $0.remedy = "narrow \"when\", or make the hooks quicker"
      }
    }
    beginHooks()
  }

  private func beginHooks() {
    for (key, call) in hookQueue.takeReady(places: Self.commandsAtATime) {
      guard manifest.manifest.hooks.indices.contains(key.hook) else {
        hookQueue.ended(key)
        continue
      }
      let hook = manifest.manifest.hooks[key.hook]
      hookTasks[key] = Task {
        await run(hook, call)
        hookTasks[key] = nil
        hookQueue.ended(key)
        beginHooks()
      }
    }
  }

  private func run(_ hook: Hook, _ call: HookCall) async {
    let command = command(
      hook.run, for: call.name, state: call.state, cause: call.cause, timeout: hook.timeout ?? Self.standardTimeout)
    let outcome = await command.run()
    if outcome.end == .cancelled { return }
    statistics.hooks += 1
    let program = hook.run.program
    logger.info("hook", metadata: ["program": "\(program)", "entry": "\(call.name)", "end": "\(outcome.description)"])
    if outcome.isSuccess { return }
    statistics.failedHooks += 1
    let said = outcome.lastLines.isEmpty ? "" : ": " + outcome.lastLines.joined(separator: " | ")
    recorder.record(.warning, at: tick()) {
      $0.namespace = call.name.namespace
      $0.key = call.name.key
      $0.cause = call.cause
      $0.message = "the hook \(program) of \(call.name) \(outcome.description)\(said)"
      $0.remedy = "mend it: staled.json:\(hook.position)"
    }
    _ = try? await record()
  }
}

extension Hook.Condition {
  /// Whether all that is said holds. Where no state is named, every one but `fresh` does.
  func holds(for call: HookCall) -> Bool {
    (states.isEmpty ? call.state != .fresh : states.contains(call.state))
      && (namespaces.isEmpty || namespaces.contains(call.name.namespace))
      && (tags.isEmpty || tags.contains { call.tags.contains($0) })
      && (keys.isEmpty || keys.contains { $0.matches(Path(Array(call.name.key.utf8), isSymbolicLink: { _ in true })) })
  }
}
