internal import Glibc

/// How many descriptors this process may hold, and what becomes of them.
enum OpenFiles {
  /// For everything but connections: the database with its readers, the log, inotify, event loops, files being looked at.
  private static let ownUse = 48
  /// The fewest that an agent can work with.
  private static let fewest = 64
  /// More callers at a time are no sign of health.
  private static let mostConnections = 1024

  /// Raises the limit as far as it goes without privileges, and says how many connections there may be.
  ///
  /// Nothing here hands descriptors to `select` but libinotifytools with inotify's own, which is among the first.
  static func raise() throws(StartupError) -> Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return mostConnections }
    if limit.rlim_cur < limit.rlim_max {
      var raised = rlimit(rlim_cur: limit.rlim_max, rlim_max: limit.rlim_max)
      if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
    }
    guard limit.rlim_cur >= rlim_t(fewest) else {
      throw StartupError(
        "too few open files are allowed here: \(limit.rlim_cur), and an agent needs \(fewest)",
        remedy: "ulimit -n 1024 before it is started, or LimitNOFILE=1024 in its unit")
    }
    return connections(limit: Int(clamping: limit.rlim_cur))
  }

  /// The rest of what `limit` allows.
  static func connections(limit: Int) -> Int { min(limit - ownUse, mostConnections) }
}
