internal import Glibc
internal import Paths

/// Why the agent cannot start.
package struct StartupError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What happened, and on what; one line.
  package let what: String
  /// What to do; one line.
  package let remedy: String
  /// 2 for wrong use or a bad manifest, 4 for what the machine refuses (INTERFACES, 4).
  package let exitCode: Int32

  package init(_ what: String, remedy: String, exitCode: Int32 = 4) {
    self.what = what
    self.remedy = remedy
    self.exitCode = exitCode
  }

  /// Both lines.
  package var description: String { "\(what)\n\(remedy)" }
}

extension StartupError {
  /// What a failed system call on a path means to who starts the agent.
  init(_ error: Errno, _ attempt: String, _ path: Path) {
    let what = "cannot \(attempt) \(path): \(error)"
    switch error.code {
    case ENOENT: self.init(what, remedy: "make that folder, or name another one", exitCode: 2)
    case ENOTDIR: self.init(what, remedy: "name a folder: a part of that path is a file", exitCode: 2)
    case EACCES, EPERM:
      self.init(what, remedy: "start the agent as the user whom the folder belongs to, or change its permissions")
    case EROFS:
      self.init(what, remedy: "the file system is read-only: set STALED_DIR to a folder that can be written to")
    case ENOSPC, EDQUOT:
      self.init(what, remedy: "the disk is full: make room, or set STALED_DIR to a folder on another disk")
    default: self.init(what, remedy: "set STALED_DIR to a folder on another disk, or see `stale doctor`")
    }
  }
}
