/// What the kernel allows a user of inotify, and what is in use.
struct InotifyFigures: Hashable, Sendable {
  /// A limit of the kernel, and what it is called.
  struct Limit: Hashable, Sendable {
    var name: String
    var value: Int
  }

  /// A process that watches.
  struct User: Hashable, Sendable {
    var pid: Int
    var name: String
    var watches: Int
    var instances: Int
  }

  /// Nil where the kernel does not tell.
  var watches: Limit?
  var instances: Limit?
  var queue: Limit?
  /// Processes of this user that could be looked into.
  var users: [User] = []
  /// Of the running agent.
  var agentWatches: Int?
  /// How many directories an agent would watch, where none runs.
  var directories: Int?

  /// The sum over the user's processes; at least what the agent says of itself, which may be in another PID namespace.
  var watchesInUse: Int { max(users.reduce(0) { $0 + $1.watches }, agentWatches ?? 0) }
  var instancesInUse: Int { users.reduce(0) { $0 + $1.instances } }
}

extension InotifyFigures {
  /// The kernel's own default: a shorter queue overflows where others do not.
  private static let usualQueue = 16384
  /// A sensible limit on any machine of today: a watch takes about a kilobyte only when it is used.
  private static let goodWatches = 524_288
  private static let goodInstances = 512
  /// Editors and desktops take some when they are started.
  private static let fewInstances = 8

  /// What there is to say.
  func checkup() -> Checkup {
    var parts: [String] = []
    if let watches { parts.append("\(watchesInUse) of \(watches.value) watches") }
    if let instances { parts.append("\(instancesInUse) of \(instances.value) instances") }
    if let queue { parts.append("queue of \(queue.value)") }
    return Checkup(
      name: "inotify", summary: parts.isEmpty ? "its limits cannot be read" : parts.joined(separator: ", "),
      findings: [watchFinding, instanceFinding, queueFinding].compactMap { $0 })
  }

  private var watchFinding: Finding? {
    guard let watches else { return nil }
    let free = max(watches.value - watchesInUse, 0)
    let wanted = max(watches.value * 2, (watchesInUse + (directories ?? 0)) * 2, Self.goodWatches)
    let figure = "\(watchesInUse) of \(watches.value) (\(watches.name)) are in use by this user"
    if let directories, directories > free {
      return Finding(
        .error,
        "There are too few inotify watches for this workspace: what cannot be watched is compared again and again.",
        figure: "\(figure); about \(Display.count(directories, "directory", "directories")) would be watched",
        remedy: Self.sysctl(watches.name, wanted), examples: largest(\.watches, "watch", "watches"))
    }
    if free == 0 {
      return Finding(
        .error, "The limit of inotify watches is reached: what cannot be watched is compared again and again.",
        figure: figure, remedy: Self.sysctl(watches.name, wanted), examples: largest(\.watches, "watch", "watches"))
    }
    if free < watches.value / 10 {
      return Finding(
        .warning, "The limit of inotify watches is almost reached.", figure: figure,
        remedy: Self.sysctl(watches.name, wanted), examples: largest(\.watches, "watch", "watches"))
    }
    return nil
  }

  private var instanceFinding: Finding? {
    guard let instances else { return nil }
    let free = max(instances.value - instancesInUse, 0)
    if free >= min(Self.fewInstances, instances.value / 2 + 1) { return nil }
    return Finding(
      free == 0 ? .error : .warning,
      free == 0
        ? "The limit of inotify instances is reached: no further agent, and no \"stale tail -f\", can start."
        : "The limit of inotify instances is almost reached.",
      figure: "\(instancesInUse) of \(instances.value) (\(instances.name)) are in use by this user",
      remedy: Self.sysctl(instances.name, max(instances.value * 2, Self.goodInstances)),
      examples: largest(\.instances, "instance", "instances"))
  }

  private var queueFinding: Finding? {
    guard let queue, queue.value < Self.usualQueue else { return nil }
    return Finding(
      .warning, "The queue of inotify is short: a burst of changes overflows it, and then everything is compared anew.",
      figure: "\(queue.name) is \(queue.value); kernels come with \(Self.usualQueue)",
      remedy: Self.sysctl(queue.name, Self.usualQueue))
  }

  /// The command that sets it now. Where it is to be kept differs between systems, the directory does not.
  private static func sysctl(_ name: String, _ value: Int) -> String {
    "sudo sysctl \(name)=\(value)  (to keep it: the line \(name)=\(value) in /etc/sysctl.d/60-staled.conf)"
  }

  private func largest(_ count: KeyPath<User, Int>, _ singular: String, _ plural: String) -> [String] {
    users.filter { $0[keyPath: count] > 0 }
      .sorted { ($1[keyPath: count], $0.pid) < ($0[keyPath: count], $1.pid) }
      .prefix(3).map { "\($0.name) (pid \($0.pid)): \(Display.count($0[keyPath: count], singular, plural))" }
  }
}
