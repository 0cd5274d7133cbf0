public import Freshness

extension EntryOptions {
  /// What ends an entry of which these hold.
  public var policy: EntryPolicy {
    var policy = EntryPolicy()
    policy.strategy = strategy ?? .hybrid
    if case .after(let duration) = ttl { policy.ttl = .limited(duration.nanoseconds) }
    policy.jitter = jitter ?? 0
    if let idle { policy.idle = .limited(idle.nanoseconds) }
    policy.keepStale = keepStale?.nanoseconds ?? 0
    policy.hasTagLevels = tagHierarchy ?? false
    return policy
  }
}

extension Manifest {
  /// What holds for entries, as far as none of them says otherwise.
  public var policies: Policies {
    var policies = Policies()
    policies.base = defaults.policy
    for name in namespaces.keys { policies.namespaces[name] = options(namespace: name).policy }
    return policies
  }
}
