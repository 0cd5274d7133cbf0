internal import Freshness
internal import Paths
internal import StaledAPI
internal import Store
internal import Watching

/// What works less well than it should, as `status` tells it.
struct Problems {
  /// Why the store cannot be written.
  var store: StoreError?
  /// What was found wrong with the stored state, each once, until the agent is started again.
  private var notable: Set<StoreProblem> = []
  private var lostRoots: [Path: WallClock] = [:]

  private var failed: Set<Leaf> = []
  /// Stored values that were lost since the start.
  var lostValues = 0

  /// A look at a leaf said nothing of it, or something again.
  mutating func looked(at leaf: Leaf, failed isFailed: Bool) {
    if isFailed { failed.insert(leaf) } else if !failed.isEmpty { failed.remove(leaf) }
  }

  /// Whether the last look at a leaf said nothing of it.
  func hasFailed(_ leaf: Leaf) -> Bool { failed.contains(leaf) }

  /// A watched root vanished.
  mutating func lost(_ root: Path, at time: WallClock) { lostRoots[root] = time }

  /// The store met this and dealt with it.
  mutating func note(_ problem: StoreProblem) {
    // A torn last line is what any kill may leave, and nothing is lost by it.
    if case .logMended = problem { return }
    notable.insert(problem)
  }

  /// All of it, with remedies.
  func degradations(
    watching: [Degradation], unreadable: [Leaf], isTracked: (Leaf) -> Bool, exists: (Path) -> Bool
  ) -> [Status.Degradation] {
    var all = watching.map { Status.Degradation(what: "\($0.path)", reason: $0.reason, remedy: $0.remedy) }
    for leaf in unreadable {
      switch leaf {
      case .file(let path), .dir(let path):
        all.append(
          Status.Degradation(
            what: "\(path)", reason: "it may not be read: what rests on it is never fresh",
            remedy: "chmod u+r '\(path)'"))
      case .listing(let pattern):
        all.append(
          Status.Degradation(
            what: "glob:\(pattern)",
            reason: "it reaches into directories that are not watched: what rests on it is never fresh",
            remedy: "add its directory, by its real path, to watch.roots"))
      }
    }
    // What lies below a mount that does not answer is told once, with the mount.
    let told = watching.map(\.path)
    for leaf in failed.filter(isTracked).sorted(by: { "\($0)" < "\($1)" }) {
      let (what, path) =
        switch leaf {
        case .file(let path), .dir(let path): ("\(path)", path)
        case .listing(let pattern): ("glob:\(pattern)", (try? Glob(pattern).base) ?? .root)
        }
      if told.contains(where: { path.isWithin($0) }) { continue }
      all.append(
        Status.Degradation(
          what: what, reason: "the system could not look at it just now: what rests on it is not fresh",
          remedy:
            "see to its file system, open files (ulimit -n) and memory; it is looked at again when somebody asks"))
    }
    for (root, time) in lostRoots.sorted(by: { $0.key < $1.key }) where !exists(root) {
      all.append(
        Status.Degradation(
          what: "\(root)", reason: "the folder vanished at \(SystemTime.text(time)); what rests on it is not fresh",
          remedy: "bring it back, or stop this agent"))
    }
    if lostValues > 0 {
      all.append(
        Status.Degradation(
          what: "store", reason: "\(lostValues) stored values were found damaged: their entries are stale",
          remedy: "make them again; look after the disk"))
    }
    if let store { all.append(Status.Degradation(what: "store", reason: "\(store)", remedy: store.remedy)) }
    for problem in notable.sorted(by: { "\($0)" < "\($1)" }) {
      all.append(Status.Degradation(what: "store", reason: "\(problem)", remedy: "\(problem.remedy)"))
    }
    return all
  }
}

extension StoreProblem {
  /// What people can do about it.
  var remedy: String {
    switch self {
    case .damaged: "nothing is needed: what was known is proven or made anew; look after the disk"
    case .undone, .logMended: "nothing is needed"
    case .logLost, .logReplaced: "leave the log to staled: it rotates by itself, and `tail -F` follows it"
    case .logBehind(let error): error.remedy
    }
  }
}

extension Problem {
  /// A store that cannot be written: 507 on a full disk, 503 otherwise.
  init(storeError error: StoreError) {
    if case .diskFull = error {
      self.init("disk-full", title: "The disk is full", status: 507, detail: "\(error); \(error.remedy)")
    } else {
      self.init(
        "store", title: "The state cannot be written", status: 503, detail: "\(error); \(error.remedy)",
        retryAfter: 5)
    }
  }

  /// Entries would depend on themselves, along this path.
  static func cycle(_ path: [ResourceID]) -> Problem {
    Problem(
      "cycle", title: "Entries would depend on themselves", status: 409,
      detail: "\(path.map(\.description).joined(separator: " → ")): leave one of these dependencies out",
      ids: path.map(\.description))
  }

  /// Of a call that took effect, and could not be written down.
  var butInForce: Problem {
    var problem = self
    problem.detail += "; the call is in force all the same, and is written as soon as that is possible"
    return problem
  }

  /// The agent ends: the kernel is not listened to any more, so nothing can be proven.
  static var stopping: Problem {
    Problem(
      "stopping", title: "The agent ends", status: 503,
      detail: "the agent was asked to end while the call waited; start it (`stale start`) and call again", retryAfter: 1
    )
  }

  /// An id, name or path that is not one.
  init(_ error: IDError) {
    self.init("bad-id", title: "Not a valid id", status: 422, detail: "\(error)")
  }
}
