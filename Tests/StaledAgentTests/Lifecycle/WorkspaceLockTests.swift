import Glibc
import Paths
import StaledAgent
import Testing

/// One agent a workspace.
@Suite struct WorkspaceLockTests {
  @Test func secondIsToldWhoIsThere() throws {
    let folder = try TemporaryFolder()
    let path = Path("\(folder.path)/lock")
    let first = try WorkspaceLock.acquire(at: path)
    do {
      _ = try WorkspaceLock.acquire(at: path)
      Issue.record("two agents hold the lock")
    } catch {
      #expect(error.what == "an agent (process \(getpid())) already runs here: it holds \(folder.path)/lock")
      #expect(error.remedy.contains("stale stop"))
      #expect(error.exitCode == 4)
    }
    withExtendedLifetime(first) {}
  }

  /// In a process of its own: what others start at that moment has the lock's descriptor until it is what it is to be.
  @Test func freeAgainOnceReleased() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let path = Path("\(folder.path)/lock")
      for _ in 0..<3 { _ = try WorkspaceLock.acquire(at: path) }
      // The file stays, and an old holder's longer id does not show through.
      let file = open("\(folder.path)/lock", O_RDWR)
      #expect(write(file, "99999999999999\n", 15) == 15)
      close(file)
      let lock = try WorkspaceLock.acquire(at: path)
      do throws(StartupError) {
        _ = try WorkspaceLock.acquire(at: path)
        Issue.record("two agents hold the lock")
      } catch { #expect(error.what.contains("process \(getpid()))")) }
      withExtendedLifetime(lock) {}
    }
  }

  @Test func endsWithAProcessThatIsKilled() throws {
    let folder = try TemporaryFolder()
    let path = Path("\(folder.path)/lock")
    // The shell holds the lock, and the sleep it would wait for inherits nothing that matters once both are killed.
    let (process, output) = try spawn("exec 9>'\(folder.path)/lock'; flock 9; echo held; exec sleep 1000")
    var byte: UInt8 = 0
    #expect(read(output, &byte, 1) == 1)
    #expect(throws: StartupError.self) { try WorkspaceLock.acquire(at: path) }
    kill(process, SIGKILL)
    waitpid(process, nil, 0)
    _ = try WorkspaceLock.acquire(at: path)
    close(output)
  }

  @Test func startedProgramsDoNotInheritIt() throws {
    let folder = try TemporaryFolder()
    let path = Path("\(folder.path)/lock")
    var lock: WorkspaceLock? = try WorkspaceLock.acquire(at: path)
    let (process, output) = try spawn("echo up; exec sleep 1000")
    var byte: UInt8 = 0
    #expect(read(output, &byte, 1) == 1)
    withExtendedLifetime(lock) {}
    lock = nil
    _ = try WorkspaceLock.acquire(at: path)
    kill(process, SIGKILL)
    waitpid(process, nil, 0)
    close(output)
  }

  @Test func errors() throws {
    let folder = try TemporaryFolder()
    #expect(throws: StartupError.self) { try WorkspaceLock.acquire(at: Path("\(folder.path)/none/lock")) }
    // A link that somebody put there is not written through.
    symlink("\(folder.path)/target", "\(folder.path)/lock")
    #expect(throws: StartupError.self) { try WorkspaceLock.acquire(at: Path("\(folder.path)/lock")) }
    #expect(access("\(folder.path)/target", F_OK) != 0)
  }
}

/// Starts a shell that runs `script`, and gives its standard output.
func spawn(_ script: String) throws -> (process: pid_t, output: Int32) {
  var ends: [Int32] = [0, 0]
  guard pipe(&ends) == 0 else { throw ConnectionError(what: "pipe") }
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
  defer {
    posix_spawn_file_actions_destroy(&actions)
    close(ends[1])
  }
  let arguments: [UnsafeMutablePointer<CChar>?] =
    ["/bin/sh", "-c", script].map { (word: String) in strdup(word) } + [nil]
  defer { for argument in arguments { free(argument) } }
  var process: pid_t = 0
  guard posix_spawn(&process, "/bin/sh", &actions, nil, arguments, [nil]) == 0 else {
    throw ConnectionError(what: "posix_spawn")
  }
  return (process, ends[0])
}
