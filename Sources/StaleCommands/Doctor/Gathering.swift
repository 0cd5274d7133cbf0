internal import FoundationEssentials
internal import Glibc
internal import Paths
internal import StaledAPI
internal import StaledClient

/// Figures of this machine, as they are. Nothing is decided here.
struct Gathering {
  let workspace: Workspace
  private var location: AgentLocation { workspace.location }

  /// A doctor does not wait for a patient that says nothing.
  private static let patience = Duration.seconds(10)

  /// All of it.
  func figures() async throws -> DoctorFigures {
    let agent = await agent()
    let manifest = ManifestFigures(reading: workspace)
    var status: Status?
    if case .status(let found) = agent.answer { status = found }
    return DoctorFigures(
      inotify: inotify(status, manifest), mounts: mounts(), state: state(), room: room(status), manifest: manifest,
      agent: agent)
  }

  // MARK: The agent

  private func agent() async -> AgentFigures {
    let client = StaledClient(socket: location.socket, patience: Self.patience)
    var figures = AgentFigures(
      directory: location.stateDirectory, answer: .none, lock: lock(), file: location.agentFile,
      socket: Files.exists(Path(location.socket)) ? location.socket : nil, toolVersion: staledVersion)
    do {
      let status = try await client.status()
      figures.answer = .status(status)
      // An agent of another PID namespace has its locks there.
      if !Files.isDirectory(Path("/proc/\(status.pid)")) { figures.lock = .unknown }
    } catch ClientError.noAgent {
      figures.answer = .none
    } catch ClientError.unreachable(_, let reason) {
      figures.answer = .unusable(reason)
    } catch ClientError.refused(let problem) where problem.status == 503 {
      figures.answer = .busy
    } catch {
      figures.answer = .trouble("\(error)")
    }
    guard case .status = figures.answer else { return figures }
    do {
      figures.advice = try await client.advice().advice
    } catch ClientError.refused(let problem) where problem.status == 404 {
      // An older agent has none.
    } catch {
      figures.adviceFailure = "\(error)"
    }
    return figures
  }

