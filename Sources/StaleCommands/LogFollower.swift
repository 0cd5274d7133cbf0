internal import Glibc
internal import Paths
internal import StaledAPI

/// Follows the log as it grows, across rotations and restarts of the agent. Blocks in `read` and `poll` on inotify: while
/// nothing happens it does nothing.
struct LogFollower: ~Copyable {
  /// Long enough for the second half of a batch, short enough for people.
  private static let halfBatchPatience: CInt = 200

  private let files: LogFiles
  private let inotify: CInt
  private var descriptor: CInt = -1
  private var buffer: [UInt8] = []
  private var last: UInt64

  /// - Parameter last: the `seq` after which to go on.
  init(_ files: LogFiles, after last: UInt64) throws(Failure) {
    self.files = files
    self.last = last
    inotify = inotify_init1(CInt(IN_CLOEXEC))
    guard inotify >= 0 else { throw Self.failure() }
  }

  deinit {
    close(inotify)
    if descriptor >= 0 { close(descriptor) }
  }

  private static func failure() -> Failure {
    Failure(
      "The log cannot be followed: inotify: \(String(cString: strerror(errno))).",
      remedy: "Raise fs.inotify.max_user_instances and max_user_watches (sysctl).", status: .refused)
  }

  /// Watches the state directory, waiting until there is one.
  mutating func watch() throws(Failure) {
    guard let directory = files.current.parent else { return }
    let mask = UInt32(IN_CREATE | IN_MOVED_TO | IN_MODIFY)
    while inotify_add_watch(inotify, Files.terminated(directory), mask | UInt32(IN_ONLYDIR)) < 0 {
      guard errno == ENOENT, let parent = directory.parent else { throw Self.failure() }
      let waiting = inotify_add_watch(inotify, Files.terminated(parent), UInt32(IN_CREATE | IN_MOVED_TO | IN_ONLYDIR))
      guard waiting >= 0 else { throw Self.failure() }
      // It may have come between the two calls.
      if !Files.isDirectory(directory) { _ = wait(forAtMost: -1) }
      inotify_rm_watch(inotify, waiting)
    }
  }

  /// Waits for an event, and takes all that are there. False if `milliseconds` (−1: no limit) passed.
  private func wait(forAtMost milliseconds: CInt) -> Bool {
    var request = pollfd(fd: inotify, events: Int16(POLLIN), revents: 0)
    while true {
      let ready = poll(&request, 1, milliseconds)
      if ready < 0, errno == EINTR { continue }
      if ready <= 0 { return false }
      // What happened does not matter: the files are looked at after each event.
      _ = Files.readChunk(inotify)
      return true
    }
  }

  /// The records that came, at least one. With `wholeBatches` a batch is waited for until its end, for a moment.
  mutating func next(wholeBatches: Bool) -> [LoggedLine] {
    var lines: [LoggedLine] = []
    while true {
      lines += take()
      let isHalf = lines.last.map { $0.record.batch != nil && $0.record.type != .batch } ?? false
      if lines.isEmpty {
        _ = wait(forAtMost: -1)
      } else if !(wholeBatches && isHalf) || !wait(forAtMost: Self.halfBatchPatience) {
        return lines
      }
    }
  }

  /// What is there now.
  private mutating func take() -> [LoggedLine] {
    var lines = drain()
    if isCurrent() { return lines }
    // Rotated, perhaps more than once since: what stands in between is in the rotated files.
    let fresh = open(Files.terminated(files.current), O_RDONLY | O_CLOEXEC)
    guard fresh >= 0 else { return lines }
    lines += drain()
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
    buffer = []
    // What is there now is read backwards, as far as it is new; what comes later, from here on.
    lseek(fresh, BackwardLines.completeLength(fresh), SEEK_SET)
    for line in files.lines(LogFiles.Wanted(since: last)) where line.record.seq > last {
      last = line.record.seq
      lines.append(line)
    }
    descriptor = fresh
    return lines + drain()
  }

  /// Whether the file that is open is the one of that name.
  private func isCurrent() -> Bool {
    var own = stat()
    guard descriptor >= 0, fstat(descriptor, &own) == 0,
      let named = Files.status(files.current, following: true)
    else { return false }
    return own.st_ino == named.st_ino && own.st_dev == named.st_dev
  }

  /// The lines from where we are to the end of the open file, without those that were returned before.
  private mutating func drain() -> [LoggedLine] {
    var lines: [LoggedLine] = []
    while descriptor >= 0, let chunk = Files.readChunk(descriptor), !chunk.isEmpty {
      buffer += chunk
      var rest = buffer[...]
      while let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
        if let line = LoggedLine(Array(rest[..<newline])), line.record.seq > last {
          last = line.record.seq
          lines.append(line)
        }
        rest = rest[(newline + 1)...]
      }
      buffer = Array(rest)
    }
    return lines
  }
}
