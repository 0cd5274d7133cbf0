import Foundation
import Glibc
import Paths
import StaledAPI
import Testing

@testable import StaledAgent

/// Where state goes, and what is refused.
@Suite struct StateDirectoryTests {
  static func mode(_ path: String) -> mode_t {
    var facts = stat()
    return stat(path, &facts) == 0 ? facts.st_mode & 0o7777 : 0
  }

  @Test func made() throws {
    let folder = try TemporaryFolder()
    let state = try StateDirectory.prepare(workspace: Path(folder.path), environment: [:])
    #expect(state.path.description == "\(folder.path)/.staled")
    #expect(Self.mode("\(folder.path)/.staled") == 0o700)
    #expect(try String(contentsOfFile: "\(folder.path)/.staled/.gitignore", encoding: .utf8) == "*\n")
    #expect(try state.socketPath() == "\(folder.path)/.staled/agent.sock")
    #expect(state.lock.description == "\(folder.path)/.staled/lock")
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/.staled") == [".gitignore"])
  }

  @Test func kept() throws {
    let folder = try TemporaryFolder()
    mkdir("\(folder.path)/.staled", 0o755)
    chmod("\(folder.path)/.staled", 0o755)
    try Data("mine\n".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/.staled/.gitignore"))
    _ = try StateDirectory.prepare(workspace: Path(folder.path), environment: [:])
    #expect(Self.mode("\(folder.path)/.staled") == 0o700)
    #expect(try String(contentsOfFile: "\(folder.path)/.staled/.gitignore", encoding: .utf8) == "mine\n")
  }

  @Test(arguments: [
    ("", "/w/.staled"), ("state", "/w/state"), ("../state/", "/state"), ("/var/state", "/var/state"), (".", "/w"),
  ]) func moved(_ value: String, _ expected: String) {
    #expect(
      StateDirectory.location(workspace: "/w", environment: ["STALED_DIR": value]).description == expected)
  }

  @Test func realPath() throws {
    let folder = try TemporaryFolder()
    mkdir("\(folder.path)/real", 0o700)
    symlink("real", "\(folder.path)/link")
    let state = try StateDirectory.prepare(workspace: Path(folder.path), environment: ["STALED_DIR": "link"])
    #expect(state.path.description == "\(folder.path)/real")
  }

  @Test func refused() throws {
    let folder = try TemporaryFolder()
    try Data().write(to: URL(fileURLWithPath: "\(folder.path)/file"))
    func error(_ workspace: String, _ moved: String = "") -> StartupError? {
      do {
        _ = try StateDirectory.prepare(workspace: Path(workspace), environment: ["STALED_DIR": moved])
        return nil
      } catch { return error }
    }
    let none = error("\(folder.path)/none")
    #expect(none?.what == "cannot watch the workspace \(folder.path)/none: No such file or directory")
    #expect(none?.exitCode == 2)
    let file = error("\(folder.path)/file")
    #expect(file?.what == "cannot watch the workspace \(folder.path)/file: it is not a folder")
    #expect(file?.exitCode == 2)
    #expect(error("\(folder.path)/file/below")?.exitCode == 2)
    #expect(error(folder.path, "file")?.what == "cannot make the state directory \(folder.path)/file: a file is there")
    #expect(error(folder.path, "no/such")?.what.contains("No such file") == true)
    // A file system that cannot be written to.
    let proc = error(folder.path, "/proc/self/staled")
    #expect(proc?.what.hasPrefix("cannot make the state directory /proc/self/staled") == true)
  }

  @Test(arguments: [
    (EROFS, "read-only: set STALED_DIR", Int32(4)), (EACCES, "permissions", 4), (ENOSPC, "the disk is full", 4),
    (ENOENT, "make that folder", 2), (EIO, "stale doctor", 4),
  ]) func remedies(_ code: Int32, _ remedy: String, _ exitCode: Int32) {
    let error = StartupError(Errno(code: code), "write", "/w/.staled/agent.json")
    #expect(error.what == "cannot write /w/.staled/agent.json: \(String(cString: strerror(code)))")
    #expect(error.remedy.contains(remedy))
    #expect(error.exitCode == exitCode)
  }

  @Test func ofAnotherUser() throws {
    try #require(geteuid() != 0 || access("/tmp", W_OK) == 0)
    guard geteuid() == 0 else { return }
    let folder = try TemporaryFolder()
    mkdir("\(folder.path)/.staled", 0o700)
    chown("\(folder.path)/.staled", 65534, 65534)
    #expect(throws: StartupError.self) { try StateDirectory.prepare(workspace: Path(folder.path), environment: [:]) }
  }

  // MARK: Sockets