  private func lock() -> AgentFigures.Lock {
    guard let status = Files.status(Path(location.file("lock")), following: false) else { return .free }
    guard let locks = Files.read("/proc/locks") else { return .unknown }
    return AgentFigures.Lock(locks, device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }

  // MARK: The kernel

  private func inotify(_ status: Status?, _ manifest: ManifestFigures) -> InotifyFigures {
    var figures = InotifyFigures(
      watches: Self.limit("max_user_watches", "max_inotify_watches"),
      instances: Self.limit("max_user_instances", "max_inotify_instances"),
      queue: Self.limit("max_queued_events", nil))
    figures.users = Self.processes().compactMap(Self.user)
    figures.agentWatches = status?.watches
    if status == nil { figures.directories = directories(manifest) }
    return figures
  }

  /// A limit of the machine, or that of the user namespace (a container) if it is lower.
  private static func limit(_ name: String, _ inNamespace: String?) -> InotifyFigures.Limit? {
    func value(_ path: String) -> Int? {
      Files.read(Path("/proc/sys/\(path)")).flatMap { Int(String(decoding: $0.filter { $0 > 0x20 }, as: UTF8.self)) }
    }
    let limits = [
      value("fs/inotify/\(name)").map { InotifyFigures.Limit(name: "fs.inotify.\(name)", value: $0) },
      inNamespace.flatMap { name in
        value("user/\(name)").map { InotifyFigures.Limit(name: "user.\(name)", value: $0) }
      },
    ]
    return limits.compactMap { $0 }.min { $0.value < $1.value }
  }

  /// The numbers of this user's processes. Limits count by user.
  private static func processes() -> [Int] {
    names(in: "/proc").compactMap(Int.init).filter { pid in
      Files.status(Path("/proc/\(pid)"), following: true)?.st_uid == geteuid()
    }.sorted()
  }

  /// What a process has of inotify; nil if that is nothing. What it shares with a child counts for both.
  private static func user(_ pid: Int) -> InotifyFigures.User? {
    var user = InotifyFigures.User(pid: pid, name: "", watches: 0, instances: 0)
    for descriptor in names(in: "/proc/\(pid)/fd") {
      guard Files.linkTarget(Path("/proc/\(pid)/fd/\(descriptor)")).map({ "\($0)" }) == "anon_inode:inotify",
        let text = Files.read(Path("/proc/\(pid)/fdinfo/\(descriptor)"))
      else { continue }
      user.instances += 1
      user.watches += text.split(separator: UInt8(ascii: "\n")).count { $0.starts(with: "inotify ".utf8) }
    }
    if user.instances == 0 { return nil }
    let name = Files.read(Path("/proc/\(pid)/comm")) ?? []
    user.name = String(decoding: name.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    return user
  }

  private func directories(_ manifest: ManifestFigures) -> Int {
    var found: Set<Path> = [.root]
    for file in WorkspaceFiles(workspace: workspace, watch: manifest.watch).list() {
      var above = file.parent
      while let directory = above, found.insert(directory).inserted { above = directory.parent }
    }
    return found.count
  }

  private func mounts() -> MountFigures {
    guard let text = Files.read("/proc/self/mountinfo") else { return MountFigures() }
    return MountFigures(
      workspace: MountLine.holding(workspace.root, in: text), state: MountLine.holding(statePlace, in: text))
  }

  // MARK: The state directory

  /// The state directory, or the nearest one above where it would be, without symbolic links.
  private var statePlace: Path {
    var place = Path(location.stateDirectory)
    while Files.realPath(place) == nil, let above = place.parent { place = above }
    return Files.realPath(place) ?? "/"
  }

  private func state() -> StateFigures {
    let directory = Path(location.stateDirectory)
    func file(_ name: String, _ path: Path, following: Bool) -> StateFigures.File? {
      guard let status = Files.status(path, following: following), status.st_mode & S_IFMT != S_IFLNK else {
        return nil
      }
      return StateFigures.File(
        name: name, mode: status.st_mode & 0o7777, owner: status.st_uid,
        isDirectory: status.st_mode & S_IFMT == S_IFDIR)
    }
    return StateFigures(
      directory: location.stateDirectory, user: geteuid(), itself: file("", directory, following: true),
      files: Self.names(in: location.stateDirectory).sorted().compactMap { name in
        file(name, directory.appending(name.utf8), following: false)
      })
  }

  private func room(_ status: Status?) -> RoomFigures {
    let place = statePlace
    var figures = RoomFigures(directory: "\(place)")
    var disk = statvfs()
    if statvfs(Files.terminated(place), &disk) == 0 {
      let (bytes, overflows) = UInt64(disk.f_bavail).multipliedReportingOverflow(by: UInt64(disk.f_frsize))
      figures.disk = RoomFigures.Disk(
        freeBytes: overflows ? .max : Int(clamping: bytes),
        freeInodes: disk.f_files == 0 ? nil : Int(clamping: disk.f_favail))
    }
    figures.openFiles = status.flatMap { Self.openFiles(ofProcess: $0.pid) } ?? Self.openFiles()
    return figures
  }

  /// Of the agent; nil if it belongs to somebody else.
  private static func openFiles(ofProcess pid: Int) -> RoomFigures.OpenFiles? {
    guard let text = Files.read(Path("/proc/\(pid)/limits")) else { return nil }
    for line in String(decoding: text, as: UTF8.self).split(separator: "\n") where line.hasPrefix("Max open files") {
      let fields = line.split(separator: " ")
      guard fields.count > 4 else { return nil }
      let inUse = names(in: "/proc/\(pid)/fd").count
      return RoomFigures.OpenFiles(hardLimit: Int(fields[4]), inUse: inUse == 0 ? nil : inUse)
    }
    return nil
  }

  /// Of this process, which an agent that it starts inherits.
  private static func openFiles() -> RoomFigures.OpenFiles? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
    return RoomFigures.OpenFiles(
      hardLimit: limit.rlim_max == rlim_t.max ? nil : Int(clamping: limit.rlim_max), inUse: nil)
  }

  /// The names in a directory, none if it cannot be read.
  private static func names(in directory: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
  }
}

/// All that a diagnosis rests on.
struct DoctorFigures: Sendable {
  var inotify: InotifyFigures
  var mounts: MountFigures
  var state: StateFigures
  var room: RoomFigures
  var manifest: ManifestFigures
  var agent: AgentFigures

  var diagnosis: Diagnosis {
    Diagnosis(
      checkups: [agent.checkup(), manifest.checkup(), inotify.checkup(), mounts.checkup(), state.checkup()]
        + room.checkups() + [agent.adviceCheckup()].compactMap { $0 })
  }
}
