internal import Glibc
internal import Paths
internal import Synchronization

/// A program that was started.
struct ChildProcess {
  /// How a program ended.
  enum End: Hashable {
    case exited(Int32)
    case signalled(Int32)

    /// As shells report it.
    var status: Int32 {
      switch self {
      case .exited(let status): status
      case .signalled(let signal): 128 + signal
      }
    }
  }

  /// Why a program was not started.
  struct CannotStart: Error, Hashable {
    var errorNumber: Int32
    var reason: String { String(cString: strerror(errorNumber)) }
    /// 127 if there is no such program, 126 if it cannot be run, as shells have it.
    var status: Int32 { errorNumber == ENOENT ? 127 : 126 }
  }

  let pid: pid_t

  /// What a child's descriptors are connected to.
  struct Wiring {
    /// Descriptors of this process and what they are called in the child, in this order.
    var descriptors: [(from: CInt, to: CInt)] = []
    /// A session of its own: it outlives the terminal, and whoever waits for the end of a pipe or a lock that this process
    /// was handed must not wait for it. So it inherits no descriptor but those named.
    var ownSession = false
    /// Added to the environment.
    var environment: [(name: String, value: String)] = []
  }

  /// The descriptors that this process was handed, standard ones included; nil: not known.
  private static let handed = Mutex<Set<CInt>?>(nil)

  /// Notes the descriptors that this process was handed: those alone are a child's too. To be called before anything is opened.
  static func noteHandedDescriptors() { handed.withLock { $0 = Set(descriptors()) } }

  /// Starts `arguments[0]`, searched in `PATH` if it has no slash. Of descriptors that are not wired it inherits those that this
  /// process was handed (a jobserver's, say), and none of its own: a connection that a child holds open would not end with us.
  ///
  /// A file without `#!` is given to `sh`, as `execvp` does.
  static func start(_ arguments: [[UInt8]], _ wiring: Wiring = Wiring()) throws(CannotStart) -> ChildProcess {
    var result = spawn(arguments, wiring)
    if case .failure(let error) = result, error.errorNumber == ENOEXEC, let name = arguments.first {
      let script = name.contains(.slash) ? name : (findInPath(name)?.bytes ?? name)
      result = spawn([Array("/bin/sh".utf8), script] + arguments.dropFirst(), wiring)
    }
    return try result.get()
  }

  private static func spawn(_ arguments: [[UInt8]], _ wiring: Wiring) -> Result<ChildProcess, CannotStart> {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    for (from, to) in wiring.descriptors { posix_spawn_file_actions_adddup2(&actions, from, to) }
    keepDescriptors(but: wiring.ownSession ? [0, 1, 2] : handed.withLock { $0 } ?? Set(descriptors()))
    // NIO ignores SIGPIPE, and a child would inherit that.
    var defaults = sigset_t()
    sigemptyset(&defaults)
    sigaddset(&defaults, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    // The threads of Swift's concurrency block signals, and a child would inherit that too.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    // POSIX_SPAWN_SETSID (glibc 2.26) is 0x80; it is only declared for GNU sources.
    let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (wiring.ownSession ? 0x80 : 0)
    posix_spawnattr_setflags(&attributes, Int16(flags))

    var pid: pid_t = 0
    let vector = CStrings(arguments)
    let environment = wiring.environment.isEmpty ? nil : CStrings(environmentWith(wiring.environment))
    let failed = vector.withPointers { arguments in
      guard let program = arguments[0] else { return EINVAL }
      guard let environment else {
        return posix_spawnp(&pid, program, &actions, &attributes, arguments, environ)
      }
      return environment.withPointers { posix_spawnp(&pid, program, &actions, &attributes, arguments, $0) }
    }
    return failed == 0 ? .success(ChildProcess(pid: pid)) : .failure(CannotStart(errorNumber: failed))
  }

  /// Makes every descriptor but these close on exec.
  private static func keepDescriptors(but passed: Set<CInt>) {
    for descriptor in descriptors() where !passed.contains(descriptor) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
  }

  private static func descriptors() -> [CInt] {
    guard let directory = opendir("/proc/self/fd") else { return [] }
    defer { closedir(directory) }
    let own = dirfd(directory)
    var found: [CInt] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { $0.prefix { $0 != 0 }.map { $0 } }
      if let descriptor = CInt(String(decoding: name, as: UTF8.self)), descriptor != own { found.append(descriptor) }
    }
    return found
  }

  /// This process's environment with some variables set anew.
  private static func environmentWith(_ changes: [(name: String, value: String)]) -> [[UInt8]] {
    var all: [[UInt8]] = []
    var next = environ
    while let entry = next.pointee {
      // `environ` ends with a nil; its strings with a NUL.
      let bytes = UnsafeBufferPointer(start: entry, count: strlen(entry)).map { UInt8(bitPattern: $0) }
      if !changes.contains(where: { bytes.starts(with: Array("\($0.name)=".utf8)) }) { all.append(bytes) }
      next += 1
    }
    return all + changes.map { Array("\($0.name)=\($0.value)".utf8) }
  }

  /// Waits until it ends. Signals that this process gets meanwhile are passed on, see `SignalForwarding`.
  func wait() -> End {
    // First without reaping, so that no signal is sent to a number that is another process's by then.
    var info = siginfo_t()
    while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) < 0, errno == EINTR {}
    SignalForwarding.end()
    var status: CInt = 0
    while waitpid(pid, &status, 0) < 0 { if errno != EINTR { return .exited(125) } }
    let signal = status & 0x7F
    return signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
  }

  /// The program that a name without a slash means.
  static func findInPath(_ name: [UInt8]) -> Path? {
    for directory in (Files.environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":") {
      let path = Path(String(directory)).appending(name)
      if !Files.isDirectory(path), access(Files.terminated(path), X_OK) == 0 { return path }
    }
    return nil
  }
}

/// Strings as C wants them: pointers to NUL-terminated bytes, and a nil at the end.
private struct CStrings {
  private let bytes: [CChar]
  private let starts: [Int]

  init(_ strings: [[UInt8]]) {
    var bytes: [CChar] = []
    starts = strings.map { string in
      defer { bytes += string.map { CChar(bitPattern: $0) } + [0] }
      return bytes.count
    }
    self.bytes = bytes
  }

  func withPointers<Result>(_ body: ([UnsafeMutablePointer<CChar>?]) -> Result) -> Result {
    // posix_spawn does not write to the strings, though C's type would let it; they live as long as the closure.
    bytes.withUnsafeBufferPointer { buffer in
      guard let base = UnsafeMutablePointer(mutating: buffer.baseAddress) else { return body([nil]) }
      return body(starts.map { base + $0 } + [nil])
    }
  }
}