  /// A workspace whose socket's path has `length` bytes.
  static func workspace(_ folder: TemporaryFolder, socketLength length: Int) throws -> String {
    let rest = length - folder.path.utf8.count - "//.staled/agent.sock".utf8.count
    let path = "\(folder.path)/\(String(repeating: "w", count: rest))"
    mkdir(path, 0o700)
    return path
  }

  @Test func longPaths() throws {
    let folder = try TemporaryFolder()
    let fits = try StateDirectory.prepare(
      workspace: Path(try Self.workspace(folder, socketLength: 100)), environment: [:])
    #expect(try fits.socketPath() == "\(fits.path)/agent.sock")

    let long = Path(try Self.workspace(folder, socketLength: 101))
    let runtime = ["XDG_RUNTIME_DIR": folder.path]
    let state = try StateDirectory.prepare(workspace: long, environment: runtime)
    let hash = StateDirectory.hash(of: state.path)
    #expect(try state.socketPath() == "\(folder.path)/staled/\(hash).sock")
    #expect(Self.mode("\(folder.path)/staled") == 0o700)

    let temporary = try StateDirectory.prepare(workspace: long, environment: ["TMPDIR": folder.path])
    #expect(try temporary.socketPath() == "\(folder.path)/staled-\(geteuid())/\(hash).sock")
    #expect(Self.mode("\(folder.path)/staled-\(geteuid())") == 0o700)

    // A runtime directory that is not there, no path, or too long itself.
    for useless in ["\(folder.path)/none", "relative", "", try Self.workspace(folder, socketLength: 102)] {
      let environment = ["XDG_RUNTIME_DIR": useless, "TMPDIR": folder.path]
      let state = try StateDirectory.prepare(workspace: long, environment: environment)
      #expect(try state.socketPath() == "\(folder.path)/staled-\(geteuid())/\(hash).sock")
    }
  }

  @Test func hashes() {
    // printf /w/.staled | sha256sum
    #expect(StateDirectory.hash(of: "/w/.staled") == "d9de86b10b59aa05")
  }

  @Test func namesThatAreNotUTF8() throws {
    let folder = try TemporaryFolder()
    let workspace = Path(Array("\(folder.path)/caf".utf8) + [0xE9])
    mkdir(workspace.terminated, 0o700)
    let state = try StateDirectory.prepare(workspace: workspace, environment: ["XDG_RUNTIME_DIR": folder.path])
    #expect(try state.socketPath().hasPrefix("\(folder.path)/staled/"))
  }

  @Test func aLinkInTheTemporaryDirectoryIsNotFollowed() throws {
    let folder = try TemporaryFolder()
    mkdir("\(folder.path)/elsewhere", 0o700)
    symlink("elsewhere", "\(folder.path)/staled-\(geteuid())")
    let long = Path(try Self.workspace(folder, socketLength: 101))
    let state = try StateDirectory.prepare(workspace: long, environment: ["TMPDIR": folder.path])
    #expect(throws: StartupError.self) { try state.socketPath() }
  }

  @Test func staleSockets() throws {
    let folder = try TemporaryFolder()
    let state = try StateDirectory.prepare(workspace: Path(folder.path), environment: [:])
    let lock = try WorkspaceLock.acquire(at: state.lock)
    let socket = try state.socketPath()
    try state.removeStaleSocket(at: socket, holding: lock)
    // Somebody's file is not an agent's socket.
    try Data().write(to: URL(fileURLWithPath: socket))
    #expect(throws: StartupError.self) { try state.removeStaleSocket(at: socket, holding: lock) }
    #expect(access(socket, F_OK) == 0)
    unlink(socket)
    #expect(mknod(socket, S_IFSOCK | 0o600, 0) == 0)
    try state.removeStaleSocket(at: socket, holding: lock)
    #expect(access(socket, F_OK) != 0)
  }

  @Test func agentFile() throws {
    let folder = try TemporaryFolder()
    let state = try StateDirectory.prepare(workspace: Path(folder.path), environment: [:])
    let lock = try WorkspaceLock.acquire(at: state.lock)
    try state.write(AgentFile(pid: 1, socket: "/s", version: "v", started: "t"))
    try state.write(AgentFile(pid: 2, socket: "/s", version: "v", started: "t"))
    let path = "\(folder.path)/.staled/agent.json"
    #expect(
      try String(contentsOfFile: path, encoding: .utf8)
        == #"{"pid":2,"socket":"/s","started":"t","version":"v"}"# + "\n")
    #expect(Self.mode(path) == 0o600)
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/.staled").sorted()
    #expect(names == [".gitignore", "agent.json", "lock"])
    state.removeTraces(socket: "\(folder.path)/.staled/agent.sock", holding: lock)
    #expect(access(path, F_OK) != 0)
    #expect(access("\(folder.path)/.staled/lock", F_OK) == 0)
  }
}
