internal import Freshness
internal import Manifest
internal import StaledAPI

extension Agent {
  /// `GET /v1/advice`
  func advice() -> AdviceReply { AdviceReply(advice: Advisor.advise(figures())) }

  private func figures() -> Figures {
    var figures = Figures()
    let survey = engine.survey()
    let stats = stats()
    figures.uptime = stats.uptime
    (figures.entries, figures.taggedEntries) = (survey.entries, survey.taggedEntries)
    figures.tags = survey.tags.map { Figures.Tag(name: $0.name, entries: $0.entries) }
    figures.invalidations = stats.invalidations
    figures.causes = stats.causes.map {
      Figures.Cause(cause: $0.cause, invalidations: $0.invalidations, error: $0.error)
    }
    func groups(_ groups: [Survey.Group]) -> [Figures.Group] {
      groups.map { Figures.Group(namespace: $0.namespace, entries: $0.count, examples: $0.examples.map(\.description)) }
    }
    (figures.unfounded, figures.neverHit) = (groups(survey.unfounded), groups(survey.neverHit))
    figures.namespaces = stats.namespaces.map { name, namespace in
      var figures = Figures.Namespace(name)
      let tally = statistics.namespaces[name] ?? Statistics.Tally()
      let options = manifest.manifest.options(namespace: name)
      figures.strategy = options.strategy ?? .hybrid
      if case .after(let duration) = options.ttl { figures.ttl = duration.seconds }
      (figures.entries, figures.values) = (namespace.entries, namespace.levels.l2.entries)
      (figures.hits, figures.misses) = (tally.hits, tally.misses)
      (figures.expirations, figures.unchangedExpirations) = (tally.livesOver, tally.unchangedExpirations)
      figures.evictions = tally.evictions
      (figures.refreshes, figures.failedRefreshes) = (tally.refreshes, tally.failedRefreshes)
      return figures
    }.sorted { $0.name < $1.name }
    figures.failingCommands = refreshing.failing.sorted { $0.key < $1.key }.map { name, failing in
      Figures.FailingCommand(
        entry: "\(name)", program: failing.program, failures: failing.failures, lastLine: failing.lastLine)
    }
    figures.bounds = bounds(stats)
    figures.degradations = status().degraded.map {
      Figures.Degradation(what: $0.what, reason: $0.reason, remedy: $0.remedy)
    }
    return figures
  }

  /// What is let go of for want of room, by the bounds that are the reason.
  private func bounds(_ stats: Stats) -> [Figures.Bound] {
    let hours = max(stats.uptime / 3600, 1.0 / 60)
    let manifest = manifest.manifest
    var bounds = [
      Figures.Bound(
        level: .memory, namespace: nil, evictionsPerHour: Double(memory.evictions) / hours,
        maxEntries: manifest.memory.maxEntries ?? Self.standardMemory.maxEntries,
        maxBytes: manifest.memory.maxBytes ?? Self.standardMemory.maxBytes)
    ]
    var others = 0
    for (name, namespace) in stats.namespaces where namespace.evictions > 0 {
      guard let disk = manifest.namespaces[name]?.disk, disk != CacheBounds() else {
        others += namespace.evictions
        continue
      }
      bounds.append(
        Figures.Bound(
          level: .disk, namespace: name, evictionsPerHour: Double(namespace.evictions) / hours,
          maxEntries: disk.maxEntries, maxBytes: disk.maxBytes))
    }
    if others > 0 {
      bounds.append(
        Figures.Bound(
          level: .disk, namespace: nil, evictionsPerHour: Double(others) / hours, maxEntries: manifest.disk.maxEntries,
          maxBytes: manifest.disk.maxBytes))
    }
    return bounds.filter { $0.evictionsPerHour > 0 }
  }
}
