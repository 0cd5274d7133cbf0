internal import Glibc
internal import StaledClient

enum LockHolder {
  /// The process that holds the workspace's lock: an agent, perhaps one that is just starting or ending. Nil if there is none.
  static func find(_ location: AgentLocation) -> pid_t? {
    let lock = open(location.file("lock"), O_RDONLY | O_CLOEXEC)
    guard lock >= 0 else { return nil }
    defer { close(lock) }
    guard flock(lock, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK, let text = Files.read(lock) else { return nil }
    return pid_t(String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
  }
}
