internal import Freshness
internal import StaledAPI

extension Agent {
  /// `GET /metrics`, without labels for keys.
  func metrics() -> String {
    let stats = stats()
    let status = status()
    var text = ""
    func counter(_ name: String, _ help: String, _ value: Int) {
      text += PrometheusText.family("staled_\(name)_total", help, .counter, value: Double(value))
    }
    func gauge(_ name: String, _ help: String, _ value: Double) {
      text += PrometheusText.family("staled_\(name)", help, .gauge, value: value)
    }
    gauge("up", "1 while the agent watches.", state == .watching ? 1 : 0)
    gauge("uptime_seconds", "Since the agent started.", stats.uptime)
    gauge("watches", "Kernel watches in use.", Double(status.watches))
    gauge("degradations", "What works less well than it should (see status).", Double(status.degraded.count))
    gauge("log_seq", "The number of the last log record.", Double(recorder.seq))
    text += PrometheusText.family(
      "staled_entries", "Entries by state.", .gauge,
      samples: Freshness.State.allCases.map {
        ([("state", $0.rawValue)], Double(status.entries[$0.rawValue] ?? 0))
      })
    gauge(
      "resources", "Files, directories, globs and opaque ids that entries depend on.",
      Double(stats.dependencies.resources))
    gauge("dependencies", "Edges of the dependency map.", Double(stats.dependencies.totalDependencies))
    gauge("tags", "Distinct tags.", Double(stats.tags.totalTags))
    counter("hits", "Values asked for and served as fresh.", stats.hits)
    counter("misses", "Values asked for and not served as fresh.", stats.misses)
    counter("invalidations", "Entries made worse.", stats.invalidations)
    counter("tag_invalidations", "Those of them that a call named by tag.", stats.tagInvalidations)
    counter("dependency_invalidations", "Those of them that a cascade reached.", stats.dependencyInvalidations)
    counter("expirations", "Entries whose time was over.", stats.expirations)
    counter("evictions", "Values that the store let go of because of its bounds.", stats.evictions)
    counter("memory_evictions", "Values that memory let go of because of its bounds.", stats.memoryEvictions)
    counter("refreshes", "Entries made again by their command.", stats.refreshes)
    counter("failed_refreshes", "Runs of such commands that failed.", stats.failedRefreshes)
    counter("hooks", "Runs of hooks.", stats.hooks)
    counter("failed_hooks", "Runs of hooks that failed.", stats.failedHooks)
    counter("revalidations", "Entries fresh again without having been made.", stats.revalidations)
    counter("refused_leases", "Results refused because something changed since their lease.", stats.refusedLeases)
    counter("verified", "Looks that verified what was proven.", stats.verified)
    counter("violations", "Looks that found what was proven to be otherwise.", stats.violations)
    for (level, figures) in [("memory", stats.levels.l1), ("store", stats.levels.l2)] {
      gauge("\(level)_values", "Values held.", Double(figures.entries))
      gauge("\(level)_bytes", "Bytes of values held.", Double(figures.bytes))
      counter("\(level)_hits", "Values served from here.", figures.hits)
    }
    return text
  }
}
