/// What a watcher said about one path.
struct Report {
  enum Says {
    /// It is there: made, written, moved here.
    case here
    /// It is not there any more.
    case gone
    /// It changed, one way or the other.
    case either
  }

  /// Absolute.
  var path: [UInt8]
  var says: Says
}

/// A watcher, driven as its users drive it.
protocol Peer: AnyObject {
  var name: String { get }
  /// Why it cannot run here; nil if it can.
  var missing: String? { get }
  /// Starts it on a folder, and returns when it watches.
  ///
  /// - Parameter tracked: absolute paths, for a watcher that has to be told what matters.
  func start(_ place: Place, tracked: [[UInt8]]) throws
  /// From here on counts what it says.
  func begin() throws
  /// All that it has to say of what happened since ``begin()``, in its order: it has been given every chance to see
  /// that there is no more to come.
  func end() throws -> [Report]
  /// Stops its processes in the middle of whatever they do (SIGSTOP), or lets them go on.
  func suspend(_ stopped: Bool)
  /// Ends it.
  func stop()
}

/// Where one run takes place: a folder with nothing else in it.
struct Place {
  /// The top, without links in its path.
  let top: String
  /// The folder that is watched.
  var root: String { top + "/watched" }
  /// The scenario's folder, inside.
  var tree: String { root + "/tree" }
  /// Where signs are left for a watcher, inside.
  var signs: String { root + "/signs" }
  /// The scenario's other folder, not watched.
  var outside: String { top + "/outside" }
  /// For the watcher's own files, not watched.
  var state: String { top + "/state" }
}

/// A watcher that ended, or does not answer.
struct PeerDied: Error, CustomStringConvertible {
  let description: String
}
